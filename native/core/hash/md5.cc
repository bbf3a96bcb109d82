// MD5 as RFC 1321 states it, unrolled by the compiler: the four rounds differ only in their function and the order of words.
#include "core/hash/md5.h"

#include <algorithm>
#include <bit>

namespace bowerbird {
namespace {

// floor(2^32 * abs(sin(i + 1))), RFC 1321 section 3.4.
constexpr uint32_t kSines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
    0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
    0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
    0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
    0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
    0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

void Blocks(std::array<uint32_t, 4>& state, const uint8_t* p, size_t count) {
  auto [a, b, c, d] = state;
  for (; count != 0; --count, p += 64) {
    const uint32_t a0 = a, b0 = b, c0 = c, d0 = d;
    uint32_t words[16];
    for (int i = 0; i < 16; ++i) words[i] = LoadLE32(p + 4 * i);
#pragma GCC unroll 64
    for (int i = 0; i < 64; ++i) {
      // Rounds 1 and 2 with one operation on b fewer behind the last step than the RFC writes them: it is the chain that costs.
      const uint32_t mix = i < 16 ? (d ^ (b & (c ^ d))) : i < 32 ? 0 : i < 48 ? (b ^ c ^ d) : (c ^ (b | ~d));
      const int word = i < 16 ? i : i < 32 ? (5 * i + 1) & 15 : i < 48 ? (3 * i + 5) & 15 : (7 * i) & 15;
      uint32_t sum = a + kSines[i] + words[word] + mix;
      if (i >= 16 && i < 32) sum = sum + (c & ~d) + (b & d);
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kTurns[i / 16][i & 3]);
    }
    a += a0;
    b += b0;
    c += c0;
    d += d0;
  }
  state = {a, b, c, d};
}

}  // namespace

void Md5::Update(Bytes data) {
  const size_t held = size_ % 64;
  size_ += data.size();
  if (held != 0) {
    const size_t take = std::min(data.size(), 64 - held);
    std::copy_n(data.begin(), take, block_.begin() + held);
    data = data.subspan(take);
    if (held + take < 64) return;
    Blocks(state_, block_.data(), 1);
  }
  Blocks(state_, data.data(), data.size() / 64);
  const Bytes tail = data.subspan(data.size() / 64 * 64);
  std::copy(tail.begin(), tail.end(), block_.begin());
}

std::array<uint8_t, 16> Md5::Digest() const {
  Md5 last = *this;
  uint8_t padding[72] = {0x80};
  const size_t zeros = (119 - size_ % 64) % 64;  // up to 56 of 64
  StoreLE64(padding + 1 + zeros, size_ * 8);
  last.Update({padding, 1 + zeros + 8});
  std::array<uint8_t, 16> digest;
  for (size_t i = 0; i < 4; ++i) StoreLE32(&digest[4 * i], last.state_[i]);
  return digest;
}

}  // namespace bowerbird
