// Between the float types of embeddings: half, bfloat16, float, double. Rounding is to nearest, ties to even; infinities are kept and
// NaNs stay NaNs (signalling ones become quiet, as the processor's own conversions make them).
#ifndef BOWERBIRD_CORE_EMBEDDING_CONVERT_H_
#define BOWERBIRD_CORE_EMBEDDING_CONVERT_H_

#include <cstddef>
#include <cstdint>

#include "core/embedding/tensor.h"

namespace bowerbird {

// Converts `count` values from `in` to `out`; neither has to be aligned, and they must not overlap.
using ConvertFn = void (*)(const uint8_t* in, uint8_t* out, size_t count);

// Numbers of tensorflow.DataType for `from`. Null when nothing has to be done (the representations are the same).
// REQUIRES: tensor::ElementSize(from) != 0.
ConvertFn ConverterToFloat(uint32_t from);
ConvertFn ConverterToHalf(uint32_t from);

// How many of `count` values of this type are infinite; `in` need not be aligned.
uint64_t CountInfinite(const uint8_t* in, size_t count, tensor::Dtype type);

// The bodies that use no special instructions, for tests to compare with.
ConvertFn PortableConverterToFloat(uint32_t from);
ConvertFn PortableConverterToHalf(uint32_t from);

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_EMBEDDING_CONVERT_H_
