// A small job whose outputs come as parts, for the tests of the machinery: each file of the folder `in`, so many lines a part.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `sealed`: gets the ids of units as they are sealed. */
export function splitJob(sealed = async () => {}) {
  return {
    name: 'split',
    module: new URL('./split-unit.mjs', import.meta.url).href,
    summaries: ['split.json'],
    hasParts: true,
    async plan({ inDir }) {
      const units = readdirSync(inDir)
        .sort()
        .map((name) => ({
          id: name,
          input: {
            uri: join(inDir, name),
            size: statSync(join(inDir, name)).size,
            version: readFileSync(join(inDir, name), 'utf8'),
          },
          outputs: [`data/${name}`],
        }));
      return { units, findings: undefined, notices: [] };
    },
    identity: ({ lines }) => ({ lines }),
    unitOptions: ({ lines, failing }) => ({ lines, failing }),
    async seal(_options, unit, receipt) {
      await sealed(unit.id);
      return { ...receipt, sealed: true };
    },
    async finish({ outDir }, receipts) {
      writeFileSync(
        join(outDir, 'split.json'),
        JSON.stringify(receipts.map(({ outputs }) => outputs.map(({ name }) => name))),
      );
    },
  };
}
