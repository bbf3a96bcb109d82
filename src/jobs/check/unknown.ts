/** Files that are of no format that is read: named where they are known, and looked through for records where they are not. */

import { BowerbirdError } from '../../errors.ts';
import * as tfrecord from './tfrecord.ts';
import type { FileWork } from './work.ts';

type Unknown = FileWork<
  tfrecord.InspectedTfRecord,
  tfrecord.VerifiedTfRecord | tfrecord.VerifiedUnknown,
  tfrecord.RepairedTfRecord
>;

/** `what`: in words that end a sentence. `mayHoldRecords`: they may be a file of records whose beginning is damaged. */
export function unknownWork(what: string, mayHoldRecords: boolean): Unknown {
  return mayHoldRecords ? perhapsRecords(`${what}, and no intact record`) : known(what);
}

function unsupported(doing: string, source: string, found: string): BowerbirdError {
  const message = `Cannot ${doing} "${source}": expected records or a recording, found ${found}`;
  return new BowerbirdError('UNSUPPORTED', message, { source });
}

function known(what: string): Unknown {
  return {
    inspect: async (source) => {
      throw unsupported('inspect', source, what);
    },
    verify: async ({ uri, size }) => nothingIn(uri, size, unsupported('verify', uri, what)),
  };
}

function nothingIn(source: string, size: number, error: BowerbirdError): tfrecord.VerifiedUnknown {
  const nothing = { compression: 'none', records: 0, payloadBytes: 0, ok: false, damaged: [] } as const;
  return { source, format: 'unknown', size, ...nothing, error: error.toJSON() };
}

/** An intact record tells. */
function perhapsRecords(otherwise: string): Unknown {
  return {
    repair: tfrecord.repair,
    inspect: async (source, settings) => {
      try {
        return await tfrecord.inspect(source, settings);
      } catch (error) {
        if (!(error instanceof BowerbirdError) || error.code !== 'UNSUPPORTED') throw error;
        throw unsupported('inspect', source, otherwise);
      }
    },
    verify: async (input, context, settings) => {
      const verified = await tfrecord.verify(input, context, settings);
      if (verified.records > 0) return verified;
      return nothingIn(input.uri, input.size, unsupported('verify', input.uri, otherwise));
    },
  };
}
