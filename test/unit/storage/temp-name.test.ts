import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REJECTS_FILE } from '../../../src/jobs/engine/rejects.ts';
import { scopedName, stateName } from '../../../src/jobs/engine/scope.ts';
import { cleanTemps, publishFile, removeTemps, tempPath, writeFileAtomic } from '../../../src/storage/drafts.ts';
import { shortened, tempName, tempStart } from '../../../src/storage/local/temp-name.ts';
import { scratch } from '../jobs/folder.ts';

const bytesOf = (text: string) => Buffer.byteLength(text);
/** Names of 255 bytes, what ext4, XFS, APFS and NTFS take. */
const longest = ['x'.repeat(255), `${'ä'.repeat(127)}x`, `x${'ä'.repeat(127)}`, `${'🐸'.repeat(63)}abc`];

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

describe('tempName()', () => {
  test.each([1, 100, 200, 215, 216, 230, 235, 240, 241, 254, 255])('of %i bytes is a name, too', (length) => {
    const name = 'n'.repeat(length);
    for (const temp of [tempName(name), tempName(name, '4194304-99999')]) {
      expect(bytesOf(temp)).toBeLessThanOrEqual(255);
      expect(temp).toMatch(/^\..*\.bowerbird-tmp$/);
    }
    expect(tempName(name, '1-0').startsWith(tempStart(name))).toBe(true);
  });

  test('keeps a name that fits', () => {
    expect(tempName('x.npy')).toBe('.x.npy.bowerbird-tmp');
    expect(tempName('n'.repeat(240))).toBe(`.${'n'.repeat(240)}.bowerbird-tmp`);
    expect(tempName('x.npy', '7-0')).toBe('.x.npy.7-0.bowerbird-tmp');
  });

  test('tells long names apart that begin alike, and cuts no character', () => {
    const names = longest.flatMap((name) => [name, `${name.slice(0, -1)}y`]);
    const temps = names.map((name) => tempName(name));
    expect(new Set(temps).size).toBe(names.length);
    for (const temp of temps) expect(Buffer.from(temp).toString()).toBe(temp);
    for (const temp of temps) expect(temp).not.toContain('\ufffd');
  });
});

test('shortened() never exceeds its bound', () => {
  for (let most = 20; most < 40; most++) {
    for (const name of longest) expect(bytesOf(shortened(name, most))).toBeLessThanOrEqual(most);
  }
});

describe.each(longest)('an output named %s', (name) => {
  test('is published by publishFile() and by writeFileAtomic()', async () => {
    const folder = scratch();
    await publishFile(join(folder, name), once('first'));
    await publishFile(join(folder, name), once('second'), { overwrite: true });
    await writeFileAtomic(join(folder, name), ['third'], false);
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('third');
  });

  test('leaves a temporary that removeTemps() and cleanTemps() know', () => {
    const folder = scratch();
    writeFileSync(tempPath(join(folder, name)), 'half');
    removeTemps(folder, [name]);
    expect(existsSync(tempPath(join(folder, name)))).toBe(false);
    writeFileSync(tempPath(join(folder, name)), 'half');
    mkdirSync(join(folder, 'deeper'));
    cleanTemps(folder, ['.']);
    expect(readdirSync(folder)).toEqual(['deeper']);
  });
});

test('stateName() of any scope leaves room for its files, and tells scopes apart', () => {
  const scopes = ['ä'.repeat(114), `${'ä'.repeat(113)}b`, 'x'.repeat(228), `${'x'.repeat(227)}y`, 'train', 'train2'];
  const names = scopes.map((scope) => stateName('convert', scope));
  expect(new Set(names).size).toBe(scopes.length);
  for (const name of names) {
    const journal = `${name}.999999999-of-999999999.jsonl`;
    expect(bytesOf(tempName(journal))).toBeLessThanOrEqual(255);
    expect(tempName(journal).startsWith(`.${name}.`)).toBe(true);
  }
  expect(stateName('convert', 'train')).toBe('convert-train');
  for (const scope of scopes) expect(bytesOf(scopedName(REJECTS_FILE, scope))).toBeLessThanOrEqual(255);
});
