#include "core/records/codecs.h"

#include "core/records/snappy.h"
#include "core/base/wire.h"

namespace bowerbird {
namespace {

// How much a body of `n` bytes can hold at the most: what claims more lies, and is not given memory.
//   zstd    a block of 4 bytes (RLE) makes 128 KiB                            RFC 8878, 3.1.1.2
//   brotli  a meta-block has 16 MiB at the most, and takes a few bits at least  RFC 7932, 9.2
//   snappy  a copy of 2 bytes makes 11, one of 3 makes 64
uint64_t MostHeld(Codec codec, uint64_t n) {
  constexpr uint64_t kLimit = uint64_t{1} << 40;
  if (n > kLimit >> 26) return kLimit;
  switch (codec) {
    case Codec::kNone: return n;
    case Codec::kZstd: return (n / 4 + 1) << 17;
    case Codec::kBrotli: return (n + 1) << 24;
    case Codec::kSnappy: return n * 32;
  }
  return 0;
}

}  // namespace

bool OpenPacked(Codec codec, Bytes buffer, Packed& packed) {
  if (codec == Codec::kNone) {
    packed = {codec, buffer.size(), buffer};
    return true;
  }
  uint64_t size = 0;
  if (!wire::ReadVarint(buffer, size) || size > MostHeld(codec, buffer.size())) return false;
  packed = {codec, size, buffer};
  return true;
}

bool Unpack(const Packed& packed, const Codecs& codecs, MutableBytes out) {
  switch (packed.codec) {
    case Codec::kNone:
      if (!out.empty()) std::memcpy(out.data(), packed.body.data(), out.size());
      return true;
    case Codec::kSnappy: return snappy::Decompress(packed.body, out);
    case Codec::kZstd: return codecs.unzstd(packed.body, out);
    case Codec::kBrotli: return codecs.unbrotli(packed.body, out);
  }
  return false;
}

Unpacked UnpackPieces(const Packed& packed, const Codecs& codecs, uint64_t most, Taker& taker) {
  const auto taken = [&](Bytes all) { return taker.Take(all) ? Unpacked::kWhole : Unpacked::kStopped; };
  switch (packed.codec) {
    case Codec::kNone: return taken(packed.body);
    case Codec::kSnappy: {
      ByteBuffer out;
      const bool ok = packed.size <= most && out.Resize(packed.size) && snappy::Decompress(packed.body, out.span());
      return ok ? taken(out.bytes()) : Unpacked::kFailed;
    }
    case Codec::kZstd: return codecs.unzstd_pieces(packed.body, taker);
    case Codec::kBrotli: return codecs.unbrotli_pieces(packed.body, taker);
  }
  return Unpacked::kFailed;
}

bool Pack(Bytes data, const Compression& compression, const Codecs& codecs, ByteBuffer& out) {
  if (compression.codec == Codec::kNone) return out.Append(data);
  if (!AppendVarint(data.size(), out)) return false;
  switch (compression.codec) {
    case Codec::kNone: break;
    case Codec::kSnappy: return snappy::Compress(data, out);
    case Codec::kZstd: return codecs.zstd(data, compression.level, compression.window_log, out);
    case Codec::kBrotli: return codecs.brotli(data, compression.level, compression.window_log, out);
  }
  return false;
}

}  // namespace bowerbird
