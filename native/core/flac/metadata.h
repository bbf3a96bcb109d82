// The blocks in front of the audio of a FLAC stream (RFC 9639 section 8).
#ifndef BOWERBIRD_CORE_FLAC_METADATA_H_
#define BOWERBIRD_CORE_FLAC_METADATA_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/flac/fault.h"

namespace bowerbird::flac {

struct StreamInfo {
  uint32_t min_block = 0;  // samples
  uint32_t max_block = 0;
  uint32_t min_frame = 0;  // bytes; 0 = unknown
  uint32_t max_frame = 0;
  uint32_t sample_rate = 0;  // Hz
  uint32_t channels = 0;     // 1..8
  uint32_t bits = 0;         // per sample, 4..32
  uint64_t total_samples = 0;  // 0 = unknown
  std::array<uint8_t, 16> md5{};  // of the samples as little-endian signed integers of ceil(bits/8) bytes; all zero = unknown

  bool has_md5() const { return md5 != std::array<uint8_t, 16>{}; }
  // Bytes of one sample of one channel in that MD5.
  uint32_t container() const { return (bits + 7) / 8; }
};

// Of every block: its type and length.
inline constexpr uint32_t kBlockHeaderSize = 4;
inline constexpr uint32_t kStreamInfoSize = 34;

enum class BlockType : uint8_t {
  kStreamInfo = 0, kPadding = 1, kApplication = 2, kSeekTable = 3, kVorbisComment = 4, kCueSheet = 5, kPicture = 6,
};

// Walks the blocks before the audio without needing those it does not read: a picture of 16 MiB costs its 4 header bytes.
class MetadataReader {
 public:
  // Blocks of tags longer than this are skipped like pictures.
  static constexpr uint32_t kMaxComment = 1 << 20;

  struct Step {
    enum Kind : uint8_t {
      kNeed,     // call again with a window of at least `bytes` bytes
      kAdvance,  // move the window on by `bytes` (maybe far beyond it) and call again
      kBlock,    // `type` (seek table or tags) with its `payload`; then as kAdvance
      kAudio,    // frames begin `bytes` further on
      kFault,    // `fault`, at position()
    } kind = kNeed;
    uint64_t bytes = 0;
    Fault fault = Fault::kNone;
    BlockType type = BlockType::kPadding;
    Bytes payload = {};  // borrows the window
  };

  // `window` starts at position(), which moves by Step::bytes (kNeed: not at all). `last`: nothing follows the window.
  Step Next(Bytes window, bool last);

  // Where the next window must start, from the start of the file: ID3v2 tags count.
  uint64_t position() const { return position_; }
  // Where "fLaC" was.
  uint64_t stream_offset() const { return stream_offset_; }
  // Complete from the first kBlock on.
  const StreamInfo& info() const { return info_; }

 private:
  enum class State : uint8_t { kStart, kBlockHeader, kDone };
  Step Move(Step step) { position_ += step.kind == Step::kNeed ? 0 : step.bytes; return step; }
  Step Start(Bytes window, bool last);
  Step Block(Bytes window, bool last);

  StreamInfo info_;
  uint64_t position_ = 0;
  uint64_t stream_offset_ = 0;
  State state_ = State::kStart;
  bool has_info_ = false;
  bool last_block_ = false;
};

// The 34 bytes of a STREAMINFO block. kNone, or why they cannot be one.
Fault ParseStreamInfo(Bytes block, StreamInfo* info);

struct SeekPoint {
  uint64_t sample;
  uint64_t offset;  // from the first frame's first byte; a claim, check what is there
  uint32_t samples; // of that frame
};
inline constexpr uint64_t kPlaceholderPoint = ~uint64_t{0};
// Points of a seek table block; a remainder of less than 18 bytes is no point.
inline size_t CountSeekPoints(Bytes block) { return block.size() / 18; }
// REQUIRES: i < CountSeekPoints(block). Placeholders (sample == kPlaceholderPoint) are returned like others.
SeekPoint ReadSeekPoint(Bytes block, size_t i);

// The vendor string and the "NAME=value" texts of a tags block, in order. Views borrow the block; bytes are not checked to be UTF-8.
class CommentReader {
 public:
  explicit CommentReader(Bytes block);
  std::string_view vendor() const { return vendor_; }
  // Nothing when there are no more, or when a length runs over the block (then damaged() is true).
  std::optional<std::string_view> Next();
  bool damaged() const { return damaged_; }

 private:
  bool Take(std::string_view* text);
  Bytes rest_;
  std::string_view vendor_;
  uint32_t left_ = 0;
  bool damaged_ = false;
};

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_METADATA_H_
