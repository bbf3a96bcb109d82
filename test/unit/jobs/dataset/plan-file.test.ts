import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planText, readPlanFile, refuseElsewhere, writePlanFile } from '../../../../src/jobs/dataset/plan-file.ts';
import { sourcePlace } from '../../../../src/jobs/dataset/source-place.ts';
import { scratch } from '../folder.ts';

const written = (text: string | Uint8Array) => {
  const path = join(scratch(), 'work_plan.json');
  writeFileSync(path, text);
  return path;
};

test('a plan is written as Python writes it, and read back in its order', async () => {
  const episodes = new Map([
    ['de', ['processed/de/b/', 'processed/deu/a/']],
    ['en', ['processed/en/ünï "x"/']],
    ['xx', []],
  ]);
  const python = execFileSync(
    'python3',
    ['-c', 'import json,sys; print(json.dumps(json.load(sys.stdin), indent=2, ensure_ascii=False))'],
    {
      input: JSON.stringify(Object.fromEntries(episodes)),
      encoding: 'utf8',
    },
  );
  expect(planText(episodes)).toBe(python);
  const path = join(scratch(), 'work_plan.json');
  const plan = await writePlanFile(path, episodes, undefined);
  expect(readPlanFile(path)).toEqual(plan);
  expect([...plan.episodes]).toEqual([...episodes]);
});

test.each<[string, string | Uint8Array, string]>([
  ['no JSON', '{"en": [', 'expected JSON'],
  ['no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'expected JSON'],
  ['a list', '[]', 'expected an object'],
  ['null', 'null', 'expected an object'],
  ['no list of a language', '{"en": {"a": 1}}', 'expected a list of episodes as "en"'],
  ['a number', '{"en": ["processed/en/a/", 7]}', 'episode 1 of "en", 7: expected a text'],
  ['no slash', '{"en": ["processed/en/a"]}', 'expected "/" at its end'],
  ['a way out', '{"en": ["processed/../a/"]}', 'expected names of folders'],
  ['an absolute path', '{"en": ["/processed/a/"]}', 'expected names of folders'],
  ['a doubled episode', '{"en": ["p/a/"], "de": ["p/a/"]}', '"p/a/" stands there twice, in "en" and in "de"'],
  ['a doubled language', '{"en": ["p/a/"], "de": [], "e\\u006e" : ["p/b/"]}', 'the language "en" stands there twice'],
  ['an object in a list', '{"en": [{"de": []}]}', 'episode 0 of "en"'],
  ['a language that leads elsewhere', '{"../en": []}', '"../en" cannot be the folder of a language'],
  ['a hidden language', '{".en": []}', '".en" cannot be the folder of a language'],
])('a plan with %s is refused with its place', (_, text, message) => {
  const path = written(text);
  expect(() => readPlanFile(path)).toThrow(
    expect.objectContaining({ code: 'BAD_SCHEMA', message: expect.stringContaining(message) }),
  );
});

test('languages keep their order, whatever they are called', async () => {
  const names = ['zz', '10', '9', '__proto__', 'a:b', 'x"y', 'de'];
  const episodes = new Map(names.map((name, i) => [name, [`p/"${i}": /`]]));
  const path = join(scratch(), 'work_plan.json');
  await writePlanFile(path, episodes, undefined);
  expect([...readPlanFile(path)!.episodes]).toEqual([...episodes]);
});

test('no plan is none; a folder in its place is an error', () => {
  const folder = scratch();
  expect(readPlanFile(join(folder, 'work_plan.json'))).toBeUndefined();
  expect(() => readPlanFile(folder)).toThrow(expect.objectContaining({ code: 'IO' }));
});

test('a plan that says the same is left alone; one that somebody changed meanwhile is not replaced', async () => {
  const path = written('{"en":["processed/en/a/"]}');
  const before = readPlanFile(path)!;
  const after = await writePlanFile(path, before.episodes, before);
  expect(readFileSync(path, 'utf8')).toBe('{\n  "en": [\n    "processed/en/a/"\n  ]\n}\n');
  const { mtimeNs } = statSync(path, { bigint: true });
  await writePlanFile(path, after.episodes, after);
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(mtimeNs);
  writeFileSync(path, '{"de":[]}');
  await expect(writePlanFile(path, new Map(), after)).rejects.toMatchObject({ code: 'EXISTS' });
  expect(readFileSync(path, 'utf8')).toBe('{"de":[]}');
});

test('a plan of another place than the source is refused with both', () => {
  const plan = readPlanFile(written('{"en": ["processed/en/a/"]}'))!;
  refuseElsewhere(plan, 'processed/', 's3://bucket/processed/');
  expect(() => refuseElsewhere(plan, 'other/', 's3://bucket/other/')).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(/processed\/en\/a\/.*"other\/"/s) }),
  );
});

test.each([
  ['s3://bucket/processed/', 's3://bucket/', 'processed/'],
  ['s3://bucket/a/processed', 's3://bucket/', 'a/processed/'],
  ['r2://bucket', 'r2://bucket/', ''],
  ['gs://bucket/', 'gs://bucket/', ''],
  ['hf://datasets/me/raw@main/processed/', 'hf://datasets/me/raw@main/', 'processed/'],
  ['/data/processed/', '/data/', 'processed/'],
  ['/processed', '/', 'processed/'],
  ['/', '/', ''],
  ['file:///data/a%20b/', '/data/', 'a b/'],
])('the source %s begins at %s with "%s"', (source, root, start) => {
  expect(sourcePlace(source)).toEqual({ root, start });
});

test('a source that cannot be listed is refused', () => {
  expect(() => sourcePlace('https://example.org/processed/')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
