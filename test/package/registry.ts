/** A registry on this machine that has our packages, and sends everyone who asks for another one to the registry that npm is configured for. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { extract } from './archive.ts';
import { run } from './project.ts';

export interface Registry {
  readonly url: string;
  /** Names of our packages whose tarballs were fetched, since the last `close` or never. */
  readonly fetched: Set<string>;
  close(): void;
}

interface Published {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly bytes: Buffer;
  readonly manifest: object;
}

function published(folder: string): Published[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.tgz'))
    .map((file) => {
      const bytes = readFileSync(join(folder, file));
      const manifest = JSON.parse(extract(bytes, 'package/package.json').toString());
      return { name: manifest.name, version: manifest.version, file, bytes, manifest };
    });
}

/** Has the packages whose tarballs are in `folder`; others of the scope @bowerbird are 404, as in a release that lacks them. */
export async function openRegistry(folder: string): Promise<Registry> {
  const packages = published(folder);
  const upstream = run(folder, 'npm', ['config', 'get', 'registry']).trim().replace(/\/?$/, '/');
  const fetched = new Set<string>();
  let url = '';
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1).split('?')[0] ?? '');
    const tarball = packages.find(({ file }) => path === `tarballs/${file}`);
    const found = packages.find(({ name }) => name === path);
    if (tarball !== undefined) {
      fetched.add(tarball.name);
      response.end(tarball.bytes);
    } else if (found !== undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(packument(found, url)));
    } else if (path.startsWith('@bowerbird/') || request.method !== 'GET') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}');
    } else {
      response.writeHead(302, { location: upstream + (request.url ?? '').slice(1) }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, fetched, close: () => server.close() };
}

function packument({ name, version, file, bytes, manifest }: Published, url: string): object {
  const dist = {
    tarball: `${url}tarballs/${file}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
  };
  // Old enough for managers that wait some days before they trust a release.
  const time = { created: '2020-01-01T00:00:00.000Z', [version]: '2020-01-01T00:00:00.000Z' };
  return { name, 'dist-tags': { latest: version }, time, versions: { [version]: { ...manifest, dist } } };
}
