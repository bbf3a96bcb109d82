// tensorflow.TensorProto: where the values of a float tensor lie, whichever of its five encodings holds them.
// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/tensor.proto
#ifndef BOWERBIRD_CORE_EMBEDDING_TENSOR_H_
#define BOWERBIRD_CORE_EMBEDDING_TENSOR_H_

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace bowerbird::tensor {

// Numbers of tensorflow.DataType (types.proto).
enum class Dtype : uint32_t { kFloat = 1, kDouble = 2, kBfloat16 = 14, kHalf = 19 };

inline constexpr uint32_t kMaxRank = 254;  // TensorFlow's own
inline constexpr uint32_t kDimsKept = 8;

// 23 bytes can declare a tensor of any size ("fewer values than elements repeat the last one"). This many we believe: 4 MiB of float32.
inline constexpr uint64_t kMaxRepeated = uint64_t{1} << 20;

enum class Status : uint8_t { kOk, kNotTensorProto, kContentSize, kTooManyElements };

// Borrows the record.
struct TensorView {
  uint32_t dtype = 0;
  uint32_t rank = 0;
  uint64_t dims[kDimsKept] = {};
  uint64_t elements = 0;
  Bytes content;        // raw values, when not empty
  Bytes message;        // else *_val fields are to be found here
  uint64_t values = 0;  // how many there are
};

// Parses and checks: dims are not negative, their product fits, content has the size that they ask for. Only the four float
// types have their values checked; others come back with what is known.
Status ParseTensor(Bytes message, TensorView& view);

// Bytes a value takes in `content`; 0 for types that are not floats.
uint32_t ElementSize(uint32_t dtype);

// Writes all `elements` values, in the type's own representation, to `out` (elements * ElementSize bytes): the values of the *_val fields,
// then the last of them again and again; zeros when there are none. REQUIRES: ParseTensor said kOk and content is empty.
void ExpandValues(const TensorView& view, uint8_t* out);

// "12x1x1280", as errors say it.
std::string ShapeText(const uint64_t* dims, uint32_t rank);

}  // namespace bowerbird::tensor

#endif  // BOWERBIRD_CORE_EMBEDDING_TENSOR_H_
