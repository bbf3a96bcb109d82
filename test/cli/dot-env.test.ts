/** A file `.env` in the working directory is told of where it decides about a run, by the names of its variables and never their values. */

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wav } from '../support/labelled.ts';
import { objectServer } from '../support/object-server.ts';
import { bowerbird, scratch } from './built.ts';

const keys = 'AWS_ACCESS_KEY_ID=key-of-the-test\nAWS_SECRET_ACCESS_KEY=secret-of-the-test\n';
const recordings = {
  'labels.csv': 'Label,Blob Name\n1,a.wav\n2,b.wav\n',
  'audio/a.wav': wav([1, 2]),
  'audio/b.wav': wav([3, 4]),
};

function withDotEnv(text: string) {
  const folder = scratch({ ...recordings, '.env': text });
  return { folder, path: join(realpathSync(folder), '.env') };
}

describe('.env', () => {
  const ingest = ['ingest', '--audio', 'audio', '--progress', 'none'];
  const settings =
    'DATA_INPUT_PATH=labels.csv\nDATA_OUTPUT_PATH=out/\nNUM_SHARDS=2\nBUCKET_NAME=elsewhere\nUNKNOWN=1\n';

  test('is told of by what it decides: not by what is typed, set, or nothing that is read', async () => {
    const { folder, path } = withDotEnv(settings);
    const all = await bowerbird(folder, ingest);
    expect(all).toMatchObject({
      code: 0,
      stderr: `bowerbird: notice: using DATA_INPUT_PATH, DATA_OUTPUT_PATH, NUM_SHARDS of ${path}\n`,
    });
    const typed = await bowerbird(folder, [...ingest, 'labels.csv', '--shards', '1'], { DATA_OUTPUT_PATH: 'other/' });
    expect(typed).toMatchObject({ code: 0, stderr: '' });
  });

  test('is an object under --progress json, and nothing under --quiet', async () => {
    const { folder, path } = withDotEnv(settings);
    const { stderr } = await bowerbird(folder, ['ingest', '--audio', 'audio', '--progress', 'json']);
    const objects = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects).toContainEqual({ notice: `using DATA_INPUT_PATH, DATA_OUTPUT_PATH, NUM_SHARDS of ${path}` });
    expect(await bowerbird(folder, [...ingest, '-q'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('is told of where a storage takes its keys from it, without them', async () => {
    const store = await objectServer();
    try {
      const { folder, path } = withDotEnv(`${keys}AWS_ENDPOINT_URL=${store.url}\n`);
      const { stderr, stdout } = await bowerbird(folder, ['inspect', 's3://birds/x', '--json'], { AWS_REGION: 'x' });
      expect(stderr).toContain(
        `bowerbird: notice: using AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY of ${path}\n`,
      );
      expect(JSON.parse(stdout).error.code).toBe('NOT_FOUND');
      expect(stderr + stdout).not.toContain('of-the-test');
    } finally {
      await store.close();
    }
  });

  test('is not told of by a command that it does not matter to', async () => {
    const { folder } = withDotEnv(keys + settings);
    expect(await bowerbird(folder, ['verify', 'audio', '--progress', 'none'])).toMatchObject({ code: 0, stderr: '' });
  });
});
