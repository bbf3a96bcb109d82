/** Runs a job's command: loads it, shows progress, turns signals into a clean stop. */

import { BowerbirdError, unforeseen } from '../errors.ts';
import type { Progress } from '../index.ts';
import type { Api } from './api.ts';
import { dotEnvNotices } from './dot-env.ts';
import { byName, errorJson, exit, tellError, tellFailure } from './failure.ts';
import { loadCommand } from './flags/load.ts';
import { inFlags, ownFlags, reportInFlags, textInFlags } from './in-flags.ts';
import type { Io, StopSignal } from './io.ts';
import { Misuse } from './misuse.ts';
import type { Call } from './parse.ts';
import { meterFor, type ProgressMode, shownMode } from './progress.ts';
import type { Outcome, Session } from './session.ts';
import { Spool } from './spool.ts';
import { dash, isStdin, usualLimit } from './stdio.ts';
import { styleFor } from './style.ts';
import type { Talk } from './talk.ts';

export type JobCall = Exclude<Call, { readonly command: 'completions' }>;

/** Files take the place of stdin and stdout, in a command that reads or writes them. */
async function withFiles(call: JobCall, spool: Spool, io: Io, signal: AbortSignal): Promise<JobCall> {
  if (call.command !== 'inspect' && call.command !== 'verify' && call.command !== 'decode') return call;
  let { operands, values } = call;
  if (call.command === 'decode') {
    const { out } = call.values;
    if (operands.some(isStdin) && !/\.wav$/i.test(out!) && out !== dash) {
      throw new Misuse('Expected --out X.wav or - for stdin, which is one recording', call.command);
    }
    if (out === dash) values = { ...call.values, out: spool.path('out.wav') };
  }
  if (operands.some(isStdin)) {
    const path = await spool.take(io.stdin, call.values.stdinLimit ?? usualLimit, signal);
    operands = operands.map((operand) => (isStdin(operand) ? path : operand));
  }
  return { ...call, operands, values } as JobCall;
}

/** Whether samples go there, and nothing else. */
function writesToStdout(call: JobCall, io: Io): boolean {
  if (call.command !== 'decode' || call.values.out !== dash || call.values.dryRun === true) return false;
  if (call.values.json)
    throw new Misuse('Expected --json or --out - but received both: each wants stdout', call.command);
  if (io.stdout.isTTY) {
    throw new Misuse('Expected stdout to be a pipe or a file for --out -, but it is a terminal', call.command);
  }
  return true;
}

function isResumable({ command, operands, ...call }: JobCall): boolean {
  return resumable.has(command) && !operands.some(isStdin) && !('out' in call.values && call.values.out === dash);
}

const resumable: ReadonlySet<JobCall['command']> = new Set([
  'extract',
  'ingest',
  'pack',
  'convert',
  'decode',
  'unpack',
  'dataset build',
]);

/**
 * Signals this soon after the first are the same key press: Ctrl-C goes to the whole process group, and npm and npx
 * pass their copy on.
 */
const sameKeyPressMs = 200;

export async function perform(call: JobCall, io: Io, api: Api, toStderr: Talk): Promise<number> {
  const spool = new Spool();
  const talk: Talk = {
    ...toStderr,
    line: (text) => toStderr.line(spool.shown(text)),
    error: (text, word) => toStderr.error(spool.shown(text), word),
  };
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
      talk.afresh(`bowerbird: ${isResumable(call) ? 'stopping; run the same command again to go on' : 'stopping'}`);
      stop.abort(new BowerbirdError('INTERRUPTED', `Stopped by ${signal}`));
    } else if (io.now() - first.at >= sameKeyPressMs) {
      talk.status('');
      spool.remove();
      io.die(signal);
    }
  });

  const own = await loadCommand(call.command);
  const notice = (text: string) => {
    if (quiet) return;
    const told = ownFlags(text, own);
    talk.line(mode === 'json' ? JSON.stringify({ notice: told }) : `bowerbird: notice: ${told}`);
  };
  const dotEnv = dotEnvNotices(notice);

  let running = true;
  try {
    const toStdout = writesToStdout(call, io);
    const outcome = await dispatch(await withFiles(call, spool, io, stop.signal), {
      api,
      signal: stop.signal,
      ...(meter && { onProgress: (sample: Progress) => running && meter.update(sample) }),
      style: styleFor(io.stdout, io.env),
      columns: io.stdout.columns,
      notice,
      dotEnv: dotEnv.took,
      failed: async (error) => tellError(await inFlags(error, call.command), talk),
      async print(text) {
        meter?.close();
        dotEnv.tell();
        const told = await textInFlags(text, call.command);
        if (toStdout) talk.line(told.replace(/\n$/, ''));
        else if (!json) io.stdout.write(spool.shown(told));
      },
      // A dry run has made nothing.
      ...(toStdout && { send: (path: string) => io.stdout.send(spool.read(path, stop.signal)) }),
    });
    meter?.close();
    dotEnv.tell();
    if (json) io.stdout.write(`${spool.shown(reportInFlags(outcome.report, own))}\n`);
    return outcome.exitCode;
  } catch (thrown) {
    meter?.close();
    dotEnv.tell();
    const known = unforeseen(thrown) ?? thrown;
    const error = spool.shownError(await inFlags(known, call.command).catch(() => byName(known)));
    if (first === undefined || !isStop(error, stop.signal)) return tellFailure(error, io, talk, json);
    // "stopping" was said; more words would only hide the prompt.
    if (json) io.stdout.write(`${JSON.stringify({ error: errorJson(stop.signal.reason) })}\n`);
    return first.signal === 'SIGINT' ? exit.interrupted : exit.terminated;
  } finally {
    running = false;
    dotEnv.end();
    unlisten();
    spool.remove();
  }
}

async function dispatch(call: JobCall, session: Session): Promise<Outcome> {
  switch (call.command) {
    case 'extract':
      return (await import('./commands/extract.ts')).extract(call, session);
    case 'ingest':
      return (await import('./commands/ingest.ts')).ingest(call, session);
    case 'pack':
      return (await import('./commands/pack.ts')).pack(call, session);
    case 'dataset scan':
      return (await import('./commands/dataset-scan.ts')).datasetScan(call, session);
    case 'dataset build':
      return (await import('./commands/dataset-build.ts')).datasetBuild(call, session);
    case 'dataset card':
      return (await import('./commands/dataset-card.ts')).datasetCard(call, session);
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
    case 'unpack':
      return (await import('./commands/unpack.ts')).unpack(call, session);
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
