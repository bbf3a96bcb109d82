// Other decoders, each decoding a whole file that is in memory into a buffer of interleaved samples (int16 to 16 bits, else int32).
// Return samples times channels, or 0.
#ifndef BOWERBIRD_BENCH_FLAC_PEERS_H_
#define BOWERBIRD_BENCH_FLAC_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#if defined(BOWERBIRD_HAS_LIBFLAC)
// The functions of libFLAC that a decoding takes: of the library that this program is linked with, or of another version.
struct LibFlac;
std::shared_ptr<const LibFlac> LinkedLibFlac();
// Nothing when the file is no libFLAC.
std::shared_ptr<const LibFlac> OpenLibFlac(const char* path);
std::string Version(const LibFlac& library);
size_t DecodeByLibFlac(const LibFlac& library, std::span<const uint8_t> file, void* out, size_t capacity, bool md5);
#endif

#if defined(BOWERBIRD_HAS_LIBAV)
size_t DecodeByLibAv(std::span<const uint8_t> file, void* out, size_t capacity);
std::string LibAvVersion();
#endif

#if defined(BOWERBIRD_HAS_DR_FLAC)
// Samples in the highest bits: dr_flac has no other way.
size_t DecodeByDrFlac(std::span<const uint8_t> file, void* out, size_t capacity);
std::string DrFlacVersion();
#endif

#endif  // BOWERBIRD_BENCH_FLAC_PEERS_H_
