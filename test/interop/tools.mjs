/** FFmpeg and the command line of FLAC, which the comparisons of recordings need: installed where that can be done without asking. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const packages = { ffmpeg: 'ffmpeg', flac: 'flac' };

async function version(command) {
  const flag = command === 'ffmpeg' ? '-version' : '--version';
  return run(command, [flag]).then(
    ({ stdout }) => stdout.split('\n')[0].split(' Copyright')[0],
    () => undefined,
  );
}

/** Their versions. */
export async function prepareTools(say) {
  const missing = [];
  for (const [command, name] of Object.entries(packages))
    if ((await version(command)) === undefined) missing.push(name);
  if (missing.length > 0) await install(missing, say);
  return Promise.all(Object.keys(packages).map(version));
}

async function install(missing, say) {
  const inCi = (process.env['CI'] ?? '') !== '';
  const isMac = process.platform === 'darwin';
  const words = isMac ? `brew install ${missing.join(' ')}` : `apt-get install -y ${missing.join(' ')}`;
  const sudo = isMac || process.getuid?.() === 0 ? [] : inCi ? ['sudo', '-n'] : undefined;
  if (sudo === undefined || (isMac && !inCi)) throw new Error(`${missing.join(' and ')} missing: ${words}`);
  say(words);
  const [first, ...rest] = [...sudo, ...words.split(' ')];
  const tried = () => run(first, rest, { maxBuffer: 1 << 26 });
  if (isMac) return void (await tried());
  await tried().catch(async () => {
    await run(...[[...sudo, 'apt-get'][0], [...sudo, 'apt-get', 'update'].slice(1)]);
    await tried();
  });
}

/** Standard output, as bytes. */
export async function output(command, args) {
  const { stdout } = await run(command, args, { encoding: 'buffer', maxBuffer: 1 << 30 });
  return stdout;
}
