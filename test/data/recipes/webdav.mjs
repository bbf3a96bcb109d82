// AudioMDB's example of an uploader: WebDAV, which is HTTP with a method to make folders (RFC 4918).
import { openAsBlob } from 'node:fs';
import { Uploader } from 'bowerbird';

export class WebDAVUploader extends Uploader {
  static module = import.meta.url;
  made = new Set();

  async put(path, name) {
    const folders = name.split('/').slice(0, -1);
    for (let depth = 0; depth <= folders.length; depth++) await this.makeFolder(folders.slice(0, depth).join('/'));
    await this.send('PUT', name, { body: await openAsBlob(path) });
  }

  async makeFolder(name) {
    if (this.made.has(name)) return;
    // 405: it is there.
    await this.send('MKCOL', `${name}/`.replace(/^\/$/, ''), {}, [405]);
    this.made.add(name);
  }

  async send(method, name, init, fine = []) {
    // Options are kept in the dataset's journal. A password is not one of them.
    const user = `${process.env.WEBDAV_USER}:${process.env.WEBDAV_PASSWORD}`;
    const headers = { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
    const url = `${this.options.url}/${name.split('/').map(encodeURIComponent).join('/')}`;
    const reply = await fetch(url, { method, headers, ...init });
    await reply.arrayBuffer();
    if (!reply.ok && !fine.includes(reply.status))
      throw new Error(`${method} ${url}: the server answered ${reply.status}`);
  }
}
