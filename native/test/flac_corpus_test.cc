// Real FLAC files against what flac 1.4.2 and FFmpeg make of them. Needs ../shared; says so and passes without.
#include <cstdio>

#include "test/flac_file.h"
#include "test/test.h"

namespace bowerbird::flac {
namespace {

using namespace bowerbird::flac::test;

struct Expected {
  const char* path;
  uint64_t samples;
  const char* md5;
};
constexpr Expected kFiles[] = {
#include "test/flac_corpus.inc"
};

bool HasShared() {
  if (std::filesystem::exists(SharedData())) return true;
  std::printf("skipped: needs ../shared/data\n");
  return false;
}

}  // namespace

TEST(FlacCorpusDecodesToItsFingerprint) {
  if (!HasShared()) return;
  for (const auto& expected : kFiles) {
    const auto file = ReadFile(SharedData() / expected.path);
    const auto opened = Open(file);
    EXPECT_EQ(opened.fault, Fault::kNone) << expected.path;
    const auto plain = DecodeByReference(opened.audio, opened.info);
    EXPECT_EQ(Md5Of(plain.samples, opened.info.container()), std::string(expected.md5)) << expected.path << " by the reference";
    if (opened.info.has_md5()) {
      EXPECT_EQ(Hex(opened.info.md5), std::string(expected.md5)) << expected.path;
    }
    for (const char* tier : DecoderTiers()) {
      const auto decoded = DecodeAll(opened.audio, opened.info, {.md5 = true}, tier);
      EXPECT_EQ(decoded.fault, Fault::kNone) << expected.path << ' ' << tier;
      EXPECT_EQ(decoded.samples.size(), expected.samples * opened.info.channels) << expected.path << ' ' << tier;
      EXPECT_EQ(decoded.md5, std::string(expected.md5)) << expected.path << ' ' << tier;
      EXPECT_TRUE(decoded.samples == plain.samples) << expected.path << ' ' << tier;
      const bool stray = std::string_view(expected.path).find("a2o/2022") != std::string_view::npos;
      EXPECT_EQ(decoded.notes, stray ? kNoteTrailingBytes : 0u) << expected.path << ' ' << tier;
    }
  }
}

}  // namespace bowerbird::flac
