// Changes the sample rate by any rational factor: a Kaiser-windowed sinc in polyphase form, zero phase, streaming.
//
// With r = the lower of the two rates, the pass-band ends at `pass` * r/2 and the stop-band begins at r/2, so nothing that the lower
// rate cannot carry is folded back:
//
//   quality   pass-band to   ripple        stop-band   taps at the lower rate
//   high      0.95 * r/2     < 0.00002 dB  > 115 dB    320
//   medium    0.90 * r/2     < 0.001 dB    > 80 dB     128
//   low       0.80 * r/2     < 0.01 dB     > 60 dB     64
//
// native/test/resample_test.cc measures these figures. Every phase is scaled to sum to 1: constants pass exactly, to the rounding of
// floats. Output n lies at input time n * from / to; n input frames give ceil(n * to / from) output frames.
#ifndef BOWERBIRD_CORE_SOUND_RESAMPLE_H_
#define BOWERBIRD_CORE_SOUND_RESAMPLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace bowerbird::resample {

enum class Quality : uint8_t { kHigh = 0, kMedium = 1, kLow = 2 };

// Rates in Hz (or any common unit).
struct Ratio {
  uint32_t from = 1;
  uint32_t to = 1;
};

// Beyond this factor, up or down, a single stage would need a filter of millions of taps.
inline constexpr uint32_t kMaxFactor = 4096;
bool IsSupported(Ratio ratio);

// The coefficients of one ratio: immutable, shared by all streams that use it, at most about 4 MiB.
//
// A ratio of few phases (to / gcd) has a row for each of them. One of many (44100 to 44101 has 44101) has rows on a grid
// of 1024 phases to a sample of the lower rate, and a phase between two rows uses their linear mix, which errs by less than
// -116 dB.
class Filter {
 public:
  // REQUIRES: IsSupported(ratio).
  Filter(Ratio ratio, Quality quality);

  // Input advance of one output: step() + step_phase() / phases() input samples.
  uint64_t step() const { return ratio_.from / ratio_.to; }
  uint64_t step_phase() const { return ratio_.from % ratio_.to; }
  uint64_t phases() const { return ratio_.to; }

  // Multiple of 32. Output at input time i + phase/phases reads inputs (i - taps/2, i + taps/2].
  size_t taps() const { return taps_; }
  bool exact() const { return exact_; }
  size_t table_floats() const { return table_.size(); }

  // One output from the `taps()` inputs at `in`. REQUIRES: phase < phases().
  float Apply(const float* in, uint64_t phase) const;
  // The body without special instructions. The two sum in the same order but round differently (one has fused multiply-adds): they differ
  // by at most taps * 2^-24 * the sum of |input * coefficient|.
  float PortableApply(const float* in, uint64_t phase) const;

 private:
  using Dot = float (*)(const float*, const float*, size_t);
  float ApplyWith(Dot dot, const float* in, uint64_t phase) const;
  const float* Row(size_t row) const { return table_.data() + row * taps_; }

  Ratio ratio_;  // in lowest terms
  size_t taps_;
  bool exact_;
  size_t grid_;  // rows to an input sample when not exact
  std::vector<float> table_;
  Dot dot_;
};

// Frames that come out of `frames` frames in: ceil(frames * to / from). REQUIRES: the product fits 64 bits.
uint64_t OutputLength(Ratio ratio, uint64_t frames);

// One stream of interleaved frames. What comes out does not depend on how the input is cut into blocks.
class Stream {
 public:
  // REQUIRES: channels > 0.
  Stream(std::shared_ptr<const Filter> filter, size_t channels);

  // Appends the output that this input completes to `out`, interleaved. REQUIRES: whole frames, not after Flush().
  void Push(std::span<const float> in, std::vector<float>& out);
  // The rest, as if silence followed. Once.
  void Flush(std::vector<float>& out);

  size_t channels() const { return history_.size(); }

 private:
  void Emit(std::vector<float>& out);

  const std::shared_ptr<const Filter> filter_;
  std::vector<std::vector<float>> history_;  // one per channel; [0] is what the next output reads first
  uint64_t skip_ = 0;                        // inputs to drop before [0]: the step can be longer than the filter
  uint64_t phase_ = 0;                       // of the next output
  uint64_t taken_ = 0, made_ = 0;            // frames
};

}  // namespace bowerbird::resample

#endif  // BOWERBIRD_CORE_SOUND_RESAMPLE_H_
