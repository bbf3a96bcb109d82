// FLAC: all engines, all windows and the plain decoder give the same samples and find the same first fault; damage is stepped over in
// bounded time; metadata and Ogg pages never lead outside their bytes.
#include "core/flac/flac.h"

#include "core/hash/crc16.h"
#include "fuzz/mutate.h"
#include "test/flac_file.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;

constexpr size_t kLimit = 1 << 18;  // values per decoding

// Where frames seem to begin, whatever their checksums say, and how long their headers are.
std::vector<std::pair<size_t, size_t>> Headers(Bytes file) {
  std::vector<std::pair<size_t, size_t>> found;
  for (size_t i = 0; i + 6 < file.size(); ++i) {
    if (file[i] != 0xff || (file[i + 1] & 0xfe) != 0xf8) continue;
    size_t size = 4 + (file[i + 4] < 0x80 ? 1 : static_cast<size_t>(std::clamp(std::countl_one(file[i + 4]), 1, 7)));
    const uint8_t block = file[i + 2] >> 4, rate = file[i + 2] & 15;
    size += (block == 6) + 2 * (block == 7) + (rate == 12) + 2 * (rate == 13 || rate == 14);
    if (i + size < file.size()) found.push_back({i, size});
  }
  return found;
}

// Changes bytes, then makes the checksums of headers and of whole frames hold again, mostly.
std::string MutateFlac(const std::string& input, size_t limit, Random& random, ByteMutator bytes) {
  std::string out = bytes(input, limit, random);
  if (out.size() <= kChoices || random() % 8 == 0) return out;
  uint8_t* const data = reinterpret_cast<uint8_t*>(out.data()) + kChoices;
  const Bytes file(data, out.size() - kChoices);
  const auto headers = Headers(file);
  for (const auto& [at, size] : headers) {
    if (random() % 16 != 0) data[at + size] = Crc8(file.subspan(at, size));
  }
  for (size_t i = 0; i < headers.size(); ++i) {
    const size_t at = headers[i].first, end = i + 1 < headers.size() ? headers[i + 1].first : file.size();
    if (end - at < 10 || random() % 16 == 0) continue;
    const uint16_t crc = Crc16(file.subspan(at, end - at - 2));
    data[end - 2] = static_cast<uint8_t>(crc >> 8);
    data[end - 1] = static_cast<uint8_t>(crc);
  }
  return out;
}

}  // namespace

FUZZ(flac, MutateFlac) {
  Choices choices(input);
  const size_t step = 1 + choices.Byte() * 7;
  const bool ogg = choices.Byte() % 16 == 1;
  for (size_t i = 2; i < kChoices; ++i) choices.Byte();

  if (ogg) {
    flac::OggUnwrapper unwrapper(step % 2 == 0);
    for (Bytes rest = input;;) {
      const auto page = unwrapper.Next(rest, true);
      CHECK(page.kind != flac::OggUnwrapper::Step::kNeed);
      CHECK(Inside(page.payload, rest));
      CHECK(page.consumed <= rest.size());
      if (page.kind != flac::OggUnwrapper::Step::kPage) break;
      CHECK(page.consumed != 0);
      rest = rest.subspan(page.consumed);
    }
    return;
  }
  const auto opened = flac::test::Open(input);
  if (opened.fault != flac::Fault::kNone) return;
  const flac::StreamInfo& info = opened.info;

  const auto plain = flac::test::DecodeByReference(opened.audio, info, kLimit);
  for (const char* tier : flac::DecoderTiers()) {
    const auto whole = flac::test::DecodeAll(opened.audio, info, {}, tier, 0, kLimit);
    // Numbers that jump and rates that change are the fast decoder's business alone, and so is what stands behind the end.
    const size_t both = std::min(whole.samples.size(), plain.samples.size());
    CHECK(std::equal(plain.samples.begin(), plain.samples.begin() + static_cast<ptrdiff_t>(both), whole.samples.begin()));
    if (whole.fault != flac::Fault::kNone && whole.fault != flac::Fault::kMissingFrames && whole.fault != flac::Fault::kMissingSamples &&
        whole.fault != flac::Fault::kRateChanged) {
      CHECK(whole.fault == plain.fault);
      CHECK(whole.samples == plain.samples);
    }
    if (whole.fault == flac::Fault::kNone && whole.samples.size() <= kLimit) CHECK(whole.samples == plain.samples);
    const auto parts = flac::test::DecodeAll(opened.audio, info, {}, tier, step, kLimit);
    if (whole.samples.size() <= kLimit && parts.samples.size() <= kLimit) {
      CHECK(parts.samples == whole.samples);
      CHECK(parts.fault == whole.fault);
    }
  }
  const auto lenient = flac::test::DecodeAll(opened.audio, info, {.lenient = true, .md5 = true}, nullptr, step, kLimit);
  uint64_t end = 0;
  for (const auto& damage : lenient.damage) {
    CHECK(damage.offset >= end && damage.offset + damage.length <= opened.audio.size());
    end = damage.offset + damage.length;
  }
}
