/** What the recordings that rows name are while a job is planned, and what they come to. */

import { isRemote } from '../../storage/uri.ts';
import { type RecordingStamp, stampLocal } from './recordings.ts';
import { Within } from './within.ts';

/** What rows and their recordings come to. */
export interface LookCounts {
  /** Of local recordings: bytes, and rows whose recording is not there. */
  readonly bytes: number;
  readonly missing: number;
  /** Rows whose recording lies outside of --audio, and is not looked at. */
  readonly outside: number;
  /** Rows whose recording is an object, or a page of the web: each costs a request. */
  readonly remote: number;
}

export class RecordingLook {
  readonly #within: Within;
  readonly #counts = { bytes: 0, missing: 0, outside: 0, remote: 0 };

  constructor(audio: string, allowOutside: boolean) {
    this.#within = new Within(audio, allowOutside);
  }

  get counts(): LookCounts {
    return this.#counts;
  }

  /** What the recording is now; undefined where it is not there, or not looked at. */
  at(uri: string): RecordingStamp | 'refused' | undefined {
    if (!this.#within.names(uri)) {
      this.#counts.outside++;
      return 'refused';
    }
    if (isRemote(uri)) {
      this.#counts.remote++;
      return undefined;
    }
    const stamp = stampLocal(uri);
    if (stamp === undefined) this.#counts.missing++;
    else this.#counts.bytes += stamp.size;
    return stamp;
  }
}
