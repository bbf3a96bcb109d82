/** Which platform's package is looked for, by the C library that node is linked with. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { platformPackage } from '../../src/native/platform.ts';

const node = process.execPath;
afterEach(() => {
  process.execPath = node;
});

/** The package that is looked for, if this were node. */
function packageFor(execPath: string): string {
  process.execPath = execPath;
  return platformPackage();
}

test.runIf(process.platform === 'linux')(
  'musl by the loader that node names; where node cannot be read, by its report',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'bowerbird-libc-'));
    try {
      const musl = join(folder, 'node');
      writeFileSync(musl, Buffer.concat([Buffer.alloc(600), Buffer.from('/lib/ld-musl-x86_64.so.1\0')]));
      expect(packageFor(musl)).toBe(`@bowerbird/linux-${process.arch}-musl`);
      const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
      const real = `@bowerbird/linux-${process.arch}${header.glibcVersionRuntime === undefined ? '-musl' : ''}`;
      expect(packageFor(node)).toBe(real);
      expect(packageFor(join(folder, 'gone'))).toBe(real);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
