#include "core/records/tfrecord.h"

#include <bit>

#include "core/hash/crc32c.h"
#include "core/hash/crc32c_math.h"

namespace bowerbird::tfrecord {

bool HeaderHolds(const uint8_t* header) {
  return Crc32cMask(Crc32cOf8(LoadLE64(header))) == LoadLE32(header + 8);
}

// A CRC takes a word in by adding it to its register and multiplying by x^32, which can be undone.
std::array<LengthGuess, kLengthGuesses> GuessLengths(const uint8_t* header) {
  constexpr uint32_t kOver32 = crc32c::Power(-32), kTimes32 = crc32c::Power(32), kStart = 0xffffffffu;
  const uint64_t stored = LoadLE64(header);
  const auto low = static_cast<uint32_t>(stored), high = static_cast<uint32_t>(stored >> 32);
  const uint32_t stored_crc = LoadLE32(header + 8);
  const uint32_t before_high = crc32c::Multiply(~Crc32cUnmask(stored_crc), kOver32);
  const auto low_under = [&](uint32_t of_high) { return crc32c::Multiply(before_high ^ of_high, kOver32) ^ kStart; };
  const uint32_t high_over = before_high ^ crc32c::Multiply(low ^ kStart, kTimes32);
  const auto guess = [&](uint64_t length) { return LengthGuess{length, std::popcount(length ^ stored) == 1}; };
  return {guess(uint64_t{high_over} << 32 | low), guess(uint64_t{high} << 32 | low_under(high)), guess(low_under(0)),
          LengthGuess{stored, std::popcount(stored_crc ^ Crc32cMask(Crc32cOf8(stored))) == 1}};
}

void StoreHeader(uint64_t length, uint8_t* header) {
  StoreLE64(header, length);
  StoreLE32(header + 8, Crc32cMask(Crc32cOf8(length)));
}

void StoreFooter(Bytes payload, uint8_t* footer) { StoreLE32(footer, Crc32cMask(Crc32c(payload))); }

Frame ReadFrame(Bytes window, uint64_t left) {
  using Kind = Frame::Kind;
  if (left == 0) return {.kind = Kind::kEnd};
  if (left < kHeaderSize) return {.kind = Kind::kFault, .fault = Fault::kTruncatedHeader, .a = left};
  if (window.size() < kHeaderSize) return {.kind = Kind::kNeedMore, .need = kHeaderSize};

  // The length is a claim until its own checksum agrees; test it first, or a flipped bit asks us to believe in a petabyte.
  const uint64_t length = LoadLE64(window.data());
  const uint32_t stored = LoadLE32(window.data() + 8);
  const uint32_t computed = Crc32cMask(Crc32cOf8(length));
  if (stored != computed) return {.kind = Kind::kFault, .fault = Fault::kLengthCrc, .a = stored, .b = computed};

  // A checksum that agrees is no promise that the bytes exist. Subtract on the trusted side: length + 16 may overflow.
  const uint64_t extent = length > kUnknown - kOverhead ? kUnknown : length + kOverhead;
  if (left < kOverhead || length > left - kOverhead) {
    return {.kind = Kind::kFault, .fault = Fault::kTruncatedRecord, .a = left, .b = extent, .header_holds = true,
            .extent = extent};
  }
  if (window.size() < extent) return {.kind = Kind::kNeedMore, .need = extent};

  const Bytes payload = window.subspan(kHeaderSize, length);
  const uint32_t stored_data = LoadLE32(payload.data() + length);
  const uint32_t computed_data = Crc32cMask(Crc32c(payload));
  if (stored_data != computed_data) {
    return {.kind = Kind::kFault, .fault = Fault::kDataCrc, .a = stored_data, .b = computed_data, .header_holds = true,
            .extent = extent};
  }
  return {.kind = Kind::kRecord, .payload = payload, .extent = extent};
}

}  // namespace bowerbird::tfrecord
