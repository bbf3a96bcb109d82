/** ParquetShardWriter: groups, pages, indexes and what stands in the footer. */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readOffsetIndex } from 'hyparquet/src/indexes.js';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../src/formats/records/crc32c.ts';
import { readShardFooter } from '../../../src/samples/parquet/shard-footer.ts';
import type { ParquetColumn } from '../../../src/samples/parquet/write/columns.ts';
import { offsetIndexBytes, putPageHead } from '../../../src/samples/parquet/write/page-bytes.ts';
import { ParquetShardWriter } from '../../../src/samples/parquet/write/shard-writer.ts';
import { made, metadataOf, newPath, noise, plain, readBack, speech, speechRow } from '../../support/parquet-written.ts';

describe('ParquetShardWriter', () => {
  test('gives back each row, byte for byte, over several groups', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => speechRow(i));
    const file = await made(speech, rows, 64 << 10, { bowerbird: '{}' });
    const single = rows.map((row) => ({
      ...row,
      duration_seconds: Math.fround(row.duration_seconds),
      dnsmos: Math.fround(row.dnsmos),
    }));
    expect(await readBack(file.path)).toEqual(single.map(plain));
    expect(file.finished).toMatchObject({
      rows: 100,
      bytes: file.bytes.length,
      crc32c: crc32c(file.bytes).toString(16).padStart(8, '0'),
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
    });
    expect(file.finished.groups).toBe(5);
  });

  test('writes the schema that `datasets` takes for Audio, and says so', async () => {
    const file = await made(speech, [speechRow(0)], 1 << 20, { bowerbird: 'own' });
    const { schema, key_value_metadata: keyValues } = await metadataOf(file);
    expect(schema.map(({ name, type, repetition_type }) => [name, type, repetition_type])).toEqual([
      ['schema', undefined, undefined],
      ['audio', undefined, 'OPTIONAL'],
      ['bytes', 'BYTE_ARRAY', 'OPTIONAL'],
      ['path', 'BYTE_ARRAY', 'OPTIONAL'],
      ['text', 'BYTE_ARRAY', 'OPTIONAL'],
      ['speaker_id', 'BYTE_ARRAY', 'OPTIONAL'],
      ['duration_seconds', 'FLOAT', 'OPTIONAL'],
      ['dnsmos', 'FLOAT', 'OPTIONAL'],
      ['language', 'BYTE_ARRAY', 'OPTIONAL'],
    ]);
    const texts = schema.filter(({ converted_type }) => converted_type === 'UTF8').map(({ name }) => name);
    expect(texts).toEqual(['path', 'text', 'speaker_id', 'language']);
    expect(keyValues?.map(({ key }) => key)).toEqual(['huggingface', 'bowerbird']);
    // As `datasets` 5.2.0 wrote it for these features.
    expect(JSON.parse(keyValues![0]!.value!)).toEqual({
      info: {
        features: {
          audio: { sampling_rate: 16000, _type: 'Audio' },
          text: { dtype: 'string', _type: 'Value' },
          speaker_id: { dtype: 'string', _type: 'Value' },
          duration_seconds: { dtype: 'float32', _type: 'Value' },
          dnsmos: { dtype: 'float32', _type: 'Value' },
          language: { dtype: 'string', _type: 'Value' },
        },
      },
    });
  });

  test('has a page for each recording, and an index of pages for every column', async () => {
    const file = await made(
      speech,
      Array.from({ length: 40 }, (_, i) => speechRow(i)),
      64 << 10,
    );
    const { row_groups: groups } = await metadataOf(file);
    expect(groups.length).toBeGreaterThan(1);
    for (const { columns, num_rows: rows, file_offset: from } of groups) {
      expect(from).toBe(columns[0]!.meta_data!.data_page_offset);
      for (const { meta_data: meta, offset_index_offset: at, offset_index_length: length } of columns) {
        const name = meta!.path_in_schema.join('.');
        const view = new DataView(file.bytes.buffer, file.bytes.byteOffset + Number(at), length!);
        const { page_locations: pages } = readOffsetIndex({ view, offset: 0 });
        expect([name, pages.length]).toEqual([name, name === 'audio.bytes' ? Number(rows) : 1]);
        expect(pages.at(-1)!.first_row_index).toBe(BigInt(pages.length - 1));
        const size = pages.reduce((sum, page) => sum + page.compressed_page_size, 0);
        const dictionary =
          Number(meta!.data_page_offset) - Number(meta!.dictionary_page_offset ?? meta!.data_page_offset);
        expect([name, BigInt(size + dictionary)]).toEqual([name, meta!.total_compressed_size]);
        expect(meta!.statistics).toBe(undefined);
      }
      const audio = columns[0]!.meta_data!;
      expect(audio).toMatchObject({ codec: 'UNCOMPRESSED', dictionary_page_offset: undefined });
    }
  });

  test('packs texts and says once what repeats, and does neither where it would cost', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      ...speechRow(i, 10),
      dnsmos: ((i * 2654435761) % 1000) / 7,
    }));
    const { row_groups: groups } = await metadataOf(await made(speech, rows));
    const columns = new Map(groups[0]!.columns.map(({ meta_data: meta }) => [meta!.path_in_schema.join('.'), meta!]));
    expect(columns.get('text')?.codec).toBe('SNAPPY');
    expect(columns.get('language')?.encodings).toContain('RLE_DICTIONARY');
    expect(columns.get('speaker_id')?.encodings).toContain('RLE_DICTIONARY');
    expect(columns.get('dnsmos')).toMatchObject({ codec: 'UNCOMPRESSED', encodings: ['PLAIN', 'RLE'] });
  });

  test('keeps all columns of a group within its limit, and a larger row in a group of its own', async () => {
    const limit = 50_000;
    const rows = Array.from({ length: 120 }, (_, i) => ({ ...speechRow(i), text: 'x'.repeat((i * 997) % 9000) }));
    rows[7] = { ...speechRow(7, 2 * limit), text: '' };
    const file = await made(speech, rows, limit);
    const { row_groups: groups } = await metadataOf(file);
    let first = 0;
    const large: number[] = [];
    for (const { num_rows: count, total_byte_size: bytes } of groups) {
      if (Number(bytes) > limit) large.push(first, Number(count));
      first += Number(count);
    }
    expect(large).toEqual([7, 1]);
    expect(first).toBe(120);
    // No group is much smaller than it may be: the largest row is 12,100 bytes.
    const short = groups.slice(0, -1).filter(({ total_byte_size: bytes }) => Number(bytes) < limit - 14_000);
    expect(short.length).toBeLessThanOrEqual(1);
  });

  test.each([1, 5000, 1 << 20])('`bytes` and sizeOf() are never less than the file, in groups of %i', async (limit) => {
    const path = newPath();
    const columns: ParquetColumn[] = [
      ...speech,
      { name: 'tokens', kind: { list: 'int64' } },
      { name: 'raw', kind: 'binary' },
    ];
    for (const count of [0, 1, 2, 9, 60]) {
      const fd = openSync(path, 'w+');
      const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes: limit });
      for (let i = 0; i < count; i++) {
        const row = {
          ...speechRow(i, i * 100),
          tokens: Array.from({ length: i }, (_, n) => n ** 9),
          raw: noise('r', i),
        };
        const before = writer.bytes;
        const size = writer.sizeOf(row);
        writer.add(row);
        expect(writer.bytes - before).toBeLessThanOrEqual(size);
      }
      const estimate = writer.bytes;
      const { bytes } = writer.finish();
      closeSync(fd);
      expect(bytes).toBeLessThanOrEqual(estimate);
    }
  });

  test('makes the file that pyarrow has looked at', async () => {
    const {
      sha256,
      rows,
      groups,
      columns,
      arrow_bytes: arrowBytes,
    } = JSON.parse(readFileSync(new URL('../../data/parquet-written/expected.json', import.meta.url), 'utf8'));
    const file = await made(
      speech,
      Array.from({ length: 100 }, (_, i) => speechRow(i)),
      64 << 10,
    );
    // Of another file nothing is known: test/data/parquet-written/make.py looks at it anew.
    expect(file.finished.sha256).toBe(sha256);
    expect(file.finished).toMatchObject({ rows, groups: groups.length, arrowBytes });
    expect(groups.every(([, bytes]: [number, number]) => bytes <= 64 << 10)).toBe(true);
    expect((await readShardFooter(file.path)).columns).toEqual(columns);
  });

  test('makes the same bytes of the same rows', async () => {
    const rows = () => Array.from({ length: 50 }, (_, i) => speechRow(i));
    const [one, two] = [await made(speech, rows(), 30_000), await made(speech, rows(), 30_000)];
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });

  test('is a file of no rows where there are none', async () => {
    const file = await made(speech, []);
    expect(file.finished).toMatchObject({ rows: 0, groups: 0, arrowBytes: 0 });
    expect(await readBack(file.path)).toEqual([]);
    // The number of rows, 0; then field 4, a list of no structures: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    expect(file.bytes.toString('hex')).toContain('1600190c');
    expect(file.bytes.toString('hex')).not.toContain('16001900');
  });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// The library writes the same structures from objects.
describe('what is written by hand', () => {
  test.each([undefined, 0, 1, 57, 58, 121, 122, 8000, 2 ** 20, 2 ** 27, 2 ** 31 - 100])(
    'putPageHead() of %s',
    (length) => {
      const expected = new ByteWriter();
      const size = 2 + (length === undefined ? 0 : 4 + length);
      writePageHeader(expected, {
        type: 'DATA_PAGE_V2',
        uncompressed_page_size: size,
        compressed_page_size: size,
        data_page_header_v2: {
          num_values: 1,
          num_nulls: length === undefined ? 1 : 0,
          num_rows: 1,
          encoding: 'PLAIN',
          definition_levels_byte_length: 2,
          repetition_levels_byte_length: 0,
          is_compressed: false,
        },
      });
      expected.appendUint8(2);
      expected.appendUint8(length === undefined ? 1 : 2);
      if (length !== undefined) expected.appendUint32(length);
      const head = new Uint8Array(64);
      const end = putPageHead(head, length === undefined ? 1 : 2, length);
      expect(hex(head.subarray(0, end))).toBe(hex(expected.getBytes()));
    },
  );

  test.each([1, 14, 15, 300])('offsetIndexBytes() of %i pages', (count) => {
    const pages = Array.from({ length: count }, (_, i) => ({ at: 4 + i ** 6, bytes: 1 + i * 7_000_000, row: i * 50 }));
    const expected = new ByteWriter();
    serializeTCompactProtocol(expected, {
      field_1: pages.map(({ at, bytes, row }) => ({ field_1: BigInt(at), field_2: bytes, field_3: BigInt(row) })),
    });
    expect(hex(offsetIndexBytes(pages))).toBe(hex(expected.getBytes()));
  });
});
