// What stands around the frames: metadata that is skipped, tags, Ogg pages, and files that fuzzers of others found.
#include <cstdio>

#include "test/flac_encoder.h"
#include "test/flac_file.h"
#include "test/test.h"

namespace bowerbird::flac {
namespace {

using namespace bowerbird::flac::test;
using Step = MetadataReader::Step;

void Append(std::vector<uint8_t>* out, std::string_view text) { out->insert(out->end(), text.begin(), text.end()); }
void AppendBlock(std::vector<uint8_t>* out, uint8_t type, uint32_t length) {
  out->insert(out->end(), {type, static_cast<uint8_t>(length >> 16), static_cast<uint8_t>(length >> 8), static_cast<uint8_t>(length)});
}

// RFC 3533 section 6, written from it alone.
std::vector<uint8_t> OggPage(uint8_t type, uint32_t serial, uint32_t sequence, Bytes packet) {
  std::vector<uint8_t> page{'O', 'g', 'g', 'S', 0, type};
  page.resize(26);
  StoreLE32(&page[14], serial);
  StoreLE32(&page[18], sequence);
  size_t left = packet.size();
  std::vector<uint8_t> lacing;
  for (; left >= 255; left -= 255) lacing.push_back(255);
  lacing.push_back(static_cast<uint8_t>(left));
  page.push_back(static_cast<uint8_t>(lacing.size()));
  page.insert(page.end(), lacing.begin(), lacing.end());
  page.insert(page.end(), packet.begin(), packet.end());
  uint32_t crc = 0;
  for (const uint8_t byte : page) {
    crc ^= uint32_t{byte} << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ (crc >> 31 ? 0x04c11db7u : 0);
  }
  StoreLE32(&page[22], crc);
  return page;
}

struct Unwrapped {
  std::vector<uint8_t> stream;
  Fault fault = Fault::kNone;
  uint64_t dropped = 0;
};
Unwrapped Unwrap(Bytes ogg, bool lenient, size_t step_size) {
  Unwrapped result;
  OggUnwrapper unwrapper(lenient);
  size_t begin = 0, end = std::min(step_size, ogg.size());
  for (;;) {
    const auto step = unwrapper.Next(ogg.subspan(begin, end - begin), end == ogg.size());
    if (step.kind == OggUnwrapper::Step::kNeed) {
      end = std::min<size_t>(ogg.size(), std::max<size_t>(begin + step.need, end + step_size));
      continue;
    }
    result.stream.insert(result.stream.end(), step.payload.begin(), step.payload.end());
    begin += step.consumed;
    if (step.kind == OggUnwrapper::Step::kFault) result.fault = step.fault;
    if (step.kind != OggUnwrapper::Step::kPage) break;
  }
  result.dropped = unwrapper.dropped();
  return result;
}

}  // namespace

TEST(MetadataReaderSkipsWhatItDoesNotRead) {
  const Made made = Make(3);
  std::vector<uint8_t> file;
  Append(&file, std::string_view("ID3\4\0\0\0\0\1\2", 10));  // 130 bytes of tags follow
  file.resize(file.size() + 130);
  file.insert(file.end(), made.file.begin(), made.file.begin() + 42);
  file[140 + 4] = 0;  // not the last block
  AppendBlock(&file, 6, 0xffffff);

  MetadataReader reader;
  auto step = reader.Next(file, false);
  EXPECT_EQ(step.bytes, 140);
  step = reader.Next(Bytes(file).subspan(reader.position()), false);
  EXPECT_EQ(reader.stream_offset(), 140);
  step = reader.Next(Bytes(file).subspan(reader.position()), false);
  EXPECT_EQ(reader.info().bits, made.info.bits);
  // The picture is not there, and need not be.
  step = reader.Next(Bytes(file).subspan(reader.position()), false);
  EXPECT_TRUE(step.kind == Step::kAdvance);
  EXPECT_EQ(step.bytes, 4u + 0xffffff);
  EXPECT_EQ(reader.position(), 140u + 42 + 4 + 0xffffff);
  // Tags are asked for whole, and read without copying.
  std::vector<uint8_t> tags;
  AppendBlock(&tags, 0x80 | 4, 30);
  Append(&tags, std::string_view("\4\0\0\0self\2\0\0\0\3\0\0\0A=b\xff\0\0\0", 23));
  tags.resize(34);
  step = reader.Next(Bytes(tags).first(10), false);
  EXPECT_TRUE(step.kind == Step::kNeed);
  EXPECT_EQ(step.bytes, 34);
  step = reader.Next(tags, false);
  EXPECT_TRUE(step.kind == Step::kBlock);
  CommentReader comments(step.payload);
  EXPECT_EQ(comments.vendor(), std::string_view("self"));
  EXPECT_EQ(comments.Next().value_or(""), std::string_view("A=b"));
  // The second promises more than there is.
  EXPECT_FALSE(comments.Next().has_value());
  EXPECT_TRUE(comments.damaged());
  EXPECT_TRUE(reader.Next({}, false).kind == Step::kAudio);
}

TEST(MetadataReaderNamesWhatIsWrong) {
  const Made made = Make(3);
  const auto fault = [](std::vector<uint8_t> file) { return Open(file).fault; };
  EXPECT_EQ(fault({}), Fault::kNotFlac);
  EXPECT_EQ(Open(AsBytes("version https://git-lfs.github.com/spec/v1\n")).fault, Fault::kNotFlac);
  auto file = made.file;
  file[4] = 0x81;
  EXPECT_EQ(fault(file), Fault::kNoStreamInfo);
  file[4] = 0xff;
  EXPECT_EQ(fault(file), Fault::kBadMetadata);
  for (size_t n = 4; n < 42; ++n) EXPECT_EQ(Open(Bytes(made.file).first(n)).fault, Fault::kTruncatedMetadata) << n;
  file = made.file;
  std::fill_n(file.begin() + 18, 3, 0);
  EXPECT_EQ(fault(file), Fault::kBadStreamInfo);
}

TEST(OggUnwrapperLeavesANativeStream) {
  const Made made = Make(8, {.bits = 16, .channels = 2, .frames = 5, .block = 576});
  const auto pages = [&] {
    std::vector<std::vector<uint8_t>> all;
    std::vector<uint8_t> first{0x7f, 'F', 'L', 'A', 'C', 1, 0, 0, 0};
    first.insert(first.end(), made.file.begin(), made.file.begin() + static_cast<ptrdiff_t>(made.audio));
    all.push_back(OggPage(2, 7, 0, first));
    all.push_back(OggPage(2, 9, 0, AsBytes("another stream")));
    for (size_t f = 0; f < made.frames.size(); ++f) {
      const size_t end = f + 1 < made.frames.size() ? made.frames[f + 1] : made.frames_bytes().size();
      all.push_back(OggPage(f + 1 == made.frames.size() ? 4 : 0, 7, static_cast<uint32_t>(f + 1), made.frames_bytes().subspan(made.frames[f], end - made.frames[f])));
    }
    return all;
  }();
  const auto join = [](const std::vector<std::vector<uint8_t>>& parts) {
    std::vector<uint8_t> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  };
  const auto ogg = join(pages);
  EXPECT_TRUE(IsOgg(ogg));
  for (const size_t step : {1, 50, 100000}) {
    const auto whole = Unwrap(ogg, false, step);
    EXPECT_EQ(whole.fault, Fault::kNone);
    EXPECT_EQ(whole.dropped, 0);
    EXPECT_TRUE(whole.stream == made.file) << "step " << step;
  }
  // Without a last page, or behind it, the first page of another stream begins another recording, whatever its number.
  const auto again = [&](size_t count, uint32_t serial) {
    auto chained = std::vector(pages.begin(), pages.begin() + static_cast<ptrdiff_t>(count));
    chained.push_back(OggPage(2, serial, 0, Bytes(pages[0]).subspan(28)));
    chained.push_back(OggPage(0, serial, 1, AsBytes("not ours")));
    return join(chained);
  };
  for (const uint32_t serial : {7u, 8u}) {
    for (const bool lenient : {false, true}) {
      EXPECT_TRUE(Unwrap(again(pages.size(), serial), lenient, 1000).stream == made.file) << serial;
      const auto unended = Unwrap(again(4, serial), lenient, 1000);
      EXPECT_EQ(unended.fault, Fault::kNone) << serial;
      EXPECT_EQ(unended.stream.size(), made.audio + made.frames[2]) << serial;
    }
  }

  auto damaged = pages;
  damaged[4][200] ^= 1;
  EXPECT_EQ(Unwrap(join(damaged), false, 1000).fault, Fault::kPageCrc);
  const auto rest = Unwrap(join(damaged), true, 1000);
  EXPECT_EQ(rest.fault, Fault::kNone);
  EXPECT_GE(rest.dropped, 1);
  const auto opened = Open(rest.stream);
  const auto decoded = DecodeAll(opened.audio, opened.info, {.lenient = true});
  EXPECT_EQ(decoded.samples.size(), made.samples.size());
  EXPECT_EQ(decoded.damage.size(), 1);

  auto cut = ogg;
  cut.resize(cut.size() - 10);
  EXPECT_EQ(Unwrap(cut, false, 100000).fault, Fault::kTruncatedPage);
  EXPECT_EQ(Unwrap(AsBytes("OggS"), false, 100).fault, Fault::kTruncatedPage);
}

TEST(FuzzedFilesOfOthersEndInANamedFault) {
  const auto folder = SharedData() / "flac" / "claxon-fuzz";
  if (!std::filesystem::exists(folder)) {
    std::printf("skipped: needs ../shared/data\n");
    return;
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file = ReadFile(entry.path());
    const auto opened = Open(file);
    ++files;
    if (opened.fault != Fault::kNone) continue;
    for (const char* tier : DecoderTiers()) {
      const auto strict = DecodeAll(opened.audio, opened.info, {.md5 = true}, tier);
      const auto lenient = DecodeAll(opened.audio, opened.info, {.lenient = true}, tier);
      // None of them is whole: it fails, or its samples are not those of its fingerprint, or bytes are left over.
      const bool told = strict.fault != Fault::kNone || strict.notes != 0 || strict.md5 != Hex(opened.info.md5);
      EXPECT_TRUE(told) << entry.path().filename().string() << ' ' << tier;
      EXPECT_EQ(strict.fault == Fault::kNone, lenient.damage.empty()) << entry.path().filename().string() << ' ' << tier;
    }
  }
  EXPECT_GE(files, 12);
}

}  // namespace bowerbird::flac
