/** Every command that writes, to a bucket: what its summary, its plan and its report say of places is what the user can use. */

import { afterAll, expect, test } from 'vitest';
import { wav } from '../support/labelled.ts';
import { objectServer } from '../support/object-server.ts';
import { flipped, record, tfrecord } from '../support/records.ts';
import { bowerbird, scratch } from './built.ts';

const server = await objectServer();
afterAll(() => server.close());
const env = { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

const three = tfrecord(record(), record(), record());
const put = () => {
  server.objects.clear();
  server.objects.set('bucket/in/a.tfrecord', Buffer.from(flipped(three, three.length - 100)));
  server.objects.set('bucket/in/a.wav', wav([1, 2, 3]));
  server.objects.set('bucket/in/labels.csv', Buffer.from('label,path\n1,a.wav\n2,gone.wav\n'));
};

const salvage = ['--on-error', 'salvage'];
const commands: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['extract', ['s3://bucket/in/a.tfrecord', '--out', 's3://bucket/out', ...salvage], ['s3://bucket/out/rejects.jsonl']],
  [
    'extract',
    ['s3://bucket/in/a.tfrecord', '--out', 's3://bucket/out/', ...salvage],
    ['s3://bucket/out/rejects.jsonl'],
  ],
  ['extract', ['s3://bucket/in/a.tfrecord', '--out', 's3://bucket', ...salvage], ['s3://bucket/rejects.jsonl']],
  [
    'convert',
    ['s3://bucket/in/a.tfrecord', '--to', 'tfrecord', '--out', 's3://bucket/out/set', ...salvage],
    ['s3://bucket/out/set.rejects.jsonl'],
  ],
  [
    'convert',
    ['s3://bucket/in/a.tfrecord', '--to', 'tfrecord', '--out', 's3://bucket/out/', ...salvage],
    ['s3://bucket/out/rejects.jsonl'],
  ],
  ['decode', ['s3://bucket/in/a.wav', '--out', 's3://bucket/out'], []],
  ['decode', ['s3://bucket/in/a.wav', '--out', 's3://bucket/out/b.wav'], ['s3://bucket/out/b.wav']],
  [
    'ingest',
    ['s3://bucket/in/labels.csv', '--out', 's3://bucket/out/set', '--on-error', 'skip'],
    ['s3://bucket/out/set'],
  ],
  ['repair', ['s3://bucket/in/a.tfrecord', '--out', 's3://bucket/out/b.tfrecord'], ['s3://bucket/out/b.tfrecord']],
  ['verify', ['s3://bucket/in/a.tfrecord'], []],
  ['inspect', ['s3://bucket/in/a.tfrecord'], []],
];

test.each(commands)('%s %j', async (command, args, named) => {
  const plans = ['repair', 'verify', 'inspect'].includes(command) ? [] : [['--dry-run']];
  for (const more of [...plans, [], ['--json', '--overwrite']]) {
    if (more.length === 0) put();
    if (more.includes('--overwrite') && ['verify', 'inspect'].includes(command)) continue;
    put();
    const { code, stdout, stderr } = await bowerbird(scratch(), [command, ...args, ...more], env);
    expect([0, 3, 4], stderr).toContain(code);
    const said =
      stdout + stderr + [...server.objects].map(([name, bytes]) => `${name}\n${bytes.toString('latin1')}`).join('\n');
    // One slash behind a scheme, or more than two.
    expect(said.match(/\b(?:s3|gs|https?|hf):\/(?!\/[^/])[^\n]*/g) ?? []).toEqual([]);
    if (more.length > 0) continue;
    for (const place of named) expect(stdout).toContain(place);
    // A file that is spoken of is there.
    for (const place of named.filter((one) => /\.\w+$/.test(one))) {
      expect([...server.objects.keys()]).toContain(place.slice('s3://'.length));
    }
  }
});
