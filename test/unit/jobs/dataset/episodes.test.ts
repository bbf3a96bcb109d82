/** Rows of processed episodes: what is read, in which order, what is left out, and what ends a chunk. */

import { expect, test } from 'vitest';
import type { ChunkRow, RowsContext } from '../../../../src/jobs/dataset/chunk-source.ts';
import { episodeRows } from '../../../../src/jobs/dataset/episodes/rows.ts';
import type { SoundCheck } from '../../../../src/jobs/dataset/sound-check.ts';
import { etagOf, type Fault } from '../../../support/object-server.ts';
import { objectStore } from '../../../support/object-store.ts';
import { episodeObjects, planOf, segmentsOf, specs } from '../../../support/processed-episodes.ts';

const server = await objectStore();
const episodes = specs({ en: 5 });

interface Told {
  readonly input: string;
  readonly record?: number;
  readonly offset?: number;
  readonly code: string;
  readonly reason: string;
}

interface Taken {
  readonly rows: { values: ChunkRow['values']; sound: Buffer; path: string }[];
  readonly rejects: Told[];
  readonly extras: Told[];
  readonly notes: string[];
  readonly notKept: string[];
}

function put(objects = episodeObjects(episodes)): void {
  for (const [key, bytes] of objects) server.objects.set(`bucket/${key}`, bytes);
}

async function take(
  {
    check = 'header' as SoundCheck,
    prefixes = planOf(episodes)['en']!,
    ahead = 8,
    bytesInFlight = 1 << 20,
    root = 's3://bucket/',
  } = {},
  stop: RowsContext['stop'] = { throwIfAborted() {} },
): Promise<Taken> {
  const taken: Taken = { rows: [], rejects: [], extras: [], notes: [], notKept: [] };
  const context: RowsContext = {
    outDir: '',
    stop,
    ahead,
    countBytes() {},
    reject: (what) => void taken.rejects.push(what as Told),
    mention: (what) => void taken.extras.push(what),
    note: (name, notes) => void taken.notes.push(...notes.map((note) => `${name}: ${note}`)),
    notKept: (keys) => void taken.notKept.push(...keys),
  };
  for await (const { values } of episodeRows({ kind: 'episodes', prefixes }, { root, check, bytesInFlight }, context)) {
    const { bytes, path } = values['audio'] as { bytes: Uint8Array; path: string };
    taken.rows.push({ values, sound: Buffer.from(bytes), path });
  }
  return taken;
}

const key = (episode: string, name: string) => `bucket/processed/en/${episode}/${name}`;
const text = ({ rows }: Taken) => rows.map(({ values }) => values['text']);
const all = episodes.flatMap((spec) => segmentsOf(spec).map((segment) => segment.text));
const without = (...left: readonly number[]) => all.filter((_, i) => !left.includes(i));

test('rows come in the order of plan and segments, with the bytes of their objects, however few may be on their way', async () => {
  put();
  for (const how of [{ ahead: 1, bytesInFlight: 1 }, { ahead: 3 }, { ahead: 64 }]) {
    const taken = await take(how);
    expect(text(taken)).toEqual(all);
    expect(taken.rejects).toEqual([]);
    for (const { sound, path } of taken.rows)
      expect(sound.equals(server.objects.get(key(path.slice(0, 4), path))!)).toBe(true);
  }
  const [first] = (await take()).rows;
  expect(first!.values).toMatchObject({
    speaker_id: 'SPEAKER_00',
    duration_seconds: 1.25,
    dnsmos: 2.5,
    language: 'en',
  });
});

test('no more requests are on their way than there may be', async () => {
  put();
  let [now, most] = [0, 0];
  server.fault = (_request, response) => {
    most = Math.max(most, ++now);
    response.once('finish', () => now--);
    return false;
  };
  await take({ ahead: 2 });
  expect(most).toBeLessThanOrEqual(2);
});

test('what a segment leaves out is told as the document has it', async () => {
  put();
  server.objects.set(
    key('0000', 'all_segments.json'),
    Buffer.from('[{}, {"text": null, "start": 1}, {"dnsmos": 3, "words": [1], "end": 2}]'),
  );
  const taken = await take();
  const nothing = { text: '', speaker_id: 'UNKNOWN', duration_seconds: null, dnsmos: null, language: 'UNKNOWN' };
  expect(taken.rows.slice(0, 3).map(({ values: { audio: _, ...rest } }) => rest)).toEqual([
    nothing,
    nothing,
    { ...nothing, dnsmos: 3 },
  ]);
  expect(taken.notKept).toEqual(['words']);
});

test.each([
  ['NaN, which is no JSON', '{"text": "a", "dnsmos": NaN}', 'NaN is no JSON'],
  ['Infinity', '{"end": -Infinity}', '-Infinity is no JSON'],
  ['a key that stands twice', '{"text": "a", "text": "b"}', 'the key "text" stands twice'],
  ['text that is a number', '{"text": 5}', 'its "text" is a number, expected text'],
  ['a number that is text', '{"start": "5"}', 'its "start" is text, expected a number'],
  ['a boolean', '{"dnsmos": true}', 'its "dnsmos" is a boolean, expected a number'],
  ['no object', '[1]', 'expected an object, found a list'],
  ['null', 'null', 'expected an object, found null'],
  ['an end before its start', '{"start": 5, "end": 4}', 'it ends at 4 s, before it begins at 5 s'],
  ['what no float32 holds', '{"dnsmos": 1e39}', 'beyond what a float32 holds'],
  ['half a character', '{"text": "\\ud83d"}', 'holds half a character'],
])('a segment with %s is left out, and the others stay', async (_, element, reason) => {
  put();
  server.objects.set(key('0001', 'all_segments.json'), Buffer.from(`[{"text": "one"}, ${element}, {"text": "three"}]`));
  const taken = await take();
  expect(taken.rejects).toEqual([
    {
      input: `s3://${key('0001', '0001_000001.oga')}`,
      record: 1,
      offset: 0,
      code: 'BAD_SCHEMA',
      reason: expect.stringContaining(reason),
    },
  ]);
  expect(text(taken)).toEqual([...all.slice(0, 3), 'one', 'three', ...all.slice(6)]);
});

test.each([
  [
    'is cut off',
    '[{"text": "one"}, {"text": "tw',
    'the file ends in the middle of a string; 2 recording(s) from number 1 on are left out',
    ['one'],
  ],
  ['goes on behind its end', '[{"text": "one"}, {}, {}] x', 'expected the end of the file, found "x"', ['one', '', '']],
  ['is no list', '{"segments": []}', 'expected a list, found', []],
  ['is empty', '', 'found the end of the file; 3 recording(s) from number 0 on are left out', []],
  ['lacks a comma', '[{} {}]', 'expected "," or "]", found "{}]"', []],
  ['is nested for ever', `[${'['.repeat(5000)}`, 'nested more than 100 deep', []],
])('a list that %s is named, with the segments before it kept', async (_, json, reason, kept) => {
  put();
  server.objects.set(key('0001', 'all_segments.json'), Buffer.from(json));
  const taken = await take();
  expect(taken.rejects).toMatchObject([{ input: `s3://${key('0001', 'all_segments.json')}`, code: 'BAD_SCHEMA' }]);
  expect(taken.rejects[0]!.reason).toContain(reason);
  expect(text(taken)).toEqual([...all.slice(0, 3), ...kept, ...all.slice(6)]);
});

test('text that is no UTF-8 loses its segment alone', async () => {
  put();
  server.objects.set(key('0001', 'all_segments.json'), Buffer.from('[{"text": "ä"}, {"text": "\xe4"}, {}]', 'latin1'));
  const bytes = Buffer.concat([Buffer.from('[{"text": "ä"}, {"text": "'), Buffer.from([0xe4]), Buffer.from('"}, {}]')]);
  server.objects.set(key('0001', 'all_segments.json'), bytes);
  const taken = await take();
  expect(taken.rejects).toMatchObject([{ record: 1, reason: expect.stringContaining('not in UTF-8') }]);
  expect(text(taken).slice(3, 5)).toEqual(['ä', '']);
});

test('missing recordings and lists, extra files and episodes that are gone are named', async () => {
  put();
  server.objects.delete(key('0000', '0000_000001.mp3'));
  server.objects.delete(key('0001', 'all_segments.json'));
  for (const name of ['0003_000009.opus', '0003_000001.aac', 'notes.txt', 'more/a.mp3'])
    server.objects.set(key('0003', name), Buffer.from('x'));
  const taken = await take({ prefixes: [...planOf(episodes)['en']!, 'processed/en/9999/'] });
  expect(taken.rejects).toMatchObject([
    { input: 's3://bucket/processed/en/0000/0000_000001.mp3', record: 1, code: 'NOT_FOUND' },
    {
      input: 's3://bucket/processed/en/0001/all_segments.json',
      code: 'NOT_FOUND',
      reason: 'The episode has no all_segments.json; its 3 recording(s) are left out',
    },
    {
      input: 's3://bucket/processed/en/9999/all_segments.json',
      code: 'NOT_FOUND',
      reason: expect.stringContaining('There is no such episode'),
    },
  ]);
  expect(taken.extras.map(({ input }) => input.slice('s3://bucket/processed/en/0003/'.length)).sort()).toEqual([
    '0003_000001.aac',
    '0003_000009.opus',
    'more/',
    'notes.txt',
  ]);
  expect(text(taken)).toEqual(without(1, 3, 4, 5));
});

test('a recording that is none is rejected, one of another kind is called what it is', async () => {
  put();
  server.objects.set(key('0002', '0002_000000.wav'), Buffer.alloc(0));
  server.objects.set(key('0002', '0002_000001.wav'), Buffer.from('<html>not here</html>'));
  server.objects.set(key('0002', '0002_000002.wav'), server.objects.get(key('0000', '0000_000000.mp3'))!);
  const taken = await take();
  expect(taken.rejects.map(({ input, code }) => [input.slice(-11), code])).toEqual([
    ['_000000.wav', 'UNSUPPORTED'],
    ['_000001.wav', 'UNSUPPORTED'],
  ]);
  expect(taken.rows[6]!.path).toBe('0002_000002.mp3');
  expect(taken.notes).toEqual([expect.stringContaining('0002_000002.wav: Its extension is not that of what it holds')]);
});

test('a damaged recording passes a look at its header, and fails when it is decoded', async () => {
  put();
  const name = key('0003', '0003_000001.opus');
  const bytes = Buffer.from(server.objects.get(name)!);
  bytes.fill(0, bytes.length - 200);
  server.objects.set(name, bytes);
  expect((await take()).rejects).toEqual([]);
  const taken = await take({ check: 'full' });
  expect(taken.rejects).toMatchObject([{ input: `s3://${name}`, record: 1 }]);
  expect(text(taken)).toEqual(without(10));
});

const refusing =
  (status: number, code: string, part = '0002_000001'): Fault =>
  ({ url }, response) => {
    if (!url.includes(part)) return false;
    const body = `<Error><Code>${code}</Code></Error>`;
    response.writeHead(status, { 'content-length': body.length }).end(body);
    return true;
  };

test.each([
  [403, 'AccessDenied'],
  [400, 'ExpiredToken'],
  [403, 'InvalidAccessKeyId'],
  [403, 'SignatureDoesNotMatch'],
  [403, 'RequestTimeTooSkewed'],
  [401, 'Unauthorized'],
  [404, 'InvalidToken'],
])('%i %s ends the chunk, and is no missing recording', async (status, code) => {
  put();
  server.fault = refusing(status, code);
  await expect(take()).rejects.toMatchObject({ code: 'ACCESS' });
  server.fault = refusing(status, code, 'prefix=processed');
  await expect(take()).rejects.toMatchObject({ code: 'ACCESS' });
});

test('a bucket that is gone ends the chunk, and is no missing recording', async () => {
  put();
  server.fault = refusing(404, 'NoSuchBucket', 'list-type=2');
  await expect(take()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  let lists = 0;
  server.fault = (request, response, stored) => {
    if (request.url.includes('list-type=2')) lists++;
    const isGone = lists >= 5;
    return isGone && refusing(404, 'NoSuchBucket', '')(request, response, stored);
  };
  await expect(take()).rejects.toMatchObject({ code: 'IO' });
});

test('a recording that went away behind the list loses its segment, as one that the server does not find', async () => {
  put();
  server.fault = (_request, _response, stored) => {
    if (stored !== undefined) server.objects.delete(key('0002', '0002_000001.wav'));
    return false;
  };
  const taken = await take();
  expect(taken.rejects).toMatchObject([{ record: 1, code: 'NOT_FOUND' }]);
  expect(text(taken)).toEqual(without(7));
});

test('a recording that is another one than was listed ends the chunk', async () => {
  put();
  server.fault = ({ url }, _response, stored) => {
    if (stored !== undefined && url.includes('0002_000001'))
      server.objects.set(key('0002', '0002_000001.wav'), Buffer.from('RIFFanother'));
    return false;
  };
  await expect(take()).rejects.toMatchObject({ code: 'IO', message: expect.stringContaining('changed') });
});

test('short bodies, resets and throttling are tried again', async () => {
  put();
  const turns = new Map<string, number>();
  server.fault = ({ url, headers }, response, stored) => {
    if (stored === undefined) return false;
    const turn = (turns.get(url) ?? 0) + 1;
    turns.set(url, turn);
    if (turn === 1) return refusing(503, 'SlowDown', '')({ url } as never, response, stored);
    if (turn === 2) return response.destroy() !== undefined;
    if (turn === 3 && headers.range !== undefined && stored.length > 2) {
      const etag = etagOf(stored);
      response
        .writeHead(206, { etag, 'content-length': 1, 'content-range': `bytes 0-${stored.length - 1}/${stored.length}` })
        .end(stored.subarray(0, 1));
      return true;
    }
    return false;
  };
  const taken = await take({ prefixes: planOf(episodes)['en']!.slice(0, 2) });
  expect(taken.rejects).toEqual([]);
  expect(text(taken)).toEqual(all.slice(0, 6));
});

test('a server that always throttles ends the chunk', async () => {
  put();
  server.fault = refusing(503, 'SlowDown', 'nothing');
  let asked = 0;
  server.fault = ({ url }, response) => {
    if (!url.includes('0000_000001')) return false;
    asked++;
    response.writeHead(503, { 'content-length': 0, 'retry-after': '0' }).end();
    return true;
  };
  const stop = {
    throwIfAborted() {
      if (asked > 2) throw new Error('enough');
    },
  };
  await expect(take({}, stop)).rejects.toThrow('enough');
});
