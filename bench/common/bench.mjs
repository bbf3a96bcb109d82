// What a case is given: its options, a place for its data, a voice, and a record of the run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** The command line as users run it. */
export const bowerbird = [process.execPath, join(root, 'dist/cli/main.js')];

/**
 * @typedef {{
 *   rounds: number | undefined, gib: number | undefined, data: string, ram: boolean, python: string, smallest: boolean,
 * }} Options
 */

export class Bench {
  /** @type {string[]} */
  #said = [];
  /** @type {object[]} */
  #raw = [];

  /** @param {string} name @param {Options} options */
  constructor(name, options) {
    this.name = name;
    this.options = options;
    mkdirSync(options.data, { recursive: true });
    this.say(`${name}: ${machineLine()}`);
  }

  /** A size of the case: `most` when it measures, `least` when it only has to come to its end. @param {number} most @param {number} least */
  size(most, least) {
    return this.options.smallest ? least : most;
  }

  /** Rounds that count, unless the user said how many. @param {number} usual */
  rounds(usual) {
    return this.options.rounds ?? this.size(usual, 1);
  }

  /** GiB of the A2O-like input, unless the user said how many. @param {number} usual */
  gib(usual) {
    return this.options.gib ?? this.size(usual, 1 / 256);
  }

  /** Where outputs go. @returns {string} */
  out() {
    return this.options.ram ? '/dev/shm/bowerbird-bench' : this.path('out');
  }

  /** A line or table of the summary. @param {string} text */
  say(text) {
    this.#said.push(text);
    console.log(text);
  }

  /** One measurement, for raw.json. @param {object} sample */
  raw(sample) {
    this.#raw.push(sample);
  }

  /** Shown while it runs, not kept. @param {string} text */
  progress(text) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    else console.error(text);
  }

  /** @param {string} name a file or folder in the data folder */
  path(name) {
    return join(this.options.data, name);
  }

  /** Writes raw.json, summary.md and machine.json; returns the folder. @param {readonly string[]} argv */
  save(argv) {
    const machine = describeMachine();
    const day = new Date().toISOString().slice(0, 10);
    const folder = join(root, 'bench/runs', `${day}-${this.name}-${shortName(machine.cpu)}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'raw.json'), `[\n${this.#raw.map((sample) => JSON.stringify(sample)).join(',\n')}\n]\n`);
    writeFileSync(
      join(folder, 'summary.md'),
      `# npm run bench -- ${[this.name, ...argv].join(' ')}\n\n${this.#said.join('\n\n')}\n`,
    );
    writeFileSync(join(folder, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
    return folder;
  }
}

/** The first comment of a case is its question. @param {string} file */
export function question(file) {
  const [first] = readFileSync(file, 'utf8').split('\n', 1);
  return first.replace(/^\/\/ ?/, '');
}

function machineLine() {
  const { cpu, cores, kernel, node, commit, load } = describeMachine();
  return `${cpu}, ${cores} CPUs, Linux ${kernel}, Node ${node}, commit ${commit}, load ${load}`;
}

function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    family: cpuFamily(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: commit(),
    load: loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
  };
}

/** Cloud machines hide the model; family and model number tell the generation. */
function cpuFamily() {
  if (process.platform !== 'linux') return '';
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (/** @type {string} */ name) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '?';
  return `family ${field('cpu family')} model ${field('model')}`;
}

/** @param {string} cpu */
function shortName(cpu) {
  return `${cpu} ${cpuFamily()}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function commit() {
  const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}
