// How fast is FLAC decoded on one thread, beside libFLAC (MD5 off and on), FFmpeg's libavcodec and dr_flac?
//
// Synthetic field recordings at five settings, then the IETF test files of ../shared in total and one by one. Builds the peers itself with
// CMake, from pkg-config and the development files of libFLAC and FFmpeg. A newer libFLAC and dr_flac come out of packages of PyPI when Python
// is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFlac } from '../../dist/index.js';
import { root } from '../common/bench.mjs';
import { fieldRecording } from '../common/field-recording.mjs';
import { buildNative } from '../common/native-build.mjs';
import { median, table } from '../common/stats.mjs';

/** @typedef {import('../common/bench.mjs').Bench} Bench */
/** @typedef {{ file: string, values: number, ns: Readonly<Record<string, readonly number[]>> }} Result */

const ietf = join(root, '../shared/data/flac/ietf-subset');
/** Name, then rate, channels, bits, compression level, seconds. @type {[string, ...number[]][]} */
const materials = [
  ['mono 22.05 kHz -5', 22050, 1, 16, 5, 300],
  ['mono 22.05 kHz -8', 22050, 1, 16, 8, 300],
  ['stereo 44.1 kHz -5', 44100, 2, 16, 5, 90],
  ['stereo 44.1 kHz -8', 44100, 2, 16, 8, 90],
  ['stereo 96 kHz 24 bits -5', 96000, 2, 24, 5, 40],
];

/** @param {Bench} bench */
export async function run(bench) {
  const work = bench.path('flac');
  mkdirSync(work, { recursive: true });
  const peers = !bench.options.smallest;
  const miniaudio = peers && unpacked(work, 'miniaudio==1.71', '--no-binary=:all:', 'miniaudio.h');
  const newer = peers && unpacked(work, 'flacarray==0.4.1', '--only-binary=:all:', /^libFLAC.*\.so/);
  if (miniaudio === undefined) bench.say('Without dr_flac: the sources of miniaudio cannot be had from PyPI here.');
  if (newer === undefined) bench.say('Without libFLAC 1.5: the package of flacarray cannot be had from PyPI here.');
  const folder = miniaudio ? join(miniaudio, '..') : '';
  const build = buildNative('flac', join(work, 'build'), [`-DMINIAUDIO=${folder}`]);

  const libraries = newer ? ['--libflac', newer] : [];
  const rounds = String(bench.rounds(7));
  const measure = (/** @type {string[]} */ files) => {
    const output = execFileSync(join(build, 'flac_bench'), [rounds, ...libraries, ...files], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [versions, ...results] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const result of results) bench.raw(result);
    return { versions, results: /** @type {Result[]} */ (results) };
  };

  const files = [];
  for (const each of materials) files.push(await material(bench, work, each));
  const synthetic = measure(files);
  const { tier, libavcodec, dr_flac } = synthetic.versions;
  const ffmpeg = libavcodec === '' ? '' : `; FFmpeg ${libavcodec}`;
  bench.say(
    `Ours is the ${tier} tier${ffmpeg}${dr_flac === '' ? '' : `, dr_flac ${dr_flac} for this processor`}. ` +
      `CRC-8 and CRC-16 are checked by all but FFmpeg, MD5 only where it says so. ${rounds} rounds.`,
  );
  const names = Object.keys(synthetic.results[0]?.ns ?? {});
  if (!names.some((name) => name.startsWith('libFLAC'))) {
    bench.say('Without libFLAC: its development files are not here (Debian: apt install libflac-dev pkg-config).');
  }
  if (libavcodec === '') {
    bench.say(
      'Without FFmpeg: its development files are not here (Debian: apt install libavformat-dev libavcodec-dev).',
    );
  }
  bench.say(
    `Nanoseconds per value (one sample of one channel), median of the rounds:\n\n${times(names, synthetic.results)}`,
  );
  bench.say(
    `How many times as fast ours is, median of the rounds' ratios (best to best):\n\n${ratios(names, synthetic.results)}`,
  );
  if (!existsSync(ietf)) {
    bench.say('Without the IETF test files: there is no ../shared.');
    return;
  }
  const official = readdirSync(ietf).filter((name) => name.endsWith('.flac'));
  const { results } = measure(
    official
      .sort()
      .map((name) => join(ietf, name))
      .slice(0, bench.size(official.length, 4)),
  );
  bench.say(`IETF test files, nanoseconds per value:\n\n${times(names, results)}`);
  bench.say(`IETF test files, how many times as fast ours is:\n\n${ratios(names, results, [total(names, results)])}`);
  bench.say(slowest(names, [...synthetic.results, ...results]));
}

/** All files as one: the sums of times. @param {readonly string[]} names @param {readonly Result[]} results @returns {Result} */
function total(names, results) {
  const values = results.reduce((sum, result) => sum + result.values, 0);
  const rounds = results[0]?.ns.ours?.length ?? 0;
  const ns = names.map((name) => [
    name,
    Array.from(
      { length: rounds },
      (_, i) => results.reduce((sum, each) => sum + each.ns[name][i] * each.values, 0) / values,
    ),
  ]);
  return { file: 'in total', values, ns: Object.fromEntries(ns) };
}

/** @param {readonly string[]} names @param {readonly Result[]} results */
function times(names, results) {
  const row = (/** @type {Result} */ { file, ns }) => [
    short(file),
    ...names.map((name) => median(ns[name]).toFixed(2)),
  ];
  return table([['', ...names], ...results.map(row)]);
}

/** @param {readonly string[]} names @param {readonly Result[]} results @param {readonly Result[]} [more] */
function ratios(names, results, more = []) {
  const peers = names.filter((name) => !name.startsWith('ours'));
  const row = (/** @type {Result} */ { file, ns }) => [
    short(file),
    ...peers.map((name) => {
      const rounds = median(ns[name].map((each, i) => each / ns.ours[i]));
      return `${rounds.toFixed(2)} (${(Math.min(...ns[name]) / Math.min(...ns.ours)).toFixed(2)})`;
    }),
  ];
  return table([['', ...peers], ...results.map(row), ...more.map(row)]);
}

/** Is any file slower than by the fastest of the others that check as little? @param {readonly string[]} names @param {readonly Result[]} results */
function slowest(names, results) {
  const best = (/** @type {Result} */ { ns }, /** @type {string} */ name) => Math.min(...ns[name]);
  const lines = names
    .filter((name) => name.startsWith('ours') && name !== 'ours MD5')
    .map((ours) => {
      const against = (/** @type {RegExp} */ peers) => {
        const ranked = results
          .map((result) => ({
            file: short(result.file),
            ratio:
              Math.min(...names.filter((name) => peers.test(name)).map((name) => best(result, name))) /
              best(result, ours),
          }))
          .sort((a, b) => a.ratio - b.ratio);
        const slower = ranked.filter(({ ratio }) => ratio < 1);
        const said = (slower.length === 0 ? ranked.slice(0, 1) : slower).map(
          ({ file, ratio }) => `${file} ${ratio.toFixed(2)}`,
        );
        return `${slower.length} slower (${said.join('; ')})`;
      };
      const others = names.includes('dr_flac')
        ? `; with dr_flac among them, ${against(/^(libFLAC|libavcodec|dr_flac)/)}`
        : '';
      return `- ${ours}: ${against(/^(libFLAC|libavcodec)/)}${others}`;
    });
  return `File by file, best to best, against the fastest of libFLAC without MD5 and FFmpeg on that file:\n\n${lines.join('\n')}`;
}

/** @param {string} file */
function short(file) {
  return file.replace(/\.flac$/, '').slice(0, 44);
}

/** @param {Bench} bench @param {string} work @param {[string, ...number[]]} material */
async function material(bench, work, [name, sampleRate = 0, channels = 0, bits, compression, length = 0]) {
  const file = join(work, `${name}.flac`);
  if (!existsSync(file)) {
    const samples = fieldRecording({ sampleRate, channels, seconds: bench.size(length, 2) });
    await encodeFlac(file, { samples, sampleRate, channels }, { bits, compression });
  }
  return file;
}

/**
 * A file of a Python package, which is downloaded once and never installed.
 * @param {string} work @param {string} requirement @param {string} kind @param {string | RegExp} wanted
 * @returns {string | undefined}
 */
function unpacked(work, requirement, kind, wanted) {
  const folder = join(work, requirement);
  const find = () => {
    if (!existsSync(folder)) return undefined;
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return typeof wanted === 'string' ? name === wanted : wanted.test(name);
    });
    return found === undefined ? undefined : join(folder, found);
  };
  const found = find();
  if (found !== undefined) return found;
  mkdirSync(folder, { recursive: true });
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', kind, '--dest', folder, requirement];
  if (spawnSync('python3', pip, { stdio: 'ignore' }).status !== 0) return undefined;
  for (const archive of readdirSync(folder)) {
    const module = archive.endsWith('.whl') ? 'zipfile' : 'tarfile';
    spawnSync('python3', ['-m', module, '-e', join(folder, archive), folder], { stdio: 'ignore' });
  }
  return find();
}
