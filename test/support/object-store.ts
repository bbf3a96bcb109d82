/** What the tests of jobs on object stores share: one store for all tests of a file, and what lies in it and in its local twin. */

import { afterAll, beforeEach } from 'vitest';
import { tree } from '../unit/jobs/folder.ts';
import { type ObjectServer, objectServer } from './object-server.ts';

export type Files = { readonly [path: string]: string };

/** Where s3:// leads from now on, in threads too, which get a copy of the environment. Empty and well-behaved before each test. */
export async function objectStore(): Promise<ObjectServer> {
  const server = await objectServer();
  // Read when the first s3:// comes.
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'the-secret-of-the-test',
  });
  beforeEach(() => {
    server.fault = undefined;
    server.objects.clear();
    server.seen.length = 0;
  });
  afterAll(() => server.close());
  return server;
}

/** What lies below a prefix, as `tree()` shows a folder; without journals, which tell of other paths. */
export function stored({ objects }: ObjectServer, prefix: string): Files {
  const below = [...objects].filter(([name]) => name.startsWith(prefix) && !name.includes('/.bowerbird/'));
  return Object.fromEntries(below.sort().map(([name, bytes]) => [name.slice(prefix.length), bytes.toString('latin1')]));
}

/** The same of a folder. */
export function storedLocally(folder: string): Files {
  return Object.fromEntries(Object.entries(tree(folder)).filter(([name]) => !name.startsWith('.bowerbird')));
}
