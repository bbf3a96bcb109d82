/** The work of one unit of `extract`: one TFRecord file becomes one .npy and one JSON file. Runs in a worker. */

import { join } from 'node:path';
import { countReject } from '../../counters.ts';
import { isFatal, stopFor } from '../../records/on-error.ts';
import { FilePass, type Finding, findingError } from '../../records/pass.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import { crcText, Drafts } from '../../storage/drafts.ts';
import { linkOf } from '../../storage/links.ts';
import { RejectWriter } from '../engine/rejects.ts';
import type { OutputStamp, Unit, UnitContext } from '../engine/types.ts';
import type { ExtractReceipt, ExtractUnitOptions } from './job.ts';
import { extractArguments, nameReader } from './names.ts';

/** All outputs are open before the input is read: a missing permission or a full disk costs no work. */
export async function run(unit: Unit, options: ExtractUnitOptions, context: UnitContext): Promise<ExtractReceipt> {
  const rejects = new RejectWriter(context.outDir, unit.id);
  const drafts = new Drafts(context.outDir, unit.outputs);
  try {
    const extracted = await extractFile(unit, options, context, drafts, rejects);
    checkUnchanged(unit.input, 'extract');
    const rejected = rejects.publish(options.durable);
    drafts.publish(options.durable);
    return { ...extracted, ...(rejected === undefined ? {} : { rejected }) };
  } finally {
    drafts.discard();
    rejects.discard();
  }
}

async function extractFile(
  unit: Unit,
  options: ExtractUnitOptions,
  context: UnitContext,
  drafts: Drafts,
  rejects: RejectWriter,
): Promise<ExtractReceipt> {
  const source = unit.input.uri;
  const [jsonPath, npyPath] = unit.outputs.map((name) => join(context.outDir, name)) as [string, string];
  checkUnchanged(unit.input, 'extract');
  const onName = await nameReader(options.names);
  const pass = new FilePass(linkOf(unit.input), {
    target: {
      kind: 'files',
      npy: { fd: drafts.fd(1), path: npyPath },
      json: { fd: drafts.fd(0), path: jsonPath },
      flushEarly: options.durable,
      extract: extractArguments(options),
    },
    stopOn: stopFor[options.onError],
    version: unit.input.version,
    shared: context.shared,
    context: options,
  });
  try {
    let rejected = 0;
    const onFinding = (finding: Finding) => {
      if (isFatal(finding, options.onError)) throw findingError('extract', source, finding);
      const { record, offset, length, code, reason } = finding;
      rejects.write({ input: source, record, offset, ...(length === 0 ? {} : { length }), code, reason });
      rejected += 1;
      countReject(context.shared, options.maxRejects, { source, record, offset });
    };
    for await (const _ of pass.run({ onFinding, onName }));
    const { records, rows, width, assumedUtc, withoutZone } = pass.counts();
    return {
      unit: unit.id,
      input: unit.input,
      outputs: stampOutputs(unit, pass),
      records,
      rejects: rejected,
      compression: pass.compression,
      rows,
      width,
      assumedUtc,
      withoutZone,
      onError: options.onError,
    };
  } finally {
    await pass.close();
  }
}

function stampOutputs(unit: Unit, pass: FilePass): OutputStamp[] {
  const { npyBytes, npyCrc, jsonBytes, jsonCrc } = pass.finish();
  const [json, npy] = unit.outputs as [string, string];
  return [
    { name: json, bytes: jsonBytes, crc32c: crcText(jsonCrc) },
    { name: npy, bytes: npyBytes, crc32c: crcText(npyCrc) },
  ];
}
