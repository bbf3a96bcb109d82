/** `file:` URIs (RFC 8089) stand wherever a path is taken: the same files come in, and outputs go where the URI says. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import { decode } from '../../../src/api/decode.ts';
import { extract } from '../../../src/api/extract.ts';
import { ingest } from '../../../src/api/ingest.ts';
import { openEmbeddings } from '../../../src/api/open-embeddings.ts';
import { readExamples } from '../../../src/api/read-examples.ts';
import { repair } from '../../../src/api/repair.ts';
import { verify } from '../../../src/api/verify.ts';
import { writeInputs } from '../../support/extracting.ts';
import { wav } from '../../support/labelled.ts';
import { record, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

test('go in and come out', async () => {
  // A blank has to be escaped in a URI.
  const folder = join(scratch(), 'a b');
  const uri = (name: string) => pathToFileURL(join(folder, name)).href;
  expect(uri('x')).toContain('a%20b');
  writeInputs(folder, {
    'in/a.tfrecord': tfrecord(record()),
    'sound/a.wav': wav([1, 2, 3]),
    'labels.csv': 'Label,File\n3,sound/a.wav\n',
  });
  expect(await verify({ inputs: uri('in/a.tfrecord') })).toMatchObject({ ok: true, records: 1 });
  expect(await verify({ inputs: [uri('in')] })).toMatchObject({ ok: true, records: 1 });
  const extracted = await extract({ inputs: uri('in'), out: uri('arrays') });
  expect(extracted.manifest).toBe(join(folder, 'arrays/extract.json'));
  expect(existsSync(join(folder, 'arrays/embeddings/a.npy'))).toBe(true);
  const set = await openEmbeddings(uri('arrays'));
  expect(set.length).toBe(extracted.rows);
  await set.close();
  await convert({ inputs: uri('in'), to: 'arrayrecord', out: uri('ar/train') });
  expect(existsSync(join(folder, 'ar/train-00000-of-00001.arrayrecord'))).toBe(true);
  await decode({ inputs: uri('sound/a.wav'), out: uri('a.wav') });
  expect(readFileSync(join(folder, 'a.wav')).subarray(-6)).toEqual(wav([1, 2, 3]).subarray(-6));
  await ingest({ inputs: uri('labels.csv'), out: uri('tf/') });
  expect(existsSync(join(folder, 'tf/labels-00000-of-00001.tfrecord'))).toBe(true);
  await repair({ inputs: uri('in/a.tfrecord'), out: uri('repaired') });
  expect(readFileSync(join(folder, 'repaired'))).toEqual(readFileSync(join(folder, 'in/a.tfrecord')));
  let examples = 0;
  for await (const _ of readExamples(uri('in'))) examples++;
  expect(examples).toBe(1);
});

test('of another machine are refused', async () => {
  await expect(verify({ inputs: 'file://server/share/a' })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('expected file:///PATH'),
  });
});
