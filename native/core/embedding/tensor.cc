#include "core/embedding/tensor.h"

#include <algorithm>

#include "core/base/wire.h"

namespace bowerbird::tensor {
namespace {

using wire::Cursor;
using wire::Field;
using wire::Type;

// Field numbers of TensorProto.
enum : uint32_t { kDtype = 1, kShape = 2, kContent = 4, kFloatVal = 5, kDoubleVal = 6, kHalfVal = 13 };

uint32_t ValueField(uint32_t dtype) {
  switch (static_cast<Dtype>(dtype)) {
    case Dtype::kFloat: return kFloatVal;
    case Dtype::kDouble: return kDoubleVal;
    case Dtype::kHalf:
    case Dtype::kBfloat16: return kHalfVal;
  }
  return 0;
}

// TensorShapeProto: dim = 2 { size = 1 }, unknown_rank = 3. Appends, since a message given in two pieces is one message.
bool ReadShape(Bytes shape, TensorView& view) {
  Cursor cursor(shape);
  for (Field field; cursor.Next(field);) {
    if (field.number == 3 && field.type == Type::kVarint && field.value != 0) return false;
    if (field.number != 2 || field.type != Type::kBytes) continue;
    uint64_t size = 0;
    Cursor dim(field.bytes);
    for (Field part; dim.Next(part);) {
      if (part.number == 1 && part.type == Type::kVarint) size = part.value;
    }
    if (!dim.ok() || size > uint64_t{1} << 62 || view.rank == kMaxRank) return false;  // negative is huge
    if (view.rank < kDimsKept) view.dims[view.rank] = size;
    ++view.rank;
    if (size != 0 && view.elements > (uint64_t{1} << 62) / size) return false;
    view.elements *= size;
  }
  return cursor.ok();
}

// Calls visit(bits) for each value of the field, packed or not, in order.
template <typename Visit>
bool ForEachValue(Bytes message, uint32_t number, Visit visit) {
  Cursor cursor(message);
  for (Field field; cursor.Next(field);) {
    if (field.number != number) continue;
    if (field.type != Type::kBytes) {
      const Type expected = number == kFloatVal ? Type::kFixed32 : number == kDoubleVal ? Type::kFixed64 : Type::kVarint;
      if (field.type == expected) visit(field.value);
      continue;
    }
    Bytes rest = field.bytes;
    if (number == kHalfVal) {
      for (uint64_t value; !rest.empty();) {
        if (!wire::ReadVarint(rest, value)) return false;
        visit(value);
      }
    } else {
      const size_t size = number == kFloatVal ? 4 : 8;
      if (rest.size() % size != 0) return false;
      for (size_t i = 0; i < rest.size(); i += size) visit(size == 4 ? LoadLE32(rest.data() + i) : LoadLE64(rest.data() + i));
    }
  }
  return cursor.ok();
}

void Store(uint8_t* out, uint64_t bits, uint32_t size) { std::memcpy(out, &bits, size); }

}  // namespace

uint32_t ElementSize(uint32_t dtype) {
  switch (static_cast<Dtype>(dtype)) {
    case Dtype::kFloat: return 4;
    case Dtype::kDouble: return 8;
    case Dtype::kHalf:
    case Dtype::kBfloat16: return 2;
  }
  return 0;
}

Status ParseTensor(Bytes message, TensorView& view) {
  view = TensorView{};
  view.elements = 1;
  view.message = message;
  Cursor cursor(message);
  for (Field field; cursor.Next(field);) {
    if (field.number == kDtype && field.type == Type::kVarint) view.dtype = static_cast<uint32_t>(field.value);
    if (field.type != Type::kBytes) continue;
    if (field.number == kShape && !ReadShape(field.bytes, view)) return Status::kNotTensorProto;
    if (field.number == kContent) view.content = field.bytes;
  }
  if (!cursor.ok()) return Status::kNotTensorProto;

  const uint32_t size = ElementSize(view.dtype);
  if (size == 0) return Status::kOk;
  if (!view.content.empty()) {
    // elements is at most 2^62, so compare by division.
    if (view.content.size() % size != 0 || view.content.size() / size != view.elements) return Status::kContentSize;
    return Status::kOk;
  }
  if (!ForEachValue(message, ValueField(view.dtype), [&](uint64_t) { ++view.values; })) return Status::kNotTensorProto;
  if (view.elements > view.values && view.elements > kMaxRepeated) return Status::kTooManyElements;
  return Status::kOk;
}

void ExpandValues(const TensorView& view, uint8_t* out) {
  const uint32_t size = ElementSize(view.dtype);
  uint64_t at = 0, last = 0;
  ForEachValue(view.message, ValueField(view.dtype), [&](uint64_t bits) {
    if (at >= view.elements) return;
    last = bits;
    Store(out + size * at++, bits, size);
  });
  for (; at < view.elements; ++at) Store(out + size * at, last, size);
}

std::string ShapeText(const uint64_t* dims, uint32_t rank) {
  if (rank == 0) return "scalar";
  std::string text;
  for (uint32_t i = 0; i < std::min(rank, kDimsKept); ++i) {
    if (i != 0) text += 'x';
    text += std::to_string(dims[i]);
  }
  if (rank > kDimsKept) text += "x...";
  return text;
}

}  // namespace bowerbird::tensor
