/** Which prebuilt binary is looked for, by the C library that node is linked with. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { candidates } from '../../src/native/native.ts';

const node = process.execPath;
afterEach(() => {
  process.execPath = node;
});

/** The first place that is looked at, if this were node. */
function prebuiltFor(execPath: string): string {
  process.execPath = execPath;
  return candidates()[0]!;
}

test.runIf(process.platform === 'linux')(
  'musl by the loader that node names; where node cannot be read, by its report',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'bowerbird-libc-'));
    try {
      const musl = join(folder, 'node');
      writeFileSync(musl, Buffer.concat([Buffer.alloc(600), Buffer.from('/lib/ld-musl-x86_64.so.1\0')]));
      expect(prebuiltFor(musl)).toMatch(/-musl\/bowerbird\.node$/);
      const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
      const real = `/prebuilds/linux-${process.arch}${header.glibcVersionRuntime === undefined ? '-musl' : ''}/bowerbird.node`;
      expect(prebuiltFor(node).endsWith(real)).toBe(true);
      expect(prebuiltFor(join(folder, 'gone')).endsWith(real)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
