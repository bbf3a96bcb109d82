/** Days and times as text, ISO 8601: no digit is lost, as it would be in a number or a Date. */

import { Damage } from './faults.ts';

export type TimeUnit = 'MILLIS' | 'MICROS' | 'NANOS';

export const unitsPerSecond: { readonly [unit in TimeUnit]: bigint } = {
  MILLIS: 1000n,
  MICROS: 1_000_000n,
  NANOS: 1_000_000_000n,
};

/** What a Date can be: 100 million days before and after 1970. */
const mostDays = 1e8;
const daySeconds = 86400n;

/** Days since 1970-01-01 as "2024-02-29"; years before 0 and after 9999 with a sign and six digits. */
export function dateText(days: number): string {
  if (Math.abs(days) > mostDays) throw new Damage(`a date ${days} days from 1970`, 'UNSUPPORTED');
  const text = new Date(days * 86_400_000).toISOString();
  return text.slice(0, text.indexOf('T'));
}

/** Since midnight, as "23:59:58.123". */
export function timeText(since: bigint, unit: TimeUnit): string {
  if (since < 0n || since >= daySeconds * unitsPerSecond[unit]) throw new Damage('a time of more than a day');
  return clockText(since, unit);
}

/** Since 1970-01-01T00:00, as "2024-02-29T23:59:58.123456", with a "Z" behind it where it is UTC. */
export function timestampText(since: bigint, unit: TimeUnit, isUtc: boolean): string {
  const day = daySeconds * unitsPerSecond[unit];
  const inDay = ((since % day) + day) % day;
  return `${dateText(Number((since - inDay) / day))}T${clockText(inDay, unit)}${isUtc ? 'Z' : ''}`;
}

function clockText(inDay: bigint, unit: TimeUnit): string {
  const perSecond = unitsPerSecond[unit];
  const seconds = Number(inDay / perSecond);
  const digits = String(perSecond).length - 1;
  const fraction = String(inDay % perSecond).padStart(digits, '0');
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}
