// @ts-check
// Makes prebuilds/<platform>-<arch>/bowerbird.node for a release: built from scratch, stripped, and proved to load.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { build, built, clean, prebuilt, root, trouble } from './addon.mjs';

clean();
const { ok, log } = build(['BOWERBIRD_STATIC_CXX=ON']);
if (!ok) throw new Error(`Cannot build the addon:\n${log}`);

const target = prebuilt();
mkdirSync(dirname(target), { recursive: true });
copyFileSync(built, target);
// -x keeps the exported symbols, which is all that Node asks for; both GNU and Apple strip know it.
const strip = spawnSync('strip', ['-x', target], { encoding: 'utf8' });
if (strip.status !== 0) throw new Error(`Cannot strip "${target}": ${strip.stderr || strip.error?.message}`);

const reason = trouble(target);
if (reason !== undefined) throw new Error(`Cannot use "${target}": ${reason}`);
process.stdout.write(`${relative(root, target)}: ${statSync(target).size} bytes\n`);
