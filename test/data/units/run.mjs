// `node run.mjs '{"inputs":[...],"outDir":"...", ...}' ['{"units":"0/2", ...}']`: one run of the copy job, as a process of its own.
import { runJob } from '../../../dist/jobs/engine/course.js';
import { runUnits } from '../../../dist/runners/local.js';
import { copyJob } from './job.mjs';

const options = { durable: false, ...JSON.parse(process.argv[2]) };
const settings = JSON.parse(process.argv[3] ?? '{}');
try {
  const { done, skipped, complete, notices } = await runJob(copyJob(settings.module), options, {
    ...settings,
    runUnits: (module, units, unitOptions, context) => runUnits(module, units, unitOptions, context, 2),
  });
  console.log(JSON.stringify({ done, skipped, complete, notices }));
} catch (error) {
  console.log(JSON.stringify(error.code === undefined ? { code: 'BUG', message: error.stack } : error));
  process.exitCode = 1;
}
