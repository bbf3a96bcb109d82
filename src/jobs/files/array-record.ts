/** ArrayRecord files: what registry.ts needs of them. */

export { type InspectedArrayRecord, inspect } from './array-record-inspect.ts';
export { type RepairedArrayRecord, repair } from './array-record-repair.ts';
export { type DamagedChunk, type VerifiedArrayRecord, verify } from './array-record-verify.ts';
