/** Runs a job's command: loads it, shows progress, turns signals into a clean stop. */

import { BowerbirdError, unforeseen } from '../errors.ts';
import type { Progress } from '../index.ts';
import type { Api } from './api.ts';
import { errorJson, exit, tellError, tellFailure } from './failure.ts';
import type { Io, StopSignal } from './io.ts';
import type { Call } from './parse.ts';
import { meterFor, type ProgressMode, shownMode } from './progress.ts';
import type { Outcome, Session } from './session.ts';
import { styleFor } from './style.ts';
import type { Talk } from './talk.ts';

export type JobCall = Exclude<Call, { readonly command: 'completions' }>;

const resumable: ReadonlySet<JobCall['command']> = new Set(['extract', 'ingest', 'convert', 'decode']);

/**
 * Signals this soon after the first are the same key press: Ctrl-C goes to the whole process group, and npm and npx
 * pass their copy on.
 */
const sameKeyPressMs = 200;

export async function perform(call: JobCall, io: Io, api: Api, talk: Talk): Promise<number> {
  const values: { readonly json?: true; readonly quiet?: true; readonly progress?: ProgressMode } = call.values;
  const json = values.json === true;
  const quiet = values.quiet === true;
  const mode = quiet ? 'none' : shownMode(values.progress ?? 'auto', io);
  const meter = meterFor(mode, talk, () => io.stderr.columns);

  const stop = new AbortController();
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  const unlisten = io.onSignal((signal) => {
    if (first === undefined) {
      first = { signal, at: io.now() };
      talk.line(
        `bowerbird: ${resumable.has(call.command) ? 'stopping; run the same command again to go on' : 'stopping'}`,
      );
      stop.abort(new BowerbirdError('INTERRUPTED', `Stopped by ${signal}`));
    } else if (io.now() - first.at >= sameKeyPressMs) {
      talk.status('');
      io.die(signal);
    }
  });

  let running = true;
  try {
    const outcome = await dispatch(call, {
      api,
      signal: stop.signal,
      ...(meter && { onProgress: (sample: Progress) => running && meter.update(sample) }),
      style: styleFor(io.stdout, io.env),
      notice(text) {
        if (!quiet) talk.line(mode === 'json' ? JSON.stringify({ notice: text }) : `bowerbird: notice: ${text}`);
      },
      failed: (error) => tellError(error, talk),
      print(text) {
        meter?.close();
        if (!json) io.stdout.write(text);
      },
    });
    meter?.close();
    if (json) io.stdout.write(`${JSON.stringify(outcome.report)}\n`);
    return outcome.exitCode;
  } catch (thrown) {
    meter?.close();
    const error = unforeseen(thrown) ?? thrown;
    if (first === undefined || !isStop(error, stop.signal)) return tellFailure(error, io, talk, json);
    // "stopping" was said; more words would only hide the prompt.
    if (json) io.stdout.write(`${JSON.stringify({ error: errorJson(stop.signal.reason) })}\n`);
    return first.signal === 'SIGINT' ? exit.interrupted : exit.terminated;
  } finally {
    running = false;
    unlisten();
  }
}

async function dispatch(call: JobCall, session: Session): Promise<Outcome> {
  switch (call.command) {
    case 'extract':
      return (await import('./commands/extract.ts')).extract(call, session);
    case 'ingest':
      return (await import('./commands/ingest.ts')).ingest(call, session);
    case 'inspect':
      return (await import('./commands/inspect.ts')).inspect(call, session);
    case 'verify':
      return (await import('./commands/verify.ts')).verify(call, session);
    case 'repair':
      return (await import('./commands/repair.ts')).repair(call, session);
    case 'convert':
      return (await import('./commands/convert.ts')).convert(call, session);
    case 'decode':
      return (await import('./commands/decode.ts')).decode(call, session);
    default:
      return call satisfies never;
  }
}

/** A disk that fills up while a run stops is a failure, not a stop. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason) return true;
  if (error instanceof BowerbirdError) return error.code === 'INTERRUPTED';
  return error instanceof Error && error.name === 'AbortError';
}
