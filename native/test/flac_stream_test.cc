// Generated FLAC streams: every feature of the format, any window, damage everywhere.
#include <cstdio>
#include <cstdlib>

#include "core/hash/crc16.h"
#include "test/flac_encoder.h"
#include "test/flac_file.h"
#include "test/test.h"

namespace bowerbird::flac {
namespace {

using namespace bowerbird::flac::test;

std::vector<int32_t> Between(const Made& made, size_t from, size_t to) {
  const auto at = [&](size_t sample) { return made.samples.begin() + static_cast<ptrdiff_t>(sample * made.info.channels); };
  return {at(from), at(to)};
}

}  // namespace

TEST(FlacStreamsDecodeToWhatWasEncoded) {
  const char* many = std::getenv("BOWERBIRD_FLAC_STREAMS");
  const uint64_t count = many != nullptr ? std::strtoull(many, nullptr, 10) : 2000;
  for (uint64_t seed = 1; seed <= count; ++seed) {
    const Made made = Make(seed);
    const auto opened = Open(made.file);
    EXPECT_EQ(opened.fault, Fault::kNone) << "seed " << seed;
    const auto plain = DecodeByReference(opened.audio, opened.info);
    EXPECT_EQ(plain.fault, Fault::kNone) << "seed " << seed;
    EXPECT_TRUE(plain.samples == made.samples) << "seed " << seed;
    for (const char* tier : DecoderTiers()) {
      const auto decoded = DecodeAll(opened.audio, opened.info, {.md5 = true}, tier);
      EXPECT_EQ(decoded.fault, Fault::kNone) << "seed " << seed << ' ' << tier;
      EXPECT_TRUE(decoded.samples == made.samples) << "seed " << seed << ' ' << tier;
      EXPECT_EQ(decoded.md5, Hex(made.info.md5)) << "seed " << seed << ' ' << tier;
      EXPECT_EQ(decoded.notes, 0) << "seed " << seed << ' ' << tier;
    }
  }
}

TEST(FlacStreamsDecodeTheSameInAnyWindow) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    const Made made = Make(seed);
    for (const size_t step : {1, 7, 100, 4096}) {
      const auto decoded = DecodeAll(made.frames_bytes(), made.info, {}, nullptr, step);
      EXPECT_EQ(decoded.fault, Fault::kNone) << "seed " << seed << " step " << step;
      EXPECT_TRUE(decoded.samples == made.samples) << "seed " << seed << " step " << step;
    }
  }
}

TEST(FlacStreamsAreReadTheSameByLibFlac) {
  if (std::system("flac --version >/dev/null 2>&1") != 0) {
    std::printf("skipped: needs the flac command\n");
    return;
  }
  const auto path = std::filesystem::temp_directory_path() / "bowerbird-flac-stream-test.flac";
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    const Made made = Make(seed);
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(made.file.data()), static_cast<std::streamsize>(made.file.size()));
    // -t compares with the MD5 of STREAMINFO, which is that of our samples.
    const std::string command = "flac -t -s '" + path.string() + "' >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << "seed " << seed << ", " << made.info.bits << " bits, " << made.info.channels << " channels";
  }
  std::filesystem::remove(path);
}

TEST(FlacDamageIsNeverSilent) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Made made = Make(seed, {.frames = 6});
    Random random(seed);
    const size_t at = static_cast<size_t>(random.Pick(0, static_cast<int64_t>(made.frames_bytes().size()) - 1));
    made.file[made.audio + at] ^= static_cast<uint8_t>(1 << random.Pick(0, 7));
    const size_t hit = static_cast<size_t>(std::upper_bound(made.frames.begin(), made.frames.end(), at) - made.frames.begin()) - 1;
    size_t before = 0;
    for (size_t f = 0; f < hit; ++f) before += made.sizes[f];
    for (const char* tier : DecoderTiers()) {
      const auto strict = DecodeAll(made.frames_bytes(), made.info, {}, tier);
      EXPECT_NE(strict.fault, Fault::kNone) << "seed " << seed << ' ' << tier;
      EXPECT_TRUE(strict.samples == Between(made, 0, before)) << "seed " << seed << ' ' << tier;
      const auto plain = DecodeByReference(made.frames_bytes(), made.info);
      EXPECT_EQ(strict.fault, plain.fault) << "seed " << seed << ' ' << tier;
    }
  }
}

TEST(FlacFramesWithRightChecksumsCanBeWrong) {
  // The twentieth frame comes in a second batch, after a first one that was well.
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Made made = Make(seed, {.bits = 16, .channels = 1, .frames = 24, .block = 64});
    uint8_t* const frame = made.file.data() + made.audio + made.frames[20];
    const size_t size = made.frames[21] - made.frames[20];
    FrameHeader header;
    EXPECT_EQ(ParseFrameHeader({frame, size}, made.info, &header), Fault::kNone);
    frame[header.size] |= 0x80;  // reserved
    const uint16_t crc = Crc16({frame, size - 2});
    frame[size - 2] = static_cast<uint8_t>(crc >> 8);
    frame[size - 1] = static_cast<uint8_t>(crc);
    for (const char* tier : DecoderTiers()) {
      const auto decoded = DecodeAll(made.frames_bytes(), made.info, {}, tier);
      EXPECT_EQ(decoded.fault, Fault::kReserved) << "seed " << seed << ' ' << tier;
      EXPECT_TRUE(decoded.samples == Between(made, 0, 20 * 64)) << "seed " << seed << ' ' << tier;
    }
  }
}

TEST(FlacDamageUnderRightChecksumsIsTheSameInEveryTier) {
  // Frames of one size, enough of them to be decoded in step where a tier does so.
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Made made = Make(seed, {.channels = seed % 3 == 0 ? 2u : 1u, .frames = 18, .block = seed % 2 == 0 ? 256u : 500u});
    Random random(seed);
    const size_t hit = static_cast<size_t>(random.Pick(0, 16));
    uint8_t* const frame = made.file.data() + made.audio + made.frames[hit];
    const size_t size = made.frames[hit + 1] - made.frames[hit];
    FrameHeader header;
    EXPECT_EQ(ParseFrameHeader({frame, size}, made.info, &header), Fault::kNone);
    for (int64_t times = random.Pick(1, 3); times != 0; --times) {
      frame[random.Pick(header.size, static_cast<int64_t>(size) - 3)] = static_cast<uint8_t>(random.Pick(0, 255));
    }
    const uint16_t crc = Crc16({frame, size - 2});
    frame[size - 2] = static_cast<uint8_t>(crc >> 8);
    frame[size - 1] = static_cast<uint8_t>(crc);
    const auto plain = DecodeByReference(made.frames_bytes(), made.info);
    for (const char* tier : DecoderTiers()) {
      const auto decoded = DecodeAll(made.frames_bytes(), made.info, {}, tier);
      EXPECT_EQ(decoded.fault, plain.fault) << "seed " << seed << ' ' << tier;
      EXPECT_TRUE(decoded.samples == plain.samples) << "seed " << seed << ' ' << tier;
    }
  }
}

TEST(FlacDamageIsFilledWithSilence) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Made made = Make(seed, {.frames = 8});
    if (made.info.total_samples == 0) continue;
    Random random(seed);
    const size_t hit = static_cast<size_t>(random.Pick(1, 6));  // the first one decides the numbering, the last one the end
    const size_t at = made.frames[hit] + static_cast<size_t>(random.Pick(0, static_cast<int64_t>(made.frames[hit + 1] - made.frames[hit]) - 1));
    made.file[made.audio + at] ^= 0x55;
    size_t before = 0;
    for (size_t f = 0; f < hit; ++f) before += made.sizes[f];
    auto expected = made.samples;
    std::fill_n(expected.begin() + static_cast<ptrdiff_t>(before * made.info.channels), made.sizes[hit] * made.info.channels, 0);
    for (const size_t step : {0, 61}) {
      const auto decoded = DecodeAll(made.frames_bytes(), made.info, {.lenient = true}, nullptr, step);
      EXPECT_EQ(decoded.damage.size(), 1) << "seed " << seed << " step " << step;
      if (decoded.damage.size() != 1) continue;
      const Damage& damage = decoded.damage[0];
      EXPECT_EQ(damage.frame, hit) << "seed " << seed << " step " << step;
      EXPECT_EQ(damage.offset, made.frames[hit]) << "seed " << seed << " step " << step;
      EXPECT_EQ(damage.length, made.frames[hit + 1] - made.frames[hit]) << "seed " << seed << " step " << step;
      EXPECT_EQ(damage.sample, before) << "seed " << seed << " step " << step;
      EXPECT_EQ(damage.missing, made.sizes[hit]) << "seed " << seed << " step " << step;
      EXPECT_TRUE(decoded.samples == expected) << "seed " << seed << " step " << step;
    }
  }
}

TEST(FlacFramesThatAreNotThereAreMissed) {
  const Made made = Make(5, {.bits = 16, .channels = 1, .frames = 9, .block = 256});
  const Bytes audio = made.frames_bytes();
  std::vector<uint8_t> cut(audio.begin(), audio.begin() + static_cast<ptrdiff_t>(made.frames[3]));
  cut.insert(cut.end(), audio.begin() + static_cast<ptrdiff_t>(made.frames[5]), audio.end());
  const auto strict = DecodeAll(cut, made.info);
  EXPECT_EQ(strict.fault, Fault::kMissingFrames);
  const auto lenient = DecodeAll(cut, made.info, {.lenient = true});
  EXPECT_EQ(lenient.damage.size(), 1);
  EXPECT_EQ(lenient.damage[0].missing, 512);
  EXPECT_EQ(lenient.damage[0].length, 0);
  EXPECT_EQ(lenient.samples.size(), made.samples.size());

  // And at the end: whole frames, but fewer than the total says.
  const Bytes short_of = audio.first(made.frames[7]);
  StreamInfo info = made.info;
  info.total_samples = made.samples.size();
  EXPECT_EQ(DecodeAll(short_of, info).fault, Fault::kMissingSamples);
  // A total of 0 is unknown, one too low is a note.
  info.total_samples = 0;
  EXPECT_EQ(DecodeAll(short_of, info).fault, Fault::kNone);
  info.total_samples = 300;
  const auto more = DecodeAll(audio, info);
  EXPECT_EQ(more.fault, Fault::kNone);
  EXPECT_EQ(more.notes, kNoteTotalSamples);
  EXPECT_TRUE(more.samples == made.samples);
}

TEST(FlacStrayBytesAreNotedInAnyWindow) {
  for (const bool total_known : {true, false}) {
    const Made made = Make(5, {.bits = 16, .channels = 1, .frames = 9, .block = 256});
    StreamInfo info = made.info;
    info.total_samples = total_known ? made.samples.size() : 0;
    for (const size_t stray : {1, 128, 4000}) {
      std::vector<uint8_t> audio(made.frames_bytes().begin(), made.frames_bytes().end());
      audio.resize(audio.size() + stray, 'T');
      for (const size_t step : {0, 1, 99}) {
        const auto decoded = DecodeAll(audio, info, {}, nullptr, step);
        EXPECT_EQ(decoded.fault, Fault::kNone) << "stray " << stray << " step " << step;
        EXPECT_EQ(decoded.notes, kNoteTrailingBytes) << "stray " << stray << " step " << step;
        EXPECT_TRUE(decoded.samples == made.samples) << "stray " << stray << " step " << step;
      }
    }
  }
}

TEST(FlacHeadersThatAreCutOffAreNotJudged) {
  StreamInfo info;
  info.sample_rate = 44100;
  info.channels = 1;
  info.bits = 16;
  info.min_block = info.max_block = 4096;
  std::vector<uint8_t> header = {0xff, 0xf8, 0xc9, 0x08};
  std::vector<uint8_t> reserved = {0xff, 0xf8, 0x70, 0xe6, 0xfc, 0x40, 0x01, 0x5f};  // no such number, and a wrong checksum behind it
  for (const uint8_t byte : {0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf}) header.push_back(byte);  // frame 2^31 - 1
  header.push_back(Crc8(header));
  reserved.push_back(static_cast<uint8_t>(Crc8(reserved) + 1));
  FrameHeader parsed;
  for (const auto& [bytes, fault] : {std::pair(header, Fault::kNone), std::pair(reserved, Fault::kHeaderCrc)}) {
    EXPECT_EQ(ParseFrameHeader(bytes, info, &parsed), fault);
    for (size_t size = 1; size < bytes.size(); ++size) {
      EXPECT_EQ(ParseFrameHeader(Bytes(bytes).first(size), info, &parsed), Fault::kTruncatedFrame) << size << " bytes";
    }
  }
}

TEST(FlacFramesAreFoundFromAnywhere) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const Made made = Make(seed, {.frames = 10});
    const Bytes audio = made.frames_bytes();
    uint64_t first = 0;
    for (size_t f = 0; f + 1 < made.frames.size(); ++f) {
      const auto found = FindFrame(audio, f == 0 ? 0 : made.frames[f - 1] + 1, made.info);
      EXPECT_TRUE(found.has_value());
      if (!found) continue;
      EXPECT_EQ(found->offset, made.frames[f]) << "seed " << seed << " frame " << f;
      EXPECT_EQ(found->size, made.frames[f + 1] - made.frames[f]) << "seed " << seed << " frame " << f;
      if (found->header.variable || made.info.min_block == made.info.max_block) {
        EXPECT_EQ(found->first_sample, first);
      }
      // From there on it decodes like from the start.
      if (f == 5) {
        Decoder decoder(made.info);
        decoder.Seek(made.frames[f], first);
        std::vector<int32_t> out(made.samples.size());
        const auto p = decoder.Decode(audio.subspan(made.frames[f]), true, {out.data(), out.size() / made.info.channels, SampleFormat::kInt32, 0});
        EXPECT_TRUE(p.status == Progress::kEnd);
        out.resize(p.samples * made.info.channels);
        EXPECT_TRUE(out == Between(made, first, made.samples.size() / made.info.channels)) << "seed " << seed;
      }
      first += made.sizes[f];
    }
  }
}

TEST(FlacOutputFormatsHoldTheSameSamples) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Made made = Make(seed);
    const uint32_t channels = made.info.channels;
    const size_t n = made.samples.size() / channels;
    for (const char* tier : DecoderTiers()) {
      for (const bool planar : {false, true}) {
        std::vector<float> floats(made.samples.size());
        std::vector<int16_t> shorts(made.samples.size());
        Decoder(made.info, {}, tier).Decode(made.frames_bytes(), true, {floats.data(), n, SampleFormat::kFloat32, planar ? n : 0});
        if (made.info.bits <= 16) {
          Decoder(made.info, {}, tier).Decode(made.frames_bytes(), true, {shorts.data(), n, SampleFormat::kInt16, planar ? n : 0});
        }
        for (size_t i = 0; i < n; ++i) {
          for (uint32_t c = 0; c < channels; ++c) {
            const int32_t sample = made.samples[i * channels + c];
            const size_t at = planar ? c * n + i : i * channels + c;
            const float expected = static_cast<float>(static_cast<double>(sample) / static_cast<double>(int64_t{1} << (made.info.bits - 1)));
            EXPECT_EQ(floats[at], expected) << "seed " << seed << ' ' << tier;
            if (made.info.bits <= 16) {
              EXPECT_EQ(shorts[at], sample) << "seed " << seed << ' ' << tier;
            }
          }
        }
      }
    }
  }
}

}  // namespace bowerbird::flac
