// Passes of the addon over files, on the calling thread and without a worker: what the C++ itself costs.
import { totalmem } from 'node:os';
import { nameRule, native, outputType, passEvent, passTarget, stopOn } from '../../dist/native/native.js';

const batchBytes = 4 << 20;

/** Verifies every checksum, as verify() does. @param {readonly string[]} paths */
export function checkPass(paths) {
  return overAll(paths, passTarget.check);
}

/** Verifies and extracts, and takes rows and metadata a batch at a time, as readEmbeddings() does. @param {readonly string[]} paths */
export function extractPass(paths) {
  return overAll(paths, passTarget.memory, batchBytes, 'embedding', nameRule.archive, 0, 5, outputType.float32);
}

/**
 * @param {readonly string[]} paths @param {import('../../dist/native/native.js').PassTargetArguments} target
 * @returns {{ seconds: number, cpu: number, records: number, rows: number }}
 */
function overAll(paths, ...target) {
  return timed(() => {
    let records = 0;
    let rows = 0;
    for (const path of paths) {
      const pass = new (native().RecordPass)(stopOn.anyFault, totalmem(), null, ...target);
      pass.openFile(path);
      let event = pass.run();
      // It pauses every few MiB, so that whoever calls it hears signals and timers.
      for (; event === passEvent.paused || event === passEvent.batch; event = pass.run()) {
        if (event === passEvent.batch) pass.takeBatch();
      }
      if (event !== passEvent.end) throw new Error(`the pass over ${path} ended with event ${event}`);
      const counts = pass.counts();
      records += counts.records;
      rows += counts.rows;
      pass.close();
    }
    return { records, rows };
  });
}

/** @template T @param {() => T} work @returns {T & { seconds: number, cpu: number }} */
export function timed(work) {
  const cpuBefore = process.cpuUsage();
  const start = process.hrtime.bigint();
  const result = work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ...result, seconds, cpu: (user + system) / 1e6 };
}
