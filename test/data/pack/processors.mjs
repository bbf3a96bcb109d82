// Processors as users write them, but for the base class: whatever has process() is taken.

export class Loudness {
  constructor({ keepOriginal = false }) {
    this.keepOriginal = keepOriginal;
  }

  process(sample, { sampleRate }) {
    const rms = Math.sqrt(sample.audio.reduce((sum, x) => sum + x * x, 0) / sample.audio.length);
    return { ...(this.keepOriginal ? sample : {}), rms, rate_seen: sampleRate };
  }
}

export class Half {
  keepOriginal = true;

  async process(sample) {
    if (sample.audio.length % 2 === 1) throw new RangeError('odd number of frames');
    return { ...sample, audio: sample.audio.subarray(0, sample.audio.length / 2) };
  }
}
