// CRC-32C: all bodies agree at any address and any split, and CRCs of parts combine to the CRC of the whole.
#include "core/hash/crc32c.h"

#include <memory>

#include "fuzz/fuzz.h"

FUZZ(crc32c, nullptr) {
  using namespace bowerbird;
  fuzz::Choices choices(input);
  const size_t skew = choices.Byte() % 64;
  const uint64_t repeat = 1 + choices.Byte() % 32;
  const uint32_t start = choices.Byte() * 0x01010101u;
  const size_t split_at = choices.Byte() << 8 | choices.Byte();

  // Long enough for the bodies that fold many lanes, and ending where the memory ends.
  const size_t size = input.size() * repeat;
  const auto memory = std::make_unique<uint8_t[]>(size + skew);
  for (uint64_t i = 0; i < repeat; ++i) std::copy(input.begin(), input.end(), memory.get() + skew + i * input.size());
  const Bytes all(memory.get() + skew, size);
  const size_t split = size == 0 ? 0 : split_at % (size + 1);

  const auto bodies = Crc32cImplementations();
  const uint32_t whole = bodies[0].extend(start, all.data(), all.size());
  for (const Crc32cImplementation& body : bodies) {
    CHECK(body.extend(start, all.data(), all.size()) == whole);
    CHECK(body.extend(body.extend(start, all.data(), split), all.data() + split, all.size() - split) == whole);
  }
  const uint32_t head = Crc32cExtend(start, all.first(split)), tail = Crc32c(all.subspan(split));
  CHECK(Crc32cCombine(head, tail, uint64_t{size - split}) == whole);
  CHECK(Crc32cUnmask(Crc32cMask(whole)) == whole);
  if (size >= 8) CHECK(Crc32cOf8(LoadLE64(all.data())) == bodies[0].extend(0, all.data(), 8));
}
