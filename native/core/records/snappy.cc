#include "core/records/snappy.h"

#include <algorithm>
#include <array>
#include <bit>

#include "core/records/codecs.h"
#include "core/base/wire.h"

namespace bowerbird::snappy {
namespace {

// The low two bits of an element's first byte.
enum Element : uint8_t { kLiteral = 0, kCopy1 = 1, kCopy2 = 2, kCopy4 = 3 };

// Copies `length` bytes from `distance` back to `to`; they may overlap, which repeats them.
inline void CopyBack(uint8_t* to, size_t distance, size_t length) {
  const uint8_t* from = to - distance;
  if (distance >= length) {
    std::memcpy(to, from, length);
    return;
  }
  for (size_t i = 0; i < length; ++i) to[i] = from[i];
}

// Offsets of one fragment fit 16 bits, so positions in the table do too.
constexpr size_t kFragment = 65536;
constexpr int kTableBits = 14;
// Below this many bytes behind it, a match is not looked for: loads of 8 bytes stay inside.
constexpr size_t kMargin = 15;

inline uint32_t HashOf(uint32_t word) { return (word * 0x1e35a7bdu) >> (32 - kTableBits); }

uint8_t* PutLiteral(const uint8_t* from, size_t length, uint8_t* to) {
  const size_t n = length - 1;
  if (n < 60) {
    *to++ = static_cast<uint8_t>(n << 2);
  } else {
    const int bytes = n < 256 ? 1 : n < 65536 ? 2 : n < (1u << 24) ? 3 : 4;
    *to++ = static_cast<uint8_t>((59 + bytes) << 2);
    for (int i = 0; i < bytes; ++i) *to++ = static_cast<uint8_t>(n >> (8 * i));
  }
  std::memcpy(to, from, length);
  return to + length;
}

uint8_t* PutCopy2(size_t distance, size_t length, uint8_t* to) {
  *to++ = static_cast<uint8_t>(kCopy2 | (length - 1) << 2);
  *to++ = static_cast<uint8_t>(distance);
  *to++ = static_cast<uint8_t>(distance >> 8);
  return to;
}

uint8_t* PutCopy(size_t distance, size_t length, uint8_t* to) {
  // 64 at a time, leaving at least 4, the shortest that the two-byte form holds.
  for (; length >= 68; length -= 64) to = PutCopy2(distance, 64, to);
  if (length > 64) {
    to = PutCopy2(distance, 60, to);
    length -= 60;
  }
  if (length >= 12 || distance >= 2048) return PutCopy2(distance, length, to);
  *to++ = static_cast<uint8_t>(kCopy1 | (length - 4) << 2 | (distance >> 8) << 5);
  *to++ = static_cast<uint8_t>(distance);
  return to;
}

size_t MatchLength(const uint8_t* a, const uint8_t* b, const uint8_t* end) {
  const uint8_t* const start = b;
  while (b + 8 <= end) {
    const uint64_t differ = LoadLE64(a) ^ LoadLE64(b);
    if (differ != 0) return static_cast<size_t>(b - start) + static_cast<size_t>(std::countr_zero(differ) >> 3);
    a += 8;
    b += 8;
  }
  while (b < end && *a == *b) {
    ++a;
    ++b;
  }
  return static_cast<size_t>(b - start);
}

using Table = std::array<uint16_t, 1 << kTableBits>;

// REQUIRES: fragment.size() <= kFragment; room for MostCompressed(fragment.size()) at `to`
uint8_t* CompressFragment(Bytes fragment, Table& table, uint8_t* to) {
  const uint8_t* const base = fragment.data();
  const uint8_t* const end = base + fragment.size();
  const uint8_t* literal = base;
  if (fragment.size() > kMargin) {
    table.fill(0);
    const uint8_t* const limit = end - kMargin;
    const uint8_t* p = base + 1;
    // Data without matches is walked over faster and faster: one more byte a step for every 32 tries.
    for (size_t tries = 32; p < limit; p += tries++ >> 5) {
      uint16_t& slot = table[HashOf(LoadLE32(p))];
      const uint8_t* const candidate = base + slot;
      slot = static_cast<uint16_t>(p - base);
      if (LoadLE32(candidate) != LoadLE32(p)) continue;
      if (p > literal) to = PutLiteral(literal, static_cast<size_t>(p - literal), to);
      const size_t length = 4 + MatchLength(candidate + 4, p + 4, end);
      to = PutCopy(static_cast<size_t>(p - candidate), length, to);
      p += length;
      literal = p;
      tries = 32;
      if (p >= limit) break;
      table[HashOf(LoadLE32(p - 1))] = static_cast<uint16_t>(p - 1 - base);
      --p;  // the step of the loop leads back to where the match ended
    }
  }
  return literal < end ? PutLiteral(literal, static_cast<size_t>(end - literal), to) : to;
}

// Literals that cannot be matched cost a few bytes each; a copy is never longer than what it stands for.
constexpr size_t MostCompressed(size_t size) { return 32 + size + size / 6; }

}  // namespace

bool Decompress(Bytes block, MutableBytes out) {
  uint64_t size = 0;
  if (!wire::ReadVarint(block, size) || size != out.size()) return false;
  const uint8_t *p = block.data(), *const end = p + block.size();
  uint8_t *to = out.data(), *const to_end = to + out.size();
  while (p < end) {
    const uint8_t tag = *p++;
    const size_t left = static_cast<size_t>(end - p), room = static_cast<size_t>(to_end - to);
    if ((tag & 3) == kLiteral) {
      size_t length = (tag >> 2) + size_t{1};
      size_t bytes = 0;
      if (length > 60) {
        bytes = length - 60;
        if (left < bytes) return false;
        length = 0;
        for (size_t i = 0; i < bytes; ++i) length |= size_t{p[i]} << (8 * i);
        length += 1;
      }
      if (length > left - bytes || length > room) return false;
      std::memcpy(to, p + bytes, length);
      p += bytes + length;
      to += length;
      continue;
    }
    size_t length = (tag >> 2) + size_t{1}, distance = 0;
    if ((tag & 3) == kCopy1) {
      if (left < 1) return false;
      length = ((tag >> 2) & 7) + size_t{4};
      distance = static_cast<size_t>(tag >> 5) << 8 | p[0];
      p += 1;
    } else if ((tag & 3) == kCopy2) {
      if (left < 2) return false;
      distance = LoadLE16(p);
      p += 2;
    } else {
      if (left < 4) return false;
      distance = LoadLE32(p);
      p += 4;
    }
    if (distance == 0 || distance > static_cast<size_t>(to - out.data()) || length > room) return false;
    CopyBack(to, distance, length);
    to += length;
  }
  return to == to_end;
}

bool Compress(Bytes data, ByteBuffer& out) {
  if (data.size() > 0xffffffffu || !AppendVarint(data.size(), out)) return false;
  Table table;
  while (!data.empty()) {
    const Bytes fragment = data.first(std::min(kFragment, data.size()));
    const size_t at = out.size();
    if (!out.Resize(at + MostCompressed(fragment.size()))) return false;
    const uint8_t* const to = CompressFragment(fragment, table, out.data() + at);
    if (!out.Resize(static_cast<size_t>(to - out.data()))) return false;
    data = data.subspan(fragment.size());
  }
  return true;
}

}  // namespace bowerbird::snappy
