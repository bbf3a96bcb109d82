// Copies a file line by line. `pauseMs` stretches it so that a test can come between; `shout` changes the bytes.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { addCount, countReject, SharedStop } from '../../../dist/counters.js';
import { withOutputs } from '../../../dist/jobs/engine/outputs.js';
import { StagedSink } from '../../../dist/storage/local/sink.js';

export async function run(unit, options, { shared, outDir }) {
  const { pauseMs = 0, shout = false, durable, maxRejects } = options;
  const stop = new SharedStop(shared);
  return withOutputs(unit, { shared, outDir }, durable, async (drafts, rejects) => {
    let records = 0;
    let rejected = 0;
    const sum = new StagedSink(unit.outputs[0], drafts.fd(0));
    const copy = new StagedSink(unit.outputs[1], drafts.fd(1));
    let offset = 0;
    for (const line of readFileSync(unit.input.uri, 'utf8').split(/(?<=\n)/)) {
      stop.throwIfAborted();
      if (pauseMs > 0) await sleep(pauseMs);
      if (line.startsWith('!')) {
        rejects.write({ input: unit.input.uri, record: records, offset, code: 'BAD_SCHEMA', reason: 'it shouts' });
        rejected++;
        countReject(shared, maxRejects, { source: unit.input.uri, record: records });
      } else copy.write(Buffer.from(shout ? line.toUpperCase() : line));
      records++;
      offset += Buffer.byteLength(line);
      addCount(shared, 'bytes', Buffer.byteLength(line));
      addCount(shared, 'records', 1);
    }
    sum.write(Buffer.from(JSON.stringify({ records, rejected })));
    const stamps = [sum.end(), copy.end()].map((written, i) => ({ name: unit.outputs[i], ...written }));
    return { unit: unit.id, input: unit.input, outputs: stamps, records, rejects: rejected };
  });
}
