#include "core/embedding/example.h"

#include <bit>

#include "core/base/wire.h"

namespace bowerbird::example {
namespace {

using wire::Cursor;
using wire::Field;
using wire::Type;

// One map entry: key = 1, value = 2, in any order.
bool ReadEntry(Bytes entry, std::span<Wanted> wanted) {
  Bytes key, value;
  Cursor cursor(entry);
  for (Field field; cursor.Next(field);) {
    if (field.type != Type::kBytes) continue;
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
  }
  if (!cursor.ok()) return false;
  for (Wanted& w : wanted) {
    if (w.name == AsText(key)) {
      w.found = true;
      w.value = value;
    }
  }
  return true;
}

// Walks the lists of a Feature's final kind and hands every (list message) to `visit`, which returns false to stop.
template <typename Visit>
bool ForEachList(const FeatureView& feature, Visit visit) {
  Cursor cursor(feature.lists);
  for (Field field; cursor.Next(field);) {
    if (field.type != Type::kBytes || field.number != static_cast<uint32_t>(feature.kind)) continue;
    if (!visit(field.bytes)) return false;
  }
  return cursor.ok();
}

}  // namespace

bool FindFeatures(Bytes example, std::span<Wanted> wanted) {
  for (Wanted& w : wanted) {
    w.found = false;
    w.value = {};
  }
  Cursor outer(example);
  for (Field features; outer.Next(features);) {
    if (features.number != 1 || features.type != Type::kBytes) continue;
    Cursor inner(features.bytes);
    for (Field entry; inner.Next(entry);) {
      if (entry.number != 1 || entry.type != Type::kBytes) continue;
      if (!ReadEntry(entry.bytes, wanted)) return false;
    }
    if (!inner.ok()) return false;
  }
  return outer.ok();
}

FeatureView ReadFeature(Bytes feature) {
  FeatureView view;
  Cursor cursor(feature);
  Bytes before = feature;
  for (Field field; cursor.Next(field); before = cursor.rest()) {
    if (field.type != Type::kBytes || field.number < 1 || field.number > 3) continue;
    const Kind kind = static_cast<Kind>(field.number);
    if (kind != view.kind) {
      view.kind = kind;
      view.lists = before;
    }
  }
  if (!cursor.ok()) return {.kind = Kind::kBroken, .lists = {}};
  return view;
}

uint64_t ReadBytesList(const FeatureView& feature, std::span<Bytes> out) {
  uint64_t count = 0;
  const bool ok = ForEachList(feature, [&](Bytes list) {
    Cursor cursor(list);
    for (Field field; cursor.Next(field);) {
      if (field.number != 1 || field.type != Type::kBytes) continue;
      if (count < out.size()) out[count] = field.bytes;
      ++count;
    }
    return cursor.ok();
  });
  return ok ? count : kBrokenList;
}

uint64_t ReadFloatList(const FeatureView& feature, std::span<float> out) {
  uint64_t count = 0;
  const auto add = [&](uint32_t bits) {
    if (count < out.size()) out[count] = std::bit_cast<float>(bits);
    ++count;
  };
  const bool ok = ForEachList(feature, [&](Bytes list) {
    Cursor cursor(list);
    for (Field field; cursor.Next(field);) {
      if (field.number != 1) continue;
      if (field.type == Type::kFixed32) add(static_cast<uint32_t>(field.value));
      if (field.type != Type::kBytes) continue;
      if (field.bytes.size() % 4 != 0) return false;
      for (size_t i = 0; i < field.bytes.size(); i += 4) add(LoadLE32(field.bytes.data() + i));
    }
    return cursor.ok();
  });
  return ok ? count : kBrokenList;
}

uint64_t ReadInt64List(const FeatureView& feature, std::span<int64_t> out) {
  uint64_t count = 0;
  const auto add = [&](uint64_t bits) {
    if (count < out.size()) out[count] = static_cast<int64_t>(bits);
    ++count;
  };
  const bool ok = ForEachList(feature, [&](Bytes list) {
    Cursor cursor(list);
    for (Field field; cursor.Next(field);) {
      if (field.number != 1) continue;
      if (field.type == Type::kVarint) add(field.value);
      if (field.type != Type::kBytes) continue;
      Bytes rest = field.bytes;
      for (uint64_t value; !rest.empty();) {
        if (!wire::ReadVarint(rest, value)) return false;
        add(value);
      }
    }
    return cursor.ok();
  });
  return ok ? count : kBrokenList;
}

}  // namespace bowerbird::example
