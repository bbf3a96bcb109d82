// A small job for the tests of the machinery: copies each file and sums it up; lines that begin with "!" are rejected.
// The unit module is a choice of the test: copy.mjs does it right, the others misbehave in one way each.
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../../../dist/storage/drafts.js';
import { resolveInputs } from '../../../dist/storage/inputs.js';

export function copyJob(module = 'copy.mjs') {
  return {
    name: 'copy',
    module: new URL(module, import.meta.url).href,
    summaries: ['copy.json'],
    async plan({ inputs }) {
      const units = (await resolveInputs(inputs)).map((input) => ({
        id: input.uri,
        input,
        outputs: [`sums/${basename(input.uri)}.json`, `copies/${basename(input.uri)}`],
      }));
      return { units, findings: { files: units.length }, notices: [] };
    },
    identity: ({ shout }) => ({ shout: shout === true }),
    unitOptions: ({ inputs: _, ...rest }) => rest,
    async finish({ outDir, durable }, receipts, { files }) {
      if (files !== receipts.length) throw new Error(`Expected ${files} receipts, found ${receipts.length}`);
      const summary = receipts.map(({ input, outputs, records, rejects }) => ({
        input: input.uri,
        outputs,
        records,
        rejects,
      }));
      await writeFileAtomic(join(outDir, 'copy.json'), [`${JSON.stringify(summary, null, 2)}\n`], durable);
    },
  };
}
