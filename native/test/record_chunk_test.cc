// Payloads of chunks that Google's encoder wrote, and what hostile ones are told.
#include "core/records/record_chunk.h"

#include <random>
#include <string>

#include "os/codec_library.h"
#include "core/records/snappy.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::riegeli;

std::vector<uint8_t> Hex(std::string_view text) {
  std::vector<uint8_t> bytes;
  int digits = 0, value = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    value = value * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    if (++digits % 2 == 0) {
      bytes.push_back(static_cast<uint8_t>(value));
      value = 0;
    }
  }
  return bytes;
}

struct Decoded {
  Fault fault;
  std::vector<std::string> records;
};

Decoded Decode(uint8_t type, Bytes payload, uint64_t num_records, uint64_t decoded_size) {
  ByteBuffer out;
  EXPECT_TRUE(out.Resize(decoded_size));
  DecodeScratch scratch;
  std::vector<uint64_t> sizes;
  const ChunkHeader header{.type = type, .num_records = num_records, .data_size = payload.size(), .decoded_size = decoded_size};
  Decoded decoded{DecodeRecords(header, payload, os::CodecLibrary(), scratch, out.span(), sizes), {}};
  if (decoded.fault != Fault::kNone) return decoded;
  size_t at = 0;
  for (const uint64_t size : sizes) {
    decoded.records.emplace_back(AsText(out.bytes().subspan(at, size)));
    at += size;
  }
  return decoded;
}

TEST(DecodeRecordsReadsSimpleChunksOfGoogle) {
  struct Case {
    std::string_view payload;
    std::vector<std::string> records;
    uint64_t hash;
  };
  const std::vector<std::string> three = {"a", "", "bc"};
  for (const Case& c : {
           Case{"00 01 01 30", {"0"}, 0x3b0c4f7d283310da},
           Case{"00 01 00", {""}, 0xd1cfe4c23933718d},
           Case{"7a 0d 03 28b52ffd2003190000 010002 03 28b52ffd2003190000 616263", three, 0xdb669a7f6fa55683},
           Case{"7a 0b 01 28b52ffd200109000000 00 28b52ffd2000010000", {""}, 0xfa7d05aeb6858e96},
           Case{"62 08 03 0b0180 010002 03 03 0b0180 616263 03", three, 0x4fc4e8d6ae178eab},
           Case{"62 06 01 0b0080 00 03 00 3b", {""}, 0xfab194ae9dc810f9},
           Case{"73 06 03 03 08 010002 03 03 08 616263", three, 0x77f0bf874316cab2},
           Case{"73 04 01 01 00 00 00 00", {""}, 0xe603446caeadedfa},
       }) {
    const auto payload = Hex(c.payload);
    EXPECT_EQ(Hash(payload), c.hash) << c.payload;
    Codec codec;
    EXPECT_TRUE(CompressionOf(payload, codec));
    if (!os::CodecLibrary().Reads(codec)) continue;
    uint64_t total = 0;
    for (const auto& r : c.records) total += r.size();
    const Decoded decoded = Decode('r', payload, c.records.size(), total);
    EXPECT_EQ(decoded.fault, Fault::kNone) << c.payload;
    EXPECT_TRUE(decoded.records == c.records) << c.payload;
  }
}

const std::vector<std::string> kFour = {"\x08\x96\x01", "\xff\xfenot proto", std::string("\x12\x03" "abc\x1a\x03\x08\x80\x01", 10), ""};
constexpr std::string_view kTransposed =
    "00 21 04 05 04040b01 02 02 04 0b 01 07 01 1e 08 12 08 02 03 09 0b 0d 0d 0c 0a 00 01 01 03 00 02 01 06"
    "16 01 00 01 03 61 62 63 ff fe 6e 6f 74 20 70 72 6f 74 6f 0b 05";
constexpr std::string_view kTransposedZstd =
    "7a2b2128b52ffd202109010004050e0e150b0202040b0107011e0812080203090b0d0d0c0a00010103000201060428b52ffd2004210000160100010428b52ffd2004"
    "210000036162630b28b52ffd200b590000fffe6e6f742070726f746f0128b52ffd20010900000b0128b52ffd200109000005";

TEST(DecodeRecordsWeavesTransposedChunksOfGoogle) {
  const auto plain = Hex(kTransposed);
  EXPECT_EQ(Hash(plain), 0x6ea32eec10fb5424u);
  const Decoded decoded = Decode('t', plain, 4, 24);
  EXPECT_EQ(decoded.fault, Fault::kNone);
  EXPECT_TRUE(decoded.records == kFour);
  const auto zstd = Hex(kTransposedZstd);
  EXPECT_EQ(Hash(zstd), 0xe260b606caeb2188u);
  if (os::CodecLibrary().Reads(Codec::kZstd)) {
    EXPECT_TRUE(Decode('t', zstd, 4, 24).records == kFour);
  }
}

std::vector<uint8_t> EncodedTransposed(const std::vector<std::string>& records) {
  std::string values;
  std::vector<uint64_t> sizes;
  for (const auto& r : records) {
    values += r;
    sizes.push_back(r.size());
  }
  ByteBuffer out;
  EXPECT_TRUE(EncodeTransposed(AsBytes(values), sizes, {.codec = Codec::kNone}, {}, out));
  return {out.bytes().begin(), out.bytes().end()};
}

TEST(EncodeTransposedMakesWhatGoogleMakesOfRecordsThatAreNoMessages) {
  EXPECT_TRUE(EncodedTransposed({"\xff" "1", "\xff" "22"}) == Hex("00 0b 02 02 05 02 05 02 01 01 00 00 00 ff3232ff31 03 02 00"));
  for (const size_t count : {1u, 2u, 4u, 5u, 8u, 9u, 100u}) {
    std::vector<std::string> records;
    uint64_t total = 0;
    for (size_t i = 0; i < count; ++i) {
      records.push_back(std::string(i % 3, static_cast<char>('a' + i % 26)));
      total += records.back().size();
    }
    EXPECT_TRUE(Decode('t', EncodedTransposed(records), count, total).records == records) << count;
  }
}

TEST(DecodeRecordsRefusesEveryFlippedBitOrGivesAsManyBytes) {
  for (const auto& [type, payload] : {std::pair<uint8_t, std::vector<uint8_t>>{'t', Hex(kTransposed)}, {'r', Hex("00 04 03 0b 0a 00 01")}}) {
    auto bytes = payload;
    for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      const Decoded decoded = Decode(type, bytes, 4, 24);
      size_t total = 0;
      for (const auto& r : decoded.records) total += r.size();
      EXPECT_TRUE(decoded.fault != Fault::kNone || (total == 24 && decoded.records.size() == 4)) << "bit " << bit;
      bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
  }
}

TEST(DecodeRecordsRefusesStatesThatRunInCircles) {
  // Two no-ops, each the implicit successor of the other.
  const auto payload = Hex("00 07 00 00 02 00 00 03 02 00 00");
  EXPECT_EQ(Decode('t', payload, 0, 0).fault, Fault::kTransposed);
}

TEST(DecodeRecordsGivesNoMemoryToClaims) {
  // A frame of a few bytes that says it holds 2^60.
  const auto payload = Hex("7a 13 80808080808080800f 28b52ffd2003190000 010002 03 28b52ffd2003190000 616263");
  EXPECT_EQ(Decode('r', payload, 3, 3).fault, Fault::kDecompress);
  // A transposed chunk with 2^32 - 1 buckets.
  EXPECT_EQ(Decode('t', Hex("00 0a ffffffff0f ffffffff0f 00"), 1, 1).fault, Fault::kTransposed);
}

std::vector<uint8_t> Text(size_t n, uint64_t seed, int letters) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> bytes(n);
  for (auto& b : bytes) b = static_cast<uint8_t>('a' + random() % static_cast<uint64_t>(letters));
  return bytes;
}

TEST(EveryCodecGivesBackWhatItWasGiven) {
  for (const Codec codec : {Codec::kNone, Codec::kSnappy, Codec::kZstd, Codec::kBrotli}) {
    if (!os::CodecLibrary().Writes(codec)) continue;
    for (const size_t n : {0u, 1u, 14u, 15u, 16u, 100u, 65535u, 65536u, 65537u, 300000u}) {
      for (const int letters : {1, 2, 200}) {
        const auto data = Text(n, n, letters);
        ByteBuffer packed;
        EXPECT_TRUE(Pack(data, {.codec = codec, .level = codec == Codec::kBrotli ? 5 : 3, .window_log = 0}, os::CodecLibrary(), packed));
        Packed opened;
        EXPECT_TRUE(OpenPacked(codec, packed.bytes(), opened)) << n;
        EXPECT_EQ(opened.size, n);
        std::vector<uint8_t> out(n);
        EXPECT_TRUE(Unpack(opened, os::CodecLibrary(), out)) << static_cast<int>(codec) << ' ' << n;
        EXPECT_TRUE(out == data) << static_cast<int>(codec) << ' ' << n;
        // Bytes behind the end, and an end that is missing.
        if (codec == Codec::kNone) continue;
        EXPECT_TRUE(packed.Append(Bytes(reinterpret_cast<const uint8_t*>("x"), 1)));
        EXPECT_FALSE(OpenPacked(codec, packed.bytes(), opened) && Unpack(opened, os::CodecLibrary(), out)) << n;
        const Bytes cut = packed.bytes().first(packed.size() - 2);
        EXPECT_FALSE(OpenPacked(codec, cut, opened) && Unpack(opened, os::CodecLibrary(), out)) << static_cast<int>(codec) << ' ' << n;
      }
    }
  }
}

TEST(SnappyDecompressReadsEveryKindOfElement) {
  struct Case {
    std::string_view block, text;
  };
  // Literal; copies of all three forms, overlapping ones among them. Written by hand after the format's description.
  for (const Case& c : {Case{"00", ""}, Case{"03 08 616263", "abc"}, Case{"07 08 616263 01 03", "abcabca"},
                        Case{"0a 00 61 22 01 00", "aaaaaaaaaa"}, Case{"08 04 6162 17 02000000", "abababab"},
                        Case{"03 f0 02 616263", "abc"}}) {
    std::vector<uint8_t> out(c.text.size());
    EXPECT_TRUE(snappy::Decompress(Hex(c.block), out)) << c.block;
    EXPECT_EQ(std::string(AsText(Bytes(out))), std::string(c.text));
  }
  for (const std::string_view block : {"", "03 08 6162", "03 0c 616263", "04 08 616263", "07 08 616263 01 04", "07 08 616263 01 00",
                                       "03 f4 02", "08 00 61 1e 0100"}) {
    std::vector<uint8_t> out(block.empty() ? 0 : static_cast<size_t>(block[1] - '0'));
    EXPECT_FALSE(snappy::Decompress(Hex(block), out)) << block;
  }
}

}  // namespace
