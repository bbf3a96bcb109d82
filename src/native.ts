/** The only loader of the addon, and the types of what it exports. */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BowerbirdError } from './errors.ts';

/** Positional, already-checked primitives; src/ turns codes into sentences. */
export interface Native {
  crc32c(bytes: Uint8Array, crc: number): number;
  crc32cCombine(a: number, b: number, lengthOfB: number): number;
  crc32cTier(): string;
  /** A descriptor that holds the lock until it is closed, or -errno: -EWOULDBLOCK when another holds it. */
  lockFile(path: string, shared: boolean): number;
  /** From exclusive to shared, not atomically; 0 or -errno. */
  shareLock(descriptor: number): number;
  /** Removes the file when nobody shares the lock, then closes the descriptor. */
  unlockFile(path: string, descriptor: number): void;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** Prebuilt first, then what cmake-js built, then what node-gyp built. */
export function candidates(): string[] {
  const libc = process.platform === 'linux' && !hasGlibc() ? '-musl' : '';
  return [
    `prebuilds/${process.platform}-${process.arch}${libc}/bowerbird.node`,
    'native/build/Release/bowerbird.node',
    'build/Release/bowerbird.node',
  ].map((relative) => root + relative);
}

function hasGlibc(): boolean {
  const header = (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header;
  return header?.glibcVersionRuntime !== undefined;
}

function load(): Native {
  const require = createRequire(import.meta.url);
  const tried: string[] = [];
  for (const path of candidates()) {
    try {
      return require(path) as Native;
    } catch (error) {
      tried.push(`  ${path}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new BowerbirdError(
    'NATIVE',
    `Cannot load the compiled addon for ${process.platform}-${process.arch}, Node ${process.version}. Tried:\n${tried.join('\n')}\n` +
      'Build it with "npm rebuild bowerbird" (in a checkout: "npm run build:native"); it needs CMake and a C++20 compiler',
  );
}

let loaded: Native | undefined;

/** Loads the addon at the first call, so that `--help` starts without it. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}
