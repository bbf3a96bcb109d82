import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type LockPlace, lockPart, lockWhole, partIsRunning, throughGate } from '../../../src/jobs/engine/lock.ts';
import { native } from '../../../src/native/native.ts';
import { scratch } from './folder.ts';

// Processes, threads and flushes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

function place(): LockPlace {
  const outDir = scratch();
  const stateDir = join(outDir, '.bowerbird');
  mkdirSync(stateDir);
  return { outDir, stateDir, job: 'copy' };
}

const isLocked = expect.objectContaining({ code: 'LOCKED' });

/** A process that holds the whole lock until it is killed. */
async function holder(at: LockPlace): Promise<ChildProcess> {
  const lock = new URL('../../../dist/jobs/engine/lock.js', import.meta.url).href;
  const code = `import { lockWhole } from '${lock}'; lockWhole(${JSON.stringify(at)}); console.log('held'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  return child;
}

test('lockWhole() refuses a second run, names the first, and leaves no file when released', () => {
  const at = place();
  const first = lockWhole(at);
  expect(() => lockWhole(at)).toThrow(isLocked);
  expect(() => lockWhole(at)).toThrow(`process ${process.pid} on ${hostname()}`);
  first.release();
  expect(readdirSync(at.stateDir)).toEqual([]);
  lockWhole(at).release();
});

test('lockWhole() takes over from a process that was killed', async () => {
  const at = place();
  const child = await holder(at);
  expect(() => lockWhole(at)).toThrow(`process ${child.pid} on`);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(existsSync(join(at.stateDir, 'copy.lock'))).toBe(true);
  lockWhole(at).release();
  expect(readdirSync(at.stateDir)).toEqual([]);
});

test('lockWhole() sweeps the lock files of dead parts, and only its own job', () => {
  const at = place();
  for (const name of ['copy.1-of-4.lock', 'copy.gate.lock', 'pack.0-of-2.lock'])
    writeFileSync(join(at.stateDir, name), '');
  lockWhole(at).release();
  expect(readdirSync(at.stateDir)).toEqual(['pack.0-of-2.lock']);
});

test('lockPart() lets parts of one split with the same terms run side by side', () => {
  const at = place();
  const a = lockPart(at, { index: 0, of: 3 }, 'terms');
  const b = lockPart(at, { index: 2, of: 3 }, 'terms');
  expect([a.alone, b.alone]).toEqual([true, false]);
  expect(() => lockPart(at, { index: 0, of: 3 }, 'terms')).toThrow(isLocked);
  expect(() => lockPart(at, { index: 1, of: 4 }, 'terms')).toThrow(isLocked);
  expect(() => lockPart(at, { index: 1, of: 3 }, 'others')).toThrow(isLocked);
  expect(() => lockWhole(at)).toThrow(isLocked);
  expect(partIsRunning(at, { index: 2, of: 3 })).toBe(true);
  expect(partIsRunning(at, { index: 1, of: 3 })).toBe(false);
  a.release();
  expect(() => lockWhole(at)).toThrow(isLocked);
  expect(() => lockPart(at, { index: 1, of: 4 }, 'terms')).toThrow(isLocked);
  b.release();
  expect(readdirSync(at.stateDir)).toEqual([]);
  const c = lockPart(at, { index: 1, of: 4 }, 'others');
  expect(c.alone).toBe(true);
  c.release();
});

test('lockPart() is refused while a whole run holds the output', () => {
  const at = place();
  const whole = lockWhole(at);
  expect(() => lockPart(at, { index: 0, of: 2 }, '')).toThrow(isLocked);
  whole.release();
  expect(readdirSync(at.stateDir)).toEqual([]);
});

test('throughGate() lets one in at a time, and gives up when the signal says so', async () => {
  const at = place();
  let inside = 0;
  let most = 0;
  const visit = () =>
    throughGate(at, undefined, async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside--;
    });
  await Promise.all([visit(), visit(), visit()]);
  expect(most).toBe(1);
  const waiting = visit();
  const given = throughGate(at, AbortSignal.abort('enough'), async () => 'in');
  await expect(given).rejects.toThrow(expect.objectContaining({ code: 'INTERRUPTED', cause: 'enough' }));
  await waiting;
  expect(readdirSync(at.stateDir)).toEqual([]);
});

test('lockWhole() says why when the file cannot be opened', () => {
  const outDir = join(scratch(), 'gone');
  const lock = () => lockWhole({ outDir, stateDir: join(outDir, '.bowerbird'), job: 'copy' });
  expect(lock).toThrow(`Cannot lock "${outDir}/.bowerbird/copy.lock": ENOENT: no such file or directory`);
});

test('lockFile() gives -errno when the file cannot be opened', () => {
  expect(native().lockFile(join(scratch(), 'no', 'such'), false)).toBe(-2);
});
