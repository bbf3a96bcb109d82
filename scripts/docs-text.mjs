// @ts-check
/** What the pages that are made from code share: lines of one width, and regions of a page that a script fills. */

const width = 100;

/** @param {string} text @param {{ first?: string, rest?: string }} [indents] */
export function wrap(text, { first = '', rest = first } = {}) {
  /** @type {string[]} */
  const lines = [];
  let line = first;
  let empty = true;
  // Code in backticks is one word: Markdown would join it again, but a reader of the source could not search for it.
  for (const word of text.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].join('\n');
}

/** What Markdown would take for HTML or emphasis, outside of code. @param {string} text */
export function escapeProse(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('*', '\\*')))
    .join('');
}

/**
 * A page with what stands between `<!-- begin NAME -->` and `<!-- end -->` made anew.
 * @param {string} page @param {(name: string) => string} make
 */
export function fillRegions(page, make) {
  return page.replace(
    /(<!-- begin (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, /** @type {string} */ begin, /** @type {string} */ name, /** @type {string} */ end) =>
      `${begin}\n${make(name).trim()}\n\n${end}`,
  );
}
