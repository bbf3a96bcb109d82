/** inspect() and repair() of a single file, as most tests want them: its entry alone. */

import { inspect } from '../../src/api/inspect.ts';
import { repair } from '../../src/api/repair.ts';
import type { InspectedFile, InspectOptions, RepairedFile, RepairOptions } from '../../src/api/types.ts';

export async function inspectOne(inputs: string, options: Omit<InspectOptions, 'inputs'> = {}): Promise<InspectedFile> {
  const { files } = await inspect({ inputs, ...options });
  const [file] = files;
  if (files.length !== 1 || file === undefined || file.format === 'unknown') throw new Error(`${files.length} files`);
  return file;
}

export async function repairOne(inputs: string, options: Omit<RepairOptions, 'inputs'>): Promise<RepairedFile> {
  const { files } = await repair({ inputs, ...options });
  const [file] = files;
  if (files.length !== 1 || file === undefined || file.format === 'unknown') throw new Error(`${files.length} files`);
  return file;
}
