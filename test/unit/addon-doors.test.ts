/**
 * What of the addon outlives a call, or can fail because its thread is ended, is made in one place each: a second one would have to think
 * of worker.terminate() too. test/crash/thread-ends.test.ts tries what the places do then.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Without comments, which may name what code may not use. */
const sources = ['addon', 'os'].flatMap((part) => {
  const folder = fileURLToPath(new URL(`../../native/${part}/`, import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(cc|h)$/.test(name));
  return names.map((name) => ({ name, code: readFileSync(folder + name, 'utf8').replace(/\/\/.*$/gm, '') }));
});

const doors = [
  {
    what: 'asynchronous work and promises',
    pattern:
      /Async\w*Worker|ThreadSafeFunction|napi_(create|queue)_(async_work|threadsafe_function|promise)|Deferred|uv_/,
    where: ['async_task.h'],
  },
  {
    what: 'memory that JavaScript owns',
    pattern: /Array(Of<\w+>)?::New\(|napi_create_(arraybuffer|typedarray|dataview)/,
    // A plain list of objects is no memory.
    except: /Napi::Array::New\(/g,
    where: ['values.h'],
  },
  { what: 'objects of other classes', pattern: /Unwrap\(|napi_unwrap/, where: ['values.h'] },
  { what: 'what belongs to an environment', pattern: /InstanceData|CleanupHook/, where: ['environment.h'] },
  {
    what: 'references that keep values alive',
    pattern: /Persistent\(|Weak\(|napi_create_reference/,
    where: ['async_task.h', 'pass/binding.cc'],
  },
  // Whose destructors wait for them.
  {
    what: 'threads',
    pattern: /pthread_create|std::(j?thread|async)\b/,
    where: ['array_record_writer.cc', 'direct_blocks.cc'],
  },
  {
    what: 'memory of the addon in the hands of JavaScript',
    pattern: /External|Buffer<|AddFinalizer|napi_add_finalizer/,
    where: [],
  },
];

test.each(doors)('$what: $where', ({ pattern, except, where }) => {
  const using = sources.filter(({ code }) => pattern.test(except === undefined ? code : code.replace(except, '')));
  expect(using.map(({ name }) => name).sort()).toEqual(where);
});
