// AudioMDB's example of a processor of sound: torchaudio's MelSpectrogram, whose powers have no logarithm.
import { logMel, Processor } from 'bowerbird';

export class MelSpectrogramProcessor extends Processor {
  constructor({ nMels = 80, ...options } = {}) {
    super(options);
    this.nMels = nMels;
  }

  async process(sample, { sampleRate = 16000 }) {
    const result = this.keepOriginal ? { ...sample } : {};
    if ('audio' in sample) {
      const audio = sample.audio instanceof Uint8Array ? await this.loadArray(sample.audio, sampleRate) : sample.audio;
      const samples = audio.data ?? audio;
      const mel = logMel(samples, { preset: 'torchaudio', sampleRate, bins: this.nMels, logarithm: 'none' });
      result.mel_spectrogram = mel;
      result.mel_shape = mel.shape;
      result.sample_rate = sampleRate;
    }
    return result;
  }
}
