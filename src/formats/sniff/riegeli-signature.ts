/** The first bytes of every Riegeli file, which ArrayRecord files are. */

export const blockBytes = 65536;
/** Of the block header and the signature chunk, which are the same in every file. */
export const signatureBytes = 64;
export const blockHeaderBytes = 24;
const signature = Buffer.from(
  '83af70d10d884a3f00000000000000004000000000000000' +
    '91bac23c9287e1a90000000000000000e19f13c0e9b1c37273000000000000000000000000000000',
  'hex',
);

/** True for every Riegeli file, by its first 64 bytes (8 suffice of an intact one): one of the two headers there has to be intact. */
export function isArrayRecord(head: Uint8Array): boolean {
  return holds(head, 0, 8) || holds(head, blockHeaderBytes, signatureBytes);
}

function holds(head: Uint8Array, from: number, to: number): boolean {
  return head.length >= to && signature.subarray(from, to).equals(head.subarray(from, to));
}
