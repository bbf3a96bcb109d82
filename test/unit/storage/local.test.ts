import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publishFile } from '../../../src/storage/drafts.ts';
import { blocksOf, openLocal } from '../../../src/storage/local/local.ts';
import { collect, cut, joined, noise, untilError } from '../formats/blocks.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowerbird-local-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  return path;
}

describe('openLocal()', () => {
  test('reads any part, and fewer bytes only at the end', async () => {
    const bytes = noise(1000);
    const source = await openLocal(await fileOf(bytes));
    expect(source.byteLength).toBe(1000);
    expect(await source.read(10, 20)).toEqual(bytes.subarray(10, 30));
    expect(await source.read(990, 20)).toEqual(bytes.subarray(990));
    expect((await source.read(1000, 20)).length).toBe(0);
    expect((await source.read(5000, 20)).length).toBe(0);
    await source.close();
  });

  test('names the file when it is not there, a folder or a device', async () => {
    const missing = join(folder, 'missing');
    await expect(openLocal(missing)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `Cannot open "${missing}": ENOENT: no such file or directory`,
    });
    await expect(openLocal(join(await fileOf(noise(1)), 'below'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(openLocal(folder)).rejects.toThrow(`Cannot read "${folder}": it is a folder, expected a regular file`);
    await expect(openLocal('/dev/null')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  test('follows symbolic links', async () => {
    const link = join(folder, 'link');
    await symlink(await fileOf(noise(10)), link);
    const source = await openLocal(link);
    expect(source.byteLength).toBe(10);
    await source.close();
  });

  test('says that a file became shorter while it was read', async () => {
    const path = await fileOf(noise(1000));
    const source = await openLocal(path);
    await truncate(path, 100);
    await expect(source.read(0, 1000)).rejects.toThrow(
      `Cannot read "${path}" beyond byte 100: it became shorter while it was read`,
    );
    await source.close();
  });
});

describe('blocksOf()', () => {
  test('gives the whole source in order', async () => {
    const bytes = noise((2 << 20) + 12345);
    const source = await openLocal(await fileOf(bytes));
    const blocks = await collect(blocksOf(source));
    expect(blocks.length).toBe(3);
    expect(Buffer.compare(joined(blocks), bytes)).toBe(0);
    expect(Buffer.compare(joined(await collect(blocksOf(source, undefined, 1000))), bytes.subarray(1000))).toBe(0);
    await source.close();
  });

  test('gives nothing for an empty file', async () => {
    const source = await openLocal(await fileOf(new Uint8Array(0)));
    expect(await collect(blocksOf(source))).toEqual([]);
    await source.close();
  });

  test('stops between blocks when told to', async () => {
    const source = await openLocal(await fileOf(noise(3 << 20)));
    const controller = new AbortController();
    let blocks = 0;
    const read = (async () => {
      for await (const _ of blocksOf(source, controller.signal)) if (++blocks === 2) controller.abort();
    })();
    await expect(read).rejects.toMatchObject({ name: 'AbortError' });
    expect(blocks).toBe(2);
    await source.close();
  });
});

describe('publishFile()', () => {
  const path = () => join(folder, 'deep', 'out.bin');
  const names = () => readdir(join(folder, 'deep'));

  test('writes the file, makes its folder and says what it wrote', async () => {
    const published = await publishFile(path(), cut(Buffer.from('123456789'), 4), { durable: true });
    // The check value of CRC-32C.
    expect(published).toEqual({ bytes: 9, crc32c: 'e3069283' });
    expect(await readFile(path(), 'latin1')).toBe('123456789');
    expect(await names()).toEqual(['out.bin']);
  });

  test('shows nothing under the name, and nothing at all in a listing of data, until it is done', async () => {
    async function* blocks(): AsyncGenerator<Uint8Array> {
      yield noise(10);
      expect(existsSync(path())).toBe(false);
      const [temporary, ...others] = await names();
      expect(temporary).toMatch(/^\.out\.bin\..*\.bowerbird-tmp$/);
      expect(others).toEqual([]);
    }
    await publishFile(path(), blocks());
    expect(await names()).toEqual(['out.bin']);
  });

  test('leaves nothing behind when its source fails', async () => {
    async function* blocks(): AsyncGenerator<Uint8Array> {
      yield noise(10);
      throw new RangeError('no more');
    }
    await expect(publishFile(path(), blocks())).rejects.toThrow('no more');
    expect(await names()).toEqual([]);
  });

  test('keeps the file that is there, or replaces it whole when told to', async () => {
    await publishFile(path(), cut(Buffer.from('old'), 9));
    await expect(publishFile(path(), cut(Buffer.from('new'), 9))).rejects.toMatchObject({
      code: 'EXISTS',
      message: `Cannot write "${path()}": it exists; choose another name, or replace it with option "overwrite"`,
    });
    expect(await readFile(path(), 'latin1')).toBe('old');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new RangeError('no more');
    }
    await untilError(failing());
    await expect(publishFile(path(), failing(), { overwrite: true })).rejects.toThrow('no more');
    expect(await readFile(path(), 'latin1')).toBe('old');
    await publishFile(path(), cut(Buffer.from('new'), 9), { overwrite: true });
    expect(await readFile(path(), 'latin1')).toBe('new');
    expect(await names()).toEqual(['out.bin']);
  });

  test('lets one of many writers of one name win, whole', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) => publishFile(path(), cut(noise(1000, i + 1), 100))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(Buffer.compare(await readFile(path()), noise(1000, winner + 1))).toBe(0);
    expect(await names()).toEqual(['out.bin']);
  });

  test('names the file when the folder cannot be made', async () => {
    await mkdir(join(folder, 'x'));
    await writeFile(join(folder, 'x', 'file'), '');
    const below = join(folder, 'x', 'file', 'out.bin');
    await expect(publishFile(below, cut(noise(1), 1))).rejects.toThrow(`Cannot create "${below}"`);
  });
});
