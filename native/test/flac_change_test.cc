// FLAC streams that change on their way, and frames longer than their header allows: joined files, and what old encoders wrote.
#include "core/hash/crc16.h"
#include "test/flac_encoder.h"
#include "test/flac_file.h"
#include "test/test.h"

namespace bowerbird::flac {
namespace {

using namespace bowerbird::flac::test;

// RFC 9639 section 9.1: codes of 8 and 16 bits, and of sample rates.
constexpr uint32_t kRate44100 = 9, kRate48000 = 10;

struct FrameOf {
  uint32_t number = 0;
  uint32_t block = 0;
  uint32_t rate_code = kRate44100;
  uint32_t bits = 16;
};

// Mono, every sample the frame's number: written from the RFC, without the code under test.
std::vector<uint8_t> Frame(const FrameOf& frame) {
  BitWriter out;
  out.Put(0xfff8, 16);
  out.Put(7, 4);
  out.Put(frame.rate_code, 4);
  out.Put(0, 4);
  out.Put(frame.bits == 8 ? 1 : 4, 3);
  out.Put(0, 1);
  out.Put(frame.number, 8);
  out.Put(frame.block - 1, 16);
  out.Put(Crc8(out.bytes), 8);
  out.Put(0, 8);
  out.Put(frame.number, frame.bits);
  out.Put(Crc16(out.bytes), 16);
  return out.bytes;
}

struct Stream {
  StreamInfo info;
  std::vector<uint8_t> audio;
  std::vector<size_t> frames;
  std::vector<int32_t> samples;

  void Add(const FrameOf& frame) {
    frames.push_back(audio.size());
    const auto bytes = Frame(frame);
    audio.insert(audio.end(), bytes.begin(), bytes.end());
    samples.resize(samples.size() + frame.block, static_cast<int32_t>(frame.number));
  }
};

Stream Begin(uint32_t block) {
  Stream stream;
  stream.info.min_block = stream.info.max_block = block;
  stream.info.sample_rate = 44100;
  stream.info.channels = 1;
  stream.info.bits = 16;
  return stream;
}

}  // namespace

TEST(FlacRateThatChangesIsDamageThatLosesNothing) {
  Stream stream = Begin(256);
  for (uint32_t f = 0; f < 30; ++f) stream.Add({.number = f, .block = 256, .rate_code = f >= 10 && f < 20 ? kRate48000 : kRate44100});
  for (const bool total : {true, false}) {
    stream.info.total_samples = total ? stream.samples.size() : 0;
    for (const char* tier : DecoderTiers()) {
      for (const size_t step : {0, 7}) {
        const auto strict = DecodeAll(stream.audio, stream.info, {}, tier, step);
        EXPECT_EQ(strict.fault, Fault::kRateChanged) << tier;
        EXPECT_EQ(strict.samples.size(), 2560) << tier;
        EXPECT_EQ(strict.damage[0].frame, 10) << tier;
        EXPECT_EQ(strict.damage[0].offset, stream.frames[10]) << tier;
        EXPECT_EQ(strict.damage[0].rate, 48000) << tier;

        const auto lenient = DecodeAll(stream.audio, stream.info, {.lenient = true}, tier, step);
        EXPECT_TRUE(lenient.samples == stream.samples) << tier;
        EXPECT_EQ(lenient.damage.size(), 2) << tier;
        if (lenient.damage.size() != 2) continue;
        EXPECT_EQ(lenient.damage[0].sample, 2560) << tier;
        EXPECT_EQ(lenient.damage[0].missing, 0) << tier;
        EXPECT_EQ(lenient.damage[1].offset, stream.frames[20]) << tier;
        EXPECT_EQ(lenient.damage[1].rate, 44100) << tier;
      }
    }
  }
}

TEST(FlacFirstFrameOfAnotherRateIsDamage) {
  Stream stream = Begin(256);
  stream.Add({.number = 0, .block = 256, .rate_code = kRate48000});
  EXPECT_EQ(DecodeAll(stream.audio, stream.info).fault, Fault::kRateChanged);
}

TEST(FlacBitsThatChangeAreNeverStrayBytes) {
  for (const bool total : {true, false}) {
    Stream stream = Begin(256);
    for (uint32_t f = 0; f < 3; ++f) stream.Add({.number = f, .block = 256});
    stream.info.total_samples = total ? stream.samples.size() : 0;
    stream.Add({.number = 3, .block = 256, .bits = 8});
    const auto strict = DecodeAll(stream.audio, stream.info);
    EXPECT_EQ(strict.fault, Fault::kFormatChanged);
    EXPECT_EQ(strict.damage[0].offset, stream.frames[3]);
    EXPECT_EQ(DecodeAll(stream.audio, stream.info, {.lenient = true}).damage.size(), 1);
  }
}

TEST(FlacFramesLongerThanTheHeaderAllowsCountByTheirOwnSize) {
  // STREAMINFO cannot say 65536, or says less than there is.
  for (const auto& [block, says] : {std::pair(65536u, 65535u), std::pair(65536u, 0u), std::pair(8192u, 4096u)}) {
    Stream stream = Begin(says);
    for (uint32_t f = 0; f < 6; ++f) stream.Add({.number = f, .block = block});
    stream.info.total_samples = stream.samples.size();
    for (const char* tier : DecoderTiers()) {
      const auto whole = DecodeAll(stream.audio, stream.info, {}, tier);
      EXPECT_EQ(whole.fault, Fault::kNone) << block << ' ' << tier;
      EXPECT_TRUE(whole.samples == stream.samples) << block << ' ' << tier;
      EXPECT_EQ(whole.notes, block == 65536 ? uint32_t{kNoteBlockSize} : 0) << block << ' ' << tier;

      auto damaged = stream.audio;
      damaged[stream.frames[3] + 9] ^= 1;
      const auto lenient = DecodeAll(damaged, stream.info, {.lenient = true}, tier);
      auto expected = stream.samples;
      std::fill_n(expected.begin() + 3 * block, block, 0);
      EXPECT_TRUE(lenient.samples == expected) << block << ' ' << tier;
      EXPECT_EQ(lenient.damage.size(), 1) << block << ' ' << tier;
      EXPECT_EQ(lenient.damage[0].missing, block) << block << ' ' << tier;
    }
    // Who begins in the middle counts frames as who began at the start.
    Decoder decoder(stream.info);
    decoder.Seek(stream.frames[4], 4 * block);
    std::vector<int32_t> out(2 * block);
    const auto p = decoder.Decode(Bytes(stream.audio).subspan(stream.frames[4]), true, {out.data(), out.size(), SampleFormat::kInt32, 0});
    EXPECT_EQ(p.samples, 2 * block);
    EXPECT_EQ(decoder.frame(), 6);
  }
}

}  // namespace bowerbird::flac
