/** CRC-32C straight from its definition, a bit at a time: slow, and independent of the addon. */
export function slowCrc32c(bytes: Iterable<number>, crc = 0): number {
  let state = ~crc >>> 0;
  for (const byte of bytes) {
    state ^= byte;
    // 0x1edc6f41, RFC 3720 section 12.1, with its bits reversed.
    for (let bit = 0; bit < 8; bit++) state = (state >>> 1) ^ (state & 1 ? 0x82f63b78 : 0);
  }
  return ~state >>> 0;
}
