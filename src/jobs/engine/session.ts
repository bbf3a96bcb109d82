/**
 * A run inside its output folder: entering (lock, journals of earlier runs), and completing (summary, final journal).
 *
 * A whole run has the folder for itself and keeps one journal. Parts of a split run keep one each, beside the whole one,
 * which is older than theirs: whoever enters alone first puts all earlier journals into the whole one.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requestStop, tooManyRejects } from '../../counters.ts';
import { removeFile, STATE_FOLDER, writeFileAtomic } from '../../storage/drafts.ts';
import { finalName } from '../../storage/local/temp-name.ts';
import { bootId, type Entry, type FoundJournal, Journal, journalPath, readJournals, writeJournal } from './journal.ts';
import type { OutputLock } from './lock.ts';
import { outputsHeldBy } from './part-names.ts';
import { joinRejects, REJECTS_FOLDER, rejectsName } from './rejects.ts';
import { type Entries, matchOptions, mergeEntries, refuseForeign, type Sorted, sortUnits } from './resume.ts';
import { notice, type Run } from './run.ts';
import type { Receipt, Unit } from './types.ts';

/** What a run holds while it is in the folder. Must be left. */
export interface Session<U extends Unit, R extends Receipt> {
  readonly lock: OutputLock;
  readonly journal: Journal<R>;
  /** What is known about units, kept true while the run goes on. */
  readonly entries: Entries<R>;
  readonly sorted: Sorted<U, R>;
}

export async function enter<U extends Unit, R extends Receipt>(run: Run<U, R>): Promise<Session<U, R>> {
  const { output, part, context } = run;
  await output.open();
  // Another run works here now: this one must not go on, and what it has done the other does again.
  const onLost = (error: Error) => {
    run.lost.push(error);
    requestStop(context.shared);
  };
  try {
    if (part === undefined) return await open(run, await output.lockWhole(onLost));
    const terms = JSON.stringify(run.job.identity);
    return await output.throughGate(run.settings.signal, async () =>
      open(run, await output.lockPart(part, terms, onLost)),
    );
  } catch (error) {
    await output.close();
    throw error;
  }
}

export async function leave<U extends Unit, R extends Receipt>(run: Run<U, R>, session: Session<U, R>): Promise<void> {
  await session.journal.close();
  forgetTable(run);
  await session.lock.release();
  await run.output.close();
}

/** What rows say may be signed links, which are nobody's once the run has ended. Parts beside this one still look them up. */
function forgetTable<U extends Unit, R extends Receipt>({ plan: { table }, part, output }: Run<U, R>): void {
  if (table !== undefined && part === undefined) removeFile(join(output.workDir, STATE_FOLDER, table.name));
}

/** Reads and judges before it changes anything. */
async function open<U extends Unit, R extends Receipt>(run: Run<U, R>, lock: OutputLock): Promise<Session<U, R>> {
  const { output, settings } = run;
  const overwrite = settings.overwrite === true;
  try {
    const found = await readJournals<R>(output.stateDir, output.job, output.files);
    for (const journal of found) tellDamage(run, journal);
    const journals = matchOptions(found, run.job.identity, overwrite, output);
    const entries = mergeEntries(journals);
    const sorted = await sort(run, run.mine, entries);
    if (!overwrite) await refuseForeign(output, sorted.todo, entries, summaries(run), run.job.hasParts);
    await keepFiles(run);
    const journal = await openJournal(run, lock.alone, journals, entries);
    return { lock, journal, entries, sorted };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function keepFiles<U extends Unit, R extends Receipt>({ plan, output }: Run<U, R>): Promise<void> {
  const { memory, table } = plan;
  const { files, stateDir, workDir } = output;
  if (memory !== undefined) await files.write(files.join(stateDir, memory.name), memory.lines, false);
  if (table !== undefined) await writeFileAtomic(join(workDir, STATE_FOLDER, table.name), table.lines, false);
}

function tellDamage<U extends Unit, R extends Receipt>(run: Run<U, R>, journal: FoundJournal<R>): void {
  if (journal.damagedLines === 0) return;
  notice(run, `The journal "${journal.path}" was damaged by a crash; what its broken end told of is done again`);
}

function sort<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  units: readonly U[],
  entries: Entries<R>,
): Promise<Sorted<U, R>> {
  return sortUnits(units, entries, run.output, run.job);
}

async function openJournal<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  alone: boolean,
  journals: readonly FoundJournal<R>[],
  entries: Entries<R>,
): Promise<Journal<R>> {
  const { output, part } = run;
  const { identity } = run.job;
  const { stateDir, files } = output;
  const path = journalPath(stateDir, output.job, part);
  if (part === undefined) {
    const journal = await Journal.create(path, output.job, identity, entries.values(), files);
    await removePartJournals(run, journals);
    return journal;
  }
  const own = journals.find((journal) => journal.path === path)?.entries ?? new Map<string, Entry<R>>();
  if (!alone) return Journal.create(path, output.job, identity, own.values(), files);
  if (journals.length > 0) {
    await writeJournal(journalPath(stateDir, output.job, undefined), output.job, identity, entries.values(), files);
  }
  await removePartJournals(run, journals);
  return Journal.create<R>(path, output.job, identity, [], files);
}

async function removePartJournals<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  journals: readonly FoundJournal<R>[],
): Promise<void> {
  for (const { path, part } of journals) if (part !== undefined) await run.output.files.remove(path);
}

/** Makes the folder ready for these units and notes that they begin: from here on their old outputs count for nothing. */
export async function beginUnits<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  session: Session<U, R>,
  todo: readonly Unit[],
): Promise<void> {
  removeLeftovers(run, session.entries.values());
  if (todo.length === 0) return;
  const { output } = run;
  await session.journal.begin(todo);
  output.sync();
  for (const { id } of todo) {
    // A unit that rejects nothing this time leaves the file of last time alone; locally it removes it itself.
    const before = output.uri === undefined ? undefined : session.entries.get(id)?.receipt?.rejected;
    if (before !== undefined) await output.files.remove(output.pathOf(before.name));
  }
  for (const { id, outputs } of todo) session.entries.set(id, { unit: id, outputs, boot: '', durable: false });
  for (const name of summaries(run)) await output.files.remove(output.pathOf(name));
  output.makeFolders(outputFolders(todo), run.job.durable);
}

/** Temporaries of a killed run, or of threads that ended badly. A part, or a run with a scope, touches only what is its own. */
export function removeLeftovers<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  earlier: Iterable<Pick<Entry<R>, 'unit' | 'outputs'>> = [],
): void {
  const { output } = run;
  const named = (id: string, outputs: readonly string[]) => output.removeTemps([...outputs, rejectsName(id)]);
  if (run.part !== undefined || run.job.isScoped) {
    for (const { id, outputs } of run.mine) named(id, outputs);
    if (run.job.hasParts) removeTempsOfParts(run);
  } else {
    output.cleanTemps([...outputFolders(run.plan.units), REJECTS_FOLDER]);
  }
  if (run.part !== undefined) return;
  if (run.job.isScoped) for (const { unit, outputs } of earlier) named(unit, outputs);
  output.cleanTemps([STATE_FOLDER], `.${output.job}.`);
  output.removeTemps(summaries(run));
}

/** How many there were, nobody knows. */
function removeTempsOfParts<U extends Unit, R extends Receipt>({ output, mine }: Run<U, R>): void {
  const outputs = new Set(mine.flatMap((unit) => unit.outputs));
  for (const folder of outputFolders(mine)) {
    const finals = output.names(folder).flatMap((name) => finalName(name) ?? []);
    const names = finals.map((name) => join(folder, name));
    output.removeTemps(names.filter((name) => outputsHeldBy(name).some((whole) => outputs.has(whole))));
  }
}

/** Writes the summary when every unit of the plan is done; a part finds that out from the journals of all. */
export async function complete<U extends Unit, R extends Receipt>(
  run: Run<U, R>,
  session: Session<U, R>,
  verify: (sorted: Sorted<U, R>) => Promise<ReadonlySet<string>>,
): Promise<boolean> {
  const { output, part, settings } = run;
  if (part === undefined) {
    const { todo, ...sorted } = await sort(run, others(run), session.entries);
    if (todo.length > 0 || (await verify({ todo, ...sorted })).size > 0) {
      await keepRejects(run, session.entries);
      return false;
    }
    await finish(run, session.entries);
    return true;
  }
  return output.throughGate(settings.signal, async () => {
    await session.journal.flush();
    await output.refresh();
    const journals = await readJournals<R>(output.stateDir, output.job, output.files);
    const entries = mergeEntries(journals);
    const sorted = await sort(run, run.plan.units, entries);
    if (sorted.todo.length > 0 || (await verify(sorted)).size > 0) return false;
    await finish(run, entries);
    const idle: FoundJournal<R>[] = [];
    for (const it of journals) {
      if (it.part?.index === part.index || (it.part && !(await output.partIsRunning(it.part)))) idle.push(it);
    }
    await removePartJournals(run, idle);
    return true;
  });
}

/** The units of the plan that were not selected. */
function others<U extends Unit, R extends Receipt>({ plan, mine }: Run<U, R>): readonly U[] {
  const selected = new Set(mine);
  return plan.units.filter((unit) => !selected.has(unit));
}

/** Of the units that are done, while others are left to other runs. */
async function keepRejects<U extends Unit, R extends Receipt>(run: Run<U, R>, entries: Entries<R>): Promise<void> {
  const { output, plan, files, job } = run;
  const receipts = plan.units.flatMap(({ id }) => entries.get(id)?.receipt ?? []);
  await joinRejects(output.name, files.rejects, receipts, job.durable, output.files);
}

async function finish<U extends Unit, R extends Receipt>(run: Run<U, R>, entries: Entries<R>): Promise<void> {
  const { output, job, plan, files } = run;
  const { durable, maxRejects } = job;
  const receipts = receiptsOf(plan.units, entries);
  const rejects = receipts.reduce((sum, receipt) => sum + receipt.rejects, 0);
  if (maxRejects !== undefined && rejects > maxRejects) throw tooManyRejects(maxRejects);
  await removeOutdated(run, entries);
  await joinRejects(output.name, files.rejects, receipts, durable, output.files);
  await job.finish(output.workDir, receipts);
  const others = files.others.filter((name) => existsSync(join(output.workDir, name)));
  // Whoever finds the manifest finds all that it tells of.
  await output.deliver([...others, files.manifest]);
  const path = journalPath(output.stateDir, output.job, undefined);
  await writeJournal(path, output.job, job.identity, inPlanOrder(plan.units, entries), output.files);
}

/** Outputs that the journals know as ours and this plan does not: those of the set that it makes go, of the others is told. */
async function removeOutdated<U extends Unit, R extends Receipt>(run: Run<U, R>, entries: Entries<R>): Promise<void> {
  const { plan, output, job, files } = run;
  const planned = new Set(plan.units.map(({ id }) => id));
  const kept = new Set(plan.units.flatMap(({ outputs }) => outputs));
  const isKept = (name: string) => (job.hasParts ? outputsHeldBy(name).some((it) => kept.has(it)) : kept.has(name));
  const others: string[] = [];
  for (const { unit, outputs, receipt } of [...entries.values()]) {
    if (planned.has(unit)) continue;
    const names = new Set([...outputs, ...(receipt?.outputs ?? []).map(({ name }) => name)]);
    const old = [...names].filter((name) => !isKept(name));
    if (outputs.some((name) => job.isOfSet(name))) {
      for (const name of [...old, rejectsName(unit)]) await output.files.remove(output.pathOf(name));
      entries.delete(unit);
    } else others.push(...old.filter((name) => output.exists(name)));
  }
  const [first] = others.sort();
  if (first === undefined) return;
  const more = others.length === 1 ? '' : ` and ${others.length - 1} more`;
  notice(
    run,
    `"${output.name}" also holds "${first}"${more}, of inputs that are not among these; ${files.manifest} does not tell of them`,
  );
}

/** The same however the run went; what earlier plans left is kept at the end, so that its files stay known as ours. */
function* inPlanOrder<R extends Receipt>(units: readonly Unit[], entries: Entries<R>): Generator<Entry<R>> {
  // Whatever boot made them, they have been found good in this one.
  for (const { id } of units) yield { ...entryOf(id, entries), boot: bootId() };
  const planned = new Set(units.map(({ id }) => id));
  const others = [...entries.keys()].filter((id) => !planned.has(id)).sort();
  for (const id of others) yield entryOf(id, entries);
}

/** REQUIRES: all of these units are done. */
export function receiptsOf<R extends Receipt>(units: readonly Unit[], entries: Entries<R>): R[] {
  return units.map(({ id }) => {
    const { receipt } = entryOf(id, entries);
    if (receipt === undefined) throw new Error(`Unit "${id}" is not done`);
    return receipt;
  });
}

function entryOf<R extends Receipt>(id: string, entries: Entries<R>): Entry<R> {
  const entry = entries.get(id);
  if (entry === undefined) throw new Error(`Nobody knows of unit "${id}"`);
  return entry;
}

function summaries(run: Pick<Run<Unit, Receipt>, 'files'>): string[] {
  return [run.files.manifest, run.files.rejects, ...run.files.others];
}

function outputFolders(units: readonly Unit[]): Set<string> {
  const folders = new Set<string>();
  for (const { outputs } of units) for (const name of outputs) folders.add(dirname(name));
  return folders;
}
