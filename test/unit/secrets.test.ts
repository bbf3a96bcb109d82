/** What may be shown of a URI, and what hangs on errors. */

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BowerbirdError, systemError } from '../../src/errors.ts';
import { bareCause, shown, withoutSecrets } from '../../src/secrets.ts';
import { linked, linkOf } from '../../src/storage/links.ts';
import { extensionOf, fileNameOf, folderOf, joinUri, longNameOf } from '../../src/storage/uri.ts';

describe('shown()', () => {
  test.each([
    ['https://user:secret@host/x', 'https://host/x'],
    ['https://secret@host:8080/x', 'https://host:8080/x'],
    ['HTTPS://user:secret@host/x', 'HTTPS://host/x'],
    ['https://user:se/cr?et#@host/x', 'https://host/x'],
    ['https:/user:secret@host/x', 'https:/host/x'],
    ['https://host/a.flac?X-Amz-Credential=secret&X-Amz-Signature=secret', 'https://host/a.flac?...'],
    ['https://host/a?AWSAccessKeyId=secret&Signature=secret&Expires=1', 'https://host/a?...'],
    ['https://host/a?X-Goog-Algorithm=x&X-Goog-Signature=secret', 'https://host/a?...'],
    ['https://host/a?X%2DAmz%2DSignature=secret', 'https://host/a?...'],
    ['https://host/a?sv=2024&sr=b&se=secret&sp=r&sig=secret', 'https://host/a?...'],
    ['https://host/a?Policy=secret&Signature=secret&Key-Pair-Id=secret', 'https://host/a?...'],
    ['https://host/a?access_token=secret', 'https://host/a?...'],
    ['https://host/a?versionId=v3.1&token=secret', 'https://host/a?versionId=v3.1&...'],
    ['https://host/a?download=1', 'https://host/a?download=1'],
    ['https://host/a#secret', 'https://host/a'],
    ['s3://key:secret@bucket/a', 's3://bucket/a'],
    ['s3://bucket/a?X-Amz-Signature=secret', 's3://bucket/a?...'],
    ['ftp://user:secret@host/a', 'ftp://host/a'],
  ])('of %s is %s', (uri, expected) => {
    expect(shown(uri)).toBe(expected);
    expect(shown(expected)).toBe(expected);
  });

  test.each([
    ...[
      '/data/a?token=x',
      'data/user:x@y.wav',
      's3://bucket/a?.wav',
      's3://bucket/**/*.wav',
      'https://host:8080/a@b:c.wav',
    ],
    ...['https://[::1]:80/a@b', 'hf://datasets/a/b@main/x', 'file:///a?token=x', '-', ''],
  ])('leaves %s as it is', (uri) => {
    expect(shown(uri)).toBe(uri);
  });

  test('tells links apart by what is no credential, whatever it is, and shows none of it', () => {
    const one = shown('https://host/get?id=secret1&sig=a');
    expect(one).toMatch(/^https:\/\/host\/get\?\.\.\.[0-9a-f]{12}$/);
    expect(shown('https://host/get?sig=b&id=secret1')).toBe(one);
    expect(shown('https://host/get?id=secret2&sig=a')).not.toBe(one);
    expect(shown('https://host/other?id=secret1&sig=a')).not.toBe(one.replace('get', 'other'));
    expect(shown('https://host/get?key=secret1')).not.toBe(shown('https://host/get?key=secret2'));
    expect(shown(one)).toBe(one);
  });
});

test('withoutSecrets() finds URIs in sentences', () => {
  expect(withoutSecrets('Cannot read "https://u:p@h/a b?sig=1": it ended; see https://x/y?sig=2, or "s3://b/c"')).toBe(
    'Cannot read "https://h/a b?...": it ended; see https://x/y?... or "s3://b/c"',
  );
  expect(withoutSecrets('Cannot read "data/user:x@y.wav": 12:30')).toBe('Cannot read "data/user:x@y.wav": 12:30');
});

test('a BowerbirdError holds no secret, however it is looked at', () => {
  const uri = 'https://user:topsecret@host/a?sig=topsecret';
  const cause = Object.assign(new Error(`connect to ${uri}`), { code: 'ECONNRESET', input: uri, config: { uri } });
  const errors = [
    new BowerbirdError('IO', `Cannot read "${uri}": it broke`, { source: uri }, { cause: bareCause(cause) }),
    systemError('read', uri, bareCause(cause)),
    BowerbirdError.fromJSON({ code: 'IO', message: uri, source: uri }),
  ];
  for (const error of errors) {
    const all = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}${error.stack}`;
    expect(all).not.toContain('topsecret');
    expect(error.source).toBe('https://host/a?...');
  }
  expect(bareCause(cause)).toMatchObject({ code: 'ECONNRESET' });
});

test('linked() keeps the way to an input out of JSON and of print', () => {
  const uri = 'https://user:topsecret@host/ü?sig=topsecret';
  const input = linked(uri);
  expect(input.uri).toBe('https://host/ü?...');
  expect(linkOf(structuredClone(input))).toBe(uri);
  expect(JSON.stringify(input) + inspect(input)).not.toContain('topsecret');
  expect(linked('s3://bucket/a')).toEqual({ uri: 's3://bucket/a' });
});

test('names of files and folders end before what a link says more', () => {
  const link = 'https://host/data/a.b.wav?X-Amz-Credential=k/1/s3#x/y';
  expect([fileNameOf(link), folderOf(link), extensionOf(fileNameOf(link))]).toEqual([
    'a.b.wav',
    'https://host/data',
    '.wav',
  ]);
  expect(fileNameOf('s3://bucket/what?.wav')).toBe('what?.wav');
  expect(joinUri('https://host/c?sig=1', 'a.wav')).toBe('https://host/c/a.wav?sig=1');
  expect(joinUri('s3://bucket/what?', 'a.wav')).toBe('s3://bucket/what?/a.wav');
  expect(longNameOf('https://host/get?...5ad31c2b9e01')).toBe('get_5ad31c2b9e01');
  expect(longNameOf('https://host/get.wav?...')).toBe('get.wav');
  expect([longNameOf('a/b.wav'), folderOf('a/b.wav'), folderOf('b.wav')]).toEqual(['b.wav', 'a', '.']);
  expect([extensionOf('.wav'), extensionOf('a'), extensionOf('a.b.c')]).toEqual(['', '', '.c']);
});

test.each([
  [' http://me:SECRET@h/x?sig=SECRET', ' http://h/x?...'],
  ['./ http://me:SECRET@h/x', './ http://h/x'],
  ['<http://me:SECRET@h/x>', '<http://h/x>'],
  ['recordings/http://me:SECRET@h/x', 'recordings/http://h/x'],
  ['blob:http://me:SECRET@h/x', 'blob:http://h/x'],
  ['file:///a http://me:SECRET@h', 'file:///a http://h'],
  ['file:///a/b', 'file:///a/b'],
])('a link behind something else is one all the same: %j', (given, told) => {
  expect(shown(given)).toBe(told);
  expect(withoutSecrets(given)).toBe(told);
});
