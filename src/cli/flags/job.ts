/** Flags of every job that makes files in a folder and can be taken up again. */

import { json, progress, quiet } from './common.ts';
import { oneOf, readWhole, type Setting, toggle, wholeNumber } from './flag.ts';

/** Whatever files a command reads. */
export const inputs = {
  name: 'INPUT',
  count: 'one or more',
  completes: 'files',
  help:
    'A file, a folder (every file directly in it, but none that starts with a dot), a glob (quoted or not), or any of these under ' +
    's3://, gs:// or hf://datasets/; a file under https://',
} as const;

/** The same, and stdin. */
export const inputsOrStdin = { ...inputs, stdin: true, help: `${inputs.help}; "-" is stdin` } as const;

const units: Setting<string> = {
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

export const maxRejects = wholeNumber('max-rejects', 0, {
  placeholder: 'N',
  help: 'Fail when more than N records are rejected',
  byDefault: 'no limit',
  more: 'For --on-error skip and salvage.',
  alsoKnownAs: ['max-errors', 'max-bad'],
});

/** `more`: what each choice means for this job. */
export function onError(more: string): Setting<'fail' | 'skip' | 'salvage'> {
  return oneOf('on-error', ['fail', 'skip', 'salvage'], {
    byDefault: 'fail',
    help: 'What to do with a record that cannot be used',
    more,
    alsoKnownAs: ['ignore-errors', 'skip-errors'],
  });
}

const durable = toggle('durable', {
  help: 'Flush every output to the disk before it gets its name',
  more: 'Slower. Without it, what a power cut may have spoiled is found by checksum and made again by the next run.',
  alsoKnownAs: ['fsync', 'sync'],
});

const dryRun = toggle('dry-run', {
  help: 'Print the plan; touch nothing',
  alsoKnownAs: ['plan', 'n', 'simulate'],
});

const overwrite = toggle('overwrite', {
  help: 'Replace outputs that this job did not make, or made with other options',
  alsoKnownAs: ['force', 'f', 'clobber'],
});

/** The flags that every job has, last in its help. */
export const jobFlags = { durable, dryRun, overwrite, units, progress, json, quiet } as const;
