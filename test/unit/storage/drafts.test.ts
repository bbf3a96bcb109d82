import { existsSync, readdirSync, readFileSync, symlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  cleanTemps,
  Drafts,
  removeTemps,
  runTerms,
  tempPath,
  withDrafts,
  writeFileAtomic,
} from '../../../src/storage/drafts.ts';
import { StagedSink } from '../../../src/storage/local/sink.ts';
import { scratch, slowCrc32c, tree, writeFiles } from '../jobs/folder.ts';

function draftsOf(out: string, names: readonly string[], durable = false): Drafts {
  return new Drafts(
    names.map((name) => join(out, name)),
    runTerms(durable),
  );
}

describe('Drafts', () => {
  test.each([false, true])('shows nothing under the final names before publish(), durable %s', (durable) => {
    const out = scratch();
    const drafts = draftsOf(out, ['m/x.json', 'e/x.npy'], durable);
    writeSync(drafts.fd(0), 'one');
    writeSync(drafts.fd(1), 'two');
    expect(Object.keys(tree(out))).toEqual(['e/.x.npy.bowerbird-tmp', 'm/.x.json.bowerbird-tmp']);
    drafts.publish();
    expect(tree(out)).toEqual({ 'e/x.npy': 'two', 'm/x.json': 'one' });
    drafts.discard();
    expect(tree(out)).toEqual({ 'e/x.npy': 'two', 'm/x.json': 'one' });
  });

  test('truncates what a killed run left under the temporary name', () => {
    const out = writeFiles(scratch(), { '.x.bowerbird-tmp': 'long leftover' });
    const drafts = draftsOf(out, ['x']);
    writeSync(drafts.fd(0), 'new');
    drafts.publish();
    expect(tree(out)).toEqual({ x: 'new' });
  });

  test('does not follow a link planted under the temporary name', () => {
    const out = writeFiles(scratch(), { victim: 'precious' });
    symlinkSync(join(out, 'victim'), tempPath(join(out, 'x')));
    expect(() => draftsOf(out, ['x'])).toThrow(expect.objectContaining({ code: 'IO' }));
    expect(readFileSync(join(out, 'victim'), 'utf8')).toBe('precious');
  });

  test('discard() leaves the old outputs and no temporaries', () => {
    const out = writeFiles(scratch(), { x: 'old' });
    const drafts = draftsOf(out, ['x', 'y']);
    writeSync(drafts.fd(0), 'half');
    drafts.discard();
    expect(tree(out)).toEqual({ x: 'old' });
  });

  test('leaves no temporaries when one of the outputs cannot be opened', () => {
    const out = writeFiles(scratch(), { blocked: 'a file' });
    expect(() => draftsOf(out, ['x', 'blocked/y'])).toThrow(expect.objectContaining({ code: 'IO' }));
    expect(tree(out)).toEqual({ blocked: 'a file' });
  });
});

describe('withDrafts()', () => {
  const terms = { 'in a run': runTerms(false), 'in no run': { overwrite: true } };
  describe.each(Object.entries(terms))('%s', (_, given) => {
    test('names all together when they are made, and gives what was made of them', async () => {
      const out = scratch();
      const made = await withDrafts([join(out, 'a'), join(out, 'b')], given, async (drafts) => {
        writeSync(drafts.fd(0), 'one');
        writeSync(drafts.fd(1), 'two');
        expect(Object.keys(tree(out)).every((name) => name.endsWith('.bowerbird-tmp'))).toBe(true);
        return 2;
      });
      expect([made, tree(out)]).toEqual([2, { a: 'one', b: 'two' }]);
    });

    test('leaves what was there when they cannot be made, or were discarded', async () => {
      const out = writeFiles(scratch(), { a: 'old' });
      const failing = async (drafts: Drafts) => {
        writeSync(drafts.fd(0), 'half');
        throw new RangeError('no more');
      };
      await expect(withDrafts([join(out, 'a')], given, failing)).rejects.toThrow('no more');
      expect(await withDrafts([join(out, 'a')], given, async (drafts) => drafts.discard())).toBeUndefined();
      expect(tree(out)).toEqual({ a: 'old' });
    });
  });

  test('of two that make one file at once, in no run, each makes its own, and one is refused', async () => {
    const out = scratch();
    const other = async () => withDrafts([join(out, 'a')], {}, async (drafts) => void writeSync(drafts.fd(0), 'other'));
    const both = withDrafts([join(out, 'a')], {}, async (drafts) => {
      writeSync(drafts.fd(0), 'mine');
      await other();
    });
    await expect(both).rejects.toThrow(expect.objectContaining({ code: 'EXISTS' }));
    expect(tree(out)).toEqual({ a: 'other' });
  });
});

test('writeFileAtomic() keeps the old content when its pieces fail', async () => {
  const out = writeFiles(scratch(), { 'a.json': 'old' });
  const pieces = function* () {
    yield 'new, but ';
    throw new Error('no more');
  };
  await expect(writeFileAtomic(join(out, 'a.json'), pieces(), false)).rejects.toThrow('no more');
  expect(tree(out)).toEqual({ 'a.json': 'old' });
});

test('writeFileAtomic() reports bytes and CRC-32C of what it wrote', async () => {
  const out = scratch();
  const pieces = Array.from(
    { length: 5000 },
    (_, i) => `ligne numéro ${i}, assez longue pour que les blocs se suivent\n`,
  );
  const written = await writeFileAtomic(join(out, 'a'), pieces, true);
  const text = pieces.join('');
  expect(readFileSync(join(out, 'a'), 'utf8')).toBe(text);
  expect(written).toEqual({ bytes: Buffer.byteLength(text), crc32c: slowCrc32c(text) });
});

test('StagedSink gives the CRC of nothing as 00000000', () => {
  expect(new StagedSink('none', -1).end()).toEqual({ bytes: 0, crc32c: '00000000' });
});

test('cleanTemps() and removeTemps() take only temporaries of ours', () => {
  const out = writeFiles(scratch(), {
    'e/.a.npy.bowerbird-tmp': '',
    'e/.b.npy.bowerbird-tmp': '',
    'e/a.npy': 'a',
    'e/.hidden': 'theirs',
    'e/x.bowerbird-tmp': 'theirs',
    'f/.c.bowerbird-tmp': 'another folder',
  });
  removeTemps(out, ['e/a.npy', 'e/none']);
  expect(existsSync(join(out, 'e/.b.npy.bowerbird-tmp'))).toBe(true);
  cleanTemps(out, ['e', 'missing']);
  expect(readdirSync(join(out, 'e')).sort()).toEqual(['.hidden', 'a.npy', 'x.bowerbird-tmp']);
  expect(existsSync(join(out, 'f/.c.bowerbird-tmp'))).toBe(true);
});
