/** Lays out text on a fixed-width page: wrapping, and columns that line up. Texts hold no colour codes. */

/** Breaks at spaces so that no line is longer than `width` (a longer word stands alone); later lines are indented. */
export function wrap(text: string, width: number, indent = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width - indent) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.join(`\n${' '.repeat(indent)}`);
}

/** A left column of terms and a right one of wrapped text; a term too long for its column gets a line of its own. */
export function definitions(rows: readonly (readonly [string, string])[], width: number, most = 26): string {
  const column = Math.min(most, Math.max(...rows.map(([term]) => term.length)) + 4);
  return rows
    .map(([term, text]) => {
      const body = text.split('\n').map((part) => wrap(part, width, column));
      const joined = body.join(`\n${' '.repeat(column)}`);
      if (term.length + 4 <= column) return `  ${term.padEnd(column - 2)}${joined}`;
      return `  ${term}\n${' '.repeat(column)}${joined}`;
    })
    .join('\n');
}

/** Columns as wide as their widest cell, two spaces apart; "r" aligns right. */
export function table(rows: readonly (readonly string[])[], align: string, indent = 0): string {
  const widths: number[] = [];
  for (const [i, cell] of rows.flatMap((row) => [...row.entries()])) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => (align[i] === 'r' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)));
      return ' '.repeat(indent) + cells.join('  ').trimEnd();
    })
    .join('\n');
}

/**
 * "name   value" lines, as the summaries have them; rows without a value are left out. On a terminal of `columns` a longer value is broken, or
 * stands below its name where a word of it needs the room.
 */
export function facts(
  rows: readonly (readonly [string, string | undefined])[],
  indent = 0,
  columns = Number.POSITIVE_INFINITY,
): string {
  const told = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const value = indent + Math.max(0, ...told.map(([name]) => name.length)) + 2;
  const fitted = told.map(([name, text]) => {
    const beside = `${' '.repeat(indent)}${name.padEnd(value - indent)}${wrap(text, columns, value)}`.trimEnd();
    if (fits(beside, columns)) return beside;
    return `${' '.repeat(indent)}${name}\n${' '.repeat(indent + 2)}${wrap(text, columns, indent + 2)}`;
  });
  return fitted.join('\n');
}

/** A table with a row of heads; where the terminal is too narrow for it, its rows one below the other, each as a block of facts. */
export function fittedTable(
  rows: readonly (readonly string[])[],
  align: string,
  indent: number,
  columns = Number.POSITIVE_INFINITY,
): string {
  const whole = table(rows, align, indent);
  if (fits(whole, columns)) return whole;
  const [heads = [], ...body] = rows;
  const blocks = body.map((cells) => {
    const told = cells.map((cell, i): [string, string | undefined] => [heads[i] ?? '', cell === '' ? undefined : cell]);
    return facts(told, indent, columns);
  });
  return blocks.join('\n\n');
}

function fits(text: string, columns: number): boolean {
  return text.split('\n').every((line) => line.length <= columns);
}
