/** Between a command and whoever runs it (perform.ts): what the one has at hand and what the other gets back. */

import type { Progress } from '../index.ts';
import type { Api } from './api.ts';
import type { Style } from './style.ts';

export interface Session {
  readonly api: Api;
  readonly signal: AbortSignal;
  /** Absent when nobody would see it. */
  readonly onProgress?: (progress: Progress) => void;
  readonly style: Style;
  /** Width of the terminal that results go to; undefined where they go to a pipe or a file. */
  readonly columns: number | undefined;
  /** A line of talk, left out under --quiet. */
  notice(text: string): void;
  /** A variable of a file `.env` decides about this run: told in one notice with others. */
  dotEnv(variable: string, path: string): void;
  /** One of several inputs failed; the others go on. */
  failed(error: unknown): Promise<void>;
  /** Text for people on stdout, left out under --json. */
  print(text: string): Promise<void>;
  /** Sends a finished file to stdout; set where that is what the command is for. */
  readonly send?: (path: string) => Promise<void>;
}

export interface Outcome {
  readonly exitCode: number;
  /** What --json prints. */
  readonly report: object;
}
