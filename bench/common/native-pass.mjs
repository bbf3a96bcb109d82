// Passes of the addon over files, on the calling thread and without a worker: what the C++ itself costs.
import { totalmem } from 'node:os';
import { nameRule, native, outputType, passEvent, stopOn } from '../../dist/native/native.js';

/**
 * Verifies and, unless told otherwise, extracts into nothing.
 * @param {readonly string[]} paths @param {{ parse?: boolean }} [options]
 * @returns {{ seconds: number, cpu: number, records: number, rows: number }}
 */
export function nativePass(paths, { parse = true } = {}) {
  return timed(() => {
    let records = 0;
    let rows = 0;
    for (const path of paths) {
      const pass = new (native().RecordPass)(stopOn.anyFault, totalmem(), null);
      pass.openFile(path);
      if (parse) pass.extractToMemory(0, 'embedding', nameRule.archive, 0, 5, outputType.float32);
      let event = pass.run();
      // It pauses every few MiB, so that whoever calls it hears signals and timers.
      while (event === passEvent.paused) event = pass.run();
      if (event !== passEvent.done) throw new Error(`the pass over ${path} ended with event ${event}`);
      const counts = pass.counts();
      records += counts.records;
      rows += counts.rows;
      pass.close();
    }
    return { records, rows };
  });
}

/** @template T @param {() => T} work @returns {T & { seconds: number, cpu: number }} */
export function timed(work) {
  const cpuBefore = process.cpuUsage();
  const start = process.hrtime.bigint();
  const result = work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ...result, seconds, cpu: (user + system) / 1e6 };
}
