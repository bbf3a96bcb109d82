/**
 * Streams that libFLAC makes (through flac-bindings) from sounds and settings drawn from a seed, decoded by libFLAC and by whoever is asked:
 * the differential oracle of the FLAC decoder. In JavaScript, since a test and test/interop both use it.
 */

/** A generator of numbers in [0, 1) that is the same everywhere. */
function randomOf(seed) {
  let state = (seed * 0x9e3779b9 + 0x7f4a7c15) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** Both ends included. */
    pick: (least, most) => least + Math.floor(next() * (most - least + 1)),
    of: (list) => list[Math.floor(next() * list.length)],
    chance: (share) => next() < share,
  };
}

/** One channel of full scale 1; the names turn up in reports. */
const sounds = {
  silence: () => () => 0,
  constant: (random) => {
    const level = 2 * random.next() - 1;
    return () => level;
  },
  tones: (random) => {
    const tones = Array.from({ length: random.pick(1, 6) }, () => [
      random.next() * 1.5,
      6.28 * random.next(),
      random.next(),
    ]);
    const level = 0.9 / tones.reduce((sum, [, , loud]) => sum + loud, 1e-9);
    return (i) => level * tones.reduce((sum, [pitch, phase, loud]) => sum + loud * Math.sin(pitch * i + phase), 0);
  },
  // Noise through a random resonance: what long predictors are for.
  coloured: (random) => {
    const angle = 3 * random.next();
    const radius = 0.8 + 0.19 * random.next();
    const [a, b] = [2 * radius * Math.cos(angle), -radius * radius];
    let [y1, y2] = [0, 0];
    return () => {
      const y = a * y1 + b * y2 + (1 - radius) * (random.next() - 0.5);
      [y2, y1] = [y1, y];
      return Math.max(-1, Math.min(1, y));
    };
  },
  walk: (random) => {
    const step = 10 ** (-1 - 4 * random.next());
    let at = 0;
    return () => {
      at = Math.max(-1, Math.min(1, at + step * (random.next() - 0.5)));
      return at;
    };
  },
  noise: (random) => {
    const level = 10 ** (-5 * random.next());
    return () => level * (2 * random.next() - 1);
  },
  // Both ends of the scale in turn: the side channel needs its extra bit, and predictions overflow what 32 bits hold.
  extremes: (random) => {
    const share = random.next();
    return () => (random.chance(share) ? 1 : -1);
  },
  clicks: (random) => {
    const share = 0.02 * random.next();
    return () => (random.chance(share) ? 2 * random.next() - 1 : 0);
  },
};

const usualBlocks = [192, 576, 1152, 2304, 4608, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768];
const usualRates = [8000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000];
const windows = [
  'bartlett',
  'bartlett_hann',
  'blackman',
  'blackman_harris_4term_92db',
  'connes',
  'flattop',
  'gauss(0.2)',
  'hamming',
  'hann',
]
  .concat(['kaiser_bessel', 'nuttall', 'rectangle', 'triangle', 'tukey(0.5)', 'partial_tukey(2)', 'punchout_tukey(3)'])
  .concat(['subdivide_tukey(3)', 'welch', 'tukey(0.5);flattop;welch']);

/** Settings of one stream. Bits, channels and block size class go round with the seed, so that every one has its turn. */
function drawRecipe(seed) {
  const random = randomOf(seed);
  const depths = [...Array(29).keys()].map((i) => i + 4);
  const bits = depths[seed % depths.length];
  const channels = 1 + (Math.floor(seed / depths.length) % 8);
  const rateKind = random.pick(0, 4);
  const sampleRate =
    rateKind < 2
      ? random.of(usualRates)
      : rateKind === 2
        ? 1000 * random.pick(1, 255)
        : rateKind === 3
          ? 10 * random.pick(1, 65535)
          : random.pick(1, 65535);
  const blockKind = seed % 4;
  const blockSize =
    blockKind < 2
      ? random.of(usualBlocks)
      : blockKind === 2
        ? random.pick(16, 256)
        : random.pick(16, random.chance(0.1) ? 65535 : 5000);
  // Some four blocks and a rest, but no more samples than a few hundredths of a second of work.
  const most = Math.max(64, Math.floor(40000 / channels));
  const frames =
    Math.min(most, Math.floor(blockSize * random.of([0.01, 0.5, 1, 1.3, 2.5, 4])) + random.pick(0, 40)) || 1;
  return { seed, random, bits, channels, sampleRate, blockSize, frames };
}

/** Interleaved samples: channels alike, related or strangers; parts of a stream differ; low bits may be zero. */
function drawSamples({ random, bits, channels, frames }) {
  const top = 2 ** (bits - 1) - 1;
  const wasted = random.chance(0.25) ? random.pick(1, bits - 1) : 0;
  const unit = 2 ** wasted;
  const kinds = Object.keys(sounds);
  const out = new Int32Array(frames * channels);
  const parts = random.pick(1, 3);
  const relation = random.of(['alike', 'close', 'louder', 'opposed', 'strangers', 'strangers']);
  for (let part = 0; part < parts; part++) {
    const [from, to] = [part, part + 1].map((n) => Math.floor((frames * n) / parts));
    const kind = random.of(kinds);
    const lead = sounds[kind](random);
    const others = Array.from({ length: channels }, () => sounds[random.of(kinds)](random));
    const small = 10 ** (-1 - 4 * random.next());
    for (let i = from; i < to; i++) {
      const first = lead(i);
      for (let c = 0; c < channels; c++) {
        let value = first;
        if (c > 0) {
          const other = others[c](i);
          if (relation === 'close') value = first + small * other;
          else if (relation === 'louder') value = first * 0.5;
          else if (relation === 'opposed') value = -first;
          else if (relation === 'strangers') value = other;
        }
        const whole = Math.round(value * (top + 1));
        const clipped = Math.max(-top - 1, Math.min(top, whole));
        out[i * channels + c] = Math.floor(clipped / unit) * unit;
      }
    }
  }
  return out;
}

/** @returns {{ recipe: object, samples: Int32Array, flac: Uint8Array }} a stream of libFLAC, and what went in */
export function makeStream(api, seed) {
  const recipe = drawRecipe(seed);
  const { random, bits, channels, sampleRate, blockSize, frames } = recipe;
  const samples = drawSamples(recipe);
  const order = Math.min(random.chance(0.2) ? 0 : random.pick(1, 32), blockSize);
  const level = random.pick(0, 8);
  const builder = new api.EncoderBuilder()
    .setChannels(channels)
    .setBitsPerSample(bits)
    .setSampleRate(sampleRate)
    .setStreamableSubset(false)
    .setCompressionLevel(level)
    .setBlocksize(blockSize)
    .setMaxLpcOrder(order)
    .setQlpCoeffPrecision(random.chance(0.5) ? 0 : random.pick(5, 15))
    .setDoQlpCoeffPrecSearch(order <= 8 && random.chance(0.1))
    .setDoExhaustiveModelSearch(order <= 12 && random.chance(0.3))
    .setDoEscapeCoding(random.chance(0.5))
    .setMinResidualPartitionOrder(random.chance(0.7) ? 0 : random.pick(0, 8))
    .setMaxResidualPartitionOrder(random.pick(0, 15))
    .setRiceParameterSearchDist(random.chance(0.8) ? 0 : random.pick(1, 14))
    .setApodization(random.of(windows))
    .setLimitMinBitrate(random.chance(0.1))
    .setTotalSamplesEstimate(random.chance(0.5) ? frames : 0);
  if (channels === 2) builder.setDoMidSideStereo(random.chance(0.8)).setLooseMidSideStereo(random.chance(0.2));

  const file = new MemoryFile();
  // Without seeking, STREAMINFO has neither totals nor MD5, as in a live stream.
  const live = random.chance(0.1);
  const encoder = live
    ? builder.buildWithStream(file.write)
    : builder.buildWithStream(file.write, file.seek, file.tell);
  if (!encoder.processInterleaved(Buffer.from(samples.buffer), frames))
    throw new Error(encoder.getResolvedStateString());
  if (encoder.finish() === null) throw new Error(`seed ${seed}: libFLAC could not finish`);
  return { recipe: { seed, bits, channels, sampleRate, blockSize, frames, live }, samples, flac: file.bytes() };
}

class MemoryFile {
  #bytes = Buffer.alloc(1 << 16);
  #length = 0;
  #at = 0;

  write = (piece) => {
    const end = this.#at + piece.length;
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * end);
    piece.copy(this.#bytes, this.#at);
    this.#at = end;
    this.#length = Math.max(this.#length, end);
    return 0;
  };

  seek = (offset) => {
    this.#at = Number(offset);
    return 0;
  };

  tell = () => ({ offset: this.#at, returnValue: 0 });

  bytes = () => new Uint8Array(this.#bytes.subarray(0, this.#length));
}

/** libFLAC's samples, interleaved; what each frame and subframe was goes to `tally`. */
export function decodeByLibFlac(api, flac, tally) {
  const parts = [];
  const errors = [];
  let at = 0;
  const count = (what) => tally?.set(what, (tally.get(what) ?? 0) + 1);
  const decoder = new api.DecoderBuilder().setMd5Checking(true).buildWithStream(
    (buffer) => {
      const piece = flac.subarray(at, at + buffer.length);
      buffer.set(piece);
      at += piece.length;
      return { bytes: piece.length, returnValue: piece.length === 0 ? 1 : 0 };
    },
    null,
    null,
    null,
    null,
    (frame, channels) => {
      parts.push(interleave(channels));
      if (tally !== undefined) describe(frame, count);
      return 0;
    },
    null,
    (error) => errors.push(error),
  );
  const ended = decoder.processUntilEndOfStream();
  const whole = decoder.finish();
  if (!ended || !whole || errors.length > 0) throw new Error(`libFLAC cannot decode its own stream: ${errors}`);
  const samples = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    samples.set(part, filled);
    filled += part.length;
  }
  return samples;
}

function interleave(buffers) {
  const channels = buffers.map((it) => new Int32Array(it.buffer.slice(it.byteOffset, it.byteOffset + it.length)));
  const [first] = channels;
  const out = new Int32Array(first.length * channels.length);
  for (const [c, channel] of channels.entries()) {
    for (let i = 0; i < channel.length; i++) out[i * channels.length + c] = channel[i];
  }
  return out;
}

const assignments = ['independent', 'left/side', 'side/right', 'mid/side'];
const subframeTypes = ['constant', 'verbatim', 'fixed', 'lpc'];

function describe(frame, count) {
  const { header, subframes } = frame;
  count(`bits ${header.bitsPerSample}`);
  count(`channels ${header.channels}`);
  count(assignments[header.channelAssignment]);
  const size = header.blocksize;
  count(usualBlocks.includes(size) ? `block ${size}` : size <= 256 ? 'block in 8 bits' : 'block in 16 bits');
  for (const subframe of subframes) {
    const type = subframeTypes[subframe.type];
    count(type === 'fixed' || type === 'lpc' ? `${type} ${subframe.order}` : type);
    if (subframe.wastedBits > 0) count('wasted bits');
    const coding = subframe.entropyCodingMethod;
    if (coding === undefined) continue;
    count(`rice${coding.type === 1 ? ' 2' : ''} partitions 2^${coding.data.order}`);
    if (coding.data.contents?.rawBits?.some((bits) => bits > 0)) count('escaped partition');
  }
}
