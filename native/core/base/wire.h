// A cursor over protobuf's wire format that trusts nothing. https://protobuf.dev/programming-guides/encoding/
#ifndef BOWERBIRD_CORE_BASE_WIRE_H_
#define BOWERBIRD_CORE_BASE_WIRE_H_

#include <cstdint>

#include "core/base/bytes.h"

namespace bowerbird::wire {

enum class Type : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kGroupStart = 3, kGroupEnd = 4, kFixed32 = 5 };

struct Field {
  uint32_t number = 0;
  Type type = Type::kVarint;
  uint64_t value = 0;  // kVarint, kFixed32, kFixed64
  Bytes bytes;         // kBytes; borrows the message
};

// Reads a varint at `rest` and steps over it. False when it does not end within ten bytes or within `rest`.
inline bool ReadVarint(Bytes& rest, uint64_t& value) {
  if (!rest.empty() && rest[0] < 0x80) {
    value = rest[0];
    rest = rest.subspan(1);
    return true;
  }
  uint64_t v = 0;
  for (size_t i = 0; i < rest.size() && i < 10; ++i) {
    v |= static_cast<uint64_t>(rest[i] & 0x7f) << (7 * i);
    if (rest[i] < 0x80) {
      value = v;
      rest = rest.subspan(i + 1);
      return true;
    }
  }
  return false;
}

// Iterates the fields of one message: while (cursor.Next(field)) ...; then check ok().
// Groups, which the messages here never use, are stepped over as unknown fields.
class Cursor {
 public:
  explicit Cursor(Bytes message) : rest_(message) {}

  bool Next(Field& field);
  bool ok() const { return ok_; }
  Bytes rest() const { return rest_; }

 private:
  bool Fail() {
    ok_ = false;
    return false;
  }
  bool SkipGroup(uint32_t number);

  Bytes rest_;
  bool ok_ = true;
};

}  // namespace bowerbird::wire

#endif  // BOWERBIRD_CORE_BASE_WIRE_H_
