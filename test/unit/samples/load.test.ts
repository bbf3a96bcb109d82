/** loadProcessor() and processorIdentity(): ours by name, classes of users' modules, and every way in which these fail. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { leftOut, processed } from '../../../src/samples/apply.ts';
import { loadProcessor, type ProcessorSpec, processorIdentity, processorVersion } from '../../../src/samples/load.ts';
import type { ModuleClass } from '../../../src/samples/module-class.ts';
import { LogMelProcessor } from '../../../src/samples/processors/log-mel.ts';
import type { Sample } from '../../../src/samples/sample.ts';

const tokenizer = fileURLToPath(new URL('../../data/tokenizers/bert/tokenizer.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bowerbird-load-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** A module of its own, since Node keeps what it has loaded. */
function moduleOf(code: string, ending = 'mjs'): string {
  const path = join(folder, `m${files++}.${ending}`);
  writeFileSync(path, code);
  return path;
}

const context = { sampleRate: 16000 };
const gain = `export class Gain {
  constructor({ by = 2 } = {}) { this.by = by; }
  process(sample, { sampleRate }) { return { level: sample.level * this.by, sampleRate }; }
}`;

describe('loadProcessor()', () => {
  test.each([
    ['logmel', 'LogMelProcessor'],
    ['whisper', 'WhisperProcessor'],
  ] as const)('gives ours by the name %s', async (spec, name) => {
    const made = await loadProcessor(spec);
    expect(made.name).toBe(name);
    expect(made.processor.constructor.name).toBe(name);
  });

  test('hands options on, and gives the same instance for the same options', async () => {
    const spec = () => ({ processor: 'tokenizer', options: { file: tokenizer, maxLength: 9 } }) as const;
    const { processor } = await loadProcessor(spec());
    const made = await processor.process({ text: 'The bird' }, context);
    expect(made['input_ids']).toHaveLength(9);
    expect((await loadProcessor(spec())).processor).toBe(processor);
    expect((await loadProcessor({ ...spec(), options: { file: tokenizer } })).processor).not.toBe(processor);
  });

  test.each([
    ['a path', (path: string) => path],
    ['a file: URL as text', (path: string) => pathToFileURL(path).href],
    ['a URL', (path: string) => pathToFileURL(path)],
  ])('takes %s', async (_, from) => {
    const loaded = await loadProcessor({ module: from(moduleOf(gain)), export: 'Gain', options: { by: 3 } });
    expect(loaded.name).toBe('Gain');
    expect(await processed(loaded, { level: 2 }, context)).toEqual({ level: 6, sampleRate: 16000 });
  });

  test.each([
    ['mjs', `export default class Mine { process() { return { it: 1 }; } }`, undefined],
    ['cjs', `module.exports = class Mine { process() { return { it: 1 }; } };`, undefined],
    [
      'cjs',
      `const all = {}; all['Mi' + 'ne'] = class Mine { process() { return { it: 1 }; } }; module.exports = all;`,
      'Mine',
    ],
    // As a bundler may leave it: no class of ours above it.
    ['mjs', `export function Mine() { this.process = () => ({ it: 1 }); }`, 'Mine'],
  ] as const)('takes what a .%s file exports: %s', async (ending, code, name) => {
    const module = moduleOf(code, ending);
    const loaded = await loadProcessor(name === undefined ? { module } : { module, export: name });
    expect(loaded.name).toBe('Mine');
    expect(await processed(loaded, {}, context)).toEqual({ it: 1 });
  });

  test('waits for prepare(), once', async () => {
    const module = moduleOf(`export default class {
      count = 0;
      async prepare() { await null; this.count++; }
      process() { return { count: this.count }; }
    }`);
    const [first, second] = await Promise.all([loadProcessor({ module }), loadProcessor({ module })]);
    expect(first).toBe(second);
    expect(first.processor.process({}, context)).toEqual({ count: 1 });
  });

  test('loads a module anew that was changed', async () => {
    const module = moduleOf('export default class { process() { return { version: 1 }; } }');
    const one = await loadProcessor({ module });
    writeFileSync(module, 'export default class { process() { return { version: 2 }; } }');
    const two = await loadProcessor({ module });
    expect([one, two].map(({ processor }) => processor.process({}, context))).toEqual([{ version: 1 }, { version: 2 }]);
  });

  test('tries again what failed', async () => {
    const module = moduleOf(
      `export default class { constructor() { globalThis.tries = (globalThis.tries ?? 0) + 1; if (globalThis.tries === 1) throw new Error('not yet'); } process() {} }`,
    );
    await expect(loadProcessor({ module })).rejects.toThrow('its constructor threw Error: not yet');
    await loadProcessor({ module });
  });
});

describe('loadProcessor() refuses', () => {
  const module = moduleOf(gain);
  test.each([
    ['a name that is none', 'mfcc', 'Cannot use "mfcc" as processor: expected one of logmel, whisper, tokenizer, or {'],
    ['a number', 5, 'Cannot use 5 as processor'],
    ['ours with a wrong name', { processor: 'no' }, 'Cannot use "no" as processor'],
    [
      'ours with wrong options',
      { processor: 'whisper', options: { bin: 80 } },
      'Cannot use option "bin" in WhisperProcessor()',
    ],
    [
      'a relative path',
      { module: './gain.mjs' },
      'Cannot use "./gain.mjs" as the module of a processor: expected an absolute path',
    ],
    ['another URL', { module: new URL('https://example.org/a.js') }, 'expected an absolute path or a file: URL'],
    ['a URL of another machine', { module: 'file://host/a%2Fb.js' }, 'expected file:///PATH'],
    ['another ending', { module: '/a/gain.py' }, 'expected a name that ends in .js, .mjs, .cjs, .ts, .mts, .cts'],
    ['no module', {}, 'as the module of a processor: expected an absolute path'],
    ['an export that is no name', { module, export: 5 }, 'Cannot use 5 for the export of a processor'],
    [
      'a function as an option',
      { module, options: { by: () => 2 } },
      'Cannot use the options of a processor: expected an object of text',
    ],
    [
      'an infinite option',
      { module, options: { by: [Number.POSITIVE_INFINITY] } },
      'Cannot use the options of a processor',
    ],
    ['an export that is not there', { module }, `it exports Gain, and no "default"`],
  ])('%s', async (_, spec, said) => {
    for (const use of [loadProcessor, processorIdentity]) {
      if (use === processorIdentity && /exports/.test(said)) continue;
      await expect(use(spec as ProcessorSpec)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(said),
      });
    }
  });

  test.each([
    ['a module that exports nothing', 'let a = 1;', 'it exports nothing, and no "default"'],
    [
      'several exports, none of that name',
      'export const a = 1; export class B {}',
      'it exports B, a, and no "default"',
    ],
    ['an export that is no class', 'export default 5;', '"default" is 5, expected a class'],
    ['an arrow function', 'export default () => {};', '"default" is no class'],
    [
      'a class without the method',
      'export default class { apply() {} }',
      '"default" is no class with a method process(sample, { sampleRate })',
    ],
    [
      'a constructor that throws',
      'export default class { constructor() { throw new RangeError("no such model\\nat all"); } }',
      'its constructor threw RangeError: no such model',
    ],
    [
      'a prepare() that throws',
      'export default class { prepare() { throw "none"; } process() {} }',
      'its prepare() threw none',
    ],
    ['a module that throws', 'throw new TypeError("early");', 'it does not load: TypeError: early'],
    [
      'a package that is not there',
      'import "no-such-package-here"; export default class {}',
      'it does not load: Error:',
    ],
  ])('%s', async (_, code, said) => {
    const module = moduleOf(code);
    const error: unknown = await loadProcessor({ module }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(BowerbirdError);
    expect(error).toMatchObject({ code: 'USAGE', source: module });
    const message = (error as Error).message.split(': ').slice(1).join(': ');
    expect((error as Error).message).toMatch(`Cannot use the processor of "${module}": `);
    expect(message.startsWith(said), message).toBe(true);
  });

  test('a module that is not there', async () => {
    const spec: ModuleClass = { module: join(folder, 'none.mjs') };
    for (const use of [loadProcessor, processorIdentity]) {
      await expect(use(spec)).rejects.toMatchObject({ code: 'NOT_FOUND', source: spec.module });
    }
  });

  test('errors of ours inside a constructor, as they are', async () => {
    const code = `export { LogMelProcessor as default } from ${JSON.stringify(new URL('../../../src/samples/processors/log-mel.ts', import.meta.url).href)};`;
    await expect(loadProcessor({ module: moduleOf(code), options: { bins: -1 } })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Cannot use -1 for option "bins" in LogMelProcessor()'),
    });
  });
});

describe('processorIdentity()', () => {
  const sha256 = (...paths: string[]) => {
    const hash = createHash('sha256');
    for (const [i, path] of paths.entries()) hash.update(i === 0 ? '' : '\0').update(readFileSync(path));
    return hash.digest('hex');
  };

  test('of a module: its export, its options and its bytes, not where it stands', async () => {
    const [one, two] = [moduleOf(gain), moduleOf(gain)];
    const identity = await processorIdentity({ module: one, export: 'Gain', options: { by: 3 } });
    expect(identity).toEqual({ name: 'Gain', options: { by: 3 }, sha256: sha256(one) });
    expect(await processorIdentity({ module: pathToFileURL(two), export: 'Gain', options: { by: 3 } })).toEqual(
      identity,
    );
  });

  test('of ours: its class, its options and a version; the bytes of a tokenizer, not its path', async () => {
    const version = processorVersion;
    expect(await processorIdentity('logmel')).toEqual({ name: 'LogMelProcessor', options: {}, version });
    const config = tokenizer.replace('tokenizer.json', 'tokenizer_config.json');
    expect(await processorIdentity({ processor: 'tokenizer', options: { file: tokenizer, lower: true } })).toEqual({
      name: 'TokenizerProcessor',
      options: { lower: true },
      version,
      tokenizerSha256: sha256(tokenizer, config),
    });
    const whisper = { processor: 'whisper', options: { tokenizer: join(folder, 'none.json') } } as const;
    await expect(processorIdentity(whisper)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('processed()', () => {
  const of = async (code: string, sample: Sample = {}) =>
    processed(
      await loadProcessor({ module: moduleOf(`export default class Mine { process(sample) { ${code} } }`) }),
      sample,
      context,
    );

  test('says of what a processor throws that the sample is not taken', async () => {
    await expect(of('throw new Error("too\\nloud")')).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: 'Cannot process the sample: Mine threw Error: too',
    });
    const missing = 'return process.getBuiltinModule("fs").promises.readFile("/none/at/all")';
    await expect(of(missing)).rejects.toMatchObject({ code: 'BAD_SCHEMA' });
  });

  test('says of a full disk that it is the disk', async () => {
    const full = 'throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })';
    await expect(of(full)).rejects.toMatchObject({ code: 'IO' });
  });

  test.each(['', 'return null', 'return [sample]', 'return new Float32Array(3)', 'return "a"'])(
    'takes nothing but an object: %s',
    async (code) => {
      await expect(of(code)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringMatching(/^Cannot store what Mine made of a sample: expected an object, found /),
      });
    },
  );

  test('leftOut() tells the fields that are gone', async () => {
    const sample = { audio: new Float32Array(1600), text: 'a', note: undefined };
    const made = await new LogMelProcessor().process(sample, context);
    expect(leftOut(sample, made)).toEqual(['audio', 'text']);
    expect(leftOut(sample, await new LogMelProcessor({ keepOriginal: true }).process(sample, context))).toEqual([]);
  });
});
