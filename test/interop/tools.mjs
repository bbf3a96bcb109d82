/** Programs that the comparisons need, such as FFmpeg and the command line of FLAC: installed where that can be done without asking. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** By command: the packages that bring it, and how it tells its version. `sftp` tells none, and comes with `ssh`. */
const tools = {
  ffmpeg: { debian: 'ffmpeg', brew: 'ffmpeg', version: ['ffmpeg', '-version'] },
  flac: { debian: 'flac', brew: 'flac', version: ['flac', '--version'] },
  'redis-server': { debian: 'redis-server', brew: 'redis', version: ['redis-server', '--version'] },
  sftp: { debian: 'openssh-client', brew: 'openssh', version: ['ssh', '-V'] },
};

async function version(name) {
  const [command, flag] = tools[name].version;
  return run(command, [flag]).then(
    ({ stdout, stderr }) => (stdout || stderr).split('\n')[0].split(' Copyright')[0],
    () => undefined,
  );
}

/** Their versions. */
export async function prepareTools(say, names = ['ffmpeg', 'flac']) {
  const missing = [];
  for (const name of names) if ((await version(name)) === undefined) missing.push(name);
  if (missing.length > 0) await install(missing, say);
  return Promise.all(names.map(version));
}

async function install(missing, say) {
  const inCi = (process.env['CI'] ?? '') !== '';
  const isMac = process.platform === 'darwin';
  const packages = missing.map((name) => tools[name][isMac ? 'brew' : 'debian']).join(' ');
  const words = isMac ? `brew install ${packages}` : `apt-get install -y ${packages}`;
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
