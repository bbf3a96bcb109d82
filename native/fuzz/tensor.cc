// TensorProto: what a shape claims is backed by bytes or small, and content and value fields expand to the same.
#include "core/embedding/tensor.h"

#include <memory>

#include "fuzz/mutate.h"
#include "test/proto.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
using tensor::Status;
using tensor::TensorView;

// The values in exactly the memory that they need.
std::string Expanded(const TensorView& view) {
  const size_t size = view.elements * tensor::ElementSize(view.dtype);
  const auto out = std::make_unique<uint8_t[]>(size);
  tensor::ExpandValues(view, out.get());
  return {reinterpret_cast<const char*>(out.get()), size};
}

uint64_t Load(const std::string& raw, size_t at, uint32_t size) {
  uint64_t value = 0;
  std::memcpy(&value, raw.data() + at * size, size);
  return value;
}

// The same values in the type's own field, packed or one by one.
std::string ValueFields(const std::string& raw, uint32_t dtype, bool packed) {
  const uint32_t size = tensor::ElementSize(dtype);
  const uint32_t number = size == 4 ? 5 : size == 8 ? 6 : 13;
  std::string list, fields;
  for (size_t i = 0; i < raw.size() / size; ++i) {
    const uint64_t bits = Load(raw, i, size);
    list += size == 2 ? test::Varint(bits) : raw.substr(i * size, size);
    fields += size == 2 ? test::Int(number, bits) : size == 4 ? test::Fixed32(number, static_cast<uint32_t>(bits)) : test::Fixed64(number, bits);
  }
  return packed ? test::Len(number, list) : fields;
}

}  // namespace

FUZZ(tensor, MutateChoicesAndMessage) {
  Choices choices(input);
  const bool packed = choices.Byte() % 2 == 0;
  for (size_t i = 1; i < kChoices; ++i) choices.Byte();

  TensorView view;
  const Status status = tensor::ParseTensor(input, view);
  CHECK(Inside(view.content, input));
  CHECK(view.rank <= tensor::kMaxRank);
  if (status == Status::kNotTensorProto) return;

  if (view.rank <= tensor::kDimsKept) {
    unsigned __int128 product = 1;
    for (uint32_t i = 0; i < view.rank; ++i) product *= view.dims[i];
    CHECK(product == view.elements);
  }
  CHECK(!tensor::ShapeText(view.dims, view.rank).empty());
  const uint32_t size = tensor::ElementSize(view.dtype);
  if (status != Status::kOk || size == 0) return;

  std::string raw;
  if (!view.content.empty()) {
    CHECK(view.content.size() == view.elements * size);
    raw = AsText(view.content);
  } else {
    CHECK(view.elements <= std::max(view.values, tensor::kMaxRepeated));
    CHECK(view.values <= input.size());
    if (view.elements > 1 << 16) return;
    raw = Expanded(view);
    for (uint64_t i = std::max<uint64_t>(view.values, 1); i < view.elements; ++i) CHECK(Load(raw, i, size) == Load(raw, i - 1, size));
    if (view.values == 0) CHECK(raw.find_first_not_of('\0') == std::string::npos);
  }

  TensorView again;
  const std::string fields = test::Tensor(view.dtype, {view.elements}, ValueFields(raw, view.dtype, packed));
  CHECK(tensor::ParseTensor(AsBytes(fields), again) == Status::kOk);
  CHECK(again.elements == view.elements && again.values == view.elements);
  CHECK(Expanded(again) == raw);
}
