/** What a terminal shows: colour by the conventions of others, no trace of Ctrl-C, and nothing wider than it is. */

import { describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../src/errors.ts';
import { cli, extractReport, inspectedFile, inspecting, sample, verifyReport } from './harness.ts';

const fail = async () => {
  throw new BowerbirdError('IO', 'Cannot write "x": no space');
};
const api = { extract: fail, verify: async () => verifyReport, ...inspecting(inspectedFile) };
const red = (text: string) => `\x1b[31m${text}\x1b[39m`;

describe('colour', () => {
  test('is on the word "error" on a terminal, and on nothing that a failure says', async () => {
    const terminal = await cli('extract a -o x --progress none', { api, columns: 80 });
    expect(terminal.stderr).toBe(`bowerbird: ${red('error')} IO: Cannot write "x": no space\n`);
    const pipe = await cli('extract a -o x --progress none', { api });
    expect(pipe.stderr).toBe('bowerbird: error IO: Cannot write "x": no space\n');
  });

  // As tty.WriteStream.getColorDepth() of Node has it.
  test.each<[env: { readonly [name: string]: string }, pipe: boolean, terminal: boolean]>([
    [{}, false, true],
    [{ NO_COLOR: '1' }, false, false],
    [{ NO_COLOR: '' }, false, true],
    [{ TERM: 'dumb' }, false, false],
    [{ FORCE_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: 'true' }, true, true],
    [{ FORCE_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '3', NO_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '0' }, false, false],
    [{ FORCE_COLOR: 'false' }, false, false],
  ])('under %j is in a pipe %s, on a terminal %s', async (env, pipe, terminal) => {
    const isColoured = async (line: string, columns?: number) => {
      const { stdout, stderr } = await cli(line, { api, env, ...(columns && { columns }) });
      return (stdout + stderr).includes('\x1b[3');
    };
    for (const line of ['verify a --progress none', 'extract a -o x --progress none']) {
      expect([await isColoured(line), await isColoured(line, 80)]).toEqual([pipe, terminal]);
    }
  });

  test('never stands in JSON', async () => {
    const { stdout, stderr } = await cli('verify a --json --progress json', { api, env: { FORCE_COLOR: '1' } });
    expect(stdout + stderr).not.toContain('\x1b');
  });
});

test.each([
  ['extract a -o x --progress none', 80, '\r\x1b[Kbowerbird: stopping; run the same command again to go on\n'],
  ['extract a -o x --progress none', undefined, 'bowerbird: stopping; run the same command again to go on\n'],
])('Ctrl-C during %s at %s columns begins its line anew', async (line, columns, text) => {
  let send: (() => void) | undefined;
  const { stderr } = await cli(line, {
    ...(columns && { columns }),
    onListen: (signal) => {
      send = () => signal('SIGINT', 0);
    },
    api: {
      async extract({ signal, onProgress }) {
        onProgress?.(sample);
        send?.();
        signal?.throwIfAborted();
        return extractReport;
      },
    },
  });
  expect(stderr).toBe(text);
});

describe('inspect', () => {
  test.each([40, 60, 80, 200])('fits %d columns, and says all the same', async (columns) => {
    const { stdout } = await cli('inspect a', { api, columns, env: { NO_COLOR: '1' } });
    for (const text of stdout.split('\n')) expect(text.length, text).toBeLessThanOrEqual(columns);
    for (const word of ['12x1x1280', '7x1x1280', '61,541', 'timestamp_s', 'something else'])
      expect(stdout).toContain(word);
  });

  test('lists features one below the other where the table has no room', async () => {
    const { stdout } = await cli('inspect a', { api, columns: 40, env: { NO_COLOR: '1' } });
    expect(stdout).toContain(
      '\n  feature  timestamp_s\n  kind     float\n  records  999\n  values   1\n  range    0 to 7140\n',
    );
    const wide = await cli('inspect a', { api, columns: 200, env: { NO_COLOR: '1' } });
    expect(wide.stdout).toBe((await cli('inspect a', { api })).stdout);
  });

  test('gives shapes as lists in JSON', async () => {
    const { stdout } = await cli('inspect a --json', { api });
    expect(JSON.parse(stdout).files[0].features[0].tensor.shapes).toEqual([
      [12, 1, 1280],
      [7, 1, 1280],
    ]);
  });
});
