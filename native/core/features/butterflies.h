// The stages of core/features/fft.h over lanes. An engine includes this after core/features/lanes.h.
#ifndef BOWERBIRD_CORE_FEATURES_BUTTERFLIES_H_
#define BOWERBIRD_CORE_FEATURES_BUTTERFLIES_H_

#include "core/features/fft.h"
#include "core/features/lanes.h"

namespace bowerbird::features {
namespace {

// b = the transform of a of length kRadix.
template <size_t kRadix>
struct Butterfly;

template <>
struct Butterfly<2> {
  BOWERBIRD_LANES_INLINE static void Run(const Complex* a, Complex* b) {
    b[0] = a[0] + a[1];
    b[1] = a[0] - a[1];
  }
};

template <>
struct Butterfly<3> {
  BOWERBIRD_LANES_INLINE static void Run(const Complex* a, Complex* b) {
    const Vec sin = Splat(0.86602540378443864676);  // of a third of a turn
    const Complex sum = a[1] + a[2], difference = a[1] - a[2];
    b[0] = a[0] + sum;
    const Complex middle = a[0] - sum * Splat(0.5), across = difference * sin;
    b[1] = MinusI(middle, across);
    b[2] = PlusI(middle, across);
  }
};

template <>
struct Butterfly<4> {
  BOWERBIRD_LANES_INLINE static void Run(const Complex* a, Complex* b) {
    const Complex even = a[0] + a[2], odd = a[1] + a[3], even_across = a[0] - a[2], odd_across = a[1] - a[3];
    b[0] = even + odd;
    b[1] = MinusI(even_across, odd_across);
    b[2] = even - odd;
    b[3] = PlusI(even_across, odd_across);
  }
};

template <>
struct Butterfly<5> {
  BOWERBIRD_LANES_INLINE static void Run(const Complex* a, Complex* b) {
    // Of one fifth and two fifths of a turn.
    const Vec cos1 = Splat(0.30901699437494742410), cos2 = Splat(-0.80901699437494742410);
    const Vec sin1 = Splat(0.95105651629515357212), sin2 = Splat(0.58778525229247312917);
    const Complex sum1 = a[1] + a[4], sum2 = a[2] + a[3], difference1 = a[1] - a[4], difference2 = a[2] - a[3];
    b[0] = a[0] + sum1 + sum2;
    const Complex middle1 = a[0] + sum1 * cos1 + sum2 * cos2, middle2 = a[0] + sum1 * cos2 + sum2 * cos1;
    const Complex across1 = difference1 * sin1 + difference2 * sin2, across2 = difference1 * sin2 - difference2 * sin1;
    b[1] = MinusI(middle1, across1);
    b[2] = MinusI(middle2, across2);
    b[3] = PlusI(middle2, across2);
    b[4] = PlusI(middle1, across1);
  }
};

template <size_t kRadix>
BOWERBIRD_LANES void RunStage(const FftStage& stage, const Direction* turns, const Complex* in, Complex* out) {
  const size_t count = stage.count, stride = stage.stride;
  Complex a[kRadix], b[kRadix];
  for (size_t q = 0; q < stride; ++q) {
    for (size_t j = 0; j < kRadix; ++j) a[j] = in[q + stride * j * count];
    Butterfly<kRadix>::Run(a, b);
    for (size_t k = 0; k < kRadix; ++k) out[q + stride * k] = b[k];
  }
  for (size_t p = 1; p < count; ++p) {
    const Direction* const turn = turns + stage.turns + p * (kRadix - 1);
    for (size_t q = 0; q < stride; ++q) {
      for (size_t j = 0; j < kRadix; ++j) a[j] = in[q + stride * (p + j * count)];
      Butterfly<kRadix>::Run(a, b);
      Complex* const to = out + q + stride * kRadix * p;
      to[0] = b[0];
      for (size_t k = 1; k < kRadix; ++k) to[stride * k] = TurnBack(b[k], turn[k - 1]);
    }
  }
}

// Any other factor, by its definition.
BOWERBIRD_LANES inline void RunStageOf(const FftStage& stage, const Direction* turns, const Complex* in, Complex* out) {
  const size_t count = stage.count, stride = stage.stride, radix = stage.radix;
  const Direction* const roots = turns + stage.roots;
  for (size_t p = 0; p < count; ++p) {
    for (size_t q = 0; q < stride; ++q) {
      for (size_t k = 0; k < radix; ++k) {
        Complex sum = in[q + stride * p];
        for (size_t j = 1; j < radix; ++j) sum = sum + TurnBack(in[q + stride * (p + j * count)], roots[j * k % radix]);
        out[q + stride * (radix * p + k)] = k == 0 ? sum : TurnBack(sum, turns[stage.turns + p * (radix - 1) + k - 1]);
      }
    }
  }
}

// The transform of the `half` numbers at `a`. Both `a` and `b` are written to; returns the one where it is.
BOWERBIRD_LANES inline Complex* Transform(const FftPlan& plan, Complex* a, Complex* b) {
  for (const FftStage& stage : plan.stages) {
    switch (stage.radix) {
      case 2: RunStage<2>(stage, plan.turns.data(), a, b); break;
      case 3: RunStage<3>(stage, plan.turns.data(), a, b); break;
      case 4: RunStage<4>(stage, plan.turns.data(), a, b); break;
      case 5: RunStage<5>(stage, plan.turns.data(), a, b); break;
      default: RunStageOf(stage, plan.turns.data(), a, b);
    }
    Complex* const swap = a;
    a = b;
    b = swap;
  }
  return a;
}

}  // namespace
}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_BUTTERFLIES_H_
