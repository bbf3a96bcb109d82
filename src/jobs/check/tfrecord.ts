/** TFRecord files for registry.ts: what is done with them, each in a file of its own. */

export { type InspectedTfRecord, inspect } from './tfrecord-inspect.ts';
export { type RepairedTfRecord, repair } from './tfrecord-repair.ts';
export { type DamagedRange, type VerifiedTfRecord, type VerifiedUnknown, verify } from './tfrecord-verify.ts';
