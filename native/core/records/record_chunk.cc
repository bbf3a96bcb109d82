// Simple chunks: a stream of lengths and a stream of bytes, each compressed as a whole.
#include "core/records/record_chunk.h"

#include "core/base/wire.h"

namespace bowerbird::riegeli {
namespace {

// The two compressed buffers behind the type byte.
Fault OpenSimple(Bytes payload, Packed& sizes, Packed& values) {
  Codec codec;
  uint64_t sizes_length = 0;
  if (!CompressionOf(payload, codec)) return Fault::kCompression;
  Bytes rest = payload.subspan(1);
  if (!wire::ReadVarint(rest, sizes_length) || sizes_length > rest.size()) return Fault::kSizes;
  if (!OpenPacked(codec, rest.first(sizes_length), sizes)) return Fault::kDecompress;
  return OpenPacked(codec, rest.subspan(sizes_length), values) ? Fault::kNone : Fault::kDecompress;
}

// `count` lengths that add up to `total`, and nothing behind them.
bool ReadSizes(Bytes stream, uint64_t count, uint64_t total, std::vector<uint64_t>& sizes) {
  // Each takes a byte at least: checked before there is memory for them.
  if (count > stream.size()) return false;
  sizes.resize(count);
  uint64_t left = total;
  for (uint64_t& size : sizes) {
    if (!wire::ReadVarint(stream, size) || size > left) return false;
    left -= size;
  }
  return left == 0 && stream.empty();
}

}  // namespace

bool CompressionOf(Bytes payload, Codec& codec) {
  if (payload.empty() || !IsCodec(payload[0])) return false;
  codec = static_cast<Codec>(payload[0]);
  return true;
}

Fault UnpackInto(const Packed& packed, const Codecs& codecs, ByteBuffer& out) {
  if (!codecs.Reads(packed.codec)) return Fault::kNoCodec;
  if (!out.Resize(packed.size)) return Fault::kTooLarge;
  return Unpack(packed, codecs, out.span()) ? Fault::kNone : Fault::kDecompress;
}

namespace {

// The lengths of the records of a simple chunk, and where the records themselves are. `values` borrows the payload.
Fault ReadSimple(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, std::vector<uint64_t>& sizes,
                 Packed& values) {
  Packed packed_sizes;
  if (const Fault fault = OpenSimple(payload, packed_sizes, values); fault != Fault::kNone) return fault;
  if (values.size != header.decoded_size) return Fault::kSizes;
  Bytes stream = packed_sizes.body;
  if (packed_sizes.codec != Codec::kNone) {
    // A varint takes ten bytes at the most.
    if (packed_sizes.size / 10 > header.num_records) return Fault::kSizes;
    if (const Fault fault = UnpackInto(packed_sizes, codecs, scratch.sizes); fault != Fault::kNone) return fault;
    stream = scratch.sizes.bytes();
  }
  if (!ReadSizes(stream, header.num_records, header.decoded_size, sizes)) return Fault::kSizes;
  return codecs.Reads(values.codec) ? Fault::kNone : Fault::kNoCodec;
}

// Hands on what must come to an exact number of bytes.
class Measured : public Taker {
 public:
  Measured(uint64_t size, Taker& taker) : left_(size), taker_(taker) {}
  bool Take(Bytes piece) override {
    if (piece.size() > left_) {
      exceeded_ = true;
      return false;
    }
    left_ -= piece.size();
    return taker_.Take(piece);
  }
  bool whole() const { return left_ == 0; }
  bool exceeded() const { return exceeded_; }

 private:
  uint64_t left_;
  bool exceeded_ = false;
  Taker& taker_;
};

class Filler : public Taker {
 public:
  explicit Filler(MutableBytes out) : out_(out) {}
  bool Take(Bytes piece) override {
    const size_t count = std::min(piece.size(), out_.size());
    if (count != 0) std::memcpy(out_.data(), piece.data(), count);
    out_ = out_.subspan(count);
    return !out_.empty();
  }

 private:
  MutableBytes out_;
};

}  // namespace

Fault DecodeRecords(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                    std::vector<uint64_t>& sizes) {
  if (header.type == static_cast<uint8_t>(ChunkType::kTransposed)) {
    return DecodeTransposed(header, payload, codecs, scratch, out, sizes);
  }
  Packed values;
  if (const Fault fault = ReadSimple(header, payload, codecs, scratch, sizes, values); fault != Fault::kNone) return fault;
  return Unpack(values, codecs, out) ? Fault::kNone : Fault::kDecompress;
}

Fault DecodeInPieces(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, std::vector<uint64_t>& sizes,
                     Taker& taker) {
  if (header.type == static_cast<uint8_t>(ChunkType::kTransposed)) return Fault::kNeedWhole;
  Packed values;
  if (const Fault fault = ReadSimple(header, payload, codecs, scratch, sizes, values); fault != Fault::kNone) return fault;
  Measured measured(header.decoded_size, taker);
  switch (UnpackPieces(values, codecs, 0, measured)) {
    case Unpacked::kWhole: return measured.whole() ? Fault::kNone : Fault::kDecompress;
    case Unpacked::kStopped: return measured.exceeded() ? Fault::kDecompress : Fault::kNone;
    case Unpacked::kFailed: break;
  }
  return Fault::kNeedWhole;
}

Fault DecodeFirst(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                  std::vector<uint64_t>& sizes) {
  Filler filler(out);
  if (const Fault fault = DecodeInPieces(header, payload, codecs, scratch, sizes, filler); fault != Fault::kNone) return fault;
  size_t count = 0;
  for (uint64_t end = 0; count < sizes.size() && sizes[count] <= out.size() - end; ++count) end += sizes[count];
  sizes.resize(count);
  return Fault::kNone;
}

uint64_t SizesAtMost(const ChunkHeader& header) {
  constexpr uint64_t kVarint = 10;
  return std::min(header.data_size, 1 + kVarint + kVarint * header.num_records);
}

Fault CheckSimple(const ChunkHeader& header, Bytes head, std::vector<uint64_t>& sizes) {
  Bytes rest = head.subspan(1);
  uint64_t length = 0;
  if (!wire::ReadVarint(rest, length) || length > rest.size()) return Fault::kSizes;
  const uint64_t behind = header.data_size - (head.size() - rest.size());
  if (behind - length != header.decoded_size) return Fault::kSizes;
  return ReadSizes(rest.first(length), header.num_records, header.decoded_size, sizes) ? Fault::kNone : Fault::kSizes;
}

bool EncodeSimple(Bytes values, std::span<const uint64_t> sizes, const Compression& compression, const Codecs& codecs, ByteBuffer& out) {
  ByteBuffer stream;
  for (const uint64_t size : sizes) {
    if (!AppendVarint(size, stream)) return false;
  }
  ByteBuffer packed;
  if (!Pack(stream.bytes(), compression, codecs, packed)) return false;
  const uint8_t type = static_cast<uint8_t>(compression.codec);
  return out.Append({&type, 1}) && AppendVarint(packed.size(), out) && out.Append(packed.bytes()) &&
         Pack(values, compression, codecs, out);
}

}  // namespace bowerbird::riegeli
