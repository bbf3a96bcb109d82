/**
 * The slow twin of the native name parsers. "Strict" takes exactly what the archive's notebook takes (Python's `re` and
 * `strptime`); "a2o" gives the same for those names and reads the archive's other names by a rule of its own.
 */

export interface RecordName {
  /** Seconds since 1970; null when the name holds no zone. */
  readonly timestamp: number | null;
  readonly secondsSinceMidnight: number;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly subsiteName: string | null;
  readonly fileSeqId: bigint | null;
  /** "Z" is taken for UTC; "none" is a name without a zone. */
  readonly zone: 'Z' | 'offset' | 'none';
}

/** Undefined: the notebook would stop at this name. */
export function parseStrictName(name: string): RecordName | undefined {
  const chars = Array.from(name);
  const matches: StrictMatch[] = [];
  for (let at = 0; at < chars.length; ) {
    const match = matchStrict(chars, at);
    if (match !== undefined) matches.push(match);
    at = match?.end ?? at + 1;
  }
  const [only, second] = matches;
  return only === undefined || second !== undefined ? undefined : readStrict(only);
}

interface StrictMatch {
  readonly siteId: string;
  readonly date: readonly string[];
  readonly zone: readonly string[];
  readonly siteName: string;
  readonly subsiteName: string;
  readonly digits: readonly string[];
  readonly end: number;
}

// site_(?P<site_id>\d{4})\/(?P<datetime>\d{8}T\d{6})(?P<timezone>(?:\+\d{4})|Z)_(?P<site_name>(?:\w*|-)*)
// -(?P<subsite_name>(?:Wet|Dry)-(?:A|B))_(?P<file_seq_id>\d*).flac
function matchStrict(chars: readonly string[], start: number): StrictMatch | undefined {
  let at = start;
  const literal = (text: string): boolean => {
    if (!spells(chars, at, text)) return false;
    at += text.length;
    return true;
  };
  const digits = (count: number): boolean => {
    for (let i = 0; i < count; i++) if (!isDigit(chars[at + i])) return false;
    at += count;
    return true;
  };
  if (!literal('site_') || !digits(4) || !literal('/')) return undefined;
  const dateAt = at;
  if (!digits(8) || !literal('T') || !digits(6)) return undefined;
  const zoneAt = at;
  if (!literal('Z') && !(literal('+') && digits(4))) return undefined;
  const zoneEnd = at;
  if (!literal('_')) return undefined;
  // (?:\w*|-)* tries what follows it at every "-" before it swallows that "-": the first place where the tail fits wins.
  for (let dash = at; isWord(chars[dash]) || chars[dash] === '-'; dash++) {
    const tail = matchTail(chars, dash);
    if (tail === undefined) continue;
    return {
      siteId: chars.slice(start + 5, start + 9).join(''),
      date: chars.slice(dateAt, zoneAt),
      zone: chars.slice(zoneAt, zoneEnd),
      siteName: chars.slice(at, dash).join(''),
      ...tail,
    };
  }
  return undefined;
}

function matchTail(
  chars: readonly string[],
  dash: number,
): Pick<StrictMatch, 'subsiteName' | 'digits' | 'end'> | undefined {
  const subsiteName = chars.slice(dash + 1, dash + 6).join('');
  if (chars[dash] !== '-' || !/^(Wet|Dry)-[AB]$/.test(subsiteName) || chars[dash + 6] !== '_') return undefined;
  const from = dash + 7;
  let to = from;
  while (isDigit(chars[to])) to++;
  // \d* gives digits back until the dot, which stands for any character but a newline, and "flac" fit.
  for (; to >= from; to--) {
    if (chars[to] !== undefined && chars[to] !== '\n' && spells(chars, to + 1, 'flac')) {
      return { subsiteName, digits: chars.slice(from, to), end: to + 5 };
    }
  }
  return undefined;
}

/** What datetime.strptime(..., "%Y%m%dT%H%M%S%z") and int() accept; their patterns allow other scripts' digits in some places. */
function readStrict(match: StrictMatch): RecordName | undefined {
  const { date, zone, digits } = match;
  const month = `${date[4]}${date[5]}`;
  const day = `${date[6]}${date[7]}`;
  const hour = `${date[9]}${date[10]}`;
  const minute = `${date[11]}${date[12]}`;
  const second = `${date[13]}${date[14]}`;
  const readable =
    /^(1[0-2]|0[1-9])$/.test(month) &&
    /^(3[01]|[12]\p{Nd}|0[1-9])$/u.test(day) &&
    /^(2[0-3]|[01]\p{Nd})$/u.test(hour) &&
    /^[0-5]\p{Nd}$/u.test(minute) &&
    /^[0-5]\p{Nd}$/u.test(second) &&
    (zone[0] === 'Z' || /^[0-5]$/.test(zone[3]!));
  // Python refuses to convert more than 4300 digits.
  if (!readable || digits.length === 0 || digits.length > 4300) return undefined;
  const number = (from: number, to: number, chars = date) => Number(chars.slice(from, to).map(digitValue).join(''));
  const offset = zone[0] === 'Z' ? 0 : number(1, 3, zone) * 60 + number(3, 5, zone);
  if (offset >= 24 * 60) return undefined;
  const when = instant(number(0, 4), number(4, 6), number(6, 8), number(9, 11), number(11, 13), number(13, 15));
  if (when === undefined) return undefined;
  return {
    timestamp: when.seconds - offset * 60,
    secondsSinceMidnight: when.secondsSinceMidnight,
    siteId: match.siteId,
    siteName: match.siteName,
    subsiteName: match.subsiteName,
    fileSeqId: BigInt(digits.map(digitValue).join('')),
    zone: zone[0] === 'Z' ? 'Z' : 'offset',
  };
}

/** Undefined: the name holds no readable date. */
export function parseA2oName(name: string): RecordName | undefined {
  const strict = parseStrictName(name);
  if (strict !== undefined) return strict;
  const slash = name.lastIndexOf('/');
  const base = name.slice(slash + 1);
  const folder = slash < 0 ? '' : name.slice(name.lastIndexOf('/', slash - 1) + 1, slash);
  for (let at = 0; at < base.length; at++) {
    const date = /^(\d{4})(\d\d)(\d\d)[T_\- ]?(\d\d)(\d\d)(\d\d)(?!\d)/.exec(base.slice(at));
    if (date === null || /\d/.test(base[at - 1] ?? '')) continue;
    const [year, month, day, hour, minute, second] = date.slice(1).map(Number);
    const when = instant(year!, month!, day!, hour!, minute!, second!);
    if (when === undefined) continue;
    const after = base.slice(at + date[0].length);
    if (/_E$/.test(base.slice(0, at))) continue;
    const zone = readZone(after);
    return {
      timestamp: zone === undefined ? null : when.seconds - zone.minutes * 60,
      secondsSinceMidnight: when.secondsSinceMidnight,
      siteId: /site_(\d+)$/.exec(folder)?.[1] ?? null,
      ...readRest(zone === undefined ? after.replace(/^[-0-9+:.,UTCGMZz]+(?=_)/, '') : after.slice(zone.length)),
      zone: zone === undefined ? 'none' : zone.isUtc ? 'Z' : 'offset',
    };
  }
  return undefined;
}

interface Zone {
  /** Of the text, with the fraction of the second before it. */
  readonly length: number;
  readonly minutes: number;
  readonly isUtc: boolean;
}

/** What a zone ends with: the text, the site, or the extension. */
const end = '(?=$|_|\\.(?!\\d))';
const offsets = new RegExp(
  `^(?:[+-]\\d\\d:?\\d\\d(?!\\d)|\\+\\d\\d${end}|(?:UTC|GMT)[+-]\\d\\d(?::?\\d\\d(?!\\d)|${end}))`,
);
const zulu = new RegExp(`^(?:Z(?!\\+\\d|-\\d\\d:?\\d\\d)|z${end}|(?:UTC|GMT)${end})`);

/** Undefined: there is none, or one that says nothing or two things. */
function readZone(text: string): Zone | undefined {
  const fraction = /^[.,]\d+/.exec(text)?.[0] ?? '';
  const behind = text.slice(fraction.length);
  const utc = zulu.exec(behind)?.[0];
  // ".7z" is an extension.
  if (utc?.length === 1 && fraction !== '' && behind.length === 1) return undefined;
  if (utc !== undefined) return { length: fraction.length + utc.length, minutes: 0, isUtc: true };
  const offset = offsets.exec(behind)?.[0];
  const [, sign, hours, minutes = '0'] = /([+-])(\d\d):?(\d\d)?$/.exec(offset ?? '') ?? [];
  if (offset === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const away = Number(hours) * 60 + Number(minutes);
  return { length: fraction.length + offset.length, minutes: sign === '-' ? -away : away, isUtc: false };
}

/** What follows date and zone: `_<site name>_<recording number>.<extension>`, each part optional. */
function readRest(rest: string): Pick<RecordName, 'siteName' | 'subsiteName' | 'fileSeqId'> {
  const dot = rest.lastIndexOf('.');
  const stem = dot < 0 ? rest : rest.slice(0, dot);
  const nothing = { siteName: null, subsiteName: null, fileSeqId: null };
  if (!stem.startsWith('_')) return nothing;
  const body = stem.slice(1);
  const last = body.slice(body.lastIndexOf('_') + 1);
  const hasId = /^[0-9]+$/.test(last);
  const name = hasId ? body.slice(0, Math.max(body.length - last.length - 1, 0)) : body;
  const fileSeqId = hasId ? BigInt(last) : null;
  if (name === '') return { ...nothing, fileSeqId };
  const subsite = /^(.+)-((?:Wet|Dry)-[AB])$/s.exec(name);
  return { siteName: subsite?.[1] ?? name, subsiteName: subsite?.[2] ?? null, fileSeqId };
}

/** Undefined for what is no date or time of the calendar that Python counts by (year 1 to 9999, no leap seconds). */
function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): { seconds: number; secondsSinceMidnight: number } | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCDate() !== day) return undefined;
  const secondsSinceMidnight = hour * 3600 + minute * 60 + second;
  return { seconds: midnight.getTime() / 1000 + secondsSinceMidnight, secondsSinceMidnight };
}

function spells(chars: readonly string[], at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (chars[at + i] !== text[i]) return false;
  return true;
}

/** Python's \d: a decimal digit of any script. */
function isDigit(char: string | undefined): boolean {
  return char !== undefined && /^\p{Nd}$/u.test(char);
}

/** Python's \w: letters, everything that is a number, and the underscore. */
function isWord(char: string | undefined): boolean {
  return char !== undefined && /^[\p{L}\p{N}_]$/u.test(char);
}

/** Unicode keeps the ten digits of a script together and in order, and whole sets of ten side by side. */
function digitValue(char: string): number {
  const point = char.codePointAt(0)!;
  let first = point;
  while (isDigit(String.fromCodePoint(first - 1))) first--;
  return (point - first) % 10;
}
