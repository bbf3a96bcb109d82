// The blocks before the audio (RFC 9639 section 8), and the tags of other worlds that people put in front of them.
#include "core/flac/flac.h"

#include <algorithm>

namespace bowerbird::flac {
namespace {

using Step = MetadataReader::Step;

uint32_t LoadBE24(const uint8_t* p) { return uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2]; }
uint64_t LoadBE(const uint8_t* p, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) value = value << 8 | p[i];
  return value;
}

Step Need(uint64_t bytes) { return {.kind = Step::kNeed, .bytes = bytes}; }
Step Wrong(Fault fault) { return {.kind = Step::kFault, .fault = fault}; }

}  // namespace

Fault ParseStreamInfo(Bytes block, StreamInfo* info) {
  if (block.size() != kStreamInfoSize) return Fault::kNoStreamInfo;
  const uint8_t* p = block.data();
  *info = {};
  info->min_block = static_cast<uint32_t>(LoadBE(p, 2));
  info->max_block = static_cast<uint32_t>(LoadBE(p + 2, 2));
  info->min_frame = LoadBE24(p + 4);
  info->max_frame = LoadBE24(p + 7);
  const uint64_t packed = LoadBE(p + 10, 8);
  info->sample_rate = static_cast<uint32_t>(packed >> 44);
  info->channels = static_cast<uint32_t>(packed >> 41 & 7) + 1;
  info->bits = static_cast<uint32_t>(packed >> 36 & 31) + 1;
  info->total_samples = packed & 0xfffffffff;
  std::copy_n(p + 18, 16, info->md5.begin());
  // Block sizes are not judged: recorders write nonsense there, and every frame says its own.
  return info->sample_rate == 0 || info->bits < 4 ? Fault::kBadStreamInfo : Fault::kNone;
}

MetadataReader::Step MetadataReader::Next(Bytes window, bool last) {
  switch (state_) {
    case State::kStart: return Move(Start(window, last));
    case State::kBlockHeader: return Move(Block(window, last));
    case State::kDone: return {.kind = Step::kAudio};
  }
  return Wrong(Fault::kBadMetadata);
}

MetadataReader::Step MetadataReader::Start(Bytes window, bool last) {
  if (window.size() < 10 && !last) return Need(10);
  // ID3v2: its size is four 7-bit bytes, and counts neither the header nor a footer.
  if (window.size() >= 10 && AsText(window.first(3)) == "ID3") {
    const uint64_t body = uint64_t{window[6] & 0x7fu} << 21 | (window[7] & 0x7fu) << 14 | (window[8] & 0x7fu) << 7 | (window[9] & 0x7fu);
    return {.kind = Step::kAdvance, .bytes = 10 + body + (window[5] & 0x10 ? 10 : 0)};
  }
  if (window.size() < 4 || AsText(window.first(4)) != "fLaC") return Wrong(Fault::kNotFlac);
  stream_offset_ = position_;
  state_ = State::kBlockHeader;
  return {.kind = Step::kAdvance, .bytes = 4};
}

MetadataReader::Step MetadataReader::Block(Bytes window, bool last) {
  if (last_block_) {
    state_ = State::kDone;
    return {.kind = Step::kAudio};
  }
  if (window.size() < kBlockHeaderSize) return last ? Wrong(Fault::kTruncatedMetadata) : Need(kBlockHeaderSize);
  const auto type = static_cast<BlockType>(window[0] & 0x7f);
  const uint32_t length = LoadBE24(&window[1]);
  if (static_cast<uint8_t>(type) == 127) return Wrong(Fault::kBadMetadata);

  const bool wanted = type == BlockType::kStreamInfo || type == BlockType::kSeekTable ||
                      (type == BlockType::kVorbisComment && length <= kMaxComment);
  if (!has_info_ && (type != BlockType::kStreamInfo || length != kStreamInfoSize)) return Wrong(Fault::kNoStreamInfo);
  if (has_info_ && type == BlockType::kStreamInfo) return Wrong(Fault::kBadMetadata);
  if (wanted && window.size() - kBlockHeaderSize < length) return last ? Wrong(Fault::kTruncatedMetadata) : Need(kBlockHeaderSize + uint64_t{length});

  Step step{.kind = Step::kAdvance, .bytes = kBlockHeaderSize + uint64_t{length}, .type = type};
  if (type == BlockType::kStreamInfo) {
    const Fault fault = ParseStreamInfo(window.subspan(kBlockHeaderSize, length), &info_);
    if (fault != Fault::kNone) return Wrong(fault);
    has_info_ = true;
  } else if (wanted) {
    step.kind = Step::kBlock;
    step.payload = window.subspan(kBlockHeaderSize, length);
  }
  last_block_ = window[0] & 0x80;
  return step;
}

SeekPoint ReadSeekPoint(Bytes block, size_t i) {
  const uint8_t* p = block.data() + 18 * i;
  return {LoadBE(p, 8), LoadBE(p + 8, 8), static_cast<uint32_t>(LoadBE(p + 16, 2))};
}

CommentReader::CommentReader(Bytes block) : rest_(block) {
  if (!Take(&vendor_)) return;
  if (rest_.size() < 4) {
    damaged_ = true;
    return;
  }
  left_ = LoadLE32(rest_.data());
  rest_ = rest_.subspan(4);
}

std::optional<std::string_view> CommentReader::Next() {
  std::string_view text;
  if (damaged_ || left_ == 0 || !Take(&text)) return std::nullopt;
  --left_;
  return text;
}

bool CommentReader::Take(std::string_view* text) {
  if (rest_.size() < 4 || LoadLE32(rest_.data()) > rest_.size() - 4) {
    damaged_ = true;
    return false;
  }
  const uint32_t length = LoadLE32(rest_.data());
  *text = AsText(rest_.subspan(4, length));
  rest_ = rest_.subspan(4 + length);
  return true;
}

}  // namespace bowerbird::flac
