/** The little XML that S3 speaks: flat elements whose names are known. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */

/** The text of the first element of this name; undefined when there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const inside = elementOf(xml, name);
  return inside === undefined ? undefined : unescaped(inside);
}

/** What stands in each element of this name, still XML. */
export function elementsOf(xml: string, name: string): string[] {
  const found = xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</${name}>)`, 'g'));
  return [...found].map((match) => match[1] ?? '');
}

/** Whether an answer is all there: the first element's end is the end. */
export function isXml(body: Buffer): boolean {
  return /<(\w+)[\s>][\s\S]*<\/\1>\s*$/.test(body.toString('utf8'));
}

function elementOf(xml: string, name: string): string | undefined {
  const match = new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</${name}>)`).exec(xml);
  return match === null ? undefined : (match[1] ?? '');
}

const entities: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

export function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Keys come as in a form when the server was asked for `encoding-type=url` and says that it did. */
export function keyOf(text: string, encoded: boolean): string {
  return encoded ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}
