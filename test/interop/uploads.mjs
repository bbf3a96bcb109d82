/** StorageUploader against real servers: what they say of an object's bytes is what we make of the file. Part of storage.mjs. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, localFiles, remoteFiles } from './storage-files.mjs';

export async function checkUploads(report, name, storage, root) {
  const { StorageUploader } = await import('../../dist/index.js');
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-uploads-'));
  for (const shard of ['shard_00000', 'shard_00001']) {
    mkdirSync(join(folder, shard));
    writeFileSync(join(folder, shard, 'lock.mdb'), '');
  }
  writeFileSync(join(folder, 'shard_00000/data.mdb'), Buffer.alloc((20 << 20) + 1, 'in parts'));
  writeFileSync(join(folder, 'shard_00001/data.mdb'), 'at once');
  writeFileSync(join(folder, 'metadata.json'), '{}');
  await report.group(`${name}: a folder is uploaded, and not again while it is the same`, async (expect) => {
    const uploader = new StorageUploader(`${root}/uploads`);
    const tell = (told) => JSON.stringify(told);
    const first = await uploader.upload(folder);
    expect(first.files === 5 && first.skipped === 0, tell(first));
    const same = async () => digestOf(await remoteFiles(storage, `${root}/uploads/`)) === digestOf(localFiles(folder));
    expect(await same(), 'other files are there');
    const again = await uploader.upload(folder);
    expect(again.files === 0 && again.skipped === 5, tell(again));
    for (const [path, bytes] of [
      ['shard_00000/data.mdb', Buffer.alloc((20 << 20) + 1, 'IN PARTS')],
      ['shard_00001/data.mdb', 'AT ONCE'],
    ]) {
      writeFileSync(join(folder, path), bytes);
      const told = await uploader.upload(folder);
      expect(told.files === 1 && told.skipped === 4, `${path}: ${tell(told)}`);
    }
    expect(await same(), 'what changed is not there');
  });
  rmSync(folder, { recursive: true, force: true });
}
