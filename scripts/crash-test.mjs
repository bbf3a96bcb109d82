// Kills a job with SIGKILL at random moments, runs it again to the end, and compares the folder byte for byte with that of
// a run that was left alone. What is visible right after a kill must be whole.
//
//   npm run test:crash -- [KILLS] [--case extract|convert|ingest|pack|unpack|copy] [--seed N] [--keep]
//
// Half of the moments are spread over the whole run; the others are aimed at the instants after an output got its name, a
// third of those at the end, when the manifest and the final journal are written. Any difference ends the test with exit 1.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeSampleRecords } from './sample-records.mjs';
import { writeSampleShard } from './sample-shards.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** What can be killed: its inputs, its command line, and the folders in which its outputs appear. */
const cases = {
  extract: {
    folders: ['metadata', 'embeddings'],
    prepare: (input) => {
      for (let i = 0; i < 12; i++)
        writeSampleRecords(join(input, `part-${i}-of-12`), { records: 20 + 5 * i, seed: i, bad: i % 3 === 2 });
    },
    args: (input, out) => [
      path('../dist/cli/main.js'),
      'extract',
      input,
      '--out',
      out,
      '--on-error',
      'salvage',
      '--workers',
      '2',
      '--quiet',
    ],
    // Rejected records are in the sample on purpose.
    exitCode: 3,
  },
  ingest: {
    folders: ['.'],
    prepare: (input) => {
      const rows = ['Label,Blob Name'];
      for (let i = 0; i < 120; i++) {
        // Every tenth is cut short, and so rejected.
        writeFileSync(
          join(input, `clip-${i}.wav`),
          sampleWav(4000 + 100 * i).subarray(0, i % 10 === 9 ? 1000 : undefined),
        );
        rows.push(`${i % 5},clip-${i}.wav`);
      }
      writeFileSync(join(input, 'labels.csv'), `${rows.join('\n')}\n`);
    },
    args: (input, out) => [
      path('../dist/cli/main.js'),
      'ingest',
      join(input, 'labels.csv'),
      '--out',
      join(out, 'train'),
      '--shards',
      '12',
      '--shuffle',
      '1',
      '--on-error',
      'skip',
      '--workers',
      '2',
      '--quiet',
    ],
    exitCode: 3,
    isOutput: (name) => name.endsWith('.tfrecord'),
  },
  pack: {
    folders: ['.', ...Array.from({ length: 12 }, (_, i) => `shard_${String(i).padStart(5, '0')}`)],
    prepare: (input) => {
      const rows = [];
      for (let i = 0; i < 120; i++) {
        // Every tenth is cut short, and so rejected.
        writeFileSync(
          join(input, `clip-${i}.wav`),
          sampleWav(4000 + 100 * i).subarray(0, i % 10 === 9 ? 1000 : undefined),
        );
        rows.push(JSON.stringify({ audio_filepath: `clip-${i}.wav`, text: `text ${i}` }));
      }
      writeFileSync(join(input, 'manifest.jsonl'), `${rows.join('\n')}\n`);
    },
    args: (input, out) => [
      path('../dist/cli/main.js'),
      'pack',
      join(input, 'manifest.jsonl'),
      '--out',
      out,
      '--samples-per-shard',
      '10',
      '--on-error',
      'skip',
      '--workers',
      '2',
      '--quiet',
    ],
    exitCode: 3,
    isOutput: (name) => name.endsWith('.mdb'),
  },
  convert: {
    folders: ['.'],
    prepare: (input) => {
      for (let i = 0; i < 6; i++)
        writeSampleRecords(join(input, `part-${i}.tfrecord`), { records: 20 + 5 * i, seed: i, bad: i % 3 === 2 });
    },
    args: (input, out) => [
      path('../dist/cli/main.js'),
      'convert',
      input,
      '--to',
      'arrayrecord',
      '--out',
      join(out, 'x'),
      '--shards',
      '12',
      '--on-error',
      'salvage',
      '--proof',
      '--workers',
      '2',
      '--quiet',
    ],
    exitCode: 3,
    isOutput: (name) => name.endsWith('.arrayrecord'),
  },
  unpack: {
    folders: ['.'],
    prepare: async (input) => {
      for (let i = 0; i < 3; i++)
        await writeSampleShard(join(input, `shard_0000${i}`), { samples: 150, first: 150 * i, bad: i === 1 });
    },
    args: (input, out) => [
      path('../dist/cli/main.js'),
      'unpack',
      input,
      '--out',
      out,
      '--on-error',
      'skip',
      '--workers',
      '2',
      '--quiet',
    ],
    exitCode: 3,
    isOutput: (name) => /\.(wav|npy)$/.test(name),
  },
  copy: {
    folders: ['sums', 'copies'],
    prepare: (input) => {
      for (let i = 0; i < 12; i++)
        writeFileSync(join(input, `f${i}`), `line\n${i % 3 === 2 ? '!no\n' : ''}`.repeat(2 + i));
    },
    args: (input, out) => [
      path('../test/data/units/run.mjs'),
      JSON.stringify({ inputs: [input], outDir: out, pauseMs: 2 }),
    ],
    exitCode: 0,
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: 'string', default: 'extract' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const kills = Number(positionals[0] ?? 30);
const job = cases[values.case];
if (!(kills > 0) || job === undefined) {
  console.error(`Cannot start: expected a number of kills and --case ${Object.keys(cases).join('|')}`);
  process.exit(2);
}

const seed = Number(values.seed ?? Date.now() % 1e9);
const random = mulberry32(seed);
const root = mkdtempSync(join(tmpdir(), 'bowerbird-crash-'));
const input = join(root, 'in');
const out = join(root, 'out');
process.exitCode = await main().finally(() => {
  if (!values.keep) rmSync(root, { recursive: true, force: true });
});

async function main() {
  mkdirSync(input);
  await job.prepare(input);
  // The same folder for all runs: its name may stand in what they write.
  const spent = [];
  let want;
  for (let i = 0; i < 3; i++) {
    rmSync(out, { recursive: true, force: true });
    const began = performance.now();
    await runToTheEnd();
    spent.push(performance.now() - began);
    const got = tree(out);
    want ??= got;
    if (!same('a run left alone', want, got)) return 1;
  }
  const milliseconds = Math.max(...spent);
  console.log(`${values.case}: ${countOutputs()} outputs, ${milliseconds.toFixed(0)} ms a run, seed ${seed}`);
  return (await killAndCompare(want, milliseconds)) ? 0 : 1;
}

async function killAndCompare(want, milliseconds) {
  const total = countOutputs();
  const seen = { killed: 0, tooLate: 0, rounds: 0, beforeFirst: 0, between: 0, afterLast: 0, withTemps: 0 };
  while (seen.killed < kills) {
    rmSync(out, { recursive: true, force: true });
    // Up to four runs on one folder are killed before one may end.
    for (let again = 1 + Math.floor(random() * 4); again > 0 && seen.killed < kills; again--) {
      if (!(await runAndKill(milliseconds, total))) {
        seen.tooLate++;
        continue;
      }
      const left = existsSync(out) ? tree(out) : {};
      if (!nothingHalf(`kill ${seen.killed + 1}, seed ${seed}`, want, left)) return false;
      note(seen, total, left);
    }
    await runToTheEnd();
    seen.rounds++;
    if (!same(`round ${seen.rounds}, seed ${seed}`, want, tree(out))) return false;
  }
  console.log(
    `${seen.killed} kills in ${seen.rounds} rounds, all ended like a run left alone ` +
      `(killed before the first output ${seen.beforeFirst}, between ${seen.between}, after the last ${seen.afterLast}; ` +
      `temporaries left ${seen.withTemps}; too late ${seen.tooLate})`,
  );
  return true;
}

/** What has its final name right after a kill must be whole. */
function nothingHalf(when, want, left) {
  const visible = Object.keys(left).filter((name) => !name.startsWith('.') && !basename(name).startsWith('.'));
  const half = visible.filter((name) => want[name] === undefined || !want[name].equals(left[name]));
  for (const name of half) console.error(`${when}: ${name} is visible, but not whole`);
  return half.length === 0;
}

function note(seen, total, left) {
  seen.killed++;
  const made = countOutputs();
  if (made === 0) seen.beforeFirst++;
  else if (made < total) seen.between++;
  else seen.afterLast++;
  if (Object.keys(left).some((name) => name.endsWith('.bowerbird-tmp'))) seen.withTemps++;
}

/** True when it was killed before it ended. */
async function runAndKill(milliseconds, total) {
  const child = start();
  const ended = exitOf(child);
  const moment = random() < 0.5 ? sleep(random() * milliseconds) : outputsAppear(child, total);
  await Promise.race([moment, ended]);
  child.kill('SIGKILL');
  const { code, signal, text } = await ended;
  if (signal === null && code !== job.exitCode)
    throw new Error(`The run failed by itself with exit code ${code}:\n${text}`);
  return signal === 'SIGKILL';
}

/** Resolves shortly after some number of outputs, more than now, have their names. */
async function outputsAppear(child, total) {
  const now = countOutputs();
  const atEnd = random() < 1 / 3;
  const target = atEnd ? total : now + 1 + Math.floor(random() * (total - now));
  while (child.exitCode === null && countOutputs() < Math.min(target, total)) await sleep(1);
  await sleep(random() * (atEnd ? 40 : 5));
}

function countOutputs() {
  let count = 0;
  for (const folder of job.folders) {
    if (!existsSync(join(out, folder))) continue;
    count += readdirSync(join(out, folder)).filter(job.isOutput ?? ((name) => !name.startsWith('.'))).length;
  }
  return count;
}

async function runToTheEnd() {
  const { code, text } = await exitOf(start());
  if (code !== job.exitCode)
    throw new Error(`The run failed with exit code ${code}, expected ${job.exitCode}:\n${text}`);
}

function start() {
  return spawn(process.execPath, job.args(input, out), { stdio: ['ignore', 'pipe', 'pipe'] });
}

function exitOf(child) {
  return new Promise((resolve) => {
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    child.stderr.on('data', (data) => (text += data));
    child.once('close', (code, signal) => resolve({ code, signal, text }));
  });
}

function same(when, want, got) {
  const names = [...new Set([...Object.keys(want), ...Object.keys(got)])].sort();
  const differing = names.filter(
    (name) => want[name] === undefined || got[name] === undefined || !want[name].equals(got[name]),
  );
  for (const name of differing) {
    const what = got[name] === undefined ? 'is missing' : want[name] === undefined ? 'should not be there' : 'differs';
    console.error(`${when}: ${name} ${what}`);
  }
  if (differing.length > 0 && values.keep) console.error(`Kept in ${root}`);
  return differing.length === 0;
}

function tree(folder, prefix = '', files = {}) {
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const name = join(prefix, entry.name);
    if (entry.isDirectory()) tree(folder, name, files);
    else files[name] = readFileSync(join(folder, name));
  }
  return files;
}

/** 16 bits, mono. */
function sampleWav(frames) {
  const bytes = Buffer.alloc(44 + 2 * frames);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * frames, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(16_000, 24);
  bytes.writeUInt32LE(32_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * frames, 40);
  for (let i = 0; i < frames; i++) bytes.writeInt16LE(((i * frames) % 65_536) - 32_768, 44 + 2 * i);
  return bytes;
}

/** A small generator of numbers in [0, 1) that a seed repeats. */
function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
