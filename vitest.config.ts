// `npm test`: four projects, so that `npx vitest run --project unit` stays quick. Whatever is in no folder named here is a unit test.
import { defineConfig } from 'vitest/config';

const minutes = 60_000;

// .ci/run and scripts/test-nodes.mjs count tests; people get the default reporter alone.
const report = process.env['BOWERBIRD_TEST_REPORT'];

// What compiles C++ and never loads the addon, what compiles against our declarations, and what a kill from outside leaves in a folder
// are the same on every version of Node: BOWERBIRD_TEST_ONCE=0 leaves them out.
const isPart = process.env['BOWERBIRD_TEST_ONCE'] === '0';
const cpp = isPart ? ['test/unit/{native-cores,fuzz-replay}.test.ts'] : [];
const declarations = isPart ? ['test/cli/consumer-types.test.ts'] : [];
const kills = isPart ? ['test/crash/{crash,dataset,hub-upload}.test.ts'] : [];

export default defineConfig({
  test: {
    // Worker threads would share one addon, one working directory and one set of signal handlers with the tests.
    pool: 'forks',
    // Vitest leaves one processor free, which on two of them doubles the time; most tests wait for children.
    maxWorkers: '100%',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      project('unit', ['test/**/*.test.ts'], 3, ['test/{cli,crash,package}/**', ...cpp]),
      project('cli', ['test/cli/**/*.test.ts'], 1, declarations),
      project('crash', ['test/crash/**/*.test.ts'], 15, kills),
      // Compile the addon and install packages.
      project('package', ['test/package/**/*.test.ts'], 10, [], ['test/package/prebuild.ts']),
    ],
  },
});

function project(name: string, include: string[], timeout: number, exclude: string[] = [], globalSetup: string[] = []) {
  const most = timeout * minutes;
  return {
    extends: true as const,
    test: { name, include, exclude, globalSetup, testTimeout: most, hookTimeout: most },
  };
}
