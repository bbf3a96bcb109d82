// Runs code of the built package in a process of its own and says how much memory it took at most, in MiB, beyond what Node itself takes.
// Usage: node peak.mjs CODE, where CODE is the body of an async function of `api`, the public functions.
import * as api from '../../dist/index.js';

const before = process.resourceUsage().maxRSS;
const began = performance.now();
const code = /** @type {string} */ (process.argv[2]);
let result;
try {
  result = await new Function('api', `return (async () => { ${code} })();`)(api);
} catch (error) {
  const { code: name, message, record, offset } = /** @type {any} */ (error);
  result = { code: name, message, record, offset };
}
const mib = (process.resourceUsage().maxRSS - before) / 1024;
process.stdout.write(JSON.stringify({ result, mib: Math.round(mib), seconds: (performance.now() - began) / 1000 }));
