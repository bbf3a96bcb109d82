// What a decoder remembers between calls. decoder.cc follows the frames that are as they should be, damage.cc all others.
#ifndef BOWERBIRD_CORE_FLAC_DECODER_STATE_H_
#define BOWERBIRD_CORE_FLAC_DECODER_STATE_H_

#include <algorithm>
#include <limits>

#include "core/flac/flac.h"
#include "core/flac/batch.h"

namespace bowerbird::flac {

// Long enough that no wait ends in vain, short enough that a window grows by doubling.
inline constexpr uint64_t kLeastWindow = 4096;
// A stream that does not say how long it is may end in this many bytes that are no frame without being called damaged.
inline constexpr uint64_t kMaxStray = 4096;

struct Decoder::State {
  enum class Phase : uint8_t { kFrames, kSearching, kFailed, kEnded };
  // Why no frame could be put into a batch.
  enum class Halt : uint8_t { kNone, kWait, kFull, kStop, kGap, kAlone };

  StreamInfo info;
  DecoderOptions options;
  const Engine* engine;

  Phase phase = Phase::kFrames;
  uint64_t sample = 0;
  uint64_t offset = 0;
  uint64_t frame = 0;
  uint64_t stop = std::numeric_limits<uint64_t>::max();
  uint32_t notes = 0;
  Damage damage;

  // Frame numbers: sample() of a frame is what its number says, less the origin.
  bool anchored = false;        // the origin is known
  bool trusted = true;          // numbers count on as they should
  bool counts_samples = false;  // as early variable-blocksize streams did without saying so
  bool whole = true;            // began at the start and lost nothing unknown: the total can be checked
  uint64_t origin = 0;
  uint32_t block = 0;           // samples of the first frame
  bool sought = false;          // `frame` is a guess until the first frame says
  uint32_t rate = 0;            // in Hz, of the frames so far

  uint64_t search_skip = 0;
  uint64_t debt = 0;
  ReferenceDecoder reference;
  Batch batch;
  std::unique_ptr<int32_t[]> memory;
  size_t lane_length = 0;
  Md5 md5;
  std::unique_ptr<uint8_t[]> packed;
  size_t packed_size = 0;

  Progress Decode(Bytes window, bool last, const Output& output);
  Halt Collect(Bytes rest, bool last, uint64_t room, Progress* p);
  void RunBatch(const Output& output, Progress* p);
  bool Alone(Bytes rest, bool last, const Output& output, Progress* p);
  void MissFrames(const FrameHeader& header, Progress* p);
  void FindNext(Bytes rest, bool last, Progress* p);
  void Finish(Progress* p);
  void Report(Fault fault, uint64_t missing, bool known, Progress* p);
  bool IsStray(Bytes rest, bool last, Fault fault);
  bool MayBeStray(Bytes rest, Fault fault);
  bool Emit(int32_t* const* planes, const FrameHeader& header, ChannelMode mode, const Output& output, Progress* p);
  bool Fingerprint(int32_t* const* planes, const FrameHeader& header, ChannelMode mode);
  void Reserve(uint32_t block_size);
  uint64_t Numbered(const FrameHeader& header) const;
  bool Follows(const FrameHeader& header, uint64_t expected);
  void Step(uint64_t bytes, Progress* p) {
    offset += bytes;
    p->consumed += bytes;
  }
  static bool Stop(Progress::Status status, uint64_t need, Progress* p) {
    p->status = status;
    p->need = need;
    return false;
  }
  static bool Wait(Bytes rest, uint64_t bound, Progress* p) {
    const uint64_t doubled = std::max<uint64_t>(rest.size() * 2, kLeastWindow);
    return Stop(Progress::kNeedMore, std::max<uint64_t>(rest.size() + 1, std::min(doubled, bound + kMaxHeaderSize)), p);
  }
};

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_DECODER_STATE_H_
