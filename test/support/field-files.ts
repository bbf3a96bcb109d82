/** Inputs that a field trial found wanting, made for this project: test/data/field. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function fieldPath(name: string): string {
  return fileURLToPath(new URL(`../data/field/${name}`, import.meta.url));
}

export function fieldBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fieldPath(name)));
}
