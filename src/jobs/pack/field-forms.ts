/** Fields of a manifest that JSON has no word for, as unpack writes them: {"$tuple": [1, 2]}, {"$file": "sample_00000000.mel.npy"}. */

import { readFileSync } from 'node:fs';
import { BowerbirdError, systemError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { decodeNpy } from '../../formats/npy/npy.ts';
import { parsePythonJson } from '../../formats/python/json.ts';
import { formsOf } from '../../formats/python/json-forms.ts';
import { NumpyArray, type PythonData } from '../../formats/python/values.ts';
import type { Sample } from '../../samples/sample.ts';
import { isRemote, recordingUri, shown } from '../../storage/uri.ts';
import type { Within } from '../rows/within.ts';

/** What a field that names a file says: nothing else holds this text. */
const aForm = '{"$';

/** Of a row of the table. @throws BowerbirdError BAD_SCHEMA: a form that says nothing; of the file that a field names what it would be of a recording */
export function fieldsOf(json: string, audio: string, within: Within): Sample {
  const fields = parsePythonJson(json) as Sample;
  if (!json.replaceAll(' ', '').includes(aForm)) return fields;
  const fetch = (name: string) => fileOf(recordingUri(audio, name), within);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, formsOf(value, fetch)]));
}

function fileOf(uri: string, within: Within): PythonData {
  const refusal = within.refusal(uri);
  if (refusal !== undefined) throw refusal;
  if (isRemote(uri)) {
    const message = `Cannot take a field from "${shown(uri)}": expected a file of this machine; copy the manifest and its files here`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: uri });
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(pathOf(uri));
  } catch (error) {
    throw systemError('read', uri, error);
  }
  if (!uri.endsWith('.npy')) return bytes;
  return new NumpyArray(decodeNpy(bytes, { halves: 'bits' }, uri));
}
