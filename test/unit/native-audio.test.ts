/** The edges of what the addon does for sound: wrong types, detached arrays and sizes out of range throw, and crash nothing. */

import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { type FlacDecoder, flacProgress, flacStatus, native } from '../../src/native/native.ts';
import { constantFrame, flacOf } from '../support/flac-files.ts';

const addon = native();
const frames = [0, 1, 2].map((i) => constantFrame(i, [i + 1, -i]));
const file = flacOf({ frames: 3, channels: 2 }, frames);
const streamInfo = file.slice(8, 42);
const audio = file.slice(42);
const progress = () => new Float64Array(flacProgress.length);
// biome-ignore lint/suspicious/noExplicitAny: what the types forbid is the point
type Any = any;

function detached<T extends ArrayBufferView<ArrayBuffer>>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

/** Nothing is an array of the type asked for. */
const odd: readonly Any[] = [
  undefined,
  null,
  'text',
  7,
  {},
  [1],
  new DataView(new ArrayBuffer(64)),
  new BigInt64Array(9),
  () => {},
];
const oddNumbers: readonly Any[] = [undefined, null, '1', -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, {}, 1n];

describe('FlacDecoder', () => {
  const good = () => [audio.slice(), true, new Int16Array(3 * 4096 * 2), 0, 3 * 4096, 0, progress()] as Any[];
  const call = (decoder: FlacDecoder, given: readonly Any[]) => (decoder.decode as Any).apply(decoder, given);
  const decoder = () => new addon.FlacDecoder(streamInfo, false, false);

  test('decodes with what is right', () => {
    const given = good();
    expect(call(decoder(), given)).toBe(flacStatus.end);
    expect([...given[2].subarray(8190, 8196)]).toEqual([1, 0, 2, -1, 2, -1]);
  });

  test('is not made of wrong arguments', () => {
    const make = addon.FlacDecoder as Any;
    for (const bad of [...odd, streamInfo.subarray(1), new Uint8Array(34), detached(streamInfo.slice())]) {
      expect(() => new make(bad, false, false)).toThrow(TypeError);
    }
    expect(() => new make(streamInfo, 1, false)).toThrow(TypeError);
    expect(() => new make(streamInfo, false)).toThrow(TypeError);
    expect(() => make(streamInfo, false, false)).toThrow(TypeError);
  });

  test('throws on every wrong argument, whatever the others, and goes on', () => {
    const it = decoder();
    const wrong: readonly (readonly Any[])[] = [
      [...odd, new Int16Array(4)],
      [undefined, 0, 'true', {}],
      [...odd, new Uint8Array(64), new Float64Array(64)],
      oddNumbers,
      oddNumbers,
      oddNumbers,
      [...odd, new Float32Array(8), new Float64Array(7)],
    ];
    for (const [place, values] of wrong.entries()) {
      for (const value of values) {
        const given = good();
        given[place] = value;
        expect(() => call(it, given), `${place}: ${String(value)}`).toThrow(TypeError);
      }
    }
    expect(() => call(it, [])).toThrow(TypeError);
    expect(call(it, good())).toBe(flacStatus.end);
  });

  test('throws when the room that is told is not there', () => {
    const it = decoder();
    const out = new Int16Array(8192);
    for (const [at, capacity, plane] of [
      [0, 4097, 0],
      [1, 4096, 0],
      [8193, 0, 0],
      [0, 8192, 8192],
      [0, 4096, 4095],
      [1, 4096, 4096],
      [0, 2 ** 52, 2 ** 52],
      [2 ** 52, 2 ** 52, 0],
    ]) {
      expect(
        () => it.decode(audio, true, out, at!, capacity!, plane!, progress()),
        `${at} ${capacity} ${plane}`,
      ).toThrow(TypeError);
    }
    expect(out.every((value) => value === 0)).toBe(true);
    expect(it.decode(audio, true, out, 0, 4096, 4096, progress())).toBe(flacStatus.outputFull);
  });

  test('finds nothing in detached memory, and writes to none', () => {
    for (const place of [0, 2, 6]) {
      const given = good();
      detached(given[place]);
      let status: unknown;
      try {
        status = call(decoder(), given);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
      expect(status, String(place)).not.toBe(place === 0 ? flacStatus.outputFull : flacStatus.end);
    }
  });

  test('does not give 24 bits as int16', () => {
    const wide = streamInfo.slice();
    wide[12]! |= 1;
    wide[13]! = (wide[13]! & 0x0f) | 0x70;
    const it = new addon.FlacDecoder(wide, false, false);
    expect(() => it.decode(audio, true, new Int16Array(8192), 0, 4096, 0, progress())).toThrow(TypeError);
  });

  test('throws on everything but close() after close(), and when borrowed', () => {
    const it = decoder();
    it.close();
    it.close();
    for (const use of [
      () => call(it, good()),
      () => it.damage(),
      () => it.seek(0, 0),
      () => it.stopAt(1),
      () => it.md5(),
    ]) {
      expect(use, String(use)).toThrow(TypeError);
    }
    for (const receiver of [undefined, {}, Object.create(Object.getPrototypeOf(it)), new Uint8Array(4)]) {
      expect(() => (it.decode as Any).apply(receiver, good())).toThrow(TypeError);
    }
    expect(() => decoder().md5()).toThrow(TypeError);
    for (const bad of oddNumbers) {
      expect(() => (decoder() as Any).seek(bad, 0), String(bad)).toThrow(TypeError);
      expect(() => (decoder() as Any).stopAt(bad), String(bad)).toThrow(TypeError);
    }
  });

  test('may be left open by a thread that is terminated', async () => {
    const url = new URL('../../dist/native/native.js', import.meta.url).href;
    const worker = new Worker(
      `import(${JSON.stringify(url)}).then(({ native }) => {
        const info = new Uint8Array(${JSON.stringify([...streamInfo])});
        const audio = new Uint8Array(${JSON.stringify([...audio])});
        const open = [];
        for (let i = 0; ; i++) {
          const decoder = new (native().FlacDecoder)(info, false, true);
          decoder.decode(audio, true, new Float32Array(24576), 0, 12288, 0, new Float64Array(8));
          open[i % 50] = decoder;
          if (i === 10) require('node:worker_threads').parentPort.postMessage('runs');
        }
      });`,
      { eval: true },
    );
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect(await worker.terminate()).toBe(1);
  });
});

test('functions over FLAC bytes throw on wrong arguments', () => {
  const any = addon as Any;
  for (const bad of [...odd, new Int16Array(4)]) {
    expect(() => any.flacSeekPoints(bad), String(bad)).toThrow(TypeError);
    expect(() => any.flacComments(bad), String(bad)).toThrow(TypeError);
    expect(() => any.flacFindFrame(bad, 0, streamInfo), String(bad)).toThrow(TypeError);
    expect(() => any.flacFindFrame(audio, 0, bad), String(bad)).toThrow(TypeError);
    expect(() => new any.FlacMetadata().next(bad, true), String(bad)).toThrow(TypeError);
  }
  for (const bad of oddNumbers) expect(() => any.flacFindFrame(audio, bad, streamInfo), String(bad)).toThrow(TypeError);
  // Beyond the end there is nothing.
  expect(addon.flacFindFrame(audio, audio.length + 1000, streamInfo)).toBeNull();
  expect(addon.flacFindFrame(new Uint8Array(0), 0, streamInfo)).toBeNull();
  expect(addon.flacFindFrame(detached(audio.slice()), 0, streamInfo)).toBeNull();
  expect([...addon.flacSeekPoints(new Uint8Array(17))]).toEqual([]);
  expect(addon.flacComments(new Uint8Array(3))).toMatchObject({ texts: [], damaged: true });
});

test('FlacOggPages throws on wrong arguments', () => {
  const any = addon as Any;
  for (const bad of [undefined, 1, 'x']) expect(() => new any.FlacOggPages(bad)).toThrow(TypeError);
  const pages = new any.FlacOggPages(false);
  const good = [new Uint8Array(64), true, new Uint8Array(64), new Float64Array(5)];
  for (const [place, values] of [
    odd,
    [0, 'x'],
    [...odd, new Uint8Array(63)],
    [...odd, new Float64Array(4)],
  ].entries()) {
    for (const bad of values) {
      const given = good.slice();
      given[place] = bad;
      expect(() => pages.unwrap(...given), `${place}: ${String(bad)}`).toThrow(TypeError);
    }
  }
});

test('functions over samples throw on wrong arguments, and on arrays that are too short', () => {
  const any = addon as Any;
  const layout = 0 + 8 * 2;
  for (const name of ['pcmToFloat', 'pcmToInt32', 'pcmToInt16']) {
    const out = { pcmToFloat: new Float32Array(4), pcmToInt32: new Int32Array(4), pcmToInt16: new Int16Array(4) }[name];
    const f = any[name];
    f(new Uint8Array(8), layout, out);
    for (const bad of [...odd, new Int16Array(4)]) expect(() => f(bad, layout, out), name).toThrow(TypeError);
    for (const bad of [undefined, 'x', 256, 7 + 8 * 2, 0 + 8 * 9, 2 + 8 * 3]) {
      expect(() => f(new Uint8Array(8), bad, out), `${name} ${bad}`).toThrow(TypeError);
    }
    for (const bad of [...odd, new Uint8Array(64), new Float64Array(8), detached(out!.slice())]) {
      expect(() => f(new Uint8Array(8), layout, bad), name).toThrow(TypeError);
    }
    expect(() => f(new Uint8Array(10), layout, out)).toThrow(TypeError);
    f(detached(new Uint8Array(8)), layout, out);
  }
  expect(() => any.pcmToInt16(new Uint8Array(9), 0 + 8 * 3, new Int16Array(4))).toThrow(TypeError);
  for (const bad of [...odd, new Uint8Array(4)]) {
    expect(() => any.pcmFromFloat(bad, layout, new Uint8Array(8))).toThrow(TypeError);
    expect(() => any.shapeChannels(bad, 2, -1, new Float32Array(8))).toThrow(TypeError);
    expect(() => any.preferLargePages(bad instanceof Uint8Array ? new Int16Array(4) : bad)).toThrow(TypeError);
  }
  addon.preferLargePages(new Uint8Array(0));
  addon.preferLargePages(detached(new Uint8Array(32 << 20)));
});

test('deinterleave() and pickChannel() keep to their arrays', () => {
  const any = addon as Any;
  for (const Samples of [Float32Array, Int32Array, Int16Array] as Any[]) {
    const input = Samples.of(1, 2, 3, 4, 5, 6, 7);
    const out = new Samples(9);
    // A rest that is no whole frame is left alone.
    any.deinterleave(input, 3, out, 1, 3);
    expect([...out]).toEqual([0, 1, 4, 0, 2, 5, 0, 3, 6]);
    const picked = new Samples(2);
    any.pickChannel(input, 3, 2, picked);
    expect([...picked]).toEqual([3, 6]);
    for (const [channels, at, plane] of [
      [0, 0, 3],
      [65536, 0, 3],
      [3, 2, 3],
      [3, 0, 4],
      [3, 0, 1],
      [3, 10, 3],
      [3, 0, 2 ** 40],
      [3, -1, 3],
      [Number.NaN, 0, 3],
    ]) {
      // biome-ignore format: a table
      expect(() => any.deinterleave(input, channels, out, at, plane), `${channels} ${at} ${plane}`).toThrow(TypeError);
    }
    for (const [channels, channel] of [
      [3, 3],
      [3, -1],
      [0, 0],
      [3, '1'],
      [2, 0],
    ]) {
      // biome-ignore format: a table
      expect(() => any.pickChannel(input, channels, channel, picked), `${channels} ${channel}`).toThrow(TypeError);
    }
    const other = Samples === Float32Array ? new Int32Array(9) : new Float32Array(9);
    for (const bad of [...odd, new Uint8Array(64), other]) {
      expect(() => any.deinterleave(input, 3, bad, 0, 3)).toThrow(TypeError);
      expect(() => any.deinterleave(bad, 3, out, 0, 3)).toThrow(TypeError);
      expect(() => any.pickChannel(input, 3, 0, bad)).toThrow(TypeError);
    }
    expect(() => any.deinterleave(input, 3, detached(new Samples(9)), 0, 3)).toThrow(TypeError);
    any.deinterleave(detached(new Samples(9)), 3, out, 0, 3);
  }
});
