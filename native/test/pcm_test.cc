// Sample conversion: values by hand and by the definition of the scale, both bodies against each other, and round trips.
#include "core/sound/pcm.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "core/base/cpu.h"
#include "core/hash/crc32c.h"
#include "core/sound/pcm_avx2.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::pcm;

std::vector<Layout> AllLayouts() {
  std::vector<Layout> all;
  for (const bool big : {false, true}) {
    for (uint8_t bytes = 2; bytes <= 8; ++bytes) all.push_back({Kind::kInteger, bytes, big});
    all.push_back({Kind::kFloat, 4, big});
    all.push_back({Kind::kFloat, 8, big});
    all.push_back({Kind::kLow24, 4, big});
  }
  for (const Kind kind : {Kind::kUnsigned, Kind::kALaw, Kind::kMuLaw}) all.push_back({kind, 1, false});
  return all;
}

std::vector<uint8_t> RandomBytes(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
  return bytes;
}

std::vector<float> Floats(Layout layout, Bytes in) {
  std::vector<float> out(in.size() / layout.bytes);
  ToFloat(layout, in, out.data());
  return out;
}

TEST(ToFloat_and_its_portable_twin_agree_at_every_length_and_alignment) {
  for (const Layout layout : AllLayouts()) {
    EXPECT_TRUE(IsKnown(layout));
    const std::vector<uint8_t> bytes = RandomBytes(100 * layout.bytes + 7, layout.bytes);
    for (size_t samples = 0; samples <= 70; ++samples) {
      for (size_t skew = 0; skew < 4; ++skew) {
        // In memory of its own, so that the sanitizer sees a load beyond the end.
        const std::vector<uint8_t> exact(bytes.begin() + static_cast<long>(skew), bytes.begin() + static_cast<long>(skew + samples * layout.bytes));
        const std::vector<float> fast = Floats(layout, exact);
        std::vector<float> slow(samples);
        PortableToFloat(layout, exact, slow.data());
        for (size_t i = 0; i < samples; ++i) {
          EXPECT_EQ(std::bit_cast<uint32_t>(fast[i]), std::bit_cast<uint32_t>(slow[i])) << int{layout.bytes} << " bytes, sample " << i;
        }
      }
    }
  }
}

TEST(ToFloat_divides_by_full_scale) {
  const uint8_t u8[] = {0, 128, 255};
  EXPECT_TRUE((Floats({Kind::kUnsigned, 1, false}, u8) == std::vector<float>{-1, 0, 127 / 128.0f}));
  const uint8_t s16[] = {0x00, 0x80, 0xff, 0x7f, 0x01, 0x00};
  EXPECT_TRUE((Floats({Kind::kInteger, 2, false}, s16) == std::vector<float>{-1, 32767 / 32768.0f, 1 / 32768.0f}));
  const uint8_t s24be[] = {0x80, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_TRUE((Floats({Kind::kInteger, 3, true}, s24be) == std::vector<float>{-1, 8388607 / 8388608.0f, -1 / 8388608.0f}));
  const uint8_t low24[] = {0xff, 0xff, 0xff, 0x5a};
  EXPECT_TRUE((Floats({Kind::kLow24, 4, false}, low24) == std::vector<float>{-1 / 8388608.0f}));
  // 2^31 - 1 is not a float: the nearest is 2^31.
  const uint8_t s32[] = {0xff, 0xff, 0xff, 0x7f};
  EXPECT_TRUE((Floats({Kind::kInteger, 4, false}, s32) == std::vector<float>{1}));
  const uint8_t s48[] = {0, 0, 0, 0, 0, 0xc0};
  EXPECT_TRUE((Floats({Kind::kInteger, 6, false}, s48) == std::vector<float>{-0.5f}));
}

// ITU-T G.711 gives these ends and middles of its tables (as 16-bit values).
TEST(ToInt16_reads_G711) {
  const uint8_t codes[] = {0x00, 0x55, 0xd5, 0x2a, 0xaa, 0xff, 0x7f, 0x80};
  int16_t a[8], mu[8];
  ToInt16({Kind::kALaw, 1, false}, codes, a);
  ToInt16({Kind::kMuLaw, 1, false}, codes, mu);
  const int16_t expected_a[] = {-5504, -8, 8, -32256, 32256, 848, -848, 5504};
  const int16_t expected_mu[] = {-32124, -716, 716, -5372, 5372, 0, 0, 32124};
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(a[i], expected_a[i]) << "A-law " << i;
    EXPECT_EQ(mu[i], expected_mu[i]) << "mu-law " << i;
  }
}

// CRC-32C of the 16-bit samples that FFmpeg 5.1 and SoX 14.4 both make of the bytes 0 to 255.
TEST(Every_code_of_G711_is_read_as_FFmpeg_and_SoX_do) {
  std::vector<uint8_t> codes(256 + 256 + 7);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint8_t>(i);
  for (const auto& [kind, crc] : {std::pair{Kind::kALaw, 0xa51d5c24u}, {Kind::kMuLaw, 0xfb20aeb4u}}) {
    const Layout layout{kind, 1, false};
    std::vector<int16_t> integers(codes.size());
    ToInt16(layout, codes, integers.data());
    EXPECT_EQ(Crc32c(Bytes(reinterpret_cast<const uint8_t*>(integers.data()), 512)), crc);
    std::vector<float> fast = Floats(layout, codes), slow(codes.size()), avx2(codes.size());
    PortableToFloat(layout, codes, slow.data());
#if defined(__x86_64__)
    const size_t done = Cpu().avx2 ? avx2::ToFloat(layout, codes.data(), codes.size(), avx2.data()) : 0;
#else
    const size_t done = 0;
#endif
    for (size_t i = 0; i < codes.size(); ++i) {
      const uint32_t expected = std::bit_cast<uint32_t>(static_cast<float>(integers[i]) / 32768.0f);
      EXPECT_EQ(std::bit_cast<uint32_t>(fast[i]), expected) << i;
      EXPECT_EQ(std::bit_cast<uint32_t>(slow[i]), expected) << i;
      if (i < done) {
        EXPECT_EQ(std::bit_cast<uint32_t>(avx2[i]), expected) << i;
      }
    }
  }
}

TEST(ToInt32_keeps_every_bit_that_fits) {
  const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88};
  int32_t out[4];
  ToInt32({Kind::kInteger, 2, false}, bytes, out);
  EXPECT_EQ(out[3], static_cast<int16_t>(0x8807));
  ToInt32({Kind::kInteger, 4, true}, bytes, out);
  EXPECT_EQ(out[1], 0x05060788);
  ToInt32({Kind::kInteger, 8, false}, bytes, out);
  EXPECT_EQ(out[0], static_cast<int32_t>(0x88070605));
}

TEST(ToInt32_rounds_wider_samples_to_nearest_even_and_clips) {
  // 40 bits, little-endian: the low byte is what 32 bits do not hold.
  const auto of40 = [](int64_t v) {
    uint8_t bytes[5];
    for (int i = 0; i < 5; ++i) bytes[i] = static_cast<uint8_t>(v >> (8 * i));
    int32_t out = 0;
    ToInt32({Kind::kInteger, 5, false}, bytes, &out);
    return out;
  };
  EXPECT_EQ(of40(0x17f), 1);
  EXPECT_EQ(of40(0x180), 2);
  EXPECT_EQ(of40(0x280), 2);
  EXPECT_EQ(of40(0x281), 3);
  EXPECT_EQ(of40(-1), 0);
  EXPECT_EQ(of40(-0x80), 0);
  EXPECT_EQ(of40(-0x81), -1);
  EXPECT_EQ(of40(-0x180), -2);
  EXPECT_EQ(of40(0x7fffffffff), std::numeric_limits<int32_t>::max());
  EXPECT_EQ(of40(-0x8000000000), std::numeric_limits<int32_t>::min());
  // 64 bits: every value against the same in floating point of 64 bits of mantissa.
  const std::vector<uint8_t> bytes = RandomBytes(8 * 1000, 7);
  std::vector<int32_t> out(1000);
  ToInt32({Kind::kInteger, 8, false}, bytes, out.data());
  for (size_t i = 0; i < out.size(); ++i) {
    const auto v = static_cast<int64_t>(LoadLE64(&bytes[8 * i]));
    const long double exact = std::nearbyint(static_cast<long double>(v) / 0x1p32L);
    EXPECT_EQ(static_cast<long double>(out[i]), std::min(exact, 2147483647.0L)) << i;
  }
}

TEST(FromFloat_rounds_to_nearest_even_and_clips) {
  const float in[] = {0, 0.5f / 32768, 1.5f / 32768, -0.5f / 32768, 1, 2, -1, -7, NAN, INFINITY, -INFINITY, 32767.5f / 32768};
  const int16_t expected[] = {0, 0, 2, 0, 32767, 32767, -32768, -32768, 0, 32767, -32768, 32767};
  int16_t out[12];
  FromFloat({Kind::kInteger, 2, false}, in, 12, reinterpret_cast<uint8_t*>(out));
  for (int i = 0; i < 12; ++i) EXPECT_EQ(out[i], expected[i]) << i;
  int32_t wide[12];
  FromFloat({Kind::kInteger, 4, false}, in, 12, reinterpret_cast<uint8_t*>(wide));
  EXPECT_EQ(wide[4], std::numeric_limits<int32_t>::max());
  EXPECT_EQ(wide[6], std::numeric_limits<int32_t>::min());
  EXPECT_EQ(wide[8], 0);
  EXPECT_FALSE(CanWrite({Kind::kInteger, 2, true}));
  EXPECT_FALSE(CanWrite({Kind::kALaw, 1, false}));
}

TEST(FromFloat_gives_back_what_ToFloat_read) {
  for (const Layout layout : {Layout{Kind::kUnsigned, 1, false}, Layout{Kind::kInteger, 2, false}, Layout{Kind::kInteger, 3, false},
                              Layout{Kind::kFloat, 4, false}}) {
    const std::vector<uint8_t> bytes = RandomBytes(30000 * layout.bytes, 9);
    const std::vector<float> floats = Floats(layout, bytes);
    std::vector<uint8_t> again(bytes.size());
    FromFloat(layout, floats.data(), floats.size(), again.data());
    EXPECT_TRUE(again == bytes) << int{layout.bytes};
  }
}

TEST(MixToMono_takes_the_mean_without_overflow) {
  const float in[] = {1, 2, 6, 3e38f, 3e38f, 3e38f};
  float out[3];
  MixToMono(in, 2, 3, out);
  EXPECT_TRUE(out[0] == 3 && out[1] == 3e38f);
  MixToMono(in, 3, 2, out);
  EXPECT_TRUE(out[0] == 1.5f && out[2] == 3e38f);
  float planar[6];
  Deinterleave(in, 2, 3, planar, 2);
  EXPECT_TRUE(planar[0] == 1 && planar[1] == 3e38f && planar[2] == 2 && planar[4] == 6);
  PickChannel(in, 2, 3, 2, out);
  EXPECT_TRUE(out[0] == 6 && out[1] == 3e38f);
}

TEST(Deinterleave_moves_integers_of_any_number_of_channels_and_frames) {
  for (const size_t channels : {1, 2, 3, 8, 20000}) {
    for (const size_t frames : {0, 1, 7, 8193}) {
      if (channels * frames > 1'000'000) continue;
      std::vector<int16_t> in(channels * frames);
      for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<int16_t>(i * 7);
      const size_t plane = frames + 3;
      std::vector<int16_t> out(channels * plane, -1);
      Deinterleave(in.data(), frames, channels, out.data(), plane);
      size_t wrong = 0;
      for (size_t c = 0; c < channels; ++c) {
        for (size_t i = 0; i < plane; ++i) {
          wrong += out[c * plane + i] != (i < frames ? static_cast<int16_t>((i * channels + c) * 7) : -1);
        }
      }
      EXPECT_EQ(wrong, 0u) << channels << " channels, " << frames << " frames";
    }
  }
}

}  // namespace
