/** YAML as cards of datasets use it, by the package yaml: https://yaml.org/spec/1.2.2/. */

export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

/** `line`: in the text, from 1. */
export class YamlFault extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** What aliases may come to: a text of a few lines can stand for more than any memory holds. */
const mostAliases = 100;

/** Numbers, booleans and nulls stay the texts that they are; what is tagged to be something else is refused. @throws YamlFault */
export async function parseYaml(text: string, firstLine = 1): Promise<Yaml> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', lineCounter, prettyErrors: false });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw new YamlFault(fault.message, firstLine - 1 + lineCounter.linePos(fault.pos[0]).line);
  try {
    return (document.toJS({ maxAliasCount: mostAliases }) ?? '') as Yaml;
  } catch (error) {
    throw new YamlFault((error as Error).message, firstLine);
  }
}
