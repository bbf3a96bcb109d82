/** The only loader of packages that may be absent; whoever needs one turns its absence into a sentence. */

/** Computed on purpose: neither the compiler nor a bundler may insist on a package that need not be there. */
export async function importOptional(specifier: string): Promise<unknown> {
  return import(specifier);
}
