/** The work of one unit of `extract`: one TFRecord file becomes one .npy and one JSON file. Runs in a worker. */

import { join } from 'node:path';
import { countReject } from '../../counters.ts';
import { isFatal, stopFor } from '../../records/on-error.ts';
import { FilePass, type Finding, findingError } from '../../records/pass.ts';
import { checkUnchanged } from '../../records/unit-input.ts';
import type { Drafts } from '../../storage/drafts.ts';
import { linkOf } from '../../storage/links.ts';
import { crcText } from '../../storage/written.ts';
import { withOutputs } from '../engine/outputs.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { UnitContext } from '../engine/types.ts';
import type { ExtractReceipt, ExtractUnit, ExtractUnitOptions } from './job.ts';
import { extractArguments, nameReader } from './names.ts';

export async function run(
  unit: ExtractUnit,
  options: ExtractUnitOptions,
  context: UnitContext,
): Promise<ExtractReceipt> {
  return withOutputs(unit, context, options.durable, async (drafts, rejects) => {
    const extracted = await extractFile(unit, options, context, drafts, rejects);
    checkUnchanged(unit.input, 'extract');
    return extracted;
  });
}

async function extractFile(
  unit: ExtractUnit,
  options: ExtractUnitOptions,
  context: UnitContext,
  drafts: Drafts,
  rejects: RejectWriter,
): Promise<ExtractReceipt> {
  const source = unit.input.uri;
  const [json, npy] = unit.outputs;
  checkUnchanged(unit.input, 'extract');
  const onName = await nameReader(options.names);
  const pass = new FilePass(linkOf(unit.input), {
    target: {
      kind: 'files',
      npy: { fd: drafts.fd(1), path: join(context.outDir, npy) },
      json: { fd: drafts.fd(0), path: join(context.outDir, json) },
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
    const { records, rows, width, assumedUtc, withoutZone, overflowed } = pass.counts();
    return {
      unit: unit.id,
      input: unit.input,
      outputs: stampOutputs(unit.outputs, pass),
      records,
      rejects: rejected,
      compression: pass.compression,
      rows,
      width,
      assumedUtc,
      withoutZone,
      overflowed,
      onError: options.onError,
    };
  } finally {
    await pass.close();
  }
}

function stampOutputs([json, npy]: ExtractUnit['outputs'], pass: FilePass): ExtractReceipt['outputs'] {
  const { npyBytes, npyCrc, jsonBytes, jsonCrc } = pass.finish();
  return [
    { name: json, bytes: jsonBytes, crc32c: crcText(jsonCrc) },
    { name: npy, bytes: npyBytes, crc32c: crcText(npyCrc) },
  ];
}
