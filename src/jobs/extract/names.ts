/** What `--names` means: a rule that the core knows, or a regular expression whose named groups become keys of the metadata. */

import { pythonString } from '../../formats/npy/python-json.ts';
import { allChannels, type ExtractArguments, nameRule, outputType } from '../../native/native.ts';
import { named, type Options, usage } from '../../options.ts';
import type { NameText } from '../../records/pass.ts';
import type { extractChoices } from './options.ts';

const rules: { readonly [names: string]: ExtractArguments[1] } = {
  a2o: nameRule.archive,
  'a2o-strict': nameRule.strict,
  none: nameRule.none,
};

/** Keys that every row has anyway. */
const reserved = ['recording_offset_in_file', 'channel', 'filename'];

export type NameReader = (name: string) => NameText;

/** Fails with USAGE before any work is begun. */
export async function checkNames(names: string): Promise<void> {
  await nameReader(names);
}

/** Who reads names when the core does not. */
export async function nameReader(names: string): Promise<NameReader | undefined> {
  return names in rules ? undefined : namePattern(names);
}

export type ExtractChoices = Options<typeof extractChoices>;

/** The options of an extraction as the core takes them. */
export function extractArguments({ feature, names, channel, hop, dtype }: ExtractChoices): ExtractArguments {
  return [feature, rules[names] ?? nameRule.caller, channel === 'all' ? allChannels : channel, hop, outputType[dtype]];
}

/**
 * RE2 syntax, which runs in time linear in the name whatever the pattern; Python's `(?P<name>...)` and `(?<name>...)` both work.
 * The match may stand anywhere in the name.
 */
async function namePattern(pattern: string): Promise<NameReader> {
  const { RE2JS } = await import('re2js');
  const refuse = (why: string) =>
    usage(
      `Cannot use "${pattern}" for ${named('names')}: expected ${Object.keys(rules).join(', ')}, or a regular expression ${why}`,
    );
  let compiled: ReturnType<typeof RE2JS.compile>;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw refuse(`in RE2 syntax: ${(error as Error).message}`);
  }
  const groups = Object.entries(compiled.namedGroups()).sort(([, a], [, b]) => a - b);
  if (groups.length === 0) throw refuse('with named groups such as (?<site>\\w+)');
  const taken = groups.find(([name]) => reserved.includes(name));
  if (taken !== undefined) throw refuse(`without a group named "${taken[0]}": every row has that key already`);

  return (name) => {
    const matcher = compiled.matcher(name);
    if (!matcher.find()) return undefined;
    const members = groups.map(([key, index]) => {
      const value = matcher.group(index);
      return `, ${pythonString(key)}: ${value === null ? 'null' : pythonString(value)}`;
    });
    return { head: '{', tail: `${members.join('')}, "filename": ${pythonString(name)}}` };
  };
}
