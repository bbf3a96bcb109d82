// The vocabulary of the cores: borrowed bytes and little-endian loads.
#ifndef BOWERBIRD_CORE_BASE_BYTES_H_
#define BOWERBIRD_CORE_BASE_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace bowerbird {

static_assert(std::endian::native == std::endian::little, "the formats here are little-endian and copied as they are");

// Borrowed: whoever made the span keeps the memory alive.
using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

inline uint16_t LoadLE16(const uint8_t* p) { uint16_t v; std::memcpy(&v, p, sizeof v); return v; }
inline uint32_t LoadLE32(const uint8_t* p) { uint32_t v; std::memcpy(&v, p, sizeof v); return v; }
inline uint64_t LoadLE64(const uint8_t* p) { uint64_t v; std::memcpy(&v, p, sizeof v); return v; }
inline void StoreLE32(uint8_t* p, uint32_t v) { std::memcpy(p, &v, sizeof v); }
inline void StoreLE64(uint8_t* p, uint64_t v) { std::memcpy(p, &v, sizeof v); }

inline std::string_view AsText(Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }
inline Bytes AsBytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_BASE_BYTES_H_
