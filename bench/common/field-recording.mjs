// Samples like those of field recorders: pink noise of slowly varying level, frequency-modulated chirps with a harmonic and vibrato, a white
// floor.

const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];

/** Interleaved, the same every time. @param {{ sampleRate: number, channels: number, seconds: number }} wanted */
export function fieldRecording({ sampleRate, channels, seconds }) {
  let state = 88172645;
  const noise = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
  const filters = Array.from({ length: channels }, () => new Float64Array(6));
  const samples = new Float32Array(sampleRate * seconds * channels);
  let phase = 0;
  for (let i = 0; i < sampleRate * seconds; i++) {
    const t = i / sampleRate;
    const level = 0.01 * (1 + 0.6 * Math.sin(t * 0.31) + 0.3 * Math.sin(t * 1.7));
    const inCall = t % 3.7;
    const envelope = inCall < 0.9 ? Math.sin((inCall / 0.9) * Math.PI) : 0;
    phase += (2 * Math.PI * (2200 + 1500 * inCall + 120 * Math.sin(t * 90))) / sampleRate;
    const call = 0.12 * envelope * (Math.sin(phase) + 0.3 * Math.sin(2 * phase));
    const common = noise();
    for (const [c, filter] of filters.entries()) {
      const own = channels === 1 ? common : 0.7 * common + 0.7 * noise();
      let pink = own * 0.5362;
      for (let k = 0; k < 6; k++) pink += filter[k] = poles[k] * filter[k] + own * gains[k];
      samples[i * channels + c] = (level * pink) / 5 + call * (c === 0 ? 1 : 0.6) + 0.0006 * noise();
    }
  }
  return samples;
}
