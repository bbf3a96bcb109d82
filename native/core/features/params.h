// What a front end is made of: one struct for all of them. src/features/presets.ts has the table of those that have a name.
#ifndef BOWERBIRD_CORE_FEATURES_PARAMS_H_
#define BOWERBIRD_CORE_FEATURES_PARAMS_H_

#include <cstddef>
#include <cstdint>

namespace bowerbird::features {

// Povey is Kaldi's: a Hann window to the power 0.85.
enum class Window : uint8_t { kHann = 0, kPovey = 1, kHamming = 2, kRectangular = 3 };

// Where frame t lies, and what stands in for samples before the first and after the last:
//   centerReflect   its middle on sample t * hop; the signal runs backwards from its ends, which are not repeated (numpy.pad "reflect")
//   centerZero      the same with zeros
//   inside          from sample t * hop on, in whole frames: what no frame has room for at the end is left out (Kaldi's snip_edges, tf.signal)
//   mirror          its middle on sample t * hop + hop / 2; backwards from the ends, which are repeated (Kaldi without snip_edges)
enum class Framing : uint8_t { kCenterReflect = 0, kCenterZero = 1, kInside = 2, kMirror = 3 };

// Slaney's scale is linear below 1000 Hz (Auditory Toolbox, 1998). HTK's is ln(1 + f / 700) times a constant, which makes no difference to
// where filters lie: the 2595 log10 of HTK and torchaudio and the 1127 ln of Kaldi and TensorFlow are one scale here.
enum class MelScale : uint8_t { kSlaney = 0, kHtk = 1 };

enum class Logarithm : uint8_t { kNone = 0, kNatural = 1, kDecimal = 2, kDecibel = 3 };

inline constexpr size_t kMostFft = 65536, kMostBins = 4096;
// Of half the FFT's length: beyond it the work would grow as its square.
inline constexpr size_t kMostFactor = 61;

struct Params {
  double sample_rate = 16000;  // Hz
  size_t fft = 400;            // samples; even
  size_t window_length = 400;  // samples, at most `fft`
  size_t hop = 160;            // samples
  Window window = Window::kHann;
  bool periodic = true;        // the window's period is its length, else its length - 1
  Framing framing = Framing::kCenterReflect;
  uint64_t pad_to = 0;         // samples that the signal is cut or filled up with zeros to; 0 leaves it as it is
  bool drop_last = false;      // leaves the last frame out
  double scale = 1;            // samples are multiplied by it
  bool remove_mean = false;    // of each frame
  double pre_emphasis = 0;     // x[i] - c * x[i - 1] inside a frame; the first sample is its own predecessor
  bool magnitude = false;      // of the spectrum, else its square
  // A value in front of the bands, through the same logarithm: the sum of the squares of the frame's samples, scaled and without their mean where
  // that is taken away, before emphasis and window (Kaldi's raw energy). Of a magnitude its root.
  bool energy = false;
  size_t bins = 80;
  double low = 0, high = 8000;  // Hz: the edges of the first and the last filter
  MelScale mel = MelScale::kSlaney;
  bool mel_triangles = false;   // filters are triangles over mel, else over Hz
  bool equal_area = true;       // Slaney's norm: 2 / (width in Hz)
  Logarithm logarithm = Logarithm::kDecimal;
  double floor = 1e-10;         // log(max(x, floor) + offset)
  double offset = 0;
  double range = 0;             // what lies more than this below the greatest value is raised to there; 0 leaves it. In units of the logarithm
  double shift = 0, multiplier = 1;  // in the end (x + shift) * multiplier
  bool frames_first = false;    // [frames, bins], else [bins, frames]
};

// Values of a frame.
inline size_t Width(const Params& params) { return params.bins + (params.energy ? 1 : 0); }

// Whether a plan can be made of them.
bool AreSound(const Params& params);

// Whether an FFT of that length is offered.
bool IsFftLength(size_t length);

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_PARAMS_H_
