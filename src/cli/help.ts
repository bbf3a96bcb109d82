/** The help of a command and the README's table of its options, made from the table of flags. Examples come first. */

import { help as helpFlag } from './flags/common.ts';
import type { Command, Flag, Operand } from './flags/flag.ts';
import { definitions, wrap } from './layout.ts';
import { exitCodesSection, type HelpOptions, pageWidth, section, title } from './top-help.ts';

export function commandHelp(command: Command, { style, columns, long }: HelpOptions): string {
  const { name } = command;
  const width = pageWidth(columns);
  const flags = [...Object.values(command.flags), helpFlag];
  const rows = flags.map((flag): [string, string] => [flagTerm(flag), flagText(flag, long)]);
  const sections = [
    title(style, `bowerbird ${name}`, command.summary, width),
    section(style, 'Examples', [exampleLines(command)]),
    section(style, 'Usage', [
      `  ${wrap(synopsis(command), width, 6)}`,
      ...(command.operand.count === 'none' ? [] : ['', definitions([operandRow(command.operand)], width)]),
    ]),
    section(style, 'Options', [long ? spaced(rows, width) : definitions(rows, width)]),
    ...(long ? command.notes.map((note) => wrap(note, width)) : []),
    long ? `${exitCodesSection(style, command.exitCodes, width)}\n` : `"bowerbird ${name} --help" says more.\n`,
  ];
  return sections.join('\n\n');
}

/** "bowerbird extract INPUT... --out DIR [options]" */
export function synopsis(command: Command): string {
  const required = Object.values(command.flags).filter((flag) => flag.kind === 'setting' && flag.required);
  const optional = Object.keys(command.flags).length > required.length ? ['[options]'] : [];
  const operand = command.operand.count === 'none' ? [] : [operandTerm(command.operand)];
  return ['bowerbird', command.name, ...operand, ...required.map(longTerm), ...optional].join(' ');
}

/** The README's table of a command's options. */
export function flagsMarkdown(command: Command): string {
  const rows = Object.values(command.flags).map((flag) => {
    const fallback = flag.kind === 'setting' ? (flag.required ? 'required' : (flag.byDefault ?? '')) : '';
    const text = flag.more === undefined ? flag.help : `${flag.help}. ${flag.more}`;
    return [`\`${flagTerm(flag)}\``, `${text.replace(/\.$/, '')}`, fallback].map(escapeCell);
  });
  const head = ['Option', 'Meaning', 'Default'];
  // Padded, as formatters of Markdown want it.
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!, fill)).join(' | ')} |\n`;
  return [line(head, ' '), line(['', '', ''], '-'), ...rows.map((row) => line(row, ' '))].join('');
}

/** A table cell ends at a bar, also inside backticks; angle brackets in plain text would be read as HTML. */
function escapeCell(text: string): string {
  const barred = text.replaceAll('|', '\\|');
  return text.startsWith('`') ? barred : barred.replaceAll('<', '&lt;');
}

/** Commands are never broken: they are there to be copied. What each is for stands above it. */
function exampleLines(command: Command): string {
  return command.examples.map(([line, why]) => `  # ${why}\n  ${line}`).join('\n');
}

function operandTerm(operand: Operand): string {
  return operand.count === 'one or more'
    ? `${operand.name}...`
    : operand.count === 'one'
      ? operand.name
      : `[${operand.name}]`;
}

function operandRow(operand: Operand): [string, string] {
  return [operand.name, operand.help];
}

export function flagTerm(flag: Flag): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  return `${short}${longTerm(flag)}`;
}

function longTerm(flag: Flag): string {
  return flag.kind === 'switch' ? `--${flag.name}` : `--${flag.name} ${flag.placeholder}`;
}

function flagText(flag: Flag, long: boolean): string {
  const fallback = flag.kind === 'setting' && flag.byDefault !== undefined ? ` (default: ${flag.byDefault})` : '';
  return long && flag.more !== undefined ? `${flag.help}${fallback}\n${flag.more}` : `${flag.help}${fallback}`;
}

/** A term, then its text below: the long help has too much to say for two columns. */
function spaced(rows: readonly (readonly [string, string])[], width: number): string {
  const indent = 10;
  const block = ([term, text]: readonly [string, string]) => {
    const lines = text.split('\n').map((part) => ' '.repeat(indent) + wrap(part, width, indent));
    return [`  ${term}`, ...lines].join('\n');
  };
  return rows.map(block).join('\n');
}
