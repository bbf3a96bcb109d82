/** How stdin and stdout are named in the place of files. */

/** What stands for stdin, and for stdout behind --out. */
export const dash = '-';
const stdinNames: ReadonlySet<string> = new Set([dash, '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']);

export function isStdin(operand: string): boolean {
  return stdinNames.has(operand);
}

/** Bytes that stdin may give, unless told otherwise: a pipe may have no end, and the temporary folder may be memory. */
export const usualLimit = 16_000_000_000;
