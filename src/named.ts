/**
 * How messages name an option to somebody who could use it. A command line says its flag instead (src/cli/in-flags.ts): `option "onError" as
 * "skip"` is --on-error skip there.
 */
export function named(option: string, value?: string): string {
  return value === undefined ? `option "${option}"` : `option "${option}" as "${value}"`;
}
