// @ts-check
// What of LMDB is compiled into the addon, and under which terms it is passed on. It comes with the npm package of that name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const lmdbFolder = join(root, 'node_modules/lmdb/dependencies/lmdb-data-v1/libraries/liblmdb');

/** What a build takes (native/lmdb.cmake), and the terms. */
export const lmdbFiles = ['mdb.c', 'midl.c', 'lmdb.h', 'midl.h', 'LICENSE', 'COPYRIGHT'];

/** For binaries: the OpenLDAP Public License wants its text and the copyright beside them. */
export function lmdbLicence() {
  const [copyright, licence] = ['COPYRIGHT', 'LICENSE'].map((name) => readFileSync(join(lmdbFolder, name), 'utf8'));
  return `This package contains LMDB (https://www.symas.com/lmdb), unchanged.\n\n${copyright}\n${licence}`;
}
