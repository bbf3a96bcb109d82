/** The Hub of tests (hub/server.mjs) with types, as what only reads wants it. */

import { type HubRepo, shaOf, startHub } from './hub/server.mjs';

export type { HubRepo };
export { shaOf };

export interface HubServer {
  readonly url: string;
  readonly repos: { [name: string]: HubRepo };
  /** Path and range of each request, and the bytes of its answer. */
  readonly seen: { readonly path: string; readonly range: string | undefined; readonly bytes: number }[];
  close(): Promise<void>;
}

export async function hubServer(repos: HubServer['repos']): Promise<HubServer> {
  return startHub({ repos, redirects: false });
}
