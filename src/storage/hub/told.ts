/** What an upload to the Hub met with, for whoever reads a report. */

import type { HubCounts } from './connection.ts';

/** Nothing where all went well at once. */
export function toldOf(uri: string, { retries, throttled, conflicts, unanswered }: HubCounts): string[] {
  const facts = [
    retries > 0 && `${counted(retries, 'request')} sent again`,
    throttled > 0 && `${counted(throttled, 'answer')} asked to wait (429)`,
    conflicts > 0 && `${counted(conflicts, 'commit')} made anew, since others came first`,
    unanswered > 0 && `${counted(unanswered, 'commit')} looked up, since the answer was lost`,
  ].filter((fact) => fact !== false);
  return facts.length === 0 ? [] : [`${uri}: ${facts.join(', ')}`];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
