// What can be wrong with a record. Codes and numbers only: the sentences are TypeScript's (src/records/faults.ts).
#ifndef BOWERBIRD_CORE_BASE_FAULT_H_
#define BOWERBIRD_CORE_BASE_FAULT_H_

#include <cstdint>
#include <string>

namespace bowerbird {

// The numbers cross to TypeScript: append, never renumber.
enum class Fault : uint8_t {
  kNone = 0,

  // Damage: bytes differ from what was written.
  kLengthCrc = 1,        // a = stored, b = computed
  kDataCrc = 2,          // a = stored, b = computed
  kTruncatedHeader = 3,  // a = bytes left
  kTruncatedRecord = 4,  // a = bytes left, b = bytes promised (header and footer included)
  kRecordTooLarge = 5,   // a = bytes promised, b = the limit

  // Intact, but not what the job can use.
  kNotExample = 16,
  kNoFilename = 17,        // a = values found, b = kind found
  kNameNotUtf8 = 18,       // text = the name, bytes above 0x7f replaced
  kNameMismatch = 19,      // text = the name
  kNoTimestamp = 20,       // a = values found, b = kind found
  kBadTimestamp = 21,      // not a finite number
  kNoTensor = 22,          // a = values found, b = kind found
  kNotTensorProto = 23,
  kDtype = 24,             // a = DataType number
  kRank = 25,              // a = rank
  kChannel = 26,           // a = channels there
  kWidthZero = 27,
  kWidthChanged = 28,      // a = width here, b = width of the file, text = index of the record that set it
  kShapeFeature = 29,      // text = "12x1x1280 12x5x1280": the TensorProto's, then the shape feature's
  kShapeFeatureKind = 30,  // a = kind found
  kContentSize = 31,       // a = bytes there, b = bytes needed
  kTooManyElements = 32,   // text = shape
};

inline bool IsDamage(Fault f) { return f != Fault::kNone && static_cast<uint8_t>(f) < 16; }

// One finding, with its place in the (uncompressed) record stream.
struct FaultReport {
  Fault fault = Fault::kNone;
  uint64_t record = 0;
  uint64_t offset = 0;
  uint64_t length = 0;  // bytes left out
  uint64_t a = 0;
  uint64_t b = 0;
  std::string text;
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_BASE_FAULT_H_
