/** Names the package that brings the addon for this platform. */

import { closeSync, openSync, readSync } from 'node:fs';

/** "@bowerbird/linux-x64", "@bowerbird/linux-arm64-musl". */
export function platformPackage(): string {
  const libc = process.platform === 'linux' && isMusl() ? '-musl' : '';
  return `@bowerbird/${process.platform}-${process.arch}${libc}`;
}

/** Node's own binary names its dynamic loader at the beginning. The report says it too, but takes 6 ms, in every thread. */
function isMusl(): boolean {
  try {
    return beginningOf(process.execPath).includes('/ld-musl-');
  } catch {
    // Removed since, or not for reading.
    const { header } = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime === undefined;
  }
}

function beginningOf(path: string): Buffer {
  const bytes = Buffer.alloc(4096);
  const fd = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
