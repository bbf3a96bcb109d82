/** The rule of layers (.github/ARCHITECTURE.md): imports run downward and never in a circle, and few files may touch special things. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Path below src/ to text. */
type Tree = ReadonlyMap<string, string>;

interface Import {
  /** As written; '?' when it is computed at run time. */
  readonly specifier: string;
  /** `new URL(x, import.meta.url)`: a file that is handed to someone else to load. */
  readonly byUrl: boolean;
}

const rank: { readonly [layer: string]: number } = {
  base: 0,
  native: 1,
  storage: 2,
  formats: 2,
  features: 2,
  records: 3,
  samples: 4,
  'jobs/engine': 5,
  'jobs/rows': 6,
  jobs: 7,
  runners: 8,
  api: 9,
  index: 10,
  cli: 11,
};

/** Families of formats, and those that each may import besides its own. What stands in formats/ itself chooses between them. */
const families: { readonly [family: string]: readonly string[] } = {
  audio: [],
  sniff: ['audio'],
  example: [],
  lmdb: [],
  npy: ['example'],
  flac: ['audio', 'sniff'],
  wav: ['audio', 'sniff'],
  lossy: ['audio', 'sniff'],
  records: ['example', 'sniff'],
  python: ['example', 'npy'],
  pickle: ['python'],
  msgpack: ['npy', 'python'],
};

const addonLoader = 'native/native.ts';
const worker = 'runners/worker.ts';
const computing = new Set([worker, 'runners/local.ts', addonLoader, 'optional.ts', 'samples/load-class.ts']);

/** Tables of options. The command line makes its flags of them, and --help loads them all: so they import nothing but the base. */
const optionTable = /^(jobs\/[^/]+\/options)(?:\/[^/]+)?\.ts$/;
const sharedTable = 'jobs/engine/options.ts';
/** What such a table is made of. */
const tableTypes = new Set(['options.ts', 'option-tables.ts', 'quantities.ts']);

/** What the package exports: all of it, and parts by themselves. */
const doors = new Set(['index.ts', 'audio.ts', 'npy.ts', 'records.ts']);

function layerOf(path: string): string {
  if (doors.has(path)) return 'index';
  const shared = /^jobs\/(?:engine|rows)(?=\/)/.exec(path);
  if (shared !== null) return shared[0];
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : 'base';
}

/** Comments go, strings stay: prose that says "from './x'" is not an import. */
function withoutComments(text: string): string {
  const tokens = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(tokens, (token) => (token.startsWith('/') ? ' ' : token));
}

function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  for (const match of code.matchAll(/\b(?:import|export)\b(?:[^;'"`(]*?\bfrom)?\s*(['"])(.*?)\1/g)) {
    found.push({ specifier: match[2]!, byUrl: false });
  }
  for (const match of code.matchAll(/\b(?:import|require)\s*\(\s*(?:(['"`])([^$]*?)\1\s*\))?/g)) {
    found.push({ specifier: match[2] ?? '?', byUrl: false });
  }
  for (const match of code.matchAll(/\bnew URL\(\s*(['"`])(.*?)\1\s*,\s*import\.meta\.url/g)) {
    found.push({ specifier: match[2]!, byUrl: true });
  }
  return found;
}

/** Every broken rule, as a sentence. */
function violations(tree: Tree): string[] {
  const said: string[] = [];
  const edges = new Map<string, string[]>();
  const published = new Set(importsOf(tree.get('index.ts') ?? '').map(({ specifier }) => normalize(specifier)));
  for (const [path, text] of tree) {
    const targets: string[] = [];
    edges.set(path, targets);
    if (rank[layerOf(path)] === undefined) said.push(`${path} is in no layer`);
    if (path !== addonLoader && /\.node['"`]|\bdlopen\b/.test(withoutComments(text)))
      said.push(`${path} loads an addon`);
    for (const { specifier, byUrl } of importsOf(text)) {
      if (specifier === '?') {
        // Packages that may be absent, by their names; what threads run, which the calling thread runs in their place; modules of users.
        if (!computing.has(path)) said.push(`${path} imports a name computed at run time`);
      } else if (!specifier.startsWith('.')) {
        if (/^piscina(\/|$)/.test(specifier) && path !== 'runners/local.ts') said.push(`${path} imports piscina`);
        if (optionTable.test(path)) said.push(`${path} imports ${specifier}: ${heavyTable}`);
      } else {
        const target = normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts');
        if (byUrl && !/\.[jt]s$/.test(specifier)) continue; // A folder or a data file, not a module.
        if (!tree.has(target)) said.push(`${path} imports ${target}, which is not there`);
        // A thread's entry file is loaded by the runtime, not linked; whoever names it does not depend on what it imports.
        else if (!byUrl) targets.push(target);
        said.push(...crossing(path, target, published));
      }
    }
  }
  return [...said, ...circles(edges)];
}

const heavyTable = 'a table of options may import only the base and what jobs share';

/** `published`: what index.ts exports from. */
function crossing(path: string, target: string, published: ReadonlySet<string>): string[] {
  const [from, to] = [layerOf(path), layerOf(target)];
  const table = optionTable.exec(path);
  // A long one stands in parts.
  const isPart = table !== null && optionTable.exec(target)?.[1] === table[1];
  if (table !== null && to !== 'base' && target !== sharedTable && !isPart) {
    return [`${path} imports ${target}: ${heavyTable}`];
  }
  if (from === to) return from === 'jobs' || from === 'formats' ? betweenRooms(path, target) : [];
  // The error class is public; it comes from its own file so that --help loads nothing else.
  // So do public functions, in one place: a command loads its own and no other.
  const isPublic = target === 'errors.ts' || (path === 'cli/api.ts' && to === 'api' && published.has(target));
  if (path.startsWith('cli/flags/') && (optionTable.test(target) || tableTypes.has(target))) return [];
  if (from === 'cli' && to !== 'index' && !isPublic) return [`${path} imports ${target}: cli may import index.ts only`];
  if (rank[to]! < rank[from]!) return [];
  return [`${path} imports ${target}: ${from} may not import ${to}`];
}

/** The folder inside a layer, '' where there is none. What is below a job's is of the job. */
function roomOf(path: string): string {
  const folders = path.split('/').slice(1, -1);
  return layerOf(path) === 'jobs' ? (folders[0] ?? '') : folders.join('/');
}

function betweenRooms(path: string, target: string): string[] {
  const [from, to] = [roomOf(path), roomOf(target)];
  const layer = layerOf(path);
  if (from === to || (layer === 'formats' && from === '')) return [];
  if (layer === 'formats' && families[from]?.includes(to)) return [];
  const what =
    layer === 'jobs'
      ? 'a job imports no other job'
      : `the family ${from} may not import ${to || 'what chooses between families'}`;
  return [`${path} imports ${target}: ${what}`];
}

/** What may be included besides: native/core/ knows neither Node nor the operating system, native/os/ (files, memory, libraries) no Node. */
const mayInclude: { readonly [folder: string]: RegExp } = { core: /^core\//, os: /^(core|os)\// };

/** Includes that need Node, or a folder above. */
function includeViolations(folder: string, sources: Tree): string[] {
  return [...sources].flatMap(([path, text]) =>
    [...text.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)]
      .filter(([, kind, included]) =>
        kind === '"' ? !mayInclude[folder]!.test(included!) : /^(node|napi|js_native|uv|v8)/.test(included!),
      )
      .map(([, , included]) => `native/${folder}/${path} includes ${included}`),
  );
}

function circles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const said: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path);
    if (seen !== -1) said.push(`circle: ${[...trail.slice(seen), path].join(' > ')}`);
    if (seen !== -1 || done.has(path)) return;
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return said;
}

function treeOf(folder: string, ending: RegExp): Tree {
  const root = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => ending.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

function realTree(): Tree {
  return treeOf('src', /\.ts$/);
}

function tree(files: { readonly [path: string]: string }): Tree {
  return new Map(Object.entries(files));
}

test('src/ keeps every rule', () => {
  expect(violations(realTree())).toEqual([]);
});

test.each([
  ['core', 50],
  ['os', 10],
] as const)('native/%s/ includes nothing from above', (folder, least) => {
  const sources = treeOf(`native/${folder}`, /\.(cc|h|inc)$/);
  expect(sources.size).toBeGreaterThan(least);
  expect(includeViolations(folder, sources)).toEqual([]);
});

test.each([
  ['core', '<napi.h>'],
  ['core', '<node_api.h>'],
  ['core', '"addon/values.h"'],
  ['core', '"../../addon/values.h"'],
  ['core', '"os/page_buffer.h"'],
  ['os', '<uv.h>'],
  ['os', '"addon/values.h"'],
])('a file of native/%s/ that includes %s is told of', (folder, header) => {
  const sources = tree({ 'a.h': `#include <vector>\n#include "core/base/bytes.h"\n#include ${header}\n` });
  expect(includeViolations(folder, sources)).toEqual([`native/${folder}/a.h includes ${header.slice(1, -1)}`]);
});

test('no folder holds more than 30 files', () => {
  const heaps = new Map<string, number>();
  for (const path of [
    ...realTree().keys(),
    ...[...treeOf('native', /\.(cc|h)$/).keys()].filter((name) => !/^(build|test)/.test(name)),
  ]) {
    heaps.set(dirname(path), (heaps.get(dirname(path)) ?? 0) + 1);
  }
  expect([...heaps].filter(([, files]) => files > 30)).toEqual([]);
});

test('the walk sees the imports of the real tree', () => {
  const seen = [...realTree()].flatMap(([path, text]) =>
    importsOf(text).map(({ specifier }) => `${path} ${specifier}`),
  );
  expect(seen).toEqual(
    expect.arrayContaining(['native/native.ts node:module', 'native/native.ts ../errors.ts', 'index.ts ./errors.ts']),
  );
});

describe('the walk can fail', () => {
  const base = {
    'errors.ts': '',
    'native/native.ts': `require('x.node')`,
    'index.ts': '',
    'storage/local.ts': '',
    'formats/npy/npy.ts': '',
  };
  const upper = {
    'jobs/engine/course.ts': '',
    'jobs/extract/job.ts': '',
    'runners/local.ts': '',
    'runners/worker.ts': '',
    'api/extract.ts': '',
  };
  const cases: readonly (readonly [string, { readonly [path: string]: string }, string])[] = [
    [
      'an import that runs upward',
      { 'errors.ts': `import './jobs/extract/job.ts'` },
      'errors.ts imports jobs/extract/job.ts: base may not import jobs',
    ],
    [
      'a type import that runs upward',
      { 'jobs/extract/job.ts': `import type { A } from '../../api/extract.ts'` },
      'jobs/extract/job.ts imports api/extract.ts: jobs may not import api',
    ],
    [
      'a re-export that runs upward',
      { 'formats/npy/npy.ts': `export {\n  type A,\n  b,\n} from '../../jobs/extract/job.ts';` },
      'formats/npy/npy.ts imports jobs/extract/job.ts: formats may not import jobs',
    ],
    [
      'a dynamic import that runs upward',
      { 'jobs/extract/job.ts': `const { run } = await import('../../runners/local.ts')` },
      'jobs/extract/job.ts imports runners/local.ts: jobs may not import runners',
    ],
    [
      'a file named by URL that is above',
      { 'jobs/extract/job.ts': `new Worker(new URL('../../runners/worker.js', import.meta.url))` },
      'jobs/extract/job.ts imports runners/worker.ts: jobs may not import runners',
    ],
    [
      'an import between siblings',
      { 'formats/npy/npy.ts': `import { open } from '../../storage/local.ts'` },
      'formats/npy/npy.ts imports storage/local.ts: formats may not import storage',
    ],
    [
      'an engine that knows a job',
      { 'jobs/engine/course.ts': `import '../extract/job.ts'` },
      'jobs/engine/course.ts imports jobs/extract/job.ts: jobs/engine may not import jobs',
    ],
    [
      'a job that imports another job',
      { 'jobs/extract/job.ts': `import '../decode/unit.ts'`, 'jobs/decode/unit.ts': '' },
      'jobs/extract/job.ts imports jobs/decode/unit.ts: a job imports no other job',
    ],
    [
      'records that know the engine',
      { 'records/pass.ts': `import type { Unit } from '../jobs/engine/course.ts'` },
      'records/pass.ts imports jobs/engine/course.ts: records may not import jobs/engine',
    ],
    [
      'a family of formats that imports one beside it',
      { 'formats/wav/wav.ts': `import '../flac/flac.ts'`, 'formats/flac/flac.ts': '' },
      'formats/wav/wav.ts imports formats/flac/flac.ts: the family wav may not import flac',
    ],
    [
      'a family that imports what chooses between families',
      { 'formats/wav/wav.ts': `import '../open-audio.ts'`, 'formats/open-audio.ts': '' },
      'formats/wav/wav.ts imports formats/open-audio.ts: the family wav may not import what chooses between families',
    ],
    [
      'storage that knows formats',
      { 'storage/local.ts': `import '../formats/npy/npy.ts'` },
      'storage/local.ts imports formats/npy/npy.ts: storage may not import formats',
    ],
    [
      'a circle inside a layer',
      { 'jobs/extract/job.ts': `import './plan.ts'`, 'jobs/extract/plan.ts': `export * from './job.ts'` },
      'circle: jobs/extract/job.ts > jobs/extract/plan.ts > jobs/extract/job.ts',
    ],
    ['a circle of one', { 'errors.ts': `import './errors.ts'` }, 'circle: errors.ts > errors.ts'],
    [
      'a command line that reaches below the public surface',
      { 'cli/main.ts': `import { x } from '../options.ts'`, 'options.ts': '' },
      'cli/main.ts imports options.ts: cli may import index.ts only',
    ],
    [
      'a command that takes a public function past the one place that loads them',
      { 'cli/run.ts': `await import('../api/extract.ts')`, 'index.ts': `export { extract } from './api/extract.ts'` },
      'cli/run.ts imports api/extract.ts: cli may import index.ts only',
    ],
    [
      'a function of the command line that is not public',
      { 'cli/api.ts': `await import('../api/extract.ts')` },
      'cli/api.ts imports api/extract.ts: cli may import index.ts only',
    ],
    [
      'a command that takes its options past the table of its flags',
      { 'cli/run.ts': `import '../jobs/extract/options.ts'`, 'jobs/extract/options.ts': '' },
      'cli/run.ts imports jobs/extract/options.ts: cli may import index.ts only',
    ],
    [
      'a flag that takes more of a job than its options',
      { 'cli/flags/extract.ts': `import '../../jobs/extract/job.ts'` },
      'cli/flags/extract.ts imports jobs/extract/job.ts: cli may import index.ts only',
    ],
    [
      'a table of options that loads more than the base',
      { 'jobs/extract/options.ts': `import '../../native/native.ts'` },
      'jobs/extract/options.ts imports native/native.ts: a table of options may import only the base and what jobs share',
    ],
    [
      'a table of options that loads the rest of its job',
      { 'jobs/extract/options.ts': `import './job.ts'` },
      'jobs/extract/options.ts imports jobs/extract/job.ts: a table of options may import only the base and what jobs share',
    ],
    [
      'a part of a table that loads more than the base',
      { 'jobs/pack/options/shared.ts': `import '../job.ts'`, 'jobs/pack/job.ts': '' },
      'jobs/pack/options/shared.ts imports jobs/pack/job.ts: a table of options may import only the base and what jobs share',
    ],
    [
      'a table of options that loads that of another job',
      { 'jobs/pack/options.ts': `import '../extract/options/shared.ts'`, 'jobs/extract/options/shared.ts': '' },
      'jobs/pack/options.ts imports jobs/extract/options/shared.ts: a table of options may import only the base and what jobs share',
    ],
    [
      'a table of options that loads modules of Node or packages',
      { 'jobs/engine/options.ts': `import { join } from 'node:path'` },
      'jobs/engine/options.ts imports node:path: a table of options may import only the base and what jobs share',
    ],
    [
      'a second importer of piscina',
      { 'api/extract.ts': `import { Piscina } from 'piscina'` },
      'api/extract.ts imports piscina',
    ],
    [
      'a second loader of the addon',
      { 'formats/npy/npy.ts': `createRequire(u)('../b.node')` },
      'formats/npy/npy.ts loads an addon',
    ],
    [
      'a computed import',
      { 'jobs/extract/job.ts': `await import(name)` },
      'jobs/extract/job.ts imports a name computed at run time',
    ],
    ['a missing module', { 'errors.ts': `import './gone.ts'` }, 'errors.ts imports gone.ts, which is not there'],
    ['a folder that no rule knows', { 'utils/misc.ts': '' }, 'utils/misc.ts is in no layer'],
  ];

  test.each(cases)('on %s', (_name, files, said) => {
    expect(violations(tree({ ...base, ...upper, ...files }))).toEqual([said]);
  });

  test('and lets pass what is allowed', () => {
    const fine = {
      'cli/main.ts': `import { extract } from '../index.ts';\nimport { bar } from './bar.ts'; // from '../native/native.ts'`,
      'cli/flags/extract.ts': `import '../../jobs/extract/options.ts';\nimport type { Option } from '../../option-tables.ts'`,
      'jobs/extract/options.ts': `import { text } from '../../options.ts';\nimport { workers } from '../engine/options.ts'`,
      'jobs/engine/options.ts': `import { text } from '../../options.ts'`,
      'options.ts': '',
      'option-tables.ts': '',
      'cli/bar.ts': `/* import '../jobs/extract/job.ts' */`,
      'cli/api.ts': `(await import('../api/extract.ts')).extract(o)`,
      'index.ts': `export { extract } from './api/extract.ts'`,
      'runners/local.ts': `import { Piscina } from 'piscina';\nconst entry = new URL('./worker.js', import.meta.url);`,
      'runners/worker.ts': `const { run } = await import(job.url);\nimport '../jobs/extract/job.ts';`,
      'storage/local.ts': `import { systemError } from '../errors.ts';\nimport { native } from '../native/native.ts';`,
    };
    expect(violations(tree({ ...base, ...upper, ...fine }))).toEqual([]);
  });
});
