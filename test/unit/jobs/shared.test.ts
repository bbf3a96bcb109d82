import { expect, test } from 'vitest';
import {
  addCount,
  countReject,
  createShared,
  readCounters,
  requestStop,
  SHARED_BYTES,
  SharedStop,
} from '../../../src/counters.ts';

test('createShared() has the layout that the native side counts on', () => {
  const shared = createShared();
  expect(shared.byteLength).toBe(64);
  expect(SHARED_BYTES).toBe(64);
  const view = new DataView(shared);
  requestStop(shared);
  addCount(shared, 'bytes', 2 ** 40 + 1);
  addCount(shared, 'records', 7);
  addCount(shared, 'rejects', 3);
  expect(view.getInt32(0, true)).toBe(1);
  expect(view.getBigUint64(8, true)).toBe(2n ** 40n + 1n);
  expect(view.getBigUint64(16, true)).toBe(7n);
  expect(view.getBigUint64(24, true)).toBe(3n);
  expect(readCounters(shared)).toEqual({ bytes: 2 ** 40 + 1, records: 7, rejects: 3 });
});

test('SharedStop throws INTERRUPTED only after requestStop()', () => {
  const shared = createShared();
  const stop = new SharedStop(shared);
  stop.throwIfAborted();
  requestStop(shared);
  expect(() => stop.throwIfAborted()).toThrow(expect.objectContaining({ code: 'INTERRUPTED' }));
});

test('countReject() throws TOO_MANY_REJECTS when the total of the run exceeds the limit', () => {
  const shared = createShared();
  addCount(shared, 'rejects', 4);
  countReject(shared, 5);
  const place = { source: 'a.tfrecord', record: 9, offset: 80 };
  expect(() => countReject(shared, 5, place)).toThrow(expect.objectContaining({ code: 'TOO_MANY_REJECTS', ...place }));
  countReject(shared, undefined);
});
