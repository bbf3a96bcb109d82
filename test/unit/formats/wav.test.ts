import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { integerBits } from '../../../src/formats/audio/pcm.ts';
import { readWavFloats, wavFloats, wavIntegers } from '../../../src/formats/wav/samples.ts';
import { readWavInfo } from '../../../src/formats/wav/wav.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { bytes, chunk, fmt, gather, memory, riff, u16, u32, u64 } from './wav-files.ts';

const two = [1, 0, 2, 0];

describe.skipIf(!hasShared)('on recordings by other writers (needs ../shared)', () => {
  const files = [...sharedFiles('wav/'), ...sharedFiles('bird-audio/')].filter(({ name }) => name.endsWith('.wav'));

  /** Files that no other tool reads, or that the tools read differently, and what we do. */
  const refused: { readonly [name: string]: [code: string, message: RegExp] } = {
    'wav/hound-fuzz/crash-24728523ef4be15c838293b676f6853e73723bf4.wav': ['UNSUPPORTED', /0x4600/],
    'wav/hound-fuzz/crash-cbd757427cea12bd8a21f86cd8cf74d98ce56bee.wav': ['UNSUPPORTED', /0x0000/],
    'wav/hound-fuzz/oom-48ae4cd061ff8578ad3f23dc87624bd365cf5216.wav': ['TRUNCATED', /no "fmt " chunk/],
    'wav/libbw64/rect_24bit_noriff.wav': ['UNSUPPORTED', /it begins with "RF65"/],
    'wav/scipy/test-44100Hz-le-1ch-4bytes-early-eof-no-data.wav': ['TRUNCATED', /no "data" chunk/],
    'wav/wavefile/4bit-imaadpcm-8kHz-noBext-mono.wav': ['UNSUPPORTED', /IMA ADPCM/],
  };
  const read = files.filter(({ name }) => refused[name] === undefined);

  test('there are 46 files, and 6 of them are refused', () => {
    expect(files.length).toBe(46);
    expect(files.length - read.length).toBe(6);
  });

  test.each(read.map((file) => [file.name, file] as const))(
    'readWavInfo() says of %s what others say',
    async (name, file) => {
      const { header } = file.facts;
      const info = await readWavInfo(memory(sharedBytes(name)));
      expect(info.container).toBe(header.container);
      expect(info.byteOrder).toBe(header.bigEndian ? 'big' : 'little');
      expect(info.sampleRate).toBe(header.fmt.sampleRate);
      expect(info.channels).toBe(header.fmt.channels);
      expect(info.bitsPerSample).toBe(header.fmt.validBits ?? header.fmt.bitsPerSample);
      expect(info.dataOffset).toBe(header.data.offset);
      expect(info.dataBytes).toBe(header.data.effectiveSize);
      expect(info.blockAlign).toBe(header.fmt.blockAlign);
      const frames = file.facts.scipy.shape?.[0] ?? file.facts.libsndfile.frames;
      expect(info.frames).toBe(frames);
      expect(info.durationSeconds).toBe(frames / info.sampleRate);
      for (const [id, text] of Object.entries(header.info ?? {})) {
        // The expectations cut long texts.
        expect(info.tags.info?.[id]?.slice(0, (text as string).length)).toBe(text);
      }
    },
  );

  // libsndfile reads 3 of every 4 bytes of a 24-in-4 file, and no integers above 32 bits: SciPy has those.
  const integers = read.filter(({ facts }) => facts.libsndfile.md5OfInt32LE && facts.decodersAgree !== false);
  test.each(integers.map((file) => [file.name, file] as const))(
    'wavIntegers() reads %s as libsndfile does',
    async (name, { facts }) => {
      const source = memory(sharedBytes(name));
      const info = await readWavInfo(source);
      const shift = 32 - integerBits(info.layout);
      const hash = createHash('md5');
      for (const block of await gather(wavIntegers(source, info, 'int32')))
        hash.update(block.map((v) => v << shift) as Int32Array);
      expect(hash.digest('hex')).toBe(facts.libsndfile.md5OfInt32LE);
    },
  );

  test.each(integers.map((file) => [file.name, file] as const))(
    'readWavFloats() divides %s by full scale',
    async (name, { facts }) => {
      const source = memory(sharedBytes(name));
      const info = await readWavInfo(source);
      const samples = await readWavFloats(source, info);
      expect(samples.length).toBe(info.frames * info.channels);
      const first = facts.libsndfile.firstFrames.flat().map((v: number) => Math.fround(v / 2 ** 31));
      expect([...samples.subarray(0, first.length)]).toEqual(first);
      const last = facts.libsndfile.lastFrame.map((v: number) => Math.fround(v / 2 ** 31));
      expect([...samples.subarray(samples.length - info.channels)]).toEqual(last);
    },
  );

  const floats = read.filter(({ facts }) => facts.libsndfile.md5OfFloat64LE);
  test.each(floats.map((file) => [file.name, file] as const))(
    'readWavFloats() reads the floats of %s',
    async (name, { facts }) => {
      const source = memory(sharedBytes(name));
      const info = await readWavInfo(source);
      const samples = await readWavFloats(source, info);
      if (info.layout.bytes === 4) {
        const hash = createHash('md5').update(Float64Array.from(samples)).digest('hex');
        expect(hash).toBe(facts.libsndfile.md5OfFloat64LE);
      }
      const first = facts.libsndfile.firstFrames.flat().map(Math.fround);
      expect([...samples.subarray(0, first.length)]).toEqual(first);
      expect([...samples.subarray(samples.length - info.channels)]).toEqual(
        facts.libsndfile.lastFrame.map(Math.fround),
      );
    },
  );

  test.each([['wav/scipy/test-8000Hz-le-3ch-5S-45bit.wav'], ['wav/scipy/test-8000Hz-le-3ch-5S-64bit.wav']])(
    'wavIntegers() rounds %s to 32 bits, of what SciPy has',
    async (name) => {
      const source = memory(sharedBytes(name));
      const info = await readWavInfo(source);
      const [values] = await gather(wavIntegers(source, info, 'int32'));
      const { facts } = files.find((file) => file.name === name)!;
      // Those beyond 2^53 lose their last bits in JSON, which neither 32 bits nor a float32 has.
      const first: number[] = facts.scipy.firstValues;
      expect([...values!.subarray(0, first.length)]).toEqual(first.map((v) => Math.round(v / 2 ** 32) + 0));
      // Fifteen values, each as float32 of the whole number.
      const floats = await readWavFloats(source, info);
      expect([...floats.subarray(0, first.length)]).toEqual(first.map((v) => Math.fround(v / 2 ** 63)));
    },
  );

  test('wavIntegers() takes the low three bytes of 24 bits in 4, as SciPy shows them', async () => {
    const name = 'wav/hound/pcmwaveformat-24bit-4byte-48kHz-stereo.wav';
    const source = memory(sharedBytes(name));
    const info = await readWavInfo(source);
    const [values] = await gather(wavIntegers(source, info, 'int32'));
    const { facts } = files.find((file) => file.name === name)!;
    expect([...values!]).toEqual(facts.scipy.firstValues.map((v: number) => (v << 8) >> 8));
    expect(info.notes).toEqual(['Samples of 24 bits in 4 bytes: the low three bytes are used']);
  });

  test.each(Object.entries(refused))('readWavInfo() refuses %s', async (name, [code, message]) => {
    const error = await readWavInfo(memory(sharedBytes(name), undefined, name)).catch((e) => e);
    expect(error).toBeInstanceOf(BowerbirdError);
    expect(error).toMatchObject({ code, source: name, message: expect.stringMatching(message) });
  });

  test('readWavInfo() reads the tags of recorders and editors', async () => {
    const moth = await readWavInfo(memory(sharedBytes('bird-audio/opensoundscape/audiomoth_gps.wav')));
    expect(moth.tags.audiomoth).toEqual({
      deviceId: '243B1F026488F56E',
      start: '2024-05-28T10:00:00+00:00',
      gain: 'medium',
      batteryVolts: 3.8,
      temperature: 12.8,
    });
    const { bext } = (await readWavInfo(memory(sharedBytes('wav/go-audio/bwf.wav')))).tags;
    expect(bext).toBeDefined();
    // As `strings` shows them in the file.
    const text = Buffer.from(sharedBytes('wav/go-audio/bwf.wav').subarray(20, 622)).toString('latin1');
    expect(text.slice(256, 288).split('\0')[0]).toBe(bext!.originator);
    expect(text.slice(320, 330).split('\0')[0]).toBe(bext!.originationDate);
  });

  test('readWavInfo() reads a few KiB of every file, wherever its chunks are', async () => {
    for (const { name } of read) {
      const source = memory(sharedBytes(name));
      await readWavInfo(source);
      expect(source.bytesRead(), name).toBeLessThan(16 * 1024);
    }
  });
});

describe('sizes that lie', () => {
  const good = { frames: 2, dataBytes: 4 };
  test.each([
    ['0', riff(fmt(), chunk('data', two, 0)), /never written \(0\): the 4 bytes/],
    ['0xffffffff', riff(fmt(), chunk('data', two, 0xffffffff)), /never written \(0xffffffff\): the 4 bytes/],
    [
      'more than the file',
      riff(fmt(), chunk('data', two, 5000)),
      /promises 5000 bytes of samples, the file ends after 4 of them/,
    ],
  ])('readWavInfo() uses what is there when the size of the samples is %s', async (_, file, note) => {
    const info = await readWavInfo(memory(file));
    expect(info).toMatchObject(good);
    expect(info.notes).toEqual([expect.stringMatching(note)]);
  });

  test('readWavInfo() finds no samples in a header alone, and in an honest empty chunk', async () => {
    const alone = await readWavInfo(memory(riff(fmt(), chunk('data', []))));
    expect(alone).toMatchObject({ frames: 0, notes: ['The file is a header without samples'] });
    const empty = await readWavInfo(
      memory(riff(fmt(), chunk('data', []), chunk('LIST', bytes('INFO', chunk('IART', 'me'))))),
    );
    expect(empty).toMatchObject({ frames: 0, notes: ['The file holds no samples'], tags: { info: { IART: 'me' } } });
  });

  test('readWavInfo() leaves out a last frame that is not whole', async () => {
    const info = await readWavInfo(memory(riff(fmt({ channels: 2 }), chunk('data', [1, 0, 2, 0, 3]))));
    expect(info).toMatchObject({ frames: 1, dataBytes: 4 });
    expect(info.notes).toEqual(['The last 1 bytes of the samples are no whole frame and are left out']);
  });

  test('readWavInfo() reads a chunk of odd length with its padding and without', async () => {
    const odd = chunk('junk', [1, 2, 3]);
    expect(await readWavInfo(memory(riff(odd, fmt(), chunk('data', two))))).toMatchObject({ ...good, notes: [] });
    const bare = await readWavInfo(memory(riff(odd.subarray(0, 11), fmt(), chunk('data', two))));
    expect(bare).toMatchObject(good);
    expect(bare.notes).toEqual(['A chunk of odd length lacks its byte of padding (at byte 23)']);
  });

  test('readWavInfo() takes samples that stand before their format', async () => {
    const info = await readWavInfo(memory(riff(chunk('data', two), fmt())));
    expect(info).toMatchObject(good);
    expect(info.notes).toEqual(['The samples stand before the "fmt " chunk that describes them']);
  });

  test('readWavInfo() tells of bytes at the end that are no chunk', async () => {
    const info = await readWavInfo(memory(riff(fmt(), chunk('data', two), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
    expect(info).toMatchObject(good);
    expect(info.notes).toEqual(['10 bytes at the end of the file are no chunk (from byte 48)']);
  });
});

describe('containers and codecs', () => {
  const giant = 6 * 2 ** 30;

  test('readWavInfo() reads RF64 of 6 GiB by its ds64 chunk', async () => {
    const ds64 = chunk('ds64', bytes(u64(giant + 72), u64(giant), u64(giant / 2), u32(0)));
    for (const id of ['RF64', 'BW64']) {
      const head = bytes(id, u32(0xffffffff), 'WAVE', ds64, fmt(), 'data', u32(0xffffffff));
      const source = memory(head, head.length + giant);
      const info = await readWavInfo(source);
      expect(info).toMatchObject({ container: id, frames: giant / 2, dataOffset: head.length, notes: [] });
      expect(source.bytesRead()).toBeLessThan(16 * 1024);
    }
  });

  test('readWavInfo() reads Wave64 of 6 GiB', async () => {
    // Sony's "Sonic Foundry Wave64" identifiers, sizes count the 24 bytes before them, chunks begin at multiples of 8.
    const tail = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
    const riffTail = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];
    const format = fmt({ channels: 2 }).subarray(8);
    const head = bytes(
      'riff',
      riffTail,
      u64(giant + 128),
      'wave',
      tail,
      'junk',
      tail,
      u64(24 + 3),
      [1, 2, 3, 0, 0, 0, 0, 0],
      'fmt ',
      tail,
      u64(24 + 16),
      format,
      'data',
      tail,
      u64(24 + giant),
    );
    const info = await readWavInfo(memory(head, head.length + giant));
    expect(info).toMatchObject({
      container: 'Wave64',
      frames: giant / 4,
      channels: 2,
      dataOffset: head.length,
      notes: [],
    });
  });

  const guid = (tag: number) => bytes(u16(tag), '\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71');
  const extended = (bits: number, valid: number, sub: Uint8Array) =>
    fmt({ tag: 0xfffe, bits, tail: bytes(u16(22), u16(valid), u32(0), sub) });

  test('readWavInfo() reads WAVEFORMATEXTENSIBLE: 24 valid bits at the top of 32', async () => {
    const source = memory(riff(extended(32, 24, guid(1)), chunk('data', [0, 0, 0, 0xc0])));
    const info = await readWavInfo(source);
    expect(info).toMatchObject({ codec: 'pcm', bitsPerSample: 24, blockAlign: 4, notes: [] });
    expect([...(await readWavFloats(source, info))]).toEqual([-0.5]);
  });

  test.each([
    ['mu-law', fmt({ tag: 7, bits: 8 }), [0x00, 0x80, 0xff], [-32124 / 32768, 32124 / 32768, 0]],
    ['A-law', fmt({ tag: 6, bits: 8 }), [0x2a, 0xaa, 0xd5], [-32256 / 32768, 32256 / 32768, 8 / 32768]],
    ['float64', fmt({ tag: 3, bits: 64 }), new Uint8Array(new Float64Array([0.1, -2]).buffer), [Math.fround(0.1), -2]],
    ['8 bits', fmt({ bits: 8 }), [0, 128, 255, 64], [-1, 0, 127 / 128, -0.5]],
  ])('readWavFloats() reads %s', async (_, format, data, expected) => {
    const source = memory(riff(format, chunk('data', data)));
    expect([...(await readWavFloats(source, await readWavInfo(source)))]).toEqual(expected);
  });

  test.each([
    ['MP3', fmt({ tag: 85, bits: 0, blockAlign: 1 }), 'UNSUPPORTED', /it holds MP3; convert it/],
    ['Microsoft ADPCM', fmt({ tag: 2, bits: 4, blockAlign: 256 }), 'UNSUPPORTED', /it holds Microsoft ADPCM/],
    ['a codec by identifier', extended(16, 16, new Uint8Array(16).fill(7)), 'UNSUPPORTED', /identifier 0707/],
    ['16-bit floats', fmt({ tag: 3, bits: 16 }), 'UNSUPPORTED', /floats of 16 bits/],
    ['no channels', fmt({ channels: 0 }), 'BAD_SCHEMA', /0 channels/],
    ['no rate', fmt({ rate: 0 }), 'BAD_SCHEMA', /0 Hz/],
    ['0 bits', fmt({ bits: 0 }), 'BAD_SCHEMA', /0 bits a sample/],
    ['a short format', chunk('fmt ', [1, 0, 1, 0]), 'BAD_SCHEMA', /has 4 bytes, expected 16/],
  ])('readWavInfo() refuses %s', async (_, format, code, message) => {
    const error = await readWavInfo(memory(riff(format, chunk('data', two)))).catch((e) => e);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each([
    ['nothing', '', 'TRUNCATED', /it is empty/],
    ['a piece of a header', 'RIFF\0\0', 'TRUNCATED', /it ends after 6 bytes/],
    ['FLAC', 'fLaC0000000000', 'UNSUPPORTED', /it is a FLAC recording/],
    ['an AVI film', 'RIFF\0\0\0\0AVI LIST', 'UNSUPPORTED', /of form "AVI "/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', 'UNSUPPORTED', /git lfs pull/],
  ])('readWavInfo() says what %s is', async (_, content, code, message) => {
    const error = await readWavInfo(memory(bytes(content))).catch((e) => e);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('readWavInfo() gives up on a file of a million chunks after a thousand', async () => {
    const source = memory(riff(fmt(), chunk('data', two), ...Array.from({ length: 3000 }, () => chunk('junk', []))));
    const info = await readWavInfo(source);
    expect(info.frames).toBe(2);
    expect(info.notes).toEqual([expect.stringMatching(/More than 1000 chunks/)]);
  });
});

describe('tags', () => {
  const tagsOf = async (...chunks: Uint8Array[]) =>
    (await readWavInfo(memory(riff(fmt(), ...chunks, chunk('data', two))))).tags;

  test('readWavInfo() reads GUANO as the specification has it', async () => {
    const text =
      'GUANO|Version:  1.0\nTimestamp: 2019-07-01T21:05:13-07:00\nLoc Position: 32.1878016 -86.1057312\n\nNote: caf\u00e9\nno colon here\n';
    expect((await tagsOf(chunk('guan', new Uint8Array(Buffer.from(text, 'utf8'))))).guano).toEqual({
      'GUANO|Version': '1.0',
      Timestamp: '2019-07-01T21:05:13-07:00',
      'Loc Position': '32.1878016 -86.1057312',
      Note: 'caf\u00e9',
    });
  });

  test('readWavInfo() reads INFO in UTF-8 and Latin-1, and keys that are special to JavaScript', async () => {
    const info = chunk(
      'LIST',
      bytes('INFO', chunk('IART', [0x63, 0xe9, 0]), chunk('ICMT', [0xc3, 0xa9]), chunk('INAM', 'odd')),
    );
    expect((await tagsOf(info)).info).toEqual({ IART: 'c\u00e9', ICMT: '\u00e9', INAM: 'odd' });
    expect(Object.keys((await tagsOf(chunk('guan', '__proto__: x'))).guano!)).toEqual(['__proto__']);
  });

  test('readWavInfo() reads the fields of bext', async () => {
    const body = new Uint8Array(602 + 9);
    body.set(bytes('Dawn chorus'), 0);
    body.set(bytes('Recorder'), 256);
    body.set(bytes('2024-05-28'), 320);
    body.set(bytes('10:00:00'), 330);
    body.set(u64(1_728_000_000_000), 338);
    body.set(u16(2), 346);
    body.set(bytes('A=PCM\r\n'), 602);
    expect((await tagsOf(chunk('bext', body))).bext).toEqual({
      version: 2,
      description: 'Dawn chorus',
      originator: 'Recorder',
      originatorReference: '',
      originationDate: '2024-05-28',
      originationTime: '10:00:00',
      timeReference: 1_728_000_000_000,
      codingHistory: 'A=PCM',
    });
  });

  test('readWavInfo() does not read a tag of a megabyte', async () => {
    const source = memory(riff(fmt(), chunk('bext', new Uint8Array(1 << 20)), chunk('data', two)));
    const info = await readWavInfo(source);
    expect(info.notes).toEqual([expect.stringMatching(/bext chunk of 1048576 bytes is too large/)]);
    expect(source.bytesRead()).toBeLessThan(16 * 1024);
  });
});

describe('samples', () => {
  const stereo = riff(
    fmt({ channels: 2 }),
    chunk('data', new Uint8Array(Int16Array.from({ length: 2000 }, (_, i) => i - 1000).buffer)),
  );

  test('wavFloats() reads only the range', async () => {
    const source = memory(stereo);
    const info = await readWavInfo(source);
    source.reads.length = 0;
    const [block, ...more] = await gather(wavFloats(source, info, { from: 10, to: 12 }));
    expect(more).toEqual([]);
    expect([...block!]).toEqual([-980, -979, -978, -977].map((v) => v / 32768));
    expect(source.reads).toEqual([{ offset: 44 + 40, length: 8 }]);
    expect(await gather(wavFloats(source, info, { from: 5000 }))).toEqual([]);
    await expect(gather(wavFloats(source, info, { from: -1 }))).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('readWavFloats() gives channels as asked', async () => {
    const source = memory(stereo);
    const info = await readWavInfo(source);
    const range = { from: 0, to: 2 };
    const scaled = (...values: number[]) => values.map((v) => v / 32768);
    expect([...(await readWavFloats(source, info, range, 'planar'))]).toEqual(scaled(-1000, -998, -999, -997));
    expect([...(await readWavFloats(source, info, range, 'mean'))]).toEqual(scaled(-999.5, -997.5));
    expect([...(await readWavFloats(source, info, range, 1))]).toEqual(scaled(-999, -997));
    await expect(readWavFloats(source, info, range, 2)).rejects.toThrow('Cannot take channel 2: the recording has 2');
  });

  test('wavIntegers() gives int16, and refuses what does not fit', async () => {
    const source = memory(stereo);
    const [block] = await gather(wavIntegers(source, await readWavInfo(source), 'int16', { to: 1 }));
    expect(block).toEqual(Int16Array.of(-1000, -999));
    const wide = memory(riff(fmt({ bits: 24 }), chunk('data', [1, 2, 3])));
    await expect(gather(wavIntegers(wide, await readWavInfo(wide), 'int16'))).rejects.toThrow(
      '24-bit samples as int16',
    );
    const float = memory(riff(fmt({ tag: 3, bits: 32 }), chunk('data', [0, 0, 0, 0])));
    await expect(gather(wavIntegers(float, await readWavInfo(float), 'int32'))).rejects.toThrow(
      'float samples as integers',
    );
  });
});

test('readWavInfo() answers every damaged header with facts or a BowerbirdError, within its bounds', async () => {
  const whole = riff(
    fmt({
      channels: 2,
      tag: 0xfffe,
      tail: bytes(u16(22), u16(16), u32(3), u16(1), '\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71'),
    }),
    chunk('LIST', bytes('INFO', chunk('ICMT', 'hello'), chunk('IART', 'me'))),
    chunk('bext', new Uint8Array(602)),
    chunk('data', new Uint8Array(64)),
    chunk('guan', 'a: b'),
  );
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(edits, fc.nat(whole.length), async (changes, length) => {
      const bad = whole.slice(0, length);
      for (const [at, value] of changes) if (at < length) bad[at] = value;
      const source = memory(bad);
      try {
        const info = await readWavInfo(source);
        expect(info.dataOffset + info.dataBytes).toBeLessThanOrEqual(bad.length);
        expect(info.dataBytes).toBe(info.frames * info.blockAlign);
        expect((await readWavFloats(source, info)).length).toBe(info.frames * info.channels);
      } catch (error) {
        expect(error).toBeInstanceOf(BowerbirdError);
      }
    }),
    { numRuns: 3000 },
  );
});
