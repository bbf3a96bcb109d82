/** Servers that never end: so little arrives, for so long, that the transfer would outlast whoever waits for it. */

import type { ClientRequest, IncomingMessage } from 'node:http';
import { usage } from '../options.ts';
import { environment } from './env.ts';

export interface Pace {
  /** Bytes that must arrive in each span; 0 for none. */
  readonly leastBytes: number;
  readonly spanMs: number;
}

const seconds = 60;
const usualSpeed = 1024;
const variable = 'BOWERBIRD_LEAST_SPEED';

let usual: Pace | undefined;

/** 1 KiB a second over a minute, or what BOWERBIRD_LEAST_SPEED says in bytes a second; 0 waits for ever. */
export function usualPace(): Pace {
  usual ??= { leastBytes: seconds * speedOf(environment()(variable)), spanMs: 1000 * seconds };
  return usual;
}

export function speedOf(text: string | undefined): number {
  if (text === undefined) return usualSpeed;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw usage(`Cannot use "${text}" (${variable}): expected bytes a second, such as 1024, or 0 to wait for ever`);
}

export function isTooSlow(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === tooSlowCode;
}

const tooSlowCode = 'ERR_TOO_SLOW';

/**
 * Ends a request whose answer drips. What is counted is the connection's bytes, headers too, once all of the request is sent; nothing is held
 * against a server while its bytes wait for us.
 */
export function watchPace(sent: ClientRequest, { leastBytes, spanMs }: Pace): void {
  if (leastBytes === 0) return;
  let answer: IncomingMessage | undefined;
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    const { socket } = sent;
    if (socket === null) return;
    let before = socket.bytesRead;
    timer = setInterval(() => {
      const arrived = socket.bytesRead - before;
      before = socket.bytesRead;
      const isOurs = answer !== undefined && answer.readableLength > 0;
      if (arrived >= leastBytes || isOurs) return;
      const speed = `${arrived} bytes in ${spanMs / 1000} s, expected ${leastBytes} or more`;
      const error = Object.assign(new Error(`the server is too slow: ${speed} (${variable})`), { code: tooSlowCode });
      (answer ?? sent).destroy(error);
    }, spanMs);
    timer.unref();
  };
  const end = () => clearInterval(timer);
  sent.once('finish', start);
  sent.once('response', (message: IncomingMessage) => {
    answer = message;
    message.once('end', end);
  });
  sent.once('close', end);
}
