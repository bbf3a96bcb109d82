// Uploaders of a user, which threads can make: one that takes files, one that takes folders.
import { appendFileSync, copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { Uploader } from 'bowerbird';

export class Files extends Uploader {
  static module = import.meta.url;

  say(word) {
    appendFileSync(this.options.log, `${word}\n`);
  }

  async open() {
    this.say('open');
  }

  async put(path, name) {
    this.say(`${threadId === 0 ? 'main' : 'thread'} ${name}`);
    const target = join(this.options.to, name);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(path, target);
  }

  async close() {
    this.say('close');
  }
}

export class Folders extends Uploader {
  static module = import.meta.url;

  async upload(localDir) {
    appendFileSync(this.options.log, 'upload\n');
    for await (const { path, name } of this.iterFiles(localDir)) cpSync(path, join(this.options.to, name));
    return { files: 0, skipped: 0, bytes: 0 };
  }
}
