/** Our FLAC decoder beside libFLAC, on streams that libFLAC made: 10,000, or as many as BOWERBIRD_FLAC_STREAMS says. */

import { decodeByLibFlac, makeStream } from '../support/flac-oracle.mjs';

const count = Number(process.env['BOWERBIRD_FLAC_STREAMS'] ?? 10_000);

export async function checkFlac(report, { bowerbird }) {
  const api = await import('flac-bindings/api');
  const seen = new Map();
  await report.group(`FLAC: ${count} streams of libFLAC decode as libFLAC decodes them`, async (expect) => {
    for (let seed = 1; seed <= count; seed++) {
      const { recipe, samples, flac } = makeStream(api, seed);
      const theirs = Buffer.from(decodeByLibFlac(api, flac, seen).buffer);
      const words = () => JSON.stringify(recipe);
      expect(theirs.equals(Buffer.from(samples.buffer)), () => `libFLAC lost samples of its own: ${words()}`);
      const ours = await bowerbird
        .decodeAudio(flac, { dtype: 'int32', verify: true })
        .then((audio) => Buffer.from(audio.samples.buffer, audio.samples.byteOffset, audio.samples.byteLength))
        .catch((error) => error);
      expect(
        ours instanceof Buffer && ours.equals(theirs),
        () => `${ours instanceof Error ? ours.message : 'other samples'}: ${words()}`,
      );
    }
  });
  await report.group('FLAC: those streams held every depth, channel mode and order of predictor', (expect) => {
    const to = (last, name, first = 0) => Array.from({ length: last - first + 1 }, (_, i) => `${name} ${first + i}`);
    const kinds = [
      ...to(32, 'bits', 4),
      ...to(8, 'channels', 1),
      ...to(4, 'fixed'),
      ...(count < 5000 ? [] : to(32, 'lpc', 1)),
    ];
    const modes = ['independent', 'left/side', 'side/right', 'mid/side', 'constant', 'verbatim', 'wasted bits'];
    for (const kind of [...kinds, ...modes]) expect(seen.has(kind), `none had ${kind}`);
  });
}
