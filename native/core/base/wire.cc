#include "core/base/wire.h"

namespace bowerbird::wire {
namespace {

// protobuf refuses deeper nesting too. Without a bound, a megabyte of group starts is a megabyte of open questions.
constexpr int kMaxGroups = 100;

}  // namespace

bool Cursor::Next(Field& field) {
  while (!rest_.empty()) {
    uint64_t tag;
    if (!ReadVarint(rest_, tag) || tag > 0xffffffffu) return Fail();
    field.number = static_cast<uint32_t>(tag >> 3);
    field.type = static_cast<Type>(tag & 7);
    if (field.number == 0) return Fail();
    switch (field.type) {
      case Type::kVarint:
        if (!ReadVarint(rest_, field.value)) return Fail();
        return true;
      case Type::kFixed64:
        if (rest_.size() < 8) return Fail();
        field.value = LoadLE64(rest_.data());
        rest_ = rest_.subspan(8);
        return true;
      case Type::kFixed32:
        if (rest_.size() < 4) return Fail();
        field.value = LoadLE32(rest_.data());
        rest_ = rest_.subspan(4);
        return true;
      case Type::kBytes: {
        uint64_t length;
        if (!ReadVarint(rest_, length) || length > rest_.size()) return Fail();
        field.bytes = rest_.first(length);
        rest_ = rest_.subspan(length);
        return true;
      }
      case Type::kGroupStart:
        if (!SkipGroup(field.number)) return Fail();
        continue;
      default:
        return Fail();
    }
  }
  return false;
}

bool Cursor::SkipGroup(uint32_t number) {
  uint32_t open[kMaxGroups];
  int depth = 0;
  open[depth++] = number;
  while (depth > 0) {
    uint64_t tag, value;
    if (!ReadVarint(rest_, tag) || tag > 0xffffffffu || (tag >> 3) == 0) return false;
    switch (static_cast<Type>(tag & 7)) {
      case Type::kVarint:
        if (!ReadVarint(rest_, value)) return false;
        break;
      case Type::kFixed64:
        if (rest_.size() < 8) return false;
        rest_ = rest_.subspan(8);
        break;
      case Type::kFixed32:
        if (rest_.size() < 4) return false;
        rest_ = rest_.subspan(4);
        break;
      case Type::kBytes:
        if (!ReadVarint(rest_, value) || value > rest_.size()) return false;
        rest_ = rest_.subspan(value);
        break;
      case Type::kGroupStart:
        if (depth == kMaxGroups) return false;
        open[depth++] = static_cast<uint32_t>(tag >> 3);
        break;
      case Type::kGroupEnd:
        if (open[--depth] != static_cast<uint32_t>(tag >> 3)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

}  // namespace bowerbird::wire
