// @ts-check
/** The pages of docs/api: every public export with its types and what its comment says, read from the declarations in dist/. */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declarationOf, exportedDeclaration, exportsOf, plainComment } from './docs-declarations.mjs';
import { escapeProse, wrap } from './docs-text.mjs';

/** @typedef {import('./docs-declarations.mjs').Declaration} Declaration */

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Functions, classes and constants by page. Types stand on the first of `typesFirst` that names them. A new export has to be put here: the
 * script refuses to leave it out.
 */
const pages = [
  {
    file: 'jobs.md',
    title: 'Jobs: extract, convert, ingest, pack, unpack, decode, datasets',
    intro:
      'The commands as functions. Each resolves with a report; each can be stopped by a signal and taken up again.',
    names: [
      ...['extract', 'convert', 'ingest', 'ingestEnvironment', 'pack', 'unpack', 'decode'],
      ...['datasetScan', 'datasetBuild', 'datasetCard', 'datasetEnvironment'],
    ],
  },
  {
    file: 'checks.md',
    title: 'Checks: inspect, verify, repair',
    intro: 'What is in a file, whether it is intact, and all of it that can be saved. The format is found by content.',
    names: ['inspect', 'verify', 'repair'],
  },
  {
    file: 'sound.md',
    title: 'Sound',
    intro: 'Recordings to arrays and back. [Formats](../formats.md#sound) says what is read, and how exactly.',
    names: ['readAudio', 'decodeAudio', 'probeAudio', 'readAudioWindows', 'writeWav', 'encodeFlac'],
  },
  {
    file: 'records.md',
    title: 'Records: TFRecord and ArrayRecord',
    intro: 'Files of records, and the checksum that they use.',
    names: [
      ...['readTfRecords', 'writeTfRecords', 'ArrayRecordReader', 'ArrayRecordWriter', 'ArrayRecordSet'],
      ...['crc32c', 'crc32cCombine', 'maskCrc32c'],
    ],
  },
  {
    file: 'values.md',
    title: 'Values: Examples, tensors, arrays, embeddings',
    intro: 'What records hold, as plain values and typed arrays.',
    names: [
      ...[
        'readExamples',
        'writeExamples',
        'readEmbeddings',
        'parseExample',
        'parseSequenceExample',
        'serializeExample',
        'ExampleSerializer',
      ],
      ...['parseTensor', 'serializeTensor', 'openNpy', 'readNpy', 'writeNpy', 'openEmbeddings'],
    ],
  },
  {
    file: 'datasets.md',
    title: 'Datasets: samples in shards, and where they go',
    intro:
      'What `pack` writes, read again, and sent to where it is wanted. [Recipes](../recipes/datasets.md) has classes to copy.',
    names: [
      ...['Converter', 'FileConverter', 'CsvConverter', 'FolderConverter', 'HubConverter'],
      ...['readSamples', 'Uploader', 'StorageUploader', 'HFUploader'],
    ],
  },
  {
    file: 'samples.md',
    title: 'Samples: processors and features',
    intro:
      'What is made of a sample before it is stored. [Processors](../processors.md) says how to choose and to write one.',
    names: [
      'Processor',
      'LogMelProcessor',
      'WhisperProcessor',
      'TokenizerProcessor',
      'logMel',
      'PythonFloat',
      'PythonTuple',
      'ModuleClass',
    ],
  },
  {
    file: 'errors.md',
    title: 'Errors and the version',
    intro: 'Every failure is a `BowerbirdError`. [Errors](../errors.md) says what each code means.',
    names: ['BowerbirdError', 'errorCodes', 'version'],
  },
];

/** From what knows least to what is made of the others: a job names types of sound, never the other way. */
const typesFirst = [
  'errors.md',
  'sound.md',
  'records.md',
  'values.md',
  'samples.md',
  'datasets.md',
  'jobs.md',
  'checks.md',
];

/**
 * @param {string} [dist]
 * @returns {Map<string, string>} pages by file name, with the list of all exports under "index"
 */
export function apiPages(dist = join(root, 'dist')) {
  const entry = join(dist, 'index.d.ts');
  const exported = exportsOf(entry);
  /** @type {Map<Declaration, string>} the page of each */
  const placed = new Map();
  /** @type {Map<string, Declaration[]>} */
  const byPage = new Map();

  for (const file of typesFirst) {
    const list = namesOn(file).map((name) => {
      const found = exportedDeclaration(entry, name);
      if (found === undefined) throw new Error(`Cannot describe ${name}: src/index.ts does not export it`);
      return found;
    });
    for (const declaration of list) placed.set(declaration, file);
    for (const declaration of list) {
      for (const used of namedIn(declaration)) {
        if (placed.has(used) || belongsElsewhere(used.name, file)) continue;
        placed.set(used, file);
        list.push(used);
      }
    }
    byPage.set(file, list);
  }
  const found = new Set([...placed.keys()].map(({ name }) => name));
  const missing = exported.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new Error(`Cannot place ${missing.join(', ')}: add them to a page in scripts/docs-api.mjs`);
  }

  const code = formatted(
    [...placed.keys()].map(({ text }) => plain(text)),
    'index.d.ts',
  ).map((text) => text.replaceAll('declare ', ''));
  const declarations = [...placed.keys()];
  const examples = formatted(
    declarations.map(({ doc }) => documentation(doc).example),
    'example.ts',
  );
  /** @type {Map<string, string>} */
  const made = new Map();
  for (const { file, title, intro } of pages) {
    const list = /** @type {Declaration[]} */ (byPage.get(file));
    /** @param {Declaration} declaration */
    const entryOf = (declaration) => {
      const at = declarations.indexOf(declaration);
      return describe(declaration, { file, placed, exported, code: code[at] ?? '', example: examples[at] ?? '' });
    };
    made.set(file, `${[`# ${title}`, wrap(intro), ...list.map(entryOf)].join('\n\n')}\n`);
  }
  made.set('index', index(byPage));
  return made;
}

/** @param {string} file */
function namesOn(file) {
  const page = pages.find((other) => other.file === file);
  if (page === undefined) throw new Error(`Cannot make ${file}: it is no page`);
  return page.names;
}

/**
 * What another page describes as a function or class of its own stands there, with its options and its report.
 * @param {string} name @param {string} file
 */
function belongsElsewhere(name, file) {
  const owner = name.replace(/(Options|Report)$/, '').toLowerCase();
  const page = pages.find(({ names }) => names.some((own) => own === name || own.toLowerCase() === owner));
  return page !== undefined && page.file !== file;
}

/** Declarations of ours whose names stand in its text. @param {Declaration} declaration */
function namedIn(declaration) {
  const code = declaration.text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '').replaceAll(/'[^']*'/g, '');
  const names = [...new Set(code.match(/\b[A-Z]\w*/g))].filter((name) => name !== declaration.name);
  return names.flatMap((name) => {
    const found = declarationOf(declaration.file, name);
    return found === undefined || found.file.includes('node_modules') ? [] : [found];
  });
}

/**
 * @param {Declaration} declaration
 * @param {{ file: string, placed: Map<Declaration, string>, exported: readonly string[], code: string, example: string }} page
 */
function describe(declaration, { file, placed, exported, code, example }) {
  const { name, kind, doc } = declaration;
  const { prose } = documentation(doc);
  const types = namedIn(declaration).flatMap((used) => {
    const place = placed.get(used);
    return place === undefined ? [] : [`[\`${used.name}\`](${place === file ? '' : place}#${used.name.toLowerCase()})`];
  });
  const inside = exported.includes(name) ? '' : 'Named by the types above; not exported by name.';
  return [
    `## ${kind === 'function' ? `${name}()` : name}`,
    ...(inside === '' ? [] : [inside]),
    ...(prose === '' ? [] : [prose]),
    `\`\`\`ts\n${code}\n\`\`\``,
    ...(example === '' ? [] : [`\`\`\`js\n${example}\n\`\`\``]),
    ...(types.length === 0 ? [] : [wrap(`Types: ${types.join(', ')}.`)]),
  ].join('\n\n');
}

/** A comment as Markdown. @param {string} doc */
function documentation(doc) {
  const [text = '', example = ''] = doc.split(/^@example\s*$/m);
  const [head = '', ...thrown] = text.split(/^@throws /m);
  const paragraphs = head
    .split(/\n\s*\n/)
    .map((part) => (isCode(part) ? part : part.trim()))
    .map((part) => (isLiteral(part) || isCode(part) ? part : wrap(escapeProse(part))))
    .filter((part) => part !== '' && !isCode(part));
  for (const what of thrown) paragraphs.push(wrap(`**Throws** ${escapeProse(what.trim())}`));
  const inProse = head.split(/\n\s*\n/).filter(isCode);
  const code = [...inProse.map((part) => part.replaceAll(/^ {4}/gm, '')), example.replaceAll(/^@\w+.*$/gm, '')];
  return { prose: paragraphs.join('\n\n'), example: code.join('\n').trim() };
}

/** Tables and lists keep their lines. @param {string} part */
const isLiteral = (part) => /^(\||- )/.test(part);

/** @param {string} part */
const isCode = (part) => /^ {4}/.test(part);

/**
 * Code as src/ has it. All at once: starting the formatter costs more than its work.
 * @param {readonly string[]} parts @param {string} name of a file with such code
 */
function formatted(parts, name) {
  const source = parts.map((part) => `type Separator = never;\n${part}`).join('\n');
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  const child = spawnSync(process.execPath, [biome, 'format', `--stdin-file-path=src/${name}`], {
    cwd: root,
    input: source,
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`Cannot format code for the pages of the API: ${child.stderr}`);
  return child.stdout
    .split(/^type Separator = never;$/m)
    .slice(1)
    .map((part) => part.trim());
}

/** Without what is nobody's business or was written for old compilers (prepare.mjs), and with comments of one width. @param {string} text */
function plain(text) {
  return text
    .replaceAll(/ReturnType<(\w+Array)Constructor\['of'\]>/g, '$1<ArrayBuffer>')
    .replaceAll(/^(?:export )?(?:declare )?(?=function|class|abstract class|const|interface|type)/gm, 'declare ')
    .replaceAll(/^declare (?=interface|type)/gm, '')
    .replaceAll(/^ +(?:#private|private .*);\n/gm, '')
    .replaceAll(/^( *)\/\*\*[\s\S]*?\*\//gm, (comment, /** @type {string} */ indent) => {
      const half = ' '.repeat(indent.length / 2);
      const words = plainComment(comment)
        .replaceAll(/\s+(?=@throws )/g, '\n')
        .split('\n')
        .reduce((/** @type {string[]} */ parts, line) => {
          if (line.startsWith('@') || parts.length === 0) parts.push(line);
          else parts[parts.length - 1] += ` ${line}`;
          return parts;
        }, []);
      const one = `${half}/** ${words.join(' ')} */`;
      if (one.length <= 100 && words.length === 1) return one;
      const lines = words.map((part) => wrap(part, { first: `${half} * ` }));
      return [`${half}/**`, ...lines, `${half} */`].join('\n');
    });
}

/** @param {Map<string, Declaration[]>} byPage */
function index(byPage) {
  return pages
    .map(({ file, title }) => {
      const list = /** @type {Declaration[]} */ (byPage.get(file));
      const links = list
        .filter(({ kind }) => kind === 'function' || kind === 'class' || kind === 'const')
        .map(({ name, kind }) => `[\`${name}${kind === 'function' ? '()' : ''}\`](${file}#${name.toLowerCase()})`);
      return `- [${title}](${file})\n${wrap(links.join(', '), { first: '  ' })}`;
    })
    .join('\n');
}
