// Conversions: accelerated and portable bodies agree bit for bit at any address, and going through half and back loses what it must.
#include "core/embedding/convert.h"

#include <cmath>
#include <memory>

#include "core/embedding/tensor.h"
#include "fuzz/fuzz.h"

namespace {

using namespace bowerbird;

// Converts from and to memory that ends where the values end; `skew` moves both off their alignment.
std::string Converted(ConvertFn convert, Bytes in, size_t count, size_t out_size, size_t skew) {
  const auto from = std::make_unique<uint8_t[]>(in.size() + skew), to = std::make_unique<uint8_t[]>(count * out_size + skew);
  std::copy(in.begin(), in.end(), from.get() + skew);
  convert(from.get() + skew, to.get() + skew, count);
  return {reinterpret_cast<const char*>(to.get() + skew), count * out_size};
}

float FloatAt(const std::string& raw, size_t i) { return std::bit_cast<float>(LoadLE32(AsBytes(raw).data() + 4 * i)); }

}  // namespace

FUZZ(convert, nullptr) {
  fuzz::Choices choices(input);
  static constexpr uint32_t kTypes[] = {1, 2, 14, 19};
  const uint32_t type = kTypes[choices.Byte() % 4];
  const size_t skew = choices.Byte() % 8;
  const uint32_t size = tensor::ElementSize(type);
  const size_t count = input.size() / size;
  const Bytes in = input.first(count * size);

  std::string floats(AsText(in)), halves(AsText(in));
  if (const ConvertFn convert = ConverterToFloat(type)) {
    floats = Converted(convert, in, count, 4, skew);
    CHECK(floats == Converted(PortableConverterToFloat(type), in, count, 4, 0));
  }
  if (const ConvertFn convert = ConverterToHalf(type)) {
    halves = Converted(convert, in, count, 2, skew);
    CHECK(halves == Converted(PortableConverterToHalf(type), in, count, 2, 0));
  }

  const std::string back = Converted(ConverterToFloat(19), AsBytes(halves), count, 4, skew);
  CHECK(back == Converted(PortableConverterToFloat(19), AsBytes(halves), count, 4, 0));
  for (size_t i = 0; i < count; ++i) {
    const float value = FloatAt(floats, i), rounded = FloatAt(back, i);
    CHECK(std::isnan(value) == std::isnan(rounded));
    if (std::isnan(value)) continue;
    CHECK(std::signbit(value) == std::signbit(rounded));
    const float magnitude = std::fabs(value);
    // Half an ulp of half: 2^-11 of the value, 2^-25 below the smallest normal. Floats of doubles are half an ulp of float off themselves.
    if (magnitude < 65504) CHECK(std::fabs(value - rounded) <= std::max(magnitude * 0x1.001p-11f, 0x1.001p-25f));
    if (magnitude > 65520) CHECK(std::isinf(rounded));
  }
}
