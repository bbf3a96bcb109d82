/** One sample as files and a line of the manifest. */

import { BowerbirdError } from '../../errors.ts';
import { utf8Of } from '../../formats/lmdb/key-text.ts';
import { npyHeader } from '../../formats/npy/header.ts';
import { type PythonValue, pythonJson } from '../../formats/npy/python-json.ts';
import { jsonForm } from '../../formats/python/json-forms.ts';
import { numpyBytes } from '../../formats/python/numpy.ts';
import { NumpyArray, PythonBytearray, type PythonData, PythonFloat } from '../../formats/python/values.ts';
import { readValue } from '../../records/lmdb-value.ts';
import { type Fields, type Sound, soundOf } from '../../samples/stored-sound.ts';
import { fieldName, Names } from './names.ts';
import { type Bits, wavPieces } from './wav.ts';

/** Arrays of so many values, and bytes inside of lists and dicts, stand in the line itself. */
const mostInline = 8;
const mostInlineBytes = 64;
/** All are open at once. */
const mostFiles = 256;

export interface SampleFile {
  /** Behind the stem of the sample: ".wav", ".input_features.npy". */
  readonly suffix: string;
  readonly kind: 'sound' | 'array' | 'bytes';
  /** `note`: told of what is not as it is stored. */
  pieces(note: (text: string) => void): readonly Uint8Array[];
}

export interface UnpackedSample {
  readonly files: readonly SampleFile[];
  /** Of the manifest, with its end. */
  readonly line: string;
  readonly notes: readonly string[];
  /** Of sound in samples, and of encoded sound that says so; else 0. */
  readonly seconds: number;
}

export interface SampleSettings {
  readonly source: string;
  /** How the names of the sample's files begin. */
  readonly stem: string;
  readonly bits: Bits;
}

/** @throws BowerbirdError BAD_SCHEMA, TRUNCATED: what it holds is no sample; UNSUPPORTED: more than plain data, too many files */
export function unpackSample(key: Uint8Array, value: Uint8Array, settings: SampleSettings): UnpackedSample {
  const { source, stem, bits } = settings;
  const fields = fieldsOf(value, source);
  const found = soundOf(fields, source);
  const sound = found?.sound;
  const notes = [...(found?.notes ?? [])];
  const files = new SampleFiles(stem);
  const line = new Line();

  const isFile = sound?.kind === 'encoded' || sound?.kind === 'samples';
  if (isFile) line.set('audio_filepath', files.add(soundFile(sound, bits)));
  const duration = fields.get('duration') ?? durationOf(sound);
  if (duration !== undefined) line.set('duration', files.form('duration', duration));
  const text = fields.get('text');
  if (text !== undefined) line.set('text', files.form('text', text));
  line.set('key', jsonForm(utf8Of(key) ?? key));
  if (sound?.kind === 'array') {
    notes.push(`${sound.why}: it is in a file that ends in .audio.npy`);
    line.set('audio', { $file: files.addAside('audio', sound.array) });
  }
  for (const [name, field] of fields) {
    if (typeof name !== 'string') line.addUnnamed(jsonForm(name), files.form('field', field));
    else if (name === 'duration' || name === 'text' || found?.told.has(name)) continue;
    else if (name !== 'audio' || sound === undefined) {
      const own = line.set(name, files.form(name, field));
      if (own !== name)
        notes.push(`Its field ${JSON.stringify(name)} is called ${JSON.stringify(own)} in the manifest`);
    }
  }
  return { files: files.all, line: textOf(line, source), notes, seconds: secondsOf(sound, fields) };
}

function textOf(line: Line, source: string): string {
  try {
    return line.text();
  } catch (error) {
    // No string is longer than some 512 MB.
    if (!(error instanceof RangeError)) throw error;
    const message = `Cannot unpack a sample of "${source}": its fields are too long for a line of the manifest`;
    throw new BowerbirdError('UNSUPPORTED', message, { source }, { cause: error });
  }
}

function fieldsOf(value: Uint8Array, source: string): Fields {
  const data = readValue(value, source);
  if (data === undefined)
    throw noSample(source, `its value of ${value.length} bytes is neither a pickle nor MessagePack`);
  if (!(data instanceof Map)) throw noSample(source, 'its value is no dict');
  return data as Fields;
}

function noSample(source: string, what: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot read a sample of "${source}": ${what}`, { source });
}

function soundFile(sound: Extract<Sound, { kind: 'encoded' | 'samples' }>, bits: Bits): SampleFile {
  if (sound.kind === 'encoded') return { suffix: `.${sound.extension}`, kind: 'sound', pieces: () => [sound.bytes] };
  return { suffix: '.wav', kind: 'sound', pieces: (note) => wavPieces(sound, bits, note) };
}

function durationOf(sound: Sound | undefined): PythonFloat | undefined {
  return sound?.kind === 'samples' ? new PythonFloat(sound.frames / sound.sampleRate) : undefined;
}

function secondsOf(sound: Sound | undefined, fields: Fields): number {
  if (sound?.kind === 'samples') return sound.frames / sound.sampleRate;
  const said = fields.get('duration');
  const seconds = said instanceof PythonFloat ? said.value : typeof said === 'number' ? said : 0;
  return sound?.kind === 'encoded' && Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** The files of one sample, beside its sound those of what is too large for a line. */
class SampleFiles {
  readonly #stem: string;
  readonly #names = new Names();
  readonly all: SampleFile[] = [];

  constructor(stem: string) {
    this.#stem = stem;
  }

  /** Its name. */
  add(file: SampleFile): string {
    if (this.all.length === mostFiles) {
      throw new BowerbirdError('UNSUPPORTED', `Cannot unpack a sample into more than ${mostFiles} files`);
    }
    this.all.push(file);
    return `${this.#stem}${file.suffix}`;
  }

  addAside(name: string, value: NumpyArray | Uint8Array): string {
    const isArray = value instanceof NumpyArray;
    const suffix = `.${this.#names.claim(fieldName(name))}.${isArray ? 'npy' : 'bin'}`;
    const pieces = () => (isArray ? npyPieces(value) : [value]);
    return this.add({ suffix, kind: isArray ? 'array' : 'bytes', pieces });
  }

  /** Bytes are a file, whatever their size; in lists and dicts only larger ones are. */
  form(name: string, field: PythonData): PythonValue {
    const whole = field instanceof PythonBytearray ? field.bytes : field;
    let nested = 0;
    return jsonForm(field, (value) => {
      const isWhole = value === whole;
      const isSmall = value instanceof NumpyArray ? elements(value) <= mostInline : value.length <= mostInlineBytes;
      if (isSmall && !(isWhole && value instanceof Uint8Array)) return undefined;
      return this.addAside(isWhole ? name : `${name}-${++nested}`, value);
    });
  }
}

function elements({ shape }: NumpyArray): number {
  return shape.reduce((product, size) => product * size, 1);
}

function npyPieces(array: NumpyArray): Uint8Array[] {
  const { descr, bytes } = numpyBytes(array);
  return [npyHeader(descr, array.shape), bytes];
}

class Line {
  readonly #entries = new Map<string, PythonValue>();
  readonly #unnamed: PythonValue[] = [];

  /** The name that it has: one that is taken gets a line behind it. */
  set(name: string, value: PythonValue): string {
    let own = name;
    while (this.#entries.has(own) || own === '$fields') own += '_';
    this.#entries.set(own, value);
    return own;
  }

  /** What is called by no text. */
  addUnnamed(name: PythonValue, value: PythonValue): void {
    this.#unnamed.push([name, value]);
  }

  text(): string {
    if (this.#unnamed.length > 0) this.#entries.set('$fields', this.#unnamed);
    return `${pythonJson(this.#entries)}\n`;
  }
}
