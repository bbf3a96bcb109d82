// Fuzzes the C++ cores:
//   npm run fuzz                          lists the targets
//   npm run fuzz -- TARGET SECONDS        libFuzzer with ASan and UBSan; starts from the seeds and what earlier runs found
//   npm run fuzz -- TARGET FILE           runs one input, such as a saved crash
//   npm run fuzz -- --replay [MUTATIONS]  every target over its seeds and mutations of them, with any compiler
// What a run finds worth keeping goes to .cache/fuzz/TARGET, inputs that crash to native/fuzz/crashes/TARGET.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const corpus = `${root}native/fuzz/corpus`;
const targets = readdirSync(corpus).sort();
const packages = ['clang-14', 'libclang-rt-14-dev'];

/** @param {string} message @param {number} [code] @returns {never} */
function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}

/** Runs a command to its end; its words are shown only when it fails or warns. @param {string} command @param {string[]} args */
function quietly(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) fail(`Cannot run ${command}: ${error.message}; the fuzz targets need CMake 3.18 and a C++20 compiler`);
  if (status !== 0 || /warning:/.test(stderr)) console.error(stdout + stderr);
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} folder @param {string[]} options @returns {string} the program */
function build(folder, options) {
  quietly('cmake', ['-S', `${root}native/fuzz`, '-B', `${root}${folder}`, ...options]);
  quietly('cmake', ['--build', `${root}${folder}`, '--parallel', String(availableParallelism())]);
  return `${root}${folder}/fuzz`;
}

/** A clang that can link libFuzzer, or undefined. */
function findClang() {
  const trial =
    '#include <cstdint>\n#include <cstddef>\nextern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }';
  return ['clang++', ...[20, 19, 18, 17, 16, 15, 14].map((version) => `clang++-${version}`)].find((clang) => {
    const options = ['-x', 'c++', '-fsanitize=fuzzer,address,undefined', '-', '-o', '/dev/null'];
    return spawnSync(clang, options, { input: trial }).status === 0;
  });
}

function installedClang() {
  const found = findClang();
  if (found) return found;
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const canInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  if (!canInstall)
    fail(`Cannot build for libFuzzer: expected a clang with its runtime libraries; on Debian: ${install}`);
  console.error(`No clang with libFuzzer here; running ${install}`);
  spawnSync('sh', ['-c', `apt-get update && ${install}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  return findClang() ?? fail(`Cannot build for libFuzzer: expected clang++-14 to work after ${install}`);
}

/** @param {number} mutations @param {string[]} names */
function replay(mutations, names) {
  const program = build('native/build-fuzz-replay', ['-DLIBFUZZER=OFF']);
  const { status } = spawnSync(program, [corpus, String(mutations), ...names], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** @param {string} target @param {string} what seconds, or the path of an input */
function fuzz(target, what) {
  const program = build('native/build-fuzz', ['-DLIBFUZZER=ON', `-DCMAKE_CXX_COMPILER=${installedClang()}`]);
  const found = `${root}.cache/fuzz/${target}`;
  const crashes = `${root}native/fuzz/crashes/${target}`;
  mkdirSync(found, { recursive: true });
  mkdirSync(crashes, { recursive: true });
  const limits = ['-timeout=10', '-rss_limit_mb=2048'];
  const work = existsSync(what)
    ? [what]
    : [
        found,
        `${corpus}/${target}`,
        `-max_total_time=${what}`,
        '-max_len=8192',
        '-print_final_stats=1',
        `-artifact_prefix=${crashes}/`,
      ];
  const before = new Set(readdirSync(crashes));
  const child = spawn(program, [`--target=${target}`, ...limits, ...work], { stdio: ['ignore', 'inherit', 'pipe'] });
  let tail = '';
  child.stderr.on('data', (/** @type {Buffer} */ chunk) => {
    process.stderr.write(chunk);
    tail = (tail + chunk).slice(-20_000);
  });
  child.on('close', (code) => {
    const executions = Number(/number_of_executed_units: (\d+)/.exec(tail)?.[1] ?? 0);
    const coverage = tail.match(/cov: \d+ ft: \d+/g)?.at(-1) ?? 'no coverage reported';
    const findings = readdirSync(crashes).filter((file) => !before.has(file));
    console.log(`${target}: ${executions} executions, ${coverage}, ${findings.length} findings`);
    for (const file of findings) console.log(`  native/fuzz/crashes/${target}/${file}`);
    process.exit(code === 0 && findings.length === 0 ? 0 : 1);
  });
}

const [first, second, ...rest] = process.argv.slice(2);
if (first === undefined) {
  console.log(
    `npm run fuzz -- TARGET SECONDS, where TARGET is one of\n${targets.map((target) => `  ${target}`).join('\n')}`,
  );
} else if (first === '--replay') {
  replay(Number(second ?? 2000), rest);
} else if (!targets.includes(first)) {
  fail(`Cannot fuzz "${first}": expected one of ${targets.join(', ')}`, 2);
} else if (second === undefined || !(/^[1-9]\d*$/.test(second) || existsSync(second))) {
  fail(`Cannot fuzz ${first} for "${second ?? ''}": expected a number of seconds, or the path of an input to run`, 2);
} else {
  fuzz(first, second);
}
