/** Every code of src/errors.ts, brought about through the public functions. */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { extract } from '../../../src/api/extract.ts';
import { decodeAudio } from '../../../src/api/read-audio.ts';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { verify } from '../../../src/api/verify.ts';
import { BowerbirdError, type ErrorCode, errorCodes } from '../../../src/errors.ts';
import { lockWhole } from '../../../src/jobs/engine/lock.ts';
import { writeInputs } from '../../support/extracting.ts';
import { flacOf } from '../../support/flac-files.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { flipped, record, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const good = tfrecord(record(), record());
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Given a folder with `in/good`, does something that must fail. */
type Attempt = (folder: string) => Promise<unknown>;

const run = (folder: string, file: Uint8Array | string = good, options: object = {}) => {
  writeInputs(folder, { 'in/x': file });
  return extract({ inputs: [join(folder, 'in/x')], out: join(folder, 'out'), workers: 1, ...options });
};

const attempts: { readonly [code in ErrorCode]: { readonly [how: string]: Attempt } } = {
  CORRUPT_RECORD: {
    'a flipped bit': (folder) => run(folder, flipped(good, 30)),
    'a flipped bit in a GZIP stream': (folder) => run(folder, flipped(gzipSync(good), 40)),
  },
  CORRUPT: {
    'a recording whose first frame is none': () => decodeAudio(flacOf({ frames: 10 }, [new Uint8Array(64)])),
  },
  TRUNCATED: {
    'a cut file': (folder) => run(folder, good.slice(0, -1)),
    'a cut GZIP stream': (folder) => run(folder, gzipSync(good).subarray(0, 40)),
  },
  BAD_SCHEMA: {
    'a record without an embedding': (folder) => run(folder, tfrecord(record({ features: { embedding: undefined } }))),
  },
  NAME_MISMATCH: { 'a name without a date': (folder) => run(folder, tfrecord(record({ filename: 'x' }))) },
  NOT_FOUND: {
    'a file that is not there': (folder) => extract({ inputs: [join(folder, 'no')], out: join(folder, 'out') }),
    'a pattern that matches nothing': (folder) => verify({ inputs: [join(folder, '*.no')] }),
    'an empty folder': (folder) => {
      mkdirSync(join(folder, 'empty'));
      return verify({ inputs: [join(folder, 'empty')] });
    },
    'a link to nothing in a folder': (folder) => {
      symlinkSync(join(folder, 'no'), join(folder, 'in/link'));
      return verify({ inputs: [join(folder, 'in')] });
    },
    'a file to inspect': (folder) => inspectOne(join(folder, 'no')),
    'a file to read': (folder) => readTfRecords(join(folder, 'no')).next(),
  },
  UNSUPPORTED: {
    'another format': (folder) => run(folder, '{"a": 1}'),
    'a device': () => verify({ inputs: ['/dev/null'] }),
    'a file without a known format to inspect': (folder) => {
      writeFileSync(join(folder, 'x'), '{"a": 1}');
      return inspectOne(join(folder, 'x'));
    },
  },
  IO: {
    'an output folder below a file': (folder) => run(folder, good, { out: join(folder, 'in/good/out') }),
  },
  ACCESS: {
    'a server that asks for a login': async () => {
      const server = createServer((_, response) => response.writeHead(401).end());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        await inspectOne(`http://127.0.0.1:${port}/a.wav`);
      } finally {
        server.close();
      }
    },
  },
  USAGE: {
    'an unknown option': (folder) => run(folder, good, { colour: 'red' }),
    'a wrong value': (folder) => run(folder, good, { workers: -1 }),
    'an output that is the input': (folder) => repairOne(join(folder, 'in/good'), { out: join(folder, 'in/good') }),
    'a pattern that does not parse': (folder) => run(folder, good, { names: '(?P<a' }),
  },
  LOCKED: {
    'another run on the same folder': async (folder) => {
      const outDir = join(folder, 'out');
      const stateDir = join(outDir, '.bowerbird');
      mkdirSync(stateDir, { recursive: true });
      const lock = lockWhole({ outDir, stateDir, job: 'extract' });
      try {
        await run(folder);
      } finally {
        lock.release();
      }
    },
  },
  EXISTS: {
    'outputs that nobody knows': (folder) => {
      writeInputs(folder, { 'out/embeddings/x.npy': 'precious' });
      return run(folder);
    },
    'outputs made with other options': async (folder) => {
      await run(folder);
      await run(folder, good, { hop: 2 });
    },
    'a repaired file that is there': (folder) => {
      writeFileSync(join(folder, 'there'), '');
      return repairOne(join(folder, 'in/good'), { out: join(folder, 'there') });
    },
  },
  TOO_MANY_REJECTS: {
    'a reject where none may be': (folder) =>
      run(folder, tfrecord(record({ filename: 'x' })), { onError: 'skip', maxRejects: 0 }),
  },
  INTERRUPTED: {
    'a signal that was given before': (folder) => run(folder, good, { signal: AbortSignal.abort() }),
    'a signal given by the first progress': (folder) => {
      const stop = new AbortController();
      writeInputs(folder, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`in/${i}`, good])));
      const options = { inputs: [join(folder, 'in')], out: join(folder, 'out'), onProgress: () => stop.abort() };
      return extract({ ...options, signal: stop.signal });
    },
  },
  NATIVE: {
    'a package without its addon': async (folder) => {
      cpSync(join(root, 'dist'), join(folder, 'package/dist'), { recursive: true });
      cpSync(join(root, 'package.json'), join(folder, 'package/package.json'));
      const code = `import('${join(folder, 'package/dist/native/native.js')}').then(({ native }) => native()).catch((e) => console.log(JSON.stringify(e)))`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', code]);
      throw BowerbirdError.fromJSON(JSON.parse(stdout));
    },
  },
};

const cases = Object.entries(attempts).flatMap(([code, ways]) =>
  Object.entries(ways).map(([how, attempt]) => [code, how, attempt] as const),
);

describe('errors', () => {
  test.each(cases)('%s: %s', async (code, _, attempt) => {
    const folder = scratch();
    writeInputs(folder, { 'in/good': good });
    const error = await attempt(folder).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BowerbirdError);
    expect(error).toMatchObject({ code, name: 'BowerbirdError' });
    // Conventions of the texts: "Cannot do X: state", no full stop at the end.
    expect((error as Error).message).toMatch(/^(Cannot \S|Stopped )[\s\S]*[^.\s]$/);
    expect(BowerbirdError.fromJSON(JSON.parse(JSON.stringify(error))).toJSON()).toEqual(
      (error as BowerbirdError).toJSON(),
    );
  });

  test('have a meaning each, in words', () => {
    for (const meaning of Object.values(errorCodes)) expect(meaning).toMatch(/^[A-Z].*[^.]$/);
    expect(Object.keys(attempts)).toEqual(Object.keys(errorCodes));
  });
});
