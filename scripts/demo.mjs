// `npm run demo`: makes a small data set like the archive's, extracts it, and says what to look at.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
if (!existsSync('dist/index.js') || !existsSync('native/build/Release/bowerbird.node')) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
const { makeA2oLike } = await import('./a2o-like.mjs');
const { readNpy } = await import('../dist/index.js');

/** @param {string[]} args */
function bowerbird(...args) {
  console.log(`\n$ npx bowerbird ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync('demo', { recursive: true, force: true });
const inputs = makeA2oLike('demo/one_percent_data_sample', { files: 4, records: 200 });
console.log(
  `Made ${inputs.length} TFRecord files in demo/one_percent_data_sample: 200 minutes of audio each, as embeddings.`,
);

bowerbird('inspect', /** @type {string} */ (inputs[0]));
bowerbird('extract', 'demo/one_percent_data_sample/', '--out', 'demo/extracted');
bowerbird('verify', 'demo/one_percent_data_sample/');

const stem = 'a2o_sample_embeddings-00000-of-00004';
const { shape, data } = await readNpy(`demo/extracted/embeddings/${stem}.npy`);
const metadata = JSON.parse(readFileSync(`demo/extracted/metadata/${stem}.json`, 'utf8'));
console.log(`
Look at:
  demo/extracted/embeddings/${stem}.npy    ${shape.join(' x ')} float32; row 0 begins ${Array.from(data.slice(0, 3), (v) => Number(v).toFixed(4)).join(', ')}
  demo/extracted/metadata/${stem}.json     ${metadata.length} entries; entry 0 is ${metadata[0].site_name}, ${metadata[0].subsite_name}
  demo/extracted/extract.json              the manifest: what came from where, with checksums
From Python:
  numpy.load("demo/extracted/embeddings/${stem}.npy")
Run it again and it finds everything done:
  npx bowerbird extract demo/one_percent_data_sample/ --out demo/extracted`);
