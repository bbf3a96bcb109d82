// TFRecord framing: uint64 length, masked CRC-32C of it, payload, masked CRC-32C of the payload; all little-endian.
// https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
#ifndef BOWERBIRD_CORE_RECORDS_TFRECORD_H_
#define BOWERBIRD_CORE_RECORDS_TFRECORD_H_

#include <array>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/fault.h"

namespace bowerbird::tfrecord {

inline constexpr uint64_t kHeaderSize = 12;
inline constexpr uint64_t kFooterSize = 4;
inline constexpr uint64_t kOverhead = kHeaderSize + kFooterSize;

// True when the masked CRC of the length holds. REQUIRES: header has at least kHeaderSize bytes.
bool HeaderHolds(const uint8_t* header);

// What the length may have been where the checksum does not hold: each of the header's three words follows from the other two, and the
// high word of a length is nearly always 0. `one_bit`: the header is one bit away from one that holds, which chance does not bring about.
struct LengthGuess {
  uint64_t length;
  bool one_bit;
};
inline constexpr size_t kLengthGuesses = 4;
std::array<LengthGuess, kLengthGuesses> GuessLengths(const uint8_t* header);

// What stands around a payload. REQUIRES: room for kHeaderSize and kFooterSize bytes
void StoreHeader(uint64_t length, uint8_t* header);
void StoreFooter(Bytes payload, uint8_t* footer);

struct Frame {
  enum class Kind : uint8_t { kRecord, kEnd, kNeedMore, kFault };
  Kind kind;
  Bytes payload{};     // kRecord; borrows the window
  uint64_t need = 0;   // kNeedMore: bytes that the window must hold from here; may be any number up to 2^64-1
  Fault fault = Fault::kNone;
  uint64_t a = 0;
  uint64_t b = 0;
  bool header_holds = false;  // kFault: the length could be trusted, so `extent` says where the next record should begin
  uint64_t extent = 0;
};

// Reads the record at the start of `window`. `left` is the number of bytes from there to the end of the stream, or kUnknown
// when more may come: a length that promises more than is left is a truncated record, told before anything is allocated.
inline constexpr uint64_t kUnknown = ~uint64_t{0};
Frame ReadFrame(Bytes window, uint64_t left);

}  // namespace bowerbird::tfrecord

#endif  // BOWERBIRD_CORE_RECORDS_TFRECORD_H_
