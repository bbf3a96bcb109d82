/** The little XML that S3 speaks: flat elements whose names are known. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */

/** The text of the first element of this name; undefined when there is none. Throws for references to characters that do not exist. */
export function textOf(xml: string, name: string): string | undefined {
  const [inside] = elements(xml, name);
  return inside === undefined ? undefined : unescaped(inside);
}

/** The same where it is only told to people, as the words of a refusal. */
export function wordsOf(xml: string, name: string): string | undefined {
  try {
    return textOf(xml, name)?.slice(0, mostWords);
  } catch {
    return undefined;
  }
}

const mostWords = 1000;

/** What stands in each element of this name, still XML. */
export function elementsOf(xml: string, name: string): string[] {
  return [...elements(xml, name)];
}

/** One look at every byte, whatever is missing. */
function* elements(xml: string, name: string): Generator<string, void, void> {
  const [open, close] = [`<${name}`, `</${name}>`];
  for (let at = xml.indexOf(open); at >= 0; at = xml.indexOf(open, at)) {
    at += open.length;
    const behind = xml[at];
    if (behind !== '>' && behind !== '/' && !/\s/.test(behind ?? '')) continue;
    const begin = xml.indexOf('>', at) + 1;
    if (begin === 0) return;
    if (xml[begin - 2] === '/') {
      yield '';
      at = begin;
      continue;
    }
    const end = xml.indexOf(close, begin);
    if (end < 0) return;
    yield xml.slice(begin, end);
    at = end + close.length;
  }
}

/** Whether an answer is all there: the first element's end is the end. */
export function isXml(body: Buffer): boolean {
  const text = body.toString('utf8').trimEnd();
  const end = text.lastIndexOf('</');
  const name = /^<\/(\w+)>$/.exec(end < 0 ? '' : text.slice(end))?.[1];
  return name !== undefined && /[\s>]/.test(text[text.indexOf(`<${name}`) + name.length + 1] ?? '');
}

const entities: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code > 0x10ffff) throw new Error(`"${whole}" is no character`);
    return String.fromCodePoint(code);
  });
}

export function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Keys come as in a form when the server was asked for `encoding-type=url` and says that it did. */
export function keyOf(text: string, encoded: boolean): string {
  return encoded ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}
