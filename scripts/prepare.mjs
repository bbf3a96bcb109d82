// Compiles the TypeScript of a checkout. Runs after `npm ci` there; packages from the registry come compiled.
import { execFileSync } from 'node:child_process';

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
