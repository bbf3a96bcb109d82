// FLAC (RFC 9639) from bytes in memory to samples: metadata, frames, batches of frames, damage.
//
// Spans in, results out: nothing here reads a file, throws, logs, or allocates on the word of a field that no checksum covers. All
// positions in bytes are relative to the start of the FLAC stream unless they say "of the window". Words: a *frame* is a FLAC frame, a
// *sample* is one instant in all channels.
//
// How a file is decoded:
//
//   MetadataReader metadata;                    // until Step::kAudio, following kNeed and kAdvance
//   Decoder decoder(metadata.info(), options);
//   for (;;) {
//     const Progress p = decoder.Decode(window, is_last, output);
//     // p.samples samples are in the output; drop p.consumed bytes from the window
//     // then look at p.status
//   }
//
// Ogg streams ("OggS") go through OggUnwrapper first, which gives the bytes of a native FLAC stream.
#ifndef BOWERBIRD_CORE_FLAC_FLAC_H_
#define BOWERBIRD_CORE_FLAC_FLAC_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/flac/fault.h"
#include "core/flac/metadata.h"
#include "core/hash/md5.h"

namespace bowerbird::flac {

// -------------------------------------------------------------------------------------------------------------------- Frames

enum class ChannelMode : uint8_t { kIndependent, kLeftSide, kSideRight, kMidSide };

struct FrameHeader {
  uint32_t block_size = 0;   // samples, 1..kMaxBlockSize
  uint32_t sample_rate = 0;  // Hz; STREAMINFO's when the header does not say
  uint8_t channels = 0;
  uint8_t bits = 0;
  uint8_t size = 0;          // bytes with CRC-8
  ChannelMode mode = ChannelMode::kIndependent;
  bool variable = false;     // `number` counts samples, not frames
  uint64_t number = 0;
};

// Parses the header at the start of `bytes` and checks its CRC-8 and that it has the stream's channels and bits.
// kTruncatedFrame: `bytes` ends inside the header.
Fault ParseFrameHeader(Bytes bytes, const StreamInfo& info, FrameHeader* header);

// The first sample of a frame, from its number.
uint64_t FirstSample(const FrameHeader& header, const StreamInfo& info);

// No intact frame is longer: all residuals escaped at 32 bits would still be shorter. So hostile input cannot make anyone wait for gigabytes.
uint64_t FrameSizeBound(const FrameHeader& header);
// The largest that any frame of this stream can be.
uint64_t FrameSizeBound(const StreamInfo& info);

struct FoundFrame {
  uint64_t offset = 0;  // of the window
  uint64_t size = 0;    // bytes; 0 unless proven
  uint64_t first_sample = 0;
  FrameHeader header;
};
// The first header at or after `from` whose CRC-8 holds.
std::optional<FoundFrame> FindHeader(Bytes window, uint64_t from, const StreamInfo& info);
// The first frame at or after `from` that is proven: header with CRC-8, and CRC-16 at its decoded end. Nothing when the window holds none.
// Linear in the window however hostile it is. This is what seeking bisects with, and where a file is cut for several threads:
// give it a window of FrameSizeBound(info) * 2 bytes, or the rest of the file.
std::optional<FoundFrame> FindFrame(Bytes window, uint64_t from, const StreamInfo& info);

// ---------------------------------------------------------------------------------------------------------------- Reference

// One frame at a time, every step plain and in 64 bits: the twin that tests compare the fast decoder with, and what decodes the rare
// frames that it declines.
class ReferenceDecoder {
 public:
  struct Frame {
    Fault fault = Fault::kNone;  // kTruncatedFrame: the window ended first
    FrameHeader header;          // valid unless the fault is the header's own
    uint64_t size = 0;           // bytes
  };
  // Decodes the frame at the start of `window`. The samples stay in channel() until the next call.
  Frame Decode(Bytes window, const StreamInfo& info);
  // Samples of channel c of the last frame that decoded without a fault; header.block_size of them.
  std::span<const int32_t> channel(size_t c) const { return {samples_.get() + c * stride_, stride_}; }

 private:
  std::unique_ptr<int64_t[]> wide_;     // subframes before decorrelation: a side channel of 32-bit audio has 33 bits
  std::unique_ptr<int32_t[]> samples_;
  size_t capacity_ = 0;  // samples of all channels, in both
  size_t stride_ = 0;
};

// ------------------------------------------------------------------------------------------------------------------ Decoder

enum class SampleFormat : uint8_t {
  kInt16,    // REQUIRES: bits <= 16; values as they are, not scaled up
  kInt32,    // values as they are
  kFloat32,  // value / 2^(bits-1)
};

struct Output {
  void* data = nullptr;  // aligned for its samples
  uint64_t capacity = 0;  // samples
  SampleFormat format = SampleFormat::kFloat32;
  // 0: interleaved. Else channel c starts at data + c * plane, counted in values. REQUIRES: plane == 0 || plane >= capacity
  uint64_t plane = 0;
};

struct DecoderOptions {
  bool lenient = false;  // step over damage and report it, instead of stopping
  bool md5 = false;      // of all samples in order; costs more than decoding does
};

// Not faults: what a careful reader would mention.
enum Note : uint32_t {
  kNoteTrailingBytes = 1,   // bytes after the last frame that are no frame (tags, recorders' strays)
  kNoteTotalSamples = 2,    // more samples than STREAMINFO says; all are decoded
  kNoteStartsLate = 4,      // the first frame is not number 0: cut from a longer recording
  kNoteNumbering = 8,       // frame numbers that do not count on by one block (some encoders); not trusted for gaps
  kNoteBlockSize = 16,      // a frame of 65,536 samples
};

// A stretch of the stream that gave no samples.
struct Damage {
  Fault fault = Fault::kNone;  // of its first frame
  uint64_t frame = 0;          // index: frames decoded or known to be lost before it
  uint64_t offset = 0;         // of its first byte, from the first frame's first byte
  uint64_t length = 0;         // bytes; 0 when frames are just not there
  uint64_t sample = 0;         // the first one missing
  uint64_t missing = 0;        // samples lost: from frame numbers, or the total of STREAMINFO at the end. A claim of the file: bound it
  bool missing_known = false;
  uint32_t rate = 0;           // kRateChanged: what the frame says, in Hz; its samples follow as they are
};

struct Progress {
  enum Status : uint8_t {
    kNeedMore,    // call again with a window of at least `need` bytes from the new position, or with `last`
    kOutputFull,  // the next frame has `need` samples: call again with room for them
    kDamage,      // damage(); lenient: put `missing` samples of silence here and call again. Otherwise decoding ends here
    kEnd,         // all samples are out
  } status = kNeedMore;
  uint64_t consumed = 0;  // bytes of the window that are done with
  uint64_t samples = 0;   // written to the output
  uint64_t frames = 0;
  uint64_t need = 0;
};

// Decodes as many whole frames as the window holds and the output takes, several at a time. The same samples as ReferenceDecoder's.
// Not safe for use by two threads at once; any number of decoders may run side by side.
class Decoder {
 public:
  // `fallback` is for tests: the code of a lesser machine, see DecoderTiers().
  explicit Decoder(const StreamInfo& info, DecoderOptions options = {}, const char* tier = nullptr);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // The window starts where the last one's consumed bytes ended. `last`: the stream ends with the window.
  Progress Decode(Bytes window, bool last, const Output& output);

  // Jumps: the next window starts at byte `offset` from the first frame, with the frame that holds `sample` as its first one.
  void Seek(uint64_t offset, uint64_t sample);
  // Ends (kEnd) before the first frame that starts at or after this sample.
  void StopAt(uint64_t sample);

  const Damage& damage() const;
  uint32_t notes() const;
  uint64_t sample() const;  // the next one
  uint64_t offset() const;  // of the next byte, from the first frame
  uint64_t frame() const;   // decoded or known to be lost so far
  // REQUIRES: options.md5. After kEnd; of the samples so far, so it means nothing after damage or Seek().
  std::array<uint8_t, 16> Md5Digest();
  // Whose code runs: "portable", "sse41", "avx2", "avx512", "neon".
  const char* tier() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// All tiers that can run here, slowest first. Never empty.
std::span<const char* const> DecoderTiers();

// ---------------------------------------------------------------------------------------------------------------------- Ogg

// Takes Ogg pages off a FLAC stream (RFC 9639 section 10.1), leaving a native one: "fLaC", metadata, frames. Pages of other streams in
// the same file are dropped; the stream ends with its last page, where another one begins behind it, or with the file.
class OggUnwrapper {
 public:
  static constexpr uint32_t kMaxPage = 65307;

  struct Step {
    enum Kind : uint8_t {
      kNeed,   // a window of at least `need` bytes
      kPage,   // `payload` is next in the native stream (may be empty)
      kEnd,
      kFault,  // `fault` at the start of the window
    } kind = kNeed;
    uint64_t consumed = 0;
    uint64_t need = 0;
    Fault fault = Fault::kNone;
    Bytes payload = {};  // borrows the window
  };
  // `lenient`: pages with a wrong CRC are dropped, and the search goes on at the next one; dropped() counts them.
  explicit OggUnwrapper(bool lenient = false) : lenient_(lenient) {}
  Step Next(Bytes window, bool last);
  // Pages with a wrong CRC, and pages that the sequence numbers say were there.
  uint64_t dropped() const { return dropped_; }
  // Pages of other streams.
  uint64_t others() const { return others_; }

 private:
  uint64_t dropped_ = 0;
  uint64_t others_ = 0;
  uint32_t serial_ = 0;
  uint32_t sequence_ = 0;
  bool lenient_;
  bool started_ = false;
  bool has_body_ = false;  // a page of ours behind the first
  bool ended_ = false;
};

inline bool IsOgg(Bytes start) { return start.size() >= 4 && AsText(start.first(4)) == "OggS"; }

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_FLAC_H_
