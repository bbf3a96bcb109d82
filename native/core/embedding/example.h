// tf.train.Example: finds features by name and reads their lists in place.
// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto
#ifndef BOWERBIRD_CORE_EMBEDDING_EXAMPLE_H_
#define BOWERBIRD_CORE_EMBEDDING_EXAMPLE_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/bytes.h"

namespace bowerbird::example {

// One feature asked for by name. `value` is its serialized Feature message and borrows the record.
struct Wanted {
  std::string_view name;
  bool found = false;
  Bytes value{};
};

// Walks a serialized Example once and fills in `wanted`; of a key given twice the last one wins, as in TensorFlow.
// False when the bytes are not an Example. Features that nobody asked for are stepped over, not read.
bool FindFeatures(Bytes example, std::span<Wanted> wanted);

// Numbers as in the Feature message's oneof; they cross to TypeScript in faults.
enum class Kind : uint8_t { kNone = 0, kBytes = 1, kFloat = 2, kInt64 = 3, kBroken = 7 };

// What a Feature holds: of a oneof given more than once the last kind stands, and lists of that kind since then are joined.
struct FeatureView {
  Kind kind = Kind::kNone;
  Bytes lists;  // the stretch of the Feature message that holds them
};
FeatureView ReadFeature(Bytes feature);

// Each returns the number of values (packed or not), having stored the first `out.size()` of them; kBrokenList when the list does not parse.
inline constexpr uint64_t kBrokenList = ~uint64_t{0};
uint64_t ReadBytesList(const FeatureView& feature, std::span<Bytes> out);
uint64_t ReadFloatList(const FeatureView& feature, std::span<float> out);
uint64_t ReadInt64List(const FeatureView& feature, std::span<int64_t> out);

}  // namespace bowerbird::example

#endif  // BOWERBIRD_CORE_EMBEDDING_EXAMPLE_H_
