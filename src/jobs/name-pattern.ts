/** File names read by a user's regular expression: its named groups become keys of the metadata. */

import { pythonString } from '../formats/python-json.ts';
import { usage } from '../options.ts';
import type { NameText } from './record-pass.ts';

const reserved = ['recording_offset_in_file', 'channel', 'filename'];

/**
 * RE2 syntax, which runs in time linear in the name whatever the pattern; Python's `(?P<name>...)` and `(?<name>...)` both work.
 * The match may stand anywhere in the name.
 */
export async function namePattern(pattern: string): Promise<(name: string) => NameText> {
  const { RE2JS } = await import('re2js');
  const compiled = compile(() => RE2JS.compile(pattern), pattern);
  const groups = Object.entries(compiled.namedGroups()).sort(([, a], [, b]) => a - b);
  if (groups.length === 0) {
    throw usage(
      `Cannot use "${pattern}" for --names: expected a2o, a2o-strict, none, or a regular expression with named groups such as (?<site>\\w+)`,
    );
  }
  for (const [name] of groups) {
    if (reserved.includes(name)) {
      throw usage(`Cannot use "${pattern}" for --names: the group "${name}" is the name of a key that every row has; rename it`);
    }
  }
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

function compile<T>(make: () => T, pattern: string): T {
  try {
    return make();
  } catch (error) {
    throw usage(
      `Cannot use "${pattern}" for --names: expected a2o, a2o-strict, none, or a regular expression (RE2 syntax): ${(error as Error).message}`,
    );
  }
}
