import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandNames, commandOf } from '../../src/cli/flags/commands.ts';
import { Misuse } from '../../src/cli/misuse.ts';
import { parse as parseWith } from '../../src/cli/parse.ts';

const parse = (argv: readonly string[]) => parseWith(argv, commandOf);
const words = (line: string) => line.split(' ').filter((word) => word !== '');
const values = (line: string) => {
  const request = parse(words(line));
  if (request.kind !== 'call') throw new Error(`parsed as ${request.kind}`);
  return request.values;
};
const misuse = (argv: readonly string[]) => {
  try {
    parse(argv);
  } catch (error) {
    if (error instanceof Misuse) return error.message;
    throw error;
  }
  return 'no misuse';
};

describe('parse() reads', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['--out o', { out: 'o' }],
    ['--out=o', { out: 'o' }],
    ['--out=a=b', { out: 'a=b' }],
    ['--out ./-', { out: './-' }],
    ['--out -odd', { out: '-odd' }],
    ['--out=--odd', { out: '--odd' }],
    ['--workers 3', { workers: 3 }],
    ['--workers 3 --workers 5', { workers: 5 }],
    ['--workers 007', { workers: 7 }],
    ['--on-error fail', { onError: 'fail' }],
    ['--on-error skip', { onError: 'skip' }],
    ['--on-error=salvage', { onError: 'salvage' }],
    ['--max-rejects 0', { maxRejects: 0 }],
    ['--max-rejects 1000000', { maxRejects: 1_000_000 }],
    ['--channel 4', { channel: 4 }],
    ['--channel all', { channel: 'all' }],
    ['--hop 2.5', { hop: 2.5 }],
    ['--hop .5', { hop: 0.5 }],
    ['--hop 1e-3', { hop: 0.001 }],
    ['--feature logits', { feature: 'logits' }],
    ['--names a2o-strict', { names: 'a2o-strict' }],
    ['--names (?P<site>\\w+)/.*', { names: '(?P<site>\\w+)/.*' }],
    ['--dtype float16', { dtype: 'float16' }],
    ['--durable', { durable: true }],
    ['--dry-run', { dryRun: true }],
    ['--overwrite', { overwrite: true }],
    ['--units 0/1', { units: '0/1' }],
    ['--units 3/4', { units: '3/4' }],
    ['--progress json', { progress: 'json' }],
    ['--json', { json: true }],
    ['--quiet', { quiet: true }],
    ['-q', { quiet: true }],
  ];
  test.each(cases)('extract %s', (line, expected) => {
    expect(values(`extract in --out out ${line}`)).toEqual({ out: 'out', ...expected });
  });

  test('flags of the other commands', () => {
    expect(values('inspect a --all --limit 5 --json')).toEqual({ all: true, limit: 5, json: true });
    expect(values('verify a --workers 2 --json --progress none -q')).toEqual({
      workers: 2,
      json: true,
      progress: 'none',
      quiet: true,
    });
    expect(values('repair a --out b --overwrite --json --quiet')).toEqual({
      out: 'b',
      overwrite: true,
      json: true,
      quiet: true,
    });
  });

  test.each([
    ['-o x -j 3 -f', { out: 'x', workers: 3, overwrite: true }],
    ['-ox -j3 -qf', { out: 'x', workers: 3, overwrite: true, quiet: true }],
    ['-o=x -j=3', { out: 'x', workers: 3 }],
    ['-qfo x', { out: 'x', overwrite: true, quiet: true }],
    // Only a letter is joined to its value by nothing: here "=" belongs to it.
    ['--out==x', { out: '=x' }],
  ])('short flags: %s', (line, expected) => {
    for (const name of ['extract', 'ingest', 'decode', 'unpack'])
      expect(values(`${name} in ${line}`)).toEqual(expected);
    expect(values(`convert in --to tfrecord ${line}`)).toEqual({ to: 'tfrecord', ...expected });
  });

  test('operands in order, before, between and after options, and options as operands behind --', () => {
    expect(parse(words('extract b --out o a -- --json -q -- c'))).toEqual({
      kind: 'call',
      command: 'extract',
      operands: ['b', 'a', '--json', '-q', '--', 'c'],
      values: { out: 'o' },
    });
  });

  test('a value that was not given as absent, so that the defaults of the public functions hold', () => {
    expect(Object.keys(values('verify a'))).toEqual([]);
  });

  test.each([
    ['', { kind: 'nothing' }],
    ['-V', { kind: 'version' }],
    ['--version', { kind: 'version' }],
    ['version', { kind: 'version' }],
    ['version --help', { kind: 'help', topic: 'version', long: true }],
    ['help version', { kind: 'help', topic: 'version', long: true }],
    ['-h', { kind: 'help', topic: undefined, long: false }],
    ['--help', { kind: 'help', topic: undefined, long: true }],
    ['--help verify', { kind: 'help', topic: 'verify', long: true }],
    ['help', { kind: 'help', topic: undefined, long: true }],
    ['help repair', { kind: 'help', topic: 'repair', long: true }],
    ['extract -h', { kind: 'help', topic: 'extract', long: false }],
    ['extract --help', { kind: 'help', topic: 'extract', long: true }],
    ['extract -qh', { kind: 'help', topic: 'extract', long: false }],
    ['extract --bogus --workers x --help', { kind: 'help', topic: 'extract', long: true }],
  ])('"%s" as asked', (line, expected) => {
    expect(parse(words(line))).toEqual(expected);
  });
});

describe('parse() refuses', () => {
  test.each([
    ['mean', 'Expected a channel number, 0 or more for --channel but received "mean"; did you mean "--mono"?'],
    ['constructor', 'Expected a channel number, 0 or more for --channel but received "constructor"'],
  ])('a channel called %s, and names the flag that is meant', (typed, message) => {
    expect(misuse(words(`decode a.wav --out b.wav --channel ${typed}`))).toBe(message);
  });

  test.each([
    ['--out=', 'Expected a folder for --out but received ""'],
    ['--out', 'Expected a folder for --out but received nothing'],
    [
      '--out --json',
      'Expected a folder for --out but received the option "--json"; write --out=--json if it is meant as the value',
    ],
    [
      '--out -q',
      'Expected a folder for --out but received the option "-q"; write --out=-q if it is meant as the value',
    ],
    ['--workers 0', 'Expected a whole number, 1 to 1024 for --workers but received "0"'],
    ['--workers -2', 'Expected a whole number, 1 to 1024 for --workers but received "-2"'],
    ['--workers=1.5', 'Expected a whole number, 1 to 1024 for --workers but received "1.5"'],
    ['--workers 1e3', 'Expected a whole number, 1 to 1024 for --workers but received "1e3"'],
    [
      '--workers 99999999999999999',
      'Expected a whole number, 1 to 1024 for --workers but received "99999999999999999"',
    ],
    ['--workers', 'Expected a whole number, 1 to 1024 for --workers but received nothing'],
    ['--on-error ignore', 'Expected one of fail, skip, salvage for --on-error but received "ignore"'],
    [
      '--on-error Salvage',
      'Expected one of fail, skip, salvage for --on-error but received "Salvage"; did you mean "salvage"?',
    ],
    ['--max-rejects -1', 'Expected a whole number, 0 or more for --max-rejects but received "-1"'],
    [
      '--channel ALL',
      'Expected a channel number, 0 or more, or all for --channel but received "ALL"; did you mean "all"?',
    ],
    ['--channel -1', 'Expected a channel number, 0 or more, or all for --channel but received "-1"'],
    ['--hop 0', 'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "0"'],
    ['--hop -5', 'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "-5"'],
    ['--hop=5x', 'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "5x"'],
    ['--hop=0:00', 'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "0:00"'],
    [
      '--hop 1:75',
      'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "1:75"; a clock is M:SS or H:MM:SS, with two digits behind each colon, seconds below 60 and, behind hours, minutes below 60',
    ],
    [
      '--hop Infinity',
      'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "Infinity"',
    ],
    ['--hop 1e999', 'Expected a time above 0, such as 2.5, 0:10, 1:30:00 or 500ms for --hop but received "1e999"'],
    ['--feature=', 'Expected the name of a feature for --feature but received ""'],
    ['--names=', 'Expected a2o, a2o-strict, none or a regular expression for --names but received ""'],
    ['--dtype f16', 'Expected one of float32, float16 for --dtype but received "f16"'],
    ['--units 4/4', 'Expected M/N with M from 0 to N-1, such as 0/4 for --units but received "4/4"'],
    ['--units 0/0', 'Expected M/N with M from 0 to N-1, such as 0/4 for --units but received "0/0"'],
    ['--units 1', 'Expected M/N with M from 0 to N-1, such as 0/4 for --units but received "1"'],
    ['--units -1/4', 'Expected M/N with M from 0 to N-1, such as 0/4 for --units but received "-1/4"'],
    ['--progress fancy', 'Expected one of auto, bar, plain, json, none for --progress but received "fancy"'],
    ['--json=yes', 'Expected no value for --json but received "yes"'],
    ['--durable=false', 'Expected no value for --durable but received "false"'],
    ['--limit 5', 'Unknown option "--limit" for bowerbird extract'],
    ['-z', 'Unknown option "-z" for bowerbird extract'],
    ['--Workers 2', 'Unknown option "--Workers" for bowerbird extract; did you mean "--workers"?'],
    ['--on_error skip', 'Unknown option "--on_error" for bowerbird extract; did you mean "--on-error"?'],
    ['--dryrun', 'Unknown option "--dryrun" for bowerbird extract; did you mean "--dry-run"?'],
    ['--wrokers 2', 'Unknown option "--wrokers" for bowerbird extract; did you mean "--workers"?'],
    ['--prog bar', 'Unknown option "--prog" for bowerbird extract; did you mean "--progress"?'],
    ['-out x', 'Unknown option "-out" for bowerbird extract; did you mean "--out"?'],
    ['--force', 'Unknown option "--force" for bowerbird extract; did you mean "--overwrite"?'],
    ['-j 0', 'Expected a whole number, 1 to 1024 for --workers but received "0"'],
    ['-j', 'Expected a whole number, 1 to 1024 for --workers but received nothing'],
    ['-o -f', 'Expected a folder for --out but received the option "-f"; write --out=-f if it is meant as the value'],
    ['--no-json', 'Unknown option "--no-json" for bowerbird extract; did you mean "--json"?'],
    ['--__proto__ x', 'Unknown option "--__proto__" for bowerbird extract'],
    ['--constructor', 'Unknown option "--constructor" for bowerbird extract'],
  ])('extract %s', (line, message) => {
    expect(misuse(['extract', 'in', '--out', 'out', ...words(line)])).toBe(message);
  });

  test.each([
    ['extract', 'Expected at least one INPUT for bowerbird extract'],
    ['extract --out o', 'Expected at least one INPUT for bowerbird extract'],
    ['extract in', 'Expected --out DIR for bowerbird extract'],
    ['inspect', 'Expected at least one INPUT for bowerbird inspect'],
    ['inspect a --limit 0', 'Expected a whole number, 1 or more for --limit but received "0"'],
    ['inspect a --quiet', 'Unknown option "--quiet" for bowerbird inspect'],
    ['version 2', 'Expected nothing behind bowerbird version but received "2"'],
    [
      'decode a -o x --sample-rate 44.1',
      'Expected a whole number of Hz, such as 16000, 32k or 44.1k for --sample-rate but received "44.1"; did you mean "44.1k"?',
    ],
    ['verify', 'Expected at least one INPUT for bowerbird verify'],
    ['verify a --out b', 'Unknown option "--out" for bowerbird verify'],
    ['repair a', 'Expected --out FILE|DIR for bowerbird repair'],
    ['repair --out b', 'Expected at least one INPUT for bowerbird repair'],
    ['completions', 'Expected one SHELL for bowerbird completions'],
    ['completions tcsh', 'Expected one of bash, zsh, fish but received "tcsh"'],
    ['completions Fish', 'Expected one of bash, zsh, fish but received "Fish"; did you mean "fish"?'],
    [
      'help me',
      'Unknown command "me"; expected one of extract, ingest, pack, dataset, inspect, verify, repair, convert, decode, unpack, completions, help, version',
    ],
    ['extrct in', 'Unknown command "extrct"; did you mean "extract"?'],
    ['Verify in', 'Unknown command "Verify"; did you mean "verify"?'],
    [
      'toString',
      'Unknown command "toString"; expected one of extract, ingest, pack, dataset, inspect, verify, repair, convert, decode, unpack, completions, help, version',
    ],
    [
      '--json verify a',
      'Expected a command before "--json": one of extract, ingest, pack, dataset, inspect, verify, repair, convert, decode, unpack, completions, help, version',
    ],
  ])('%s', (line, message) => {
    expect(misuse(words(line))).toBe(message);
  });

  test('an empty operand, as an unset variable gives', () => {
    expect(misuse(['verify', 'a', ''])).toBe('Expected INPUT for bowerbird verify but received ""');
  });

  test('control characters in words without sending them to the terminal', () => {
    expect(misuse(['verify', '--a\x1b[2Jb'])).toBe('Unknown option "--a\\x1b[2Jb" for bowerbird verify');
  });
});

test('parse() returns a request or throws Misuse for any words', () => {
  const word = fc.oneof(
    fc.constantFrom(...commandNames, '--', '-', '-q', '-h', '--out', '--out=x', '--json', '--units', '0/2', '', '-qx'),
    fc.string({ maxLength: 6 }),
    fc.string({ maxLength: 6 }).map((text) => `--${text}`),
  );
  fc.assert(
    fc.property(fc.constantFrom(...commandNames, 'x'), fc.array(word, { maxLength: 6 }), (command, rest) => {
      try {
        expect(['call', 'help', 'version', 'nothing']).toContain(parse([command, ...rest]).kind);
      } catch (error) {
        expect(error).toBeInstanceOf(Misuse);
      }
    }),
    { numRuns: 500 },
  );
});
