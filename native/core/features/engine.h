// Between a plan and its engines: a few frames at once, one in each lane of a vector of doubles.
//
// Frames are independent, so each lane does what a scalar would, in the same order, and no engine fuses a multiplication with an addition
// (-ffp-contract=off): all engines, on every machine, give the same bits. Doubles, as transformers and librosa have them: faint bands beside a
// loud tone keep their digits (docs/decisions/035-features.md).
#ifndef BOWERBIRD_CORE_FEATURES_ENGINE_H_
#define BOWERBIRD_CORE_FEATURES_ENGINE_H_

#include <cstddef>
#include <vector>

#include "core/features/fft.h"
#include "core/features/mel.h"
#include "core/features/params.h"

namespace bowerbird::features {

inline constexpr size_t kMostLanes = 4;

// What all frames of a plan share.
struct Tables {
  // REQUIRES: AreSound(params).
  explicit Tables(const Params& params);

  Params params;
  FftPlan fft;
  std::vector<double> window;  // times the scale
  MelBank bank;
  double log_factor;  // natural logarithms are multiplied by it
};

struct Engine {
  const char* name;
  size_t lanes;
  // Doubles that run() needs beside, on a boundary of 32 bytes.
  size_t (*memory)(const Tables& tables);
  // `frames` has a place for each lane, with window_length samples behind it; values go to out[row * lanes + lane], where the energy
  // is row 0 if it is there, and the bands follow.
  void (*run)(const Tables& tables, const float* const* frames, double* memory, float* out);
};

const Engine& PortableEngine();
#if defined(__x86_64__)
const Engine& Avx2Engine();  // REQUIRES: AVX2
#endif
const Engine& BestEngine();

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_ENGINE_H_
