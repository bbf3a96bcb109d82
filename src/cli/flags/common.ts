/** Flags that several commands share. */

import { byteCount, oneOf, toggle, wholeNumber } from './flag.ts';

export const workers = wholeNumber('workers', 1, {
  placeholder: 'N',
  help: 'Threads that work at the same time',
  byDefault: 'all cores',
  more: 'Each thread works on one file at a time, so more threads than files change nothing.',
  alsoKnownAs: ['threads', 'jobs', 'parallel', 'concurrency', 'j'],
});

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

/** Of the commands that read stdin. */
export const stdinLimit = byteCount('stdin-limit', {
  placeholder: 'SIZE',
  help: 'Most bytes that stdin may give, where "-" is an input',
  byDefault: '16G',
  more: 'They are kept in a file of the temporary folder (TMPDIR) until the command ends. K, M, G and T are powers of 1000.',
  alsoKnownAs: ['max-stdin', 'spool-limit'],
});

export const help = toggle('help', { short: 'h', help: 'Print help: -h the short one, --help the long one' });
