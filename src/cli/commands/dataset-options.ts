/** Options of the commands of datasets that the environment may give: what is typed wins, and of what `.env` gives is told. */

import type { DatasetEnvironment } from '../../index.ts';
import type { Session } from '../session.ts';

type Given = DatasetEnvironment['options'];

/** Those of `wanted` that were not typed. */
export async function fromEnvironment<N extends keyof Given>(
  session: Session,
  typed: object,
  wanted: readonly N[],
): Promise<Pick<Given, N>> {
  const { options, dotEnv } = await session.api.datasetEnvironment();
  const taken = wanted.filter((option) => !(option in typed) && options[option] !== undefined);
  for (const option of taken) {
    const variable = dotEnv?.variables[option];
    if (variable !== undefined) session.dotEnv(variable, dotEnv!.path);
  }
  return Object.fromEntries(taken.map((option) => [option, options[option]])) as Pick<Given, N>;
}

/** A flag that repeats, as one value or a list. */
export function languagesTyped(language: unknown): { readonly language?: readonly string[] } {
  return language === undefined ? {} : { language: [language].flat() as string[] };
}
