/** --units M/N, of every job that makes files in a folder. */

import { readWhole, type Setting } from './flag.ts';

export const units: Setting<string> = {
  kind: 'setting',
  name: 'units',
  placeholder: 'M/N',
  expected: 'M/N with M from 0 to N-1, such as 0/4',
  help: 'Do only the files whose index is M modulo N',
  more:
    'For many machines on one shared folder: give each its own M and the same N. They may run at the same time; whichever ' +
    'completes the plan writes its summary.',
  alsoKnownAs: ['part', 'shard', 'chunk'],
  parse(text) {
    const [, m, n] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
    if (m === undefined || n === undefined) return undefined;
    const index = readWhole(m, 0);
    const parts = readWhole(n, 1);
    return index !== undefined && parts !== undefined && index < parts ? `${index}/${parts}` : undefined;
  },
};
