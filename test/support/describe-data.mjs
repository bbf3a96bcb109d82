/** Plain data of Python by the descriptions of test/interop/plain_data.py: what both sides say of a value. */

const hex = (bytes) => Buffer.from(bytes).toString('hex');

function floatHex(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** As plain_data.py has it: texts in UTF-8 with each lone surrogate in three bytes. */
function textHex(text) {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0);
    if (code < 0xd800 || code > 0xdfff) return hex(Buffer.from(character));
    return hex(Uint8Array.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)));
  }).join('');
}

function textOf(bytes) {
  return bytes.toString('latin1').replace(/\xed[\xa0-\xbf][\x80-\xbf]|[^\xed]+|\xed../gs, (part) => {
    const lone = /^\xed[\xa0-\xbf]/.test(part);
    const [, a = 0, b = 0] = Buffer.from(part, 'latin1');
    return lone ? String.fromCharCode(0xd000 | ((a & 0x3f) << 6) | (b & 0x3f)) : Buffer.from(part, 'latin1').toString();
  });
}

function sorted(items) {
  return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/**
 * Both ways, with the classes of src/ or of dist/, whichever is tested.
 *
 * @param {typeof import('../../src/formats/python/values.ts')} values
 * @param {typeof import('../../src/formats/python/numpy.ts')} numpy
 */
export function describer(values, numpy) {
  const { asInt, NumpyArray, NumpyDType, NumpyScalar, PythonBytearray, PythonComplex, PythonFloat } = values;
  const { PythonFrozenSet, PythonTuple } = values;
  const { numpyBytes, readNumpy } = numpy;

  /** @returns {unknown[]} */
  function describeData(value) {
    if (value === null) return ['none'];
    if (typeof value === 'boolean') return ['bool', value];
    if (typeof value === 'number' || typeof value === 'bigint') return ['int', String(value)];
    if (typeof value === 'string') return ['str', textHex(value)];
    if (value instanceof PythonFloat) return ['float', floatHex(value.value)];
    if (value instanceof Uint8Array) return ['bytes', hex(value)];
    if (value instanceof PythonBytearray) return ['bytearray', hex(value.bytes)];
    if (value instanceof PythonComplex) return ['complex', floatHex(value.real), floatHex(value.imaginary)];
    if (Array.isArray(value)) return ['list', value.map(describeData)];
    if (value instanceof PythonTuple) return ['tuple', value.items.map(describeData)];
    if (value instanceof Set) return ['set', sorted([...value].map(describeData))];
    if (value instanceof PythonFrozenSet) return ['frozenset', sorted([...value.items].map(describeData))];
    if (value instanceof Map) return ['dict', [...value].map(([k, v]) => [describeData(k), describeData(v)])];
    if (value instanceof NumpyDType) return ['dtype', value.descr];
    if (value instanceof NumpyArray) return ['array', value.descr, value.shape, hex(numpyBytes(value).bytes), 'C'];
    if (value instanceof NumpyScalar) return ['scalar', value.array.descr, hex(numpyBytes(value.array).bytes)];
    throw new Error(`No plain data: ${value}`);
  }

  /**
   * @param {readonly any[]} description
   * @returns {import('../../src/formats/python/values.ts').PythonInput}
   */
  function buildData([tag, first, second, third]) {
    const bytes = () => Uint8Array.from(Buffer.from(first, 'hex'));
    const float = (text) => Buffer.from(text, 'hex').readDoubleBE();
    const items = () => first.map(buildData);
    switch (tag) {
      case 'none':
        return null;
      case 'bool':
        return first;
      case 'int':
        return asInt(BigInt(first));
      case 'str':
        return textOf(Buffer.from(first, 'hex'));
      case 'float':
        return new PythonFloat(float(first));
      case 'bytes':
        return bytes();
      case 'bytearray':
        return new PythonBytearray(bytes());
      case 'complex':
        return new PythonComplex(float(first), float(second));
      case 'list':
        return items();
      case 'tuple':
        return new PythonTuple(items());
      case 'set':
        return new Set(items());
      case 'frozenset':
        return new PythonFrozenSet(new Set(items()));
      case 'dict':
        return new Map(first.map(([k, v]) => [buildData(k), buildData(v)]));
      case 'dtype':
        return new NumpyDType(first);
      case 'array':
        return array(first, second, third);
      case 'scalar':
        return new NumpyScalar(array(first, [], second));
      default:
        throw new Error(`No tag: ${tag}`);
    }
  }

  function array(descr, shape, data) {
    const bytes = Uint8Array.from(Buffer.from(data, 'hex'));
    const layout = { descr: descr.replace('>', '<'), shape, fortranOrder: false };
    const made = readNumpy(layout, bytes, 'bits', (_, what) => {
      throw new Error(what);
    });
    return new NumpyArray({ ...made, descr });
  }

  return { describeData, buildData };
}
