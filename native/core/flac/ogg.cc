// Ogg pages (RFC 3533) around a FLAC stream: enough to take them off again.
#include "core/flac/flac.h"

#include <algorithm>

namespace bowerbird::flac {
namespace {

using Step = OggUnwrapper::Step;

// x^32 + ... of Ethernet, but most significant bit first and without inversions.
constexpr auto kTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ (crc & 0x80000000u ? 0x04c11db7u : 0);
    table[byte] = crc;
  }
  return table;
}();

// The four bytes of the stored CRC count as zeros.
uint32_t PageCrc(Bytes page) {
  uint32_t crc = 0;
  for (size_t i = 0; i < page.size(); ++i) crc = (crc << 8) ^ kTable[(crc >> 24) ^ (i >= 22 && i < 26 ? 0 : page[i])];
  return crc;
}

constexpr uint8_t kFirstPage = 2, kLastPage = 4;
// Before "fLaC" in the first packet: 0x7F "FLAC", version, number of header packets.
constexpr size_t kMappingSize = 9;

}  // namespace

OggUnwrapper::Step OggUnwrapper::Next(Bytes window, bool last) {
  if (ended_ || (last && window.empty())) return {.kind = started_ ? Step::kEnd : Step::kFault, .fault = started_ ? Fault::kNone : Fault::kNotOggFlac};

  if (window.size() < 27 && !last) return {.kind = Step::kNeed, .need = 27};

  // After damage the next page is wherever its capture pattern is.
  const auto found = AsText(window).find("OggS");
  const size_t at = found == std::string_view::npos ? window.size() : found;
  if (at != 0) {
    if (!lenient_) return {.kind = Step::kFault, .fault = Fault::kNotOggFlac};
    const size_t gone = found != std::string_view::npos || last ? at : at - std::min<size_t>(3, at);
    if (gone != 0) return {.kind = Step::kPage, .consumed = gone};
  }
  const auto short_of = [&](uint64_t need) -> Step {
    if (!last) return {.kind = Step::kNeed, .need = need};
    if (!lenient_) return {.kind = Step::kFault, .fault = Fault::kTruncatedPage};
    ++dropped_;
    return {.kind = Step::kPage, .consumed = window.size()};
  };
  if (window.size() < 27) return short_of(27);
  const size_t segments = window[26];
  if (window.size() < 27 + segments) return short_of(27 + segments);
  size_t body = 0;
  for (size_t i = 0; i < segments; ++i) body += window[27 + i];
  const size_t size = 27 + segments + body;
  if (window.size() < size) return short_of(size);

  const Bytes page = window.first(size);
  if (page[4] != 0 || PageCrc(page) != LoadLE32(&page[22])) {
    if (!lenient_) return {.kind = Step::kFault, .fault = Fault::kPageCrc};
    ++dropped_;
    return {.kind = Step::kPage, .consumed = 4};
  }
  Step step{.kind = Step::kPage, .consumed = size, .payload = page.last(body)};
  const uint32_t serial = LoadLE32(&page[14]), sequence = LoadLE32(&page[18]);
  if (!started_) {
    const bool ours = (page[5] & kFirstPage) && body > kMappingSize && page[27 + segments] == 0x7f &&
                      AsText(step.payload.subspan(1, 4)) == "FLAC" && step.payload[5] == 1;
    if (ours) {
      started_ = true;
      serial_ = serial;
      step.payload = step.payload.subspan(kMappingSize);
    } else {
      // The first pages of all streams come before any other page.
      if (!(page[5] & kFirstPage)) return {.kind = Step::kFault, .fault = Fault::kNotOggFlac};
      step.payload = {};
      ++others_;
    }
  } else if ((page[5] & kFirstPage) && (serial == serial_ || has_body_)) {
    ended_ = true;
    return {.kind = Step::kEnd};
  } else if (serial != serial_) {
    step.payload = {};
    ++others_;
    return step;
  } else if (sequence != sequence_ + 1) {
    dropped_ += sequence > sequence_ ? sequence - sequence_ - 1 : 1;
  }
  has_body_ |= started_ && !(page[5] & kFirstPage);
  sequence_ = sequence;
  ended_ = started_ && (page[5] & kLastPage);
  return step;
}

}  // namespace bowerbird::flac
