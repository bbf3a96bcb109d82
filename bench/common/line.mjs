// A process of its own between a client and a server on this machine that makes of loopback a line as there is between a machine and a
// bucket: so many bytes a second in all, and so long until the first one comes. It passes bytes on as they are.
//
//   line.mjs HOST:PORT BYTES-A-SECOND LATENCY-MS      prints the URL to use instead
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** @param {string} target a URL @param {{ bytesPerSecond: number, latencyMs: number }} line */
export async function startLine(target, { bytesPerSecond, latencyMs }) {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [script, new URL(target).host, `${bytesPerSecond}`, `${latencyMs}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data).trim()));
    child.once('exit', () => reject(new Error('The line did not start')));
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    url,
    stop() {
      child.kill();
      return ended;
    },
  };
}

/** @param {string} target @param {number} bytesPerSecond @param {number} latencyMs */
function serve(target, bytesPerSecond, latencyMs) {
  const [host, port] = target.split(':');
  /** When the line has sent all that was given to it, in ms. */
  let busyUntil = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host, port: Number(port), noDelay: true });
    client.on('data', (request) => setTimeout(() => upstream.write(request), latencyMs));
    upstream.on('data', (block) => {
      const now = performance.now();
      busyUntil = Math.max(now, busyUntil) + (1000 * block.length) / bytesPerSecond;
      upstream.pause();
      setTimeout(() => {
        client.write(block);
        upstream.resume();
      }, busyUntil - now);
    });
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = /** @type {import('node:net').AddressInfo} */ (server.address());
    console.log(`http://127.0.0.1:${address.port}`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [target, bytesPerSecond, latencyMs] = process.argv.slice(2);
  serve(target, Number(bytesPerSecond), Number(latencyMs));
}
