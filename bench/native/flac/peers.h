// Other decoders, each decoding a whole file that is in memory into a buffer of interleaved samples (int16 to 16 bits, else int32).
// Return samples times channels, or 0.
#ifndef BOWERBIRD_BENCH_FLAC_PEERS_H_
#define BOWERBIRD_BENCH_FLAC_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <span>

size_t DecodeByLibFlac(std::span<const uint8_t> file, void* out, size_t capacity, bool md5);
size_t DecodeByLibAv(std::span<const uint8_t> file, void* out, size_t capacity);
const char* LibFlacVersion();
const char* LibAvVersion();

#endif  // BOWERBIRD_BENCH_FLAC_PEERS_H_
