/**
 * A run inside its output folder: entering (lock, journals of earlier runs), and completing (summary, final journal).
 *
 * A whole run has the folder for itself and keeps one journal. Parts of a split run keep one each, beside the whole one,
 * which is older than theirs: whoever enters alone first puts all earlier journals into the whole one.
 */

import { dirname, join } from 'node:path';
import { systemError } from '../errors.ts';
import { makeFolders } from '../storage/folders.ts';
import {
  bootId,
  type Entry,
  type FoundJournal,
  Journal,
  journalPath,
  readJournals,
  syncState,
  writeJournal,
} from './journal.ts';
import { lockPart, lockWhole, type OutputLock, partIsRunning, throughGate } from './lock.ts';
import { cleanTemps, removeFile, removeTemps, STATE_FOLDER, syncFolder, writeFileAtomic } from './publish.ts';
import { joinRejects, REJECTS_FOLDER, rejectsName } from './rejects.ts';
import { type Entries, matchOptions, mergeEntries, refuseForeign, type Sorted, sortUnits } from './resume.ts';
import { type JobOptions, notice, type Run } from './run.ts';
import { tooManyRejects } from './shared.ts';
import type { Receipt, Unit } from './types.ts';

/** What a run holds while it is in the folder. Must be left. */
export interface Session<R extends Receipt> {
  readonly lock: OutputLock;
  readonly journal: Journal<R>;
  /** What is known about units, kept true while the run goes on. */
  readonly entries: Entries<R>;
  readonly sorted: Sorted<Unit, R>;
}

export async function enter<O extends JobOptions, R extends Receipt>(run: Run<O, R>): Promise<Session<R>> {
  const { place, part } = run;
  makeFolder(place.stateDir);
  if (part === undefined) return open(run, lockWhole(place));
  const terms = JSON.stringify(run.identity);
  return throughGate(place, run.settings.signal, () => open(run, lockPart(place, part, terms)));
}

export function leave<R extends Receipt>(session: Session<R>): void {
  session.journal.close();
  session.lock.release();
}

/** Reads and judges before it changes anything. */
async function open<O extends JobOptions, R extends Receipt>(run: Run<O, R>, lock: OutputLock): Promise<Session<R>> {
  const { place, settings } = run;
  const overwrite = settings.overwrite === true;
  try {
    const found = await readJournals<R>(place.stateDir, place.job);
    for (const journal of found) tellDamage(run, journal);
    const journals = matchOptions(found, run.identity, overwrite, place.outDir);
    const entries = mergeEntries(journals);
    const sorted = await sort(run, run.mine, entries);
    if (!overwrite) await refuseForeign(place.outDir, sorted.todo, entries, summaries(run));
    await remember(run);
    const journal = await openJournal(run, lock.alone, journals, entries);
    return { lock, journal, entries, sorted };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function remember<O extends JobOptions, R extends Receipt>({ plan, place }: Run<O, R>): Promise<void> {
  if (plan.memory !== undefined)
    await writeFileAtomic(join(place.stateDir, plan.memory.name), plan.memory.lines, false);
}

function tellDamage<O extends JobOptions, R extends Receipt>(run: Run<O, R>, journal: FoundJournal<R>): void {
  if (journal.damagedLines === 0) return;
  notice(run, `The journal "${journal.path}" was damaged by a crash; what its broken end told of is done again`);
}

function sort<O extends JobOptions, R extends Receipt>(
  run: Run<O, R>,
  units: readonly Unit[],
  entries: Entries<R>,
): Promise<Sorted<Unit, R>> {
  return sortUnits(units, entries, run.place.outDir, (receipt) => run.job.accepts(receipt, run.options));
}

async function openJournal<O extends JobOptions, R extends Receipt>(
  run: Run<O, R>,
  alone: boolean,
  journals: readonly FoundJournal<R>[],
  entries: Entries<R>,
): Promise<Journal<R>> {
  const { place, part, identity } = run;
  const path = journalPath(place.stateDir, place.job, part);
  if (part === undefined) {
    const journal = await Journal.create(path, place.job, identity, entries.values());
    removePartJournals(journals);
    return journal;
  }
  const own = journals.find((journal) => journal.path === path)?.entries ?? new Map<string, Entry<R>>();
  if (!alone) return Journal.create(path, place.job, identity, own.values());
  if (journals.length > 0) {
    await writeJournal(journalPath(place.stateDir, place.job, undefined), place.job, identity, entries.values());
  }
  removePartJournals(journals);
  return Journal.create<R>(path, place.job, identity, []);
}

function removePartJournals<R extends Receipt>(journals: readonly FoundJournal<R>[]): void {
  for (const { path, part } of journals) if (part !== undefined) removeFile(path);
}

/** Makes the folder ready for these units and notes that they begin: from here on their old outputs count for nothing. */
export async function beginUnits<O extends JobOptions, R extends Receipt>(
  run: Run<O, R>,
  session: Session<R>,
  todo: readonly Unit[],
): Promise<void> {
  removeLeftovers(run, session.entries.values());
  if (todo.length === 0) return;
  const { outDir, stateDir } = run.place;
  await session.journal.begin(todo);
  syncState(outDir, stateDir);
  for (const { id, outputs } of todo) session.entries.set(id, { unit: id, outputs, boot: '', durable: false });
  for (const name of summaries(run)) removeFile(join(outDir, name));
  if (run.options.durable) syncFolder(dirname(outDir));
  for (const folder of outputFolders(todo)) {
    makeFolder(join(outDir, folder));
    if (run.options.durable) syncFolder(dirname(join(outDir, folder)));
  }
}

/** Temporaries of a killed run, or of threads that ended badly. A part, or a run with a scope, touches only what is its own. */
export function removeLeftovers<O extends JobOptions, R extends Receipt>(
  run: Run<O, R>,
  earlier: Iterable<Pick<Entry<R>, 'unit' | 'outputs'>> = [],
): void {
  const { outDir, job } = run.place;
  const named = (id: string, outputs: readonly string[]) => removeTemps(outDir, [...outputs, rejectsName(id)]);
  if (run.part !== undefined || run.job.scope !== undefined) {
    for (const { id, outputs } of run.mine) named(id, outputs);
  } else {
    cleanTemps(outDir, [...outputFolders(run.plan.units), REJECTS_FOLDER]);
  }
  if (run.part !== undefined) return;
  if (run.job.scope !== undefined) for (const { unit, outputs } of earlier) named(unit, outputs);
  cleanTemps(outDir, [STATE_FOLDER], `.${job}.`);
  removeTemps(outDir, summaries(run));
}

/** Writes the summary when every unit of the plan is done; a part finds that out from the journals of all. */
export async function complete<O extends JobOptions, R extends Receipt>(
  run: Run<O, R>,
  session: Session<R>,
  verify: (sorted: Sorted<Unit, R>) => Promise<ReadonlySet<string>>,
): Promise<boolean> {
  const { place, part, settings } = run;
  if (part === undefined) {
    await finish(run, session.entries);
    return true;
  }
  return throughGate(place, settings.signal, async () => {
    const journals = await readJournals<R>(place.stateDir, place.job);
    const entries = mergeEntries(journals);
    const sorted = await sort(run, run.plan.units, entries);
    if (sorted.todo.length > 0 || (await verify(sorted)).size > 0) return false;
    await finish(run, entries);
    const idle = journals.filter((it) => it.part?.index === part.index || (it.part && !partIsRunning(place, it.part)));
    removePartJournals(idle);
    return true;
  });
}

async function finish<O extends JobOptions, R extends Receipt>(run: Run<O, R>, entries: Entries<R>): Promise<void> {
  const { place, options, job, plan, identity } = run;
  const receipts = receiptsOf(plan.units, entries);
  const rejects = receipts.reduce((sum, receipt) => sum + receipt.rejects, 0);
  if (options.maxRejects !== undefined && rejects > options.maxRejects) throw tooManyRejects(options.maxRejects);
  if (job.isOneSet?.(options) === true) removeOutdated(run, entries);
  await joinRejects(place.outDir, run.files.rejects, receipts, options.durable);
  await job.finish(options, receipts);
  const path = journalPath(place.stateDir, place.job, undefined);
  await writeJournal(path, place.job, identity, inPlanOrder(plan.units, entries));
}

/** Outputs that the journals know as ours and this plan does not. */
function removeOutdated<O extends JobOptions, R extends Receipt>(
  { plan, place }: Run<O, R>,
  entries: Entries<R>,
): void {
  const planned = new Set(plan.units.map(({ id }) => id));
  const kept = new Set(plan.units.flatMap(({ outputs }) => outputs));
  for (const { unit, outputs } of [...entries.values()]) {
    if (planned.has(unit)) continue;
    for (const name of [...outputs, rejectsName(unit)]) if (!kept.has(name)) removeFile(join(place.outDir, name));
    entries.delete(unit);
  }
}

/** The same however the run went; what earlier plans left is kept at the end, so that its files stay known as ours. */
function* inPlanOrder<R extends Receipt>(units: readonly Unit[], entries: Entries<R>): Generator<Entry<R>> {
  // Whatever boot made them, they have been found good in this one.
  for (const { id } of units) yield { ...entries.get(id)!, boot: bootId() };
  const planned = new Set(units.map(({ id }) => id));
  const others = [...entries.keys()].filter((id) => !planned.has(id)).sort();
  for (const id of others) yield entries.get(id)!;
}

/** REQUIRES: all of these units are done. */
export function receiptsOf<R extends Receipt>(units: readonly Unit[], entries: Entries<R>): R[] {
  return units.map(({ id }) => entries.get(id)!.receipt!);
}

function summaries<O extends JobOptions, R extends Receipt>(run: Run<O, R>): string[] {
  return [run.files.summary, run.files.rejects, ...run.files.others];
}

function outputFolders(units: readonly Unit[]): Set<string> {
  const folders = new Set<string>();
  for (const { outputs } of units) for (const name of outputs) folders.add(dirname(name));
  return folders;
}

function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    throw systemError('make the folder', path, error);
  }
}
