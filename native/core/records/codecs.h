// Compressed buffers of Riegeli chunks. Snappy is ours (core/records/snappy.h); Zstandard and Brotli come from libraries that the owner of a
// Codecs table found, so that the cores depend on none.
#ifndef BOWERBIRD_CORE_RECORDS_CODECS_H_
#define BOWERBIRD_CORE_RECORDS_CODECS_H_

#include <cstdint>

#include "core/base/buffer.h"
#include "core/base/bytes.h"

namespace bowerbird {

enum class Codec : uint8_t { kNone = 0x00, kBrotli = 0x62, kSnappy = 0x73, kZstd = 0x7a };

// Takes what is unpacked, piece by piece; false: it wants no more.
class Taker {
 public:
  virtual ~Taker() = default;
  virtual bool Take(Bytes piece) = 0;
};

enum class Unpacked : uint8_t {
  kWhole,    // all of it was taken, and all of `in` was used
  kStopped,  // the taker wanted no more
  kFailed,   // `in` is not sound, or cannot be unpacked in pieces: some may have been taken
};

// Functions are null where no library was found. All are safe from any thread.
struct Codecs {
  // One frame or stream that fills `out` exactly and uses all of `in`; false for anything else.
  bool (*unzstd)(Bytes in, MutableBytes out) = nullptr;
  bool (*unbrotli)(Bytes in, MutableBytes out) = nullptr;
  // The same in the memory of its window: 128 MiB at most, larger ones fail. REQUIRES: where the one above is there, so is this
  Unpacked (*unzstd_pieces)(Bytes in, Taker& taker) = nullptr;
  Unpacked (*unbrotli_pieces)(Bytes in, Taker& taker) = nullptr;
  // Append to `out`. `window_log` 0: the level's own. False when there is no memory.
  bool (*zstd)(Bytes in, int level, int window_log, ByteBuffer& out) = nullptr;
  bool (*brotli)(Bytes in, int level, int window_log, ByteBuffer& out) = nullptr;

  bool Reads(Codec codec) const {
    return codec == Codec::kZstd ? unzstd != nullptr : codec == Codec::kBrotli ? unbrotli != nullptr : true;
  }
  bool Writes(Codec codec) const { return codec == Codec::kZstd ? zstd != nullptr : codec == Codec::kBrotli ? brotli != nullptr : true; }
};

inline bool IsCodec(uint8_t type) {
  return type == 0x00 || type == 0x62 || type == 0x73 || type == 0x7a;
}

struct Compression {
  Codec codec = Codec::kZstd;
  int level = 3;
  int window_log = 20;  // 0: the level's own
};

// A compressed buffer, opened: `body` borrows it without the size before it.
struct Packed {
  Codec codec = Codec::kNone;
  uint64_t size = 0;  // of the data, as claimed
  Bytes body;
};

// False where the size is missing, or is more than a body of that length can hold.
bool OpenPacked(Codec codec, Bytes buffer, Packed& packed);

// Fills `out`, or says that the body does not hold it. REQUIRES: out.size() == packed.size, codecs.Reads(packed.codec)
bool Unpack(const Packed& packed, const Codecs& codecs, MutableBytes out);

// The same piece by piece. Snappy needs all of its output: as one piece, where that has `most` bytes at most.
// REQUIRES: codecs.Reads(packed.codec)
Unpacked UnpackPieces(const Packed& packed, const Codecs& codecs, uint64_t most, Taker& taker);

// Appends a compressed buffer that holds `data`. REQUIRES: codecs.Writes(compression.codec). False when there is no memory.
bool Pack(Bytes data, const Compression& compression, const Codecs& codecs, ByteBuffer& out);

// Varints, shortest form.
inline size_t PutVarint(uint64_t value, uint8_t* out) {
  size_t n = 0;
  for (; value >= 0x80; value >>= 7) out[n++] = static_cast<uint8_t>(value) | 0x80;
  out[n++] = static_cast<uint8_t>(value);
  return n;
}
[[nodiscard]] inline bool AppendVarint(uint64_t value, ByteBuffer& out) {
  uint8_t raw[10];
  return out.Append({raw, PutVarint(value, raw)});
}

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_RECORDS_CODECS_H_
