/** Stands between a client and a real server on loopback, and does to its answers what networks do. Seeded. */

import { createServer, request } from 'node:http';

/** mulberry32. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 5 % of the requests get 503; of the bodies, those of answers to writes included, 2 % are cut off by a reset, 1 % end early as if that were all, 1 % dawdle. */
export async function startFaultProxy(target, seed) {
  const random = randomFrom(seed);
  const faults = { requests: 0, refused: 0, reset: 0, truncated: 0, slow: 0 };
  const server = createServer((incoming, outgoing) => {
    faults.requests++;
    const [first, second] = [random(), random()];
    if (first < 0.05) {
      faults.refused++;
      incoming.resume();
      outgoing.writeHead(503, { 'content-length': 0, connection: 'close' }).end();
      return;
    }
    // The Host that was signed goes on as it is.
    const { url, method, headers } = incoming;
    const onward = request(new URL(url, target), { method, headers, path: url }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => send(outgoing, method, answer, Buffer.concat(parts), second));
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });

  function send(outgoing, method, { statusCode, headers }, body, dice) {
    const half = body.length >> 1;
    const isBody = method !== 'HEAD' && statusCode < 300 && half > 0;
    const { 'transfer-encoding': _, ...rest } = headers;
    const whole = method === 'HEAD' ? rest : { ...rest, 'content-length': body.length };
    if (isBody && dice < 0.02) {
      faults.reset++;
      outgoing.writeHead(statusCode, whole);
      outgoing.write(body.subarray(0, half), () => outgoing.destroy());
    } else if (isBody && dice < 0.03) {
      faults.truncated++;
      outgoing.writeHead(statusCode, { ...rest, 'content-length': half }).end(body.subarray(0, half));
    } else if (isBody && dice < 0.04) {
      faults.slow++;
      outgoing.writeHead(statusCode, whole);
      outgoing.write(body.subarray(0, half));
      setTimeout(() => outgoing.end(body.subarray(half)), 100);
    } else outgoing.writeHead(statusCode, whole).end(body);
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
