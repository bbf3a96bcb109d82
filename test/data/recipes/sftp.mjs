// AudioMDB's example of an uploader: SFTP, by the sftp command of OpenSSH, which knows your keys and hosts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Uploader } from 'bowerbird';

export class SFTPUploader extends Uploader {
  static module = import.meta.url;

  async put(path, name) {
    await this.run(this.commands({ path, name }));
  }

  /** All files over one connection. */
  async upload(localDir) {
    const files = [];
    for await (const file of this.iterFiles(localDir)) files.push(file);
    await this.run(files.flatMap((file) => this.commands(file)));
    return { files: files.length, skipped: 0, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  }

  /** A file gets its name when it is there. A command with a "-" in front may fail, as where the folder is there already. */
  commands({ path, name }) {
    const target = `${this.options.path}/${name}`;
    const folders = [...target.matchAll(/(?<=[^/])\//g)].map(({ index }) => `-mkdir ${quoted(target.slice(0, index))}`);
    const part = quoted(`${target}.part`);
    return [...folders, `put ${quoted(path)} ${part}`, `rename ${part} ${quoted(target)}`];
  }

  async run(commands) {
    const { host, args = [] } = this.options; // such as 'me@example.org' and ['-i', 'key', '-P', '2222']
    const child = spawn('sftp', ['-q', '-b', '-', ...args, host], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.stdin.on('error', () => {}); // It ended, and says why.
    child.stdin.end(`${commands.join('\n')}\n`);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(said.trim().split('\n').at(-1));
  }
}

const quoted = (name) => `"${name.replace(/["\\]/g, '\\$&')}"`;
