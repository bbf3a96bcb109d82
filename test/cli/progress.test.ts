import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Api } from '../../src/cli/api.ts';
import { barLine, meterFor, plainLine, rateWindow, shownMode } from '../../src/cli/progress.ts';
import { styleFor } from '../../src/cli/style.ts';
import { talkOn } from '../../src/cli/talk.ts';
import type { Progress } from '../../src/jobs/engine/types.ts';
import { cli, extractReport, sample } from './harness.ts';

function recorder() {
  const writes: string[] = [];
  const sink = {
    isTTY: true,
    columns: 80,
    write: (text: string) => void writes.push(text),
    send: async () => {},
    flushed: async () => undefined,
  };
  return { writes, talk: talkOn(sink, styleFor(sink, {}), true) };
}

/** What a terminal shows after these writes: carriage return and erase-to-end are all it must know. */
function screen(text: string): string[] {
  const lines = [''];
  let column = 0;
  for (let i = 0; i < text.length; i++) {
    const line = lines.at(-1)!;
    if (text[i] === '\n') {
      lines.push('');
      column = 0;
    } else if (text[i] === '\r') {
      column = 0;
    } else if (text.startsWith('\x1b[K', i)) {
      lines[lines.length - 1] = line.slice(0, column);
      i += 2;
    } else {
      lines[lines.length - 1] = line.slice(0, column) + text[i] + line.slice(column + 1);
      column++;
    }
  }
  return lines;
}

const at = (elapsedSeconds: number, more: Partial<Progress> = {}): Progress => ({ ...sample, elapsedSeconds, ...more });

describe('barLine()', () => {
  const rate = 793e6;
  test.each([
    [120, '[=============>                ]  45%  169/374 files  541,203 records  32.9/73.1 GB  793 MB/s  0:51 left'],
    [90, '[====>      ]  45%  169/374 files  541,203 records  32.9/73.1 GB  793 MB/s  0:51 left'],
    [75, '[=====>       ]  45%  169/374 files  32.9/73.1 GB  793 MB/s  0:51 left'],
    [65, '[=======>         ]  45%  169/374 files  793 MB/s  0:51 left'],
    [50, ' 45%  169/374 files  793 MB/s  0:51 left'],
    [30, ' 45%  793 MB/s  0:51 left'],
    [20, ' 45%  0:51 left'],
    [10, ' 45%'],
    [4, '45%'],
    [2, '4'],
    [1, ''],
  ])('at %d columns', (columns, line) => {
    expect(barLine(sample, rate, columns)).toBe(line);
  });

  test('leaves out what is not known yet and shows rejects when there are some', () => {
    expect(barLine(at(0, { bytes: 0, records: 0, unitsDone: 0, unitsSkipped: 0 }), undefined, 100)).toBe(
      '[>                            ]   0%  0/374 files  0 records  0.00/73.1 GB',
    );
    expect(barLine(at(9, { rejects: 3 }), rate, 130)).toContain('541,203 records  3 rejected  32.9/73.1 GB');
  });

  test('goes by files when there are no bytes to count, and stays below 100% until all is done', () => {
    expect(barLine(at(1, { bytes: 0, bytesTotal: 0 }), undefined, 80)).toContain(' 45%');
    expect(
      barLine(at(1, { units: 0, unitsDone: 0, unitsSkipped: 0, bytes: 0, bytesTotal: 0 }), undefined, 80),
    ).toContain('  0%');
    expect(barLine(at(1, { bytes: 999, bytesTotal: 1000 }), undefined, 80)).toContain(' 99%');
    expect(barLine(at(1, { bytes: 2000, bytesTotal: 1000 }), 10, 100)).toContain('==] 100%');
  });

  test.each([55, 60, 75, 90, 120])(
    'has one width at %d columns before and after the rate and the time are known',
    (columns) => {
      const width = (text: string) => /^\[.*\]/.exec(text)?.[0].length;
      const known = barLine(sample, 793e6, columns);
      expect(width(barLine(sample, undefined, columns))).toBe(width(known));
      expect(width(barLine(sample, 99.9e6, columns))).toBe(width(known));
    },
  );

  test('never reaches the last column', () => {
    const whole = fc.nat({ max: 2 ** 40 });
    fc.assert(
      fc.property(
        fc.record({
          units: whole,
          unitsDone: whole,
          unitsSkipped: whole,
          bytes: whole,
          bytesTotal: whole,
          records: whole,
          rejects: whole,
        }),
        fc.option(fc.double({ min: 0, max: 1e11, noNaN: true }), { nil: undefined }),
        fc.integer({ min: 1, max: 200 }),
        (counts, speed, columns) => {
          const line = barLine({ job: 'x', elapsedSeconds: 1, ...counts }, speed, columns);
          expect(line.length).toBeLessThan(columns);
        },
      ),
    );
  });
});

test('plainLine() is one sentence', () => {
  expect(plainLine(sample, 793e6)).toBe(
    'bowerbird: extract 45%, 169 of 374 files, 541,203 records, 32.9 of 73.1 GB, 793 MB/s, 0:51 left',
  );
  expect(plainLine(at(1, { rejects: 1 }), undefined)).toBe(
    'bowerbird: extract 45%, 169 of 374 files, 541,203 records, 1 rejected, 32.9 of 73.1 GB',
  );
});

describe('rateWindow()', () => {
  test('is the mean of the last ten seconds, not of the run', () => {
    const rateAt = rateWindow();
    let bytes = 0;
    let rate: number | undefined;
    for (let s = 0; s <= 60; s += 0.25) {
      rate = rateAt(s, bytes);
      bytes += (s < 30 ? 1000 : 100) * 0.25;
    }
    expect(rate).toBeCloseTo(100, 6);
  });

  test('does not take what an earlier run did for speed', () => {
    const rateAt = rateWindow();
    expect(rateAt(0.25, 5_000_000)).toBeUndefined();
    expect(rateAt(0.5, 5_000_100)).toBeUndefined();
    expect(rateAt(1.25, 5_000_400)).toBeCloseTo(400, 6);
  });

  test('falls to 0 in a stall', () => {
    const rateAt = rateWindow();
    rateAt(0, 0);
    rateAt(1, 1000);
    expect(rateAt(12, 1000)).toBe(0);
  });
});

describe('shownMode()', () => {
  const mode = (isTTY: boolean, env: Record<string, string>) =>
    shownMode('auto', {
      env,
      stderr: { isTTY, columns: 80, write() {}, send: async () => {}, flushed: async () => undefined },
    });
  test('auto is a bar on a terminal that a person watches', () => {
    expect(mode(true, {})).toBe('bar');
    expect(mode(true, { CI: 'false' })).toBe('bar');
    expect(mode(true, { NO_COLOR: '1' })).toBe('bar');
    expect(mode(true, { CI: 'true' })).toBe('plain');
    expect(mode(true, { TERM: 'dumb' })).toBe('plain');
    expect(mode(false, {})).toBe('plain');
  });
});

describe('meterFor()', () => {
  test('bar draws ten times a second at most, and leaves nothing behind', () => {
    const { writes, talk } = recorder();
    const meter = meterFor('bar', talk, () => 120)!;
    for (let i = 0; i <= 1000; i++) meter.update(at(i / 1000, { records: i }));
    expect(writes.length).toBeLessThanOrEqual(11);
    expect(writes.length).toBeGreaterThanOrEqual(9);
    meter.close();
    expect(screen(writes.join(''))).toEqual(['']);
  });

  test('bar follows the width of the terminal and a line of talk does not tear it', () => {
    const { writes, talk } = recorder();
    let columns = 120;
    const meter = meterFor('bar', talk, () => columns)!;
    meter.update(at(1));
    talk.line('bowerbird: notice: something\nmore of it');
    columns = 60;
    meter.update(at(2, { unitsDone: 170 }));
    expect(screen(writes.join(''))).toEqual([
      'bowerbird: notice: something',
      'more of it',
      '[=====>      ]  45%  170/374 files  0.0 MB/s',
    ]);
    meter.close();
    talk.line('end');
    expect(screen(writes.join(''))).toEqual(['bowerbird: notice: something', 'more of it', 'end', '']);
  });

  test('plain is a line every five seconds, none in a shorter run', () => {
    const { writes, talk } = recorder();
    const meter = meterFor('plain', talk, () => undefined)!;
    for (let s = 0; s < 21; s += 0.25) meter.update(at(s));
    meter.close();
    expect(writes).toHaveLength(4);
    expect(writes.every((line) => /^bowerbird: extract 45%, .*\n$/.test(line))).toBe(true);
  });

  test('json is one object a line, each sample', () => {
    const { writes, talk } = recorder();
    const meter = meterFor('json', talk, () => undefined)!;
    meter.update(at(1));
    meter.update(at(1.25));
    meter.close();
    expect(writes.map((line) => JSON.parse(line))).toEqual([at(1), at(1.25)]);
    expect(writes.every((line) => line.endsWith('}\n'))).toBe(true);
  });

  test('none is none', () => {
    expect(meterFor('none', recorder().talk, () => 80)).toBeUndefined();
  });
});

describe('a run', () => {
  const api: Partial<Api> = {
    async extract({ onProgress, onNotice }) {
      onProgress?.(at(6));
      onNotice?.('two inputs share a stem');
      onProgress?.(at(7, { unitsDone: 361, bytes: 73_000_000_000 }));
      return extractReport;
    },
  };
  const line = 'extract in --out o';

  test('on a terminal shows a bar and takes it away before the summary', async () => {
    const { stderr, stdout } = await cli(line, { api, columns: 120 });
    expect(stderr).toContain('\r[=============>                ]  45%');
    expect(stderr).toContain(' 99%  361/374 files');
    expect(screen(stderr + stdout)).toEqual(['bowerbird: notice: two inputs share a stem', ...stdout.split('\n')]);
  });

  test('elsewhere writes plain lines without a control character', async () => {
    const { stderr } = await cli(line, { api });
    expect(stderr.split('\n')).toEqual([plainLine(at(6), undefined), 'bowerbird: notice: two inputs share a stem', '']);
  });

  test('with --progress json writes JSON lines only', async () => {
    const { stderr } = await cli(`${line} --progress json`, { api, columns: 80 });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.map((text) => Object.keys(JSON.parse(text))[0])).toEqual(['job', 'notice', 'job']);
  });
});
