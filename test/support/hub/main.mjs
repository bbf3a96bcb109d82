/**
 * The Hub of the tests as a process of its own:
 *
 *     node test/support/hub/main.mjs [--folder OBJECTS] [--part-bytes N] [--xet] [--port N]
 *
 * Says its address on the first line of stdout, and ends when stdin does. A line `state` is answered with what it holds, as JSON.
 */

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fileOf } from './reading.mjs';
import { startHub } from './server.mjs';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    'part-bytes': { type: 'string' },
    xet: { type: 'boolean', default: false },
    port: { type: 'string' },
  },
});
const hub = await startHub({
  ...(values.folder !== undefined && { folder: values.folder }),
  ...(values['part-bytes'] !== undefined && { partBytes: Number(values['part-bytes']) }),
  ...(values.port !== undefined && { port: Number(values.port) }),
  ...{ xet: values.xet, pageSize: 1000 },
});
console.log(hub.url);

function state() {
  const repos = Object.entries(hub.repos).map(([name, { refs, commits, log, visibility }]) => {
    const files = Object.entries(commits[refs.main]).map(([path, value]) => {
      const { size, oid, isLarge } = fileOf(hub, value);
      return [path, { size, oid, isLarge }];
    });
    return [name, { refs, log, visibility, files: Object.fromEntries(files) }];
  });
  return { repos: Object.fromEntries(repos), complaints: hub.complaints, taken: hub.taken, seen: hub.seen.length };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'state') console.log(JSON.stringify(state()));
}
await hub.close();
