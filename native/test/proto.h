// Protobuf messages and TFRecord frames put together by hand, so that tests and fuzzers can say exactly which bytes they mean. Bytes are
// std::string here.
#ifndef BOWERBIRD_TEST_PROTO_H_
#define BOWERBIRD_TEST_PROTO_H_

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash/crc32c.h"

namespace bowerbird::test {

inline std::string Raw32(uint32_t v) {
  std::string raw(4, 0);
  StoreLE32(reinterpret_cast<uint8_t*>(raw.data()), v);
  return raw;
}
inline std::string Raw64(uint64_t v) {
  std::string raw(8, 0);
  StoreLE64(reinterpret_cast<uint8_t*>(raw.data()), v);
  return raw;
}
inline std::string RawFloat(float v) { return Raw32(std::bit_cast<uint32_t>(v)); }
inline std::string RawFloats(const std::vector<float>& values) {
  std::string raw;
  for (const float v : values) raw += RawFloat(v);
  return raw;
}

inline std::string Varint(uint64_t v) {
  std::string out;
  for (; v > 127; v >>= 7) out += static_cast<char>((v & 127) | 128);
  return out + static_cast<char>(v);
}
inline std::string Join(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out.append(part);
  return out;
}

inline std::string Tag(uint32_t number, int type) { return Varint(uint64_t{number} << 3 | static_cast<uint64_t>(type)); }
inline std::string Int(uint32_t number, uint64_t value) { return Join({Tag(number, 0), Varint(value)}); }
inline std::string Fixed64(uint32_t number, uint64_t bits) { return Join({Tag(number, 1), Raw64(bits)}); }
inline std::string Len(uint32_t number, std::string_view body) { return Join({Tag(number, 2), Varint(body.size()), body}); }
inline std::string Group(uint32_t number, std::string_view body) { return Join({Tag(number, 3), body, Tag(number, 4)}); }
inline std::string Fixed32(uint32_t number, uint32_t bits) { return Join({Tag(number, 5), Raw32(bits)}); }

// tf.train.Example
inline std::string BytesFeature(std::string_view value) { return Len(1, Len(1, value)); }
inline std::string FloatFeature(float value) { return Len(2, Len(1, RawFloat(value))); }
inline std::string Int64Feature(const std::vector<int64_t>& values) {
  std::string packed;
  for (const int64_t v : values) packed += Varint(static_cast<uint64_t>(v));
  return Len(3, Len(1, packed));
}
inline std::string Entry(std::string_view key, std::string_view feature) { return Len(1, Join({Len(1, key), Len(2, feature)})); }
inline std::string Example(std::string_view entries) { return Len(1, entries); }

// tensorflow.TensorProto
inline std::string Dim(uint64_t size) { return Len(2, Int(1, size)); }
inline std::string Shape(const std::vector<uint64_t>& dims) {
  std::string body;
  for (const uint64_t size : dims) body += Dim(size);
  return Len(2, body);
}
inline std::string Tensor(uint32_t dtype, const std::vector<uint64_t>& dims, std::string_view rest) {
  return Join({Int(1, dtype), Shape(dims), rest});
}
inline std::string Content(std::string_view raw) { return Len(4, raw); }

// TFRecord
inline std::string Header(uint64_t length) {
  const std::string raw = Raw64(length);
  return Join({raw, Raw32(Crc32cMask(Crc32c(AsBytes(raw))))});
}
inline std::string Framed(std::string_view payload) {
  return Join({Header(payload.size()), payload, Raw32(Crc32cMask(Crc32c(AsBytes(payload))))});
}

}  // namespace bowerbird::test

#endif  // BOWERBIRD_TEST_PROTO_H_
