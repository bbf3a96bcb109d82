/** Where a place is, seen from a folder. */

import { pathOf } from '../../file-uri.ts';
import { absolute, isRemote } from '../../storage/uri.ts';

/** With "/"; '' where it is the folder itself, undefined where it is elsewhere. By their names alone: links are not looked at. */
export function placeBelow(folder: string, place: string): string | undefined {
  if (isRemote(folder) !== isRemote(place)) return undefined;
  const root = wholeOf(folder);
  const whole = wholeOf(place);
  if (whole === root) return '';
  const start = root.endsWith('/') ? root : `${root}/`;
  return whole.startsWith(start) ? whole.slice(start.length) : undefined;
}

function wholeOf(place: string): string {
  return absolute(isRemote(place) ? place : pathOf(place));
}
