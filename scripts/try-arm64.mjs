// @ts-check
// Cross-compiles the addon for arm64 and runs it under emulation (Debian: g++-aarch64-linux-gnu qemu-user-static): CRC-32C, decoded
// recordings and extracted embeddings have to be those of this machine. `node scripts/try-arm64.mjs`
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeA2oLike } from './a2o-like.mjs';
import { emulatedNode, missingForArm64 } from './arm64.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sound = join(root, 'test/data/codecs');

const script = `
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { crc32c, decode, extract } from 'bowerbird';
const [input, output] = process.argv.slice(1);
await extract({ inputs: [input + '/records'], out: output + '/arrays', workers: 1 });
await decode({ inputs: [input + '/sound'], out: output + '/sound', workers: 1 });
const sums = [process.arch, crc32c(Buffer.from('123456789')).toString(16)];
for (const name of readdirSync(output, { recursive: true }).sort()) {
  if (!/\\.(npy|wav)$/.test(name)) continue;
  sums.push(name + ' ' + createHash('sha256').update(readFileSync(output + '/' + name)).digest('hex'));
}
console.log(sums.join('\\n'));`;

const missing = missingForArm64();
if (missing !== undefined) throw new Error(`Cannot try arm64: ${missing}`);
if (
  spawnSync(process.execPath, [join(root, 'scripts/prebuild.mjs'), '--arch', 'arm64'], { stdio: 'inherit' }).status !==
  0
) {
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'bowerbird-arm64-'));
try {
  // As an install has it, without what was built for this machine.
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@bowerbird'), { recursive: true });
  for (const part of ['dist', 'package.json']) {
    cpSync(join(root, part), join(modules, 'bowerbird', part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(modules, 'bowerbird/node_modules'));
  cpSync(join(root, 'native/npm/linux-arm64'), join(modules, '@bowerbird/linux-arm64'), { recursive: true });
  cpSync(join(root, 'native/build/Release'), join(modules, '@bowerbird', `${process.platform}-${process.arch}`), {
    recursive: true,
  });

  const input = join(folder, 'in');
  mkdirSync(join(input, 'sound'), { recursive: true });
  makeA2oLike(join(input, 'records'), { files: 1, records: 20 });
  // tone.oga is FLAC.
  for (const name of ['tone.oga', 'mono.mp3', 'stereo.opus']) cpSync(join(sound, name), join(input, 'sound', name));
  const said = [[process.execPath], emulatedNode()].map((node, i) => {
    const [command = '', ...before] = node;
    const args = [...before, '--input-type=module', '-e', script, input, join(folder, `out${i}`)];
    const child = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    if (child.status !== 0) throw new Error(`${command} failed: ${child.stderr}${child.error ?? ''}`);
    return child.stdout.trim().split('\n');
  });
  const [[, ...here] = [], [arch, ...there] = []] = said;
  if (arch !== 'arm64' || here[0] !== 'e3069283' || here.length < 5 || here.join() !== there.join()) {
    throw new Error(`arm64 gives something else:\n${here.join('\n')}\n${arch}\n${there.join('\n')}`);
  }
  process.stdout.write(`arm64 gives the same ${here.length - 1} files\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
