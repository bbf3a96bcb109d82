/** MP3, Ogg Vorbis and Opus beside FFmpeg's decoders, and FLAC in Ogg beside the same FLAC without. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fieldRecording } from '../../bench/common/field-recording.mjs';
import { output, prepareTools } from './tools.mjs';

/** Name, FFmpeg's arguments, rate, channels, and how far the samples may be apart from FFmpeg's. */
const lossy = [
  ['cbr.mp3', ['-c:a', 'libmp3lame', '-b:a', '128k'], 44100, 2, 1e-5],
  ['vbr.mp3', ['-c:a', 'libmp3lame', '-q:a', '4'], 48000, 2, 1e-5],
  ['joint-low.mp3', ['-c:a', 'libmp3lame', '-b:a', '32k', '-joint_stereo', '1'], 22050, 2, 1e-5],
  ['mono-16k.mp3', ['-c:a', 'libmp3lame', '-b:a', '24k'], 16000, 1, 1e-5],
  ['mpeg2.5.mp3', ['-c:a', 'libmp3lame', '-b:a', '16k'], 8000, 1, 1e-5],
  ['no-header.mp3', ['-c:a', 'libmp3lame', '-b:a', '96k', '-write_xing', '0', '-id3v2_version', '0'], 44100, 2, 1e-5],
  ['shine.mp3', ['-c:a', 'libshine', '-b:a', '128k'], 44100, 2, 1e-5],
  ['mono.ogg', ['-c:a', 'libvorbis', '-q:a', '3'], 16000, 1, 1e-6],
  ['stereo.ogg', ['-c:a', 'libvorbis', '-q:a', '6'], 44100, 2, 1e-6],
  ['six.ogg', ['-c:a', 'libvorbis', '-channel_layout', '5.1'], 48000, 6, 1e-6],
  ['mono.opus', ['-c:a', 'libopus', '-b:a', '16k'], 16000, 1, 2e-4],
  ['stereo.opus', ['-c:a', 'libopus', '-b:a', '96k'], 48000, 2, 2e-4],
  ['short-frames.opus', ['-c:a', 'libopus', '-frame_duration', '2.5'], 48000, 2, 2e-4],
  [
    'long-frames.opus',
    ['-c:a', 'libopus', '-frame_duration', '60', '-application', 'voip', '-b:a', '12k'],
    48000,
    1,
    2e-4,
  ],
];
const seconds = 4;

async function recording(folder, sampleRate, channels) {
  const path = `${folder}/${sampleRate}-${channels}.f32`;
  await writeFile(path, fieldRecording({ sampleRate, channels, seconds }));
  return ['-f', 'f32le', '-ar', `${sampleRate}`, '-ac', `${channels}`, '-i', path];
}

const quiet = ['-hide_banner', '-loglevel', 'error', '-y'];
const floats = (bytes) => new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

export async function checkCodecs(report, { bowerbird, work }) {
  const folder = `${work}/codecs`;
  await mkdir(folder, { recursive: true });
  const versions = await prepareTools(console.log);
  await report.group(`MP3, Vorbis, Opus: as many frames as ${versions[0]} gives, and its samples`, async (expect) => {
    for (const [name, args, rate, channels, tolerance] of lossy) {
      const path = `${folder}/${name}`;
      await output('ffmpeg', [...quiet, ...(await recording(folder, rate, channels)), ...args, path]);
      // Its own decoder of Opus is not exact; libopus is what RFC 6716 calls the reference.
      const decoder = name.endsWith('.opus') ? ['-c:a', 'libopus'] : [];
      const theirs = floats(
        await output('ffmpeg', [...quiet, ...decoder, '-i', path, '-c:a', 'pcm_f32le', '-f', 'f32le', '-']),
      );
      const ours = await bowerbird.readAudio(path);
      const frames = theirs.length / channels;
      expect(ours.frames === frames && ours.channels === channels, `${name}: ${ours.frames} frames, FFmpeg ${frames}`);
      let most = 0;
      for (let i = 0; i < theirs.length; i++) most = Math.max(most, Math.abs(theirs[i] - (ours.samples[i] ?? 9)));
      expect(most <= tolerance, `${name}: ${most} apart`);
      const probed = (await bowerbird.probeAudio(path)).frames;
      expect(probed === (name === 'no-header.mp3' ? undefined : frames), `${name}: probeAudio() says ${probed} frames`);
      const part = await bowerbird.readAudio(path, { from: 1, to: 2 });
      const first = ours.sampleRate * channels;
      const wanted = ours.samples.subarray(first, first + part.samples.length);
      expect(
        Buffer.compare(Buffer.from(wanted.slice().buffer), Buffer.from(part.samples.slice().buffer)) === 0,
        `${name}: a range differs`,
      );
    }
  });

  await report.group(
    `FLAC in Ogg: ${versions[1]} and FFmpeg write it, and it decodes as without Ogg`,
    async (expect) => {
      for (const [rate, channels] of [
        [22050, 1],
        [44100, 2],
        [48000, 6],
      ]) {
        const input = await recording(folder, rate, channels);
        const stem = `${folder}/${rate}-${channels}`;
        await output('ffmpeg', [...quiet, ...input, '-c:a', 'pcm_s16le', `${stem}.wav`]);
        await output('flac', ['-s', '-f', '-5', '-o', `${stem}.flac`, `${stem}.wav`]);
        await output('flac', ['-s', '-f', '-5', '--ogg', '-o', `${stem}.oga`, `${stem}.wav`]);
        await output('ffmpeg', [...quiet, '-i', `${stem}.flac`, '-c:a', 'copy', `${stem}-copied.oga`]);
        const plain = await bowerbird.readAudio(`${stem}.flac`, { dtype: 'int16', verify: true });
        const same = (a, b) =>
          Buffer.compare(
            Buffer.from(a.buffer, a.byteOffset, a.byteLength),
            Buffer.from(b.buffer, b.byteOffset, b.byteLength),
          ) === 0;
        for (const path of [`${stem}.oga`, `${stem}-copied.oga`]) {
          const audio = await bowerbird.readAudio(path, { dtype: 'int16', verify: true });
          expect(audio.format === 'flac' && same(audio.samples, plain.samples), `${path}: other samples`);
          const part = await bowerbird.readAudio(path, { dtype: 'int16', from: 1.5, to: 2.5 });
          const first = 1.5 * rate * channels;
          expect(same(part.samples, plain.samples.slice(first, first + rate * channels)), `${path}: a range differs`);
          const { files } = await bowerbird.verify({ inputs: [path], workers: 1 });
          expect(files[0].ok && files[0].frames === rate * seconds, () => `${path}: ${JSON.stringify(files[0])}`);
        }
      }
    },
  );

  await report.group(
    'FLAC in Ogg: damage, a chained file and a file with a second stream are told, never silent',
    async (expect) => {
      const oga = await readFile(`${folder}/44100-2.oga`);
      const plain = await bowerbird.readAudio(`${folder}/44100-2.flac`);
      const tried = (bytes, options) => bowerbird.decodeAudio(bytes, options).catch((error) => error);
      const told = (result) => result instanceof bowerbird.BowerbirdError;
      const bent = Buffer.from(oga).fill(0x55, oga.length >> 1, (oga.length >> 1) + 50);
      const strict = await tried(bent);
      expect(told(strict) && strict.code === 'CORRUPT' && strict.offset > 0, () => `damage: ${strict.message}`);
      const lenient = await tried(bent, { lenient: true });
      expect(
        !told(lenient) && lenient.frames === plain.frames && lenient.gaps.length === 1,
        () => `lenient: ${lenient.message ?? lenient.frames}`,
      );
      const cut = await tried(oga.subarray(0, oga.length - 2000));
      expect(told(cut) && cut.code === 'TRUNCATED', () => `cut: ${cut.message ?? cut.frames}`);
      const chained = await tried(Buffer.concat([oga, oga]));
      const isTold = told(chained) && chained.code === 'CORRUPT' && chained.offset === oga.length;
      expect(isTold, () => `chained: ${chained.message ?? chained.frames}`);
      // Vorbis and FLAC side by side: the first is what the file is.
      const both = `${folder}/both.oga`;
      await output('ffmpeg', [
        ...quiet,
        '-i',
        `${folder}/44100-2.flac`,
        '-i',
        `${folder}/stereo.ogg`,
        '-map',
        '0:a',
        '-map',
        '1:a',
        '-c:a',
        'copy',
        both,
      ]);
      const multiplexed = await tried(await readFile(both));
      expect(
        told(multiplexed) || multiplexed.frames === plain.frames,
        () => `multiplexed: ${multiplexed.message ?? multiplexed.frames}`,
      );
    },
  );
}
