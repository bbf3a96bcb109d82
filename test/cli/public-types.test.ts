/** Whoever uses a function can name every type that it takes or gives: what signatures lead to is exported, by each entry of the package. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { unexportedTypes } from '../support/public-types.mjs';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

test.each(['index', 'audio', 'npy', 'records'])('%s.d.ts exports every type that its signatures lead to', (entry) => {
  expect([...unexportedTypes(join(dist, `${entry}.d.ts`), dist).values()]).toEqual([]);
});

test('a type that is forgotten is told, with the way to it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'a.d.ts'),
    `export interface Base { readonly inner: Inner }
interface Inner { readonly deep: readonly Deep['key'][] }
export interface Deep { readonly key: Key; readonly other: Other }
export type Key = 'a' | 'b';
export interface Other {}
export interface Heir extends Base {}
export interface Hidden {}
export declare class Given { private constructor(hidden: Hidden); #private; }
export declare function work(heir: Heir, list: readonly Map<string, Listed>[]): Promise<Given>;
export interface Listed { readonly itself: Listed }
`,
  );
  writeFileSync(join(folder, 'index.d.ts'), `export { work } from './a.js';\nexport type { Heir } from './a.js';\n`);
  expect([...unexportedTypes(join(folder, 'index.d.ts'), folder)]).toEqual([
    ['Listed', 'work > Listed'],
    ['Given', 'work > Given'],
    ['Inner', 'Heir > Base > Inner'],
    ['Key', 'Heir > Base > Inner > Key'],
  ]);
});
