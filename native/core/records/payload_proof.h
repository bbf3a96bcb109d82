// Where a record whose header is beyond reading ends: where a checksum stands that holds for all since its payload began.
#ifndef BOWERBIRD_CORE_RECORDS_PAYLOAD_PROOF_H_
#define BOWERBIRD_CORE_RECORDS_PAYLOAD_PROOF_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/hash/crc32c.h"
#include "core/records/tfrecord.h"

namespace bowerbird {

// The payload begins behind 12 bytes of header, and up to kStarts bytes behind the record's beginning when bytes were lost from the
// header or came into it; all of these beginnings are tried at once, by the algebra of CRCs.
class PayloadProof {
 public:
  static constexpr uint64_t kStarts = 32;

  // `lead`: the first kStarts bytes of the record, or all there are.
  void Begin(Bytes lead) {
    size_ = std::min<uint64_t>(lead.size(), kStarts);
    std::copy_n(lead.begin(), size_, lead_.begin());
    for (uint64_t start = 0; start <= size_; ++start) {
      ahead_[start] = Crc32cCombine(Crc32c(Bytes(lead_).first(start)), 0, size_ - start);
    }
  }

  // kRecord: the payload began behind 12 bytes. kOther: elsewhere, and it may be that of a frame inside the record's.
  enum class Ending : uint8_t { kNone, kRecord, kOther };

  // Whether a payload and its checksum end `length` bytes behind the beginning of the record, `crc` being the CRC of all of them and
  // `last` the last four.
  Ending At(uint64_t length, uint32_t crc, uint32_t last) const {
    if (length < tfrecord::kFooterSize) return Ending::kNone;
    uint8_t footer[tfrecord::kFooterSize];
    StoreLE32(footer, last);
    const uint32_t wanted = Crc32cCombine(Crc32cUnmask(last), Crc32c({footer, sizeof footer}), sizeof footer);
    const uint64_t starts = std::min(size_, length - tfrecord::kFooterSize);
    const Crc32cShift rest = Crc32cShiftOf(length - std::min(length, size_));
    const auto holds_from = [&](uint64_t start) {
      if (length < size_) return Crc32c(Bytes(lead_).subspan(start, length - start)) == wanted;
      return Crc32cCombine(ahead_[start], crc, rest) == wanted;
    };
    if (starts >= tfrecord::kHeaderSize && holds_from(tfrecord::kHeaderSize)) return Ending::kRecord;
    for (uint64_t start = 0; start <= starts; ++start) {
      if (holds_from(start)) return Ending::kOther;
    }
    return Ending::kNone;
  }

 private:
  std::array<uint8_t, kStarts> lead_{};
  uint64_t size_ = 0;
  // The CRC of what stands before each beginning, moved to the end of the lead.
  std::array<uint32_t, kStarts + 1> ahead_{};
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_RECORDS_PAYLOAD_PROOF_H_
