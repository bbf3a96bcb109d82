/** The parts of a README.md, byte for byte: YAML between two lines of dashes, and the text below. https://huggingface.co/docs/hub/datasets-cards */

import { isUtf8 } from 'node:buffer';
import { BowerbirdError } from '../../errors.ts';

export interface CardParts {
  /** A byte order mark, blank lines, and the first line of dashes with its end; '' where there is no YAML. */
  readonly head: string;
  /** Lines, each with its end; '' where there are none. */
  readonly yaml: string;
  /** From the second line of dashes on; without YAML the whole text. */
  readonly rest: string;
  /** As the lines of the file end. */
  readonly eol: '\n' | '\r\n';
  /** The number of the YAML's first line, from 1. */
  readonly firstLine: number;
}

/** As huggingface_hub finds it, or it would not find what is added. */
const opening = /^(\s*---(?:\r\n|\r|\n))/;
const closing = /^---[ \t]*(?:\r\n|\r|\n|$)/m;

/** @throws BowerbirdError BAD_SCHEMA, naming the line */
export function partsOf(card: Uint8Array, name: string): CardParts {
  const text = textOf(card, name);
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const bare = text.slice(mark.length);
  const eol = /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n';
  const open = opening.exec(bare)?.[1];
  if (open === undefined) {
    if (/^\s*---[ \t]+(?:\r|\n|$)/.test(bare)) {
      throw badCard(
        name,
        lineAt(bare, bare.indexOf('---')),
        'expected three dashes alone on the line, found blanks behind them',
      );
    }
    return { head: mark, yaml: '', rest: bare, eol, firstLine: 1 };
  }
  const below = bare.slice(open.length);
  const end = closing.exec(below);
  if (end === null) {
    throw badCard(
      name,
      lineAt(open, open.length) - 1,
      'three dashes begin its YAML, and no second line of dashes ends it',
    );
  }
  const head = mark + open;
  return {
    head,
    yaml: below.slice(0, end.index),
    rest: below.slice(end.index),
    eol,
    firstLine: lineAt(open, open.length),
  };
}

function textOf(card: Uint8Array, name: string): string {
  if (isUtf8(card)) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(card);
  let line = 1;
  for (let at = 0; at < card.length; line++) {
    const next = card.indexOf(0x0a, at) + 1 || card.length;
    if (!isUtf8(card.subarray(at, next))) break;
    at = next;
  }
  throw badCard(name, line, 'expected UTF-8, found other bytes; save it as UTF-8');
}

/** From 1. */
export function lineAt(text: string, offset: number): number {
  return 1 + (text.slice(0, offset).match(/\r\n|\r|\n/g)?.length ?? 0);
}

/** What is wrong in a card stays as it is: whoever wrote it knows what was meant. */
export function badCard(name: string, line: number, what: string): BowerbirdError {
  const message = `Cannot add to "${name}", line ${line}: ${what}; the file was left as it is`;
  return new BowerbirdError('BAD_SCHEMA', message, { source: name });
}
