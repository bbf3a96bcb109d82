/** verify() of LMDB objects: what it says of the same bytes in a file, by a copy that is gone afterwards. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { verify } from '../../../src/api/verify.ts';
import { objectStore } from '../../support/object-store.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();
const temporary = process.env['TMPDIR'];
const deep = readFileSync(new URL('../../data/lmdb/deep.mdb', import.meta.url));

afterEach(() => {
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
});

function changed(at: number): Buffer {
  const bytes = Buffer.from(deep);
  bytes.writeUInt32LE(1234, at);
  return bytes;
}

const cases: readonly (readonly [string, Buffer])[] = [
  ['nothing', deep],
  // The page says its own number in its first bytes (mdb.c, MDB_page).
  ['a page', changed(4096 * 5)],
  ['the header', changed(16)],
  ['its end', deep.subarray(0, 5000)],
];

describe('verify() of an LMDB object', () => {
  test.each(cases)('says what it says of a file, and leaves no copy: damaged is %s', async (_, bytes) => {
    const folder = scratch();
    const path = join(scratch(), 'data.mdb');
    writeFileSync(path, bytes);
    server.objects.set('bucket/ds/data.mdb', bytes);
    process.env['TMPDIR'] = folder;
    const uri = 's3://bucket/ds/data.mdb';
    const { elapsedSeconds: _of, files, ...report } = await verify({ inputs: uri });
    const { elapsedSeconds: _as, files: local, ...expected } = await verify({ inputs: path });
    expect(report).toEqual(expected);
    expect(files).toEqual(JSON.parse(JSON.stringify(local).replaceAll(path, uri)));
    expect(readdirSync(folder)).toEqual([]);
  });
});
