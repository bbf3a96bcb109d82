/** Resampling beside soxr: sweeps sample by sample, and the figures that the documentation states, measured with sines on both. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { python } from './environment.mjs';

const rates = [
  [44100, 48000],
  [48000, 32000],
  [22050, 32000],
  [44100, 16000],
  [96000, 22050],
  [250000, 48000],
];
const seconds = 1;
/** soxr "VHQ" passes up to 0.913 of the lower half rate; we up to 0.95. */
const common = 0.85;
/** With the lower of the two rates r: what `high` promises for frequencies up to 0.95 r/2, and from r/2 on. */
const promised = { ripple: 0.00002, attenuation: 115 };
/** What float32 output adds to a ripple that is measured, in dB. */
const noise = 0.00002;
const edge = 0.1;

const tone = (rate, hertz) =>
  Float32Array.from({ length: rate * seconds }, (_, i) => 0.9 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** From 20 Hz to `top`, with soft ends, so that nothing lies beyond. */
function sweep(rate, top) {
  const growth = Math.log(top / 20);
  return Float32Array.from({ length: rate * seconds }, (_, i) => {
    const t = i / rate;
    const fade = Math.min(1, t / edge, (seconds - t) / edge);
    const phase = (2 * Math.PI * 20 * seconds * (Math.exp((t / seconds) * growth) - 1)) / growth;
    return 0.5 * Math.sin(phase) * Math.sin((Math.PI / 2) * Math.max(0, fade)) ** 2;
  });
}

/** The part that both ends leave alone, where a signal that begins suddenly is not itself. */
const middle = (samples, rate) => samples.subarray(edge * rate, samples.length - edge * rate);
const decibels = (ratio) => 20 * Math.log10(ratio);
const rms = (samples) => Math.sqrt(samples.reduce((sum, v) => sum + v * v, 0) / samples.length);

/** Amplitude of a sine of known frequency: least squares. */
function amplitude(samples, rate, hertz) {
  let [ss, cc, sc, xs, xc] = [0, 0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const angle = (2 * Math.PI * hertz * i) / rate;
    const [s, c] = [Math.sin(angle), Math.cos(angle)];
    ss += s * s;
    cc += c * c;
    sc += s * c;
    xs += samples[i] * s;
    xc += samples[i] * c;
  }
  const det = ss * cc - sc * sc;
  return Math.hypot((xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det);
}

function casesOf([from, to]) {
  const half = Math.min(from, to) / 2;
  const passed = [0.01, 0.2, 0.5, 0.8, 0.9, 0.95].map((part) => part * half);
  // Each is beyond half the lower rate: it must not come out as anything.
  const stopped =
    to < from ? [1, 1.02, 1.1, 1.5, 1.9].map((part) => part * half).filter((hertz) => hertz < 0.98 * (from / 2)) : [];
  return [
    { kind: 'sweep', from, to, signal: sweep(from, common * half) },
    ...passed.map((hertz) => ({ kind: 'pass', from, to, hertz, signal: tone(from, hertz) })),
    ...stopped.map((hertz) => ({ kind: 'stop', from, to, hertz, signal: tone(from, hertz) })),
  ];
}

export async function checkResampling(report, { bowerbird, work }) {
  const folder = `${work}/resampling`;
  await mkdir(folder, { recursive: true });
  const cases = rates
    .flatMap(casesOf)
    .map((each, i) => ({ ...each, input: `${folder}/${i}.in`, output: `${folder}/${i}.out` }));
  await Promise.all(cases.map(({ input, signal }) => writeFile(input, signal)));
  const jobs = cases.map(({ input, output, from, to }) => ({ input, output, from, to }));
  await writeFile(`${folder}/jobs.json`, JSON.stringify(jobs));
  const version = await python('soxr_out.py', `${folder}/jobs.json`);
  for (const each of cases) {
    const { input, output, from, to, signal } = each;
    const wav = `${input}.wav`;
    await bowerbird.writeWav(wav, { samples: signal, sampleRate: from, channels: 1 });
    each.ours = (await bowerbird.readAudio(wav, { sampleRate: to })).samples;
    const bytes = await readFile(output);
    each.theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  }
  const of = (kind) => cases.filter((each) => each.kind === kind);

  const worst = {
    sweep: 0,
    ripple: 0,
    theirRipple: 0,
    stop: Number.POSITIVE_INFINITY,
    theirStop: Number.POSITIVE_INFINITY,
  };
  await report.group(`resampling: sweeps come out as soxr ${version} (VHQ) gives them, within 0.00002`, (expect) => {
    for (const { from, to, ours, theirs } of of('sweep')) {
      expect(
        Math.abs(ours.length - theirs.length) <= 1,
        `${from} to ${to} Hz: ${ours.length} samples, soxr ${theirs.length}`,
      );
      const length = Math.min(ours.length, theirs.length);
      let most = 0;
      for (let i = 0; i < length; i++) most = Math.max(most, Math.abs(ours[i] - theirs[i]));
      worst.sweep = Math.max(worst.sweep, most);
      expect(most < 2e-5, `${from} to ${to} Hz: they differ by ${most}`);
    }
  });
  await report.group(
    `resampling: up to 0.95 of half the lower rate, levels stay within ${promised.ripple} dB`,
    (expect) => {
      for (const { from, to, hertz, ours, theirs } of of('pass')) {
        const ripple = (samples) => Math.abs(decibels(amplitude(middle(samples, to), to, hertz) / 0.9));
        const own = ripple(ours);
        worst.ripple = Math.max(worst.ripple, own);
        if (hertz <= (common * Math.min(from, to)) / 2) worst.theirRipple = Math.max(worst.theirRipple, ripple(theirs));
        expect(own <= promised.ripple + noise, `${hertz} Hz from ${from} to ${to} Hz: ${own} dB`);
      }
    },
  );
  await report.group(`resampling: from half the lower rate on, ${promised.attenuation} dB are taken away`, (expect) => {
    for (const { from, to, hertz, ours, theirs } of of('stop')) {
      const attenuation = (samples) => -decibels(rms(middle(samples, to)) / (0.9 * Math.SQRT1_2));
      const own = attenuation(ours);
      worst.stop = Math.min(worst.stop, own);
      if (hertz > Math.min(from, to) / 2) worst.theirStop = Math.min(worst.theirStop, attenuation(theirs));
      expect(own >= promised.attenuation, `${hertz} Hz from ${from} to ${to} Hz: ${own} dB`);
    }
  });
  const { sweep: most, ripple, theirRipple, stop, theirStop } = worst;
  console.log(
    `        measured: sweeps within ${most.toExponential(1)} of soxr; ripple ${ripple.toFixed(6)} dB to 0.95 (soxr ${theirRipple.toFixed(6)} to ${common}); ` +
      `attenuation ${stop.toFixed(1)} dB from 1.0 on (soxr ${theirStop.toFixed(1)} beyond)`,
  );
}
