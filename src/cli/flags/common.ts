/** What only a command line has and several commands share: flags of its own, and operands. */

import { byteCount, oneOf, toggle } from './flag.ts';
import type { ExitCodes } from './overview.ts';

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

export const progress = oneOf('progress', ['auto', 'bar', 'plain', 'json', 'none'], {
  help: 'How progress is told, on stderr',
  byDefault: 'auto',
  more:
    'auto is a bar on a terminal and plain otherwise (also under CI and TERM=dumb); plain is one line every five seconds; ' +
    'json is one JSON object a line, about four a second, with notices as {"notice": "..."}.',
});

export const json = toggle('json', {
  help: 'Print the report as one JSON object on stdout',
  more: 'A failure prints {"error": {"code", "message", ...}} instead. Progress and notices stay on stderr.',
});

export const quiet = toggle('quiet', {
  short: 'q',
  help: 'No progress, notices or summary; only errors, and what was asked for',
  alsoKnownAs: ['silent'],
});

/** How a job is told of: last in the help of every job. */
export const telling = { progress, json, quiet } as const;

/** Of the commands that read stdin. */
export const stdinLimit = byteCount('stdin-limit', {
  placeholder: 'SIZE',
  help: 'Most bytes that stdin may give, where "-" is an input',
  byDefault: '16G',
  more: 'They are kept in a file of the temporary folder (TMPDIR) until the command ends. K, M, G and T are powers of 1000.',
  alsoKnownAs: ['max-stdin', 'spool-limit'],
});

export const help = toggle('help', { short: 'h', help: 'Print help: -h the short one, --help the long one' });

const misused = [2, 'the command line cannot be used as it is; nothing was done'] as const;

/** Of a job that can be taken up again. `left`: what 3 means for it. */
export function jobExitCodes(left: string): ExitCodes {
  return [
    [0, 'done, now or by an earlier run'],
    [1, 'failed; what was finished is kept, and the same command goes on'],
    misused,
    [3, left],
    [130, 'interrupted by Ctrl-C (143: by SIGTERM); the same command goes on'],
  ];
}

/** Of a command that reads and reports. */
export function checkExitCodes(...own: ExitCodes): ExitCodes {
  return [...own, misused, [130, 'interrupted by Ctrl-C (143: by SIGTERM)'] as const].sort(([a], [b]) => a - b);
}

/** Of a command that prints what it knows. */
export const plainExitCodes: ExitCodes = [[0, 'printed'], [1, 'failed: stdout takes nothing'], misused];
