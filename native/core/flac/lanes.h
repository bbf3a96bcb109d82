// Prediction in vectors: one subframe in each 32-bit lane, because a subframe is serial in itself and independent of all others.
//
// An engine includes this after defining BOWERBIRD_LANES (the target attribute of its functions) and passes a class V with its
// processor's instructions. The functions are the includer's own: each engine's are compiled for that engine. V has
//
//   Reg, kLanes          a vector of kLanes 32-bit lanes
//   Shifts, Shifts64     counts of right shifts, one per lane
//   Load, Store, Set1, And, AndNot (~a & b), Or, Xor, Add, Sub, Mul, Min, Max, Left<n>, Sra<n>, Srl<n>, Less (all ones or zeros), Select
//   InOrder              keeps a sum from being regrouped by the compiler: its last term is the one that is waited for
//   kPairs, MulPairs, PairUp     sums of two 16-bit products, where there is an instruction for them
//   Second, MulFirst, Join, ...  products of 64 bits take two vectors. Which lanes are the first half is V's business; Second() moves the
//                        others to their place, MulFirst() multiplies signed, Join() makes 32-bit lanes of the low halves of both;
//                        kEvenFirst: the first are the even ones, so that low halves are in their place without Join()
//   Transpose            kLanes vectors of kLanes lanes: rows become columns
#ifndef BOWERBIRD_CORE_FLAC_LANES_H_
#define BOWERBIRD_CORE_FLAC_LANES_H_

#include "core/flac/predict.h"

#define BOWERBIRD_LANES_INLINE BOWERBIRD_LANES __attribute__((always_inline)) inline

// What is unrolled stays in registers. Not under AddressSanitizer, whose checks of each step would take minutes to compile.
#if defined(__SANITIZE_ADDRESS__)
#define BOWERBIRD_UNROLL(count)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BOWERBIRD_UNROLL(count)
#endif
#endif
#if !defined(BOWERBIRD_UNROLL)
#define BOWERBIRD_PRAGMA(text) _Pragma(#text)
#define BOWERBIRD_UNROLL(count) BOWERBIRD_PRAGMA(GCC unroll count)
#endif

namespace bowerbird::flac {
namespace {

constexpr uint32_t kTile = 64;  // samples whose history stays in the first cache

// Lanes of one kind of arithmetic. Those that are not there compute zeros in idle memory.
template <typename V>
struct Group {
  int32_t* samples[V::kLanes];
  alignas(64) int32_t coefficients[32][V::kLanes] = {};
  alignas(64) int32_t shift[V::kLanes] = {};
  alignas(64) int32_t order[V::kLanes] = {};
  alignas(64) int32_t count[V::kLanes] = {};
  uint32_t taps = 0;  // the longest order
};

// The three kinds of arithmetic. Each keeps what it needs of a sample in kParts vectors, and makes the next sample from its residual and
// the kTaps before: p is the first part of the newest, p[-kParts] of the one before.

// Two 16-bit samples in each lane, the newer one low, so that one multiply-add serves two taps.
template <typename V, uint32_t kPairs>
struct Pairs16 {
  using Reg = typename V::Reg;
  static constexpr uint32_t kTaps = 2 * kPairs, kParts = 1;
  static constexpr bool kWatches = false, kKeepsNext = false;
  Reg c[kPairs];
  typename V::Shifts shift;

  BOWERBIRD_LANES_INLINE void Set(const Group<V>& g) {
    shift = V::LoadShifts(g.shift);
    for (uint32_t j = 0; j < kPairs; ++j) {
      const Reg newer = V::And(V::Load(g.coefficients[2 * j]), V::Set1(0xffff));
      c[j] = V::Or(newer, V::template Left<16>(V::Load(g.coefficients[2 * j + 1])));
    }
  }
  BOWERBIRD_LANES_INLINE Reg Next(Reg residual, const Reg* p) const {
    // The newest pair comes last: everything else is done before it is known.
    Reg sum = V::Set1(0);
BOWERBIRD_UNROLL(16)
    for (int j = kPairs - 1; j > 0; --j) sum = V::InOrder(V::Add(sum, V::MulPairs(c[j], p[-2 * j])));
    return V::Add(residual, V::Shift(V::Add(sum, V::MulPairs(c[0], p[0])), shift));
  }
  BOWERBIRD_LANES_INLINE void Keep(Reg* p, Reg sample) const { p[1] = V::PairUp(sample, p[0]); }
};

template <typename V, uint32_t kOrder>
struct Sum32 {
  using Reg = typename V::Reg;
  static constexpr uint32_t kTaps = kOrder, kParts = 1;
  static constexpr bool kWatches = false, kKeepsNext = false;
  Reg c[kOrder];
  typename V::Shifts shift;

  BOWERBIRD_LANES_INLINE void Set(const Group<V>& g) {
    shift = V::LoadShifts(g.shift);
    for (uint32_t j = 0; j < kOrder; ++j) c[j] = V::Load(g.coefficients[j]);
  }
  BOWERBIRD_LANES_INLINE Reg Next(Reg residual, const Reg* p) const {
    Reg sum = V::Set1(0);
BOWERBIRD_UNROLL(32)
    for (int j = kOrder - 1; j > 0; --j) sum = V::InOrder(V::Add(sum, V::Mul(c[j], p[-j])));
    return V::Add(residual, V::Shift(V::Add(sum, V::Mul(c[0], p[0])), shift));
  }
  BOWERBIRD_LANES_INLINE void Keep(Reg* p, Reg sample) const { p[1] = sample; }
};

// Products of 64 bits. Only the low 32 bits of a prediction count and shifts are below 32, so the shift may be a logical one. kChecked:
// predictions and residuals of any size, which are added in 64 bits; what does not fit 25 bits then is remembered.
template <typename V, uint32_t kOrder, bool kChecked>
struct Sum64 {
  using Reg = typename V::Reg;
  static constexpr uint32_t kTaps = kOrder, kParts = 2;
  static constexpr bool kWatches = kChecked, kKeepsNext = V::kEvenFirst;
  Reg first[kOrder], second[kOrder];
  typename V::Shifts64 shift_first, shift_second;
  Reg next_first, next_second;        // what Next() made, before it was joined
  Reg high_first, high_second;        // of the last sample: zero when it fits
  Reg outside_first, outside_second;  // of all that counted

  BOWERBIRD_LANES_INLINE void Set(const Group<V>& g) {
    shift_first = V::LoadShifts64(V::Load(g.shift));
    shift_second = V::LoadShifts64(V::Second(V::Load(g.shift)));
    high_first = high_second = outside_first = outside_second = V::Set1(0);
    for (uint32_t j = 0; j < kOrder; ++j) {
      first[j] = V::Load(g.coefficients[j]);
      second[j] = V::Second(first[j]);
    }
  }
  BOWERBIRD_LANES_INLINE Reg Next(Reg residual, const Reg* p) {
    Reg a = V::Set1(0), b = a;
BOWERBIRD_UNROLL(32)
    for (int j = kOrder - 1; j >= 0; --j) {
      a = V::InOrder(V::Add64(a, V::MulFirst(first[j], p[-2 * j])));
      b = V::InOrder(V::Add64(b, V::MulFirst(second[j], p[1 - 2 * j])));
    }
    if constexpr (!kChecked) {
      a = V::ShiftLogical64(a, shift_first);
      b = V::ShiftLogical64(b, shift_second);
      if constexpr (!kKeepsNext) return V::Add(residual, V::Join(a, b));
      next_first = V::Add(a, residual);
      next_second = V::Add(b, V::Second(residual));
      return V::Join(next_first, next_second);
    }
    a = V::Add64(V::Shift64(a, shift_first), V::WidenFirst(residual));
    b = V::Add64(V::Shift64(b, shift_second), V::WidenFirst(V::Second(residual)));
    const Reg half = V::Set64(1 << 24);
    high_first = V::template Srl64<25>(V::Add64(a, half));
    high_second = V::template Srl64<25>(V::Add64(b, half));
    next_first = a;
    next_second = b;
    return V::Join(a, b);
  }
  BOWERBIRD_LANES_INLINE void Keep(Reg* p, Reg sample) const {
    p[2] = sample;
    p[3] = V::Second(sample);
  }
  BOWERBIRD_LANES_INLINE void KeepNext(Reg* p) const {
    p[2] = next_first;
    p[3] = next_second;
  }
  BOWERBIRD_LANES_INLINE void Watch() {
    outside_first = V::Or(outside_first, high_first);
    outside_second = V::Or(outside_second, high_second);
  }
  BOWERBIRD_LANES_INLINE void Watch(Reg valid) {
    outside_first = V::Or(outside_first, V::And(high_first, V::WidenFirst(valid)));
    outside_second = V::Or(outside_second, V::And(high_second, V::WidenFirst(V::Second(valid))));
  }
  BOWERBIRD_LANES_INLINE Reg Outside() const {
    // 39 bits each.
    return V::Join(V::Or(outside_first, V::template Srl64<32>(outside_first)), V::Or(outside_second, V::template Srl64<32>(outside_second)));
  }
};

// The extremes of all samples so far.
template <typename V>
struct Extremes {
  typename V::Reg low, high;
};

// Where each lane's prediction begins and ends.
template <typename V>
struct Edges {
  typename V::Reg order, count;
};

// One sample of all lanes: from its residual as a zig-zag number, in place, to itself. p: the first part of the newest kept sample.
template <typename V, typename Arithmetic, bool kEdges>
BOWERBIRD_LANES_INLINE void RestoreRow(Arithmetic& arithmetic, typename V::Reg* p, uint32_t row, const Edges<V>& edges,
                                       typename V::Reg& value, Extremes<V>& extremes) {
  using Reg = typename V::Reg;
  const Reg sign = V::Sub(V::Set1(0), V::And(value, V::Set1(1)));
  Reg sample = arithmetic.Next(V::Xor(V::template Srl<1>(value), sign), p);
  if constexpr (kEdges) {
    const Reg here = V::Set1(static_cast<int32_t>(row));
    const Reg warm = V::Less(here, edges.order), live = V::Less(here, edges.count);
    sample = V::Select(warm, value, V::And(sample, live));
    if constexpr (Arithmetic::kWatches) arithmetic.Watch(V::AndNot(warm, live));
  } else if constexpr (Arithmetic::kWatches) {
    arithmetic.Watch();
  }
  value = sample;
  if constexpr (Arithmetic::kKeepsNext && !kEdges) {
    arithmetic.KeepNext(p);
  } else {
    arithmetic.Keep(p, sample);
  }
  extremes.low = V::Min(extremes.low, sample);
  extremes.high = V::Max(extremes.high, sample);
}

// Samples [from, to) of all lanes. REQUIRES: from and to are multiples of kLanes. kEdges: warm-up samples are among them, or what lies
// behind the end of a lane, which becomes zeros.
template <typename V, typename Arithmetic, bool kEdges>
BOWERBIRD_LANES void Restore(const Group<V>& g, uint32_t from, uint32_t to, Extremes<V>& extremes) {
  using Reg = typename V::Reg;
  constexpr uint32_t kParts = Arithmetic::kParts, kPast = Arithmetic::kTaps, kLanes = V::kLanes;
  Arithmetic arithmetic;
  arithmetic.Set(g);
  Reg history[(kPast + 1 + kTile) * kParts];
  // The samples before `from`, oldest first; before the start there is silence, which no coefficient looks at.
  for (uint32_t i = 0; i < kParts; ++i) history[i] = V::Set1(0);
  for (uint32_t i = 0; i < kPast; ++i) {
    alignas(64) int32_t past[kLanes];
    const int64_t at = int64_t{from} - kPast + i;
    for (uint32_t lane = 0; lane < kLanes; ++lane) past[lane] = at < 0 ? 0 : g.samples[lane][at];
    arithmetic.Keep(&history[i * kParts], V::Load(past));
  }
  Extremes<V> seen = extremes;
  const Edges<V> edges{V::Load(g.order), V::Load(g.count)};
  while (from < to) {
    const uint32_t end = to - from < kTile ? to : from + kTile;
    Reg* p = &history[kPast * kParts];
    for (; from < end; from += kLanes) {
      Reg v[kLanes];
      for (uint32_t lane = 0; lane < kLanes; ++lane) v[lane] = V::Load(g.samples[lane] + from);
      V::Transpose(v);
      if constexpr (kEdges || kPast > 12) {
        // Rare, or long enough in itself: unrolled it would only take long to compile.
BOWERBIRD_UNROLL(1)
        for (uint32_t i = 0; i < kLanes; ++i, p += kParts) RestoreRow<V, Arithmetic, kEdges>(arithmetic, p, from + i, edges, v[i], seen);
      } else {
BOWERBIRD_UNROLL(16)
        for (uint32_t i = 0; i < kLanes; ++i, p += kParts) RestoreRow<V, Arithmetic, kEdges>(arithmetic, p, from + i, edges, v[i], seen);
      }
      V::Transpose(v);
      for (uint32_t lane = 0; lane < kLanes; ++lane) V::Store(g.samples[lane] + from, v[lane]);
    }
    p -= kPast * kParts;
    for (uint32_t i = 0; i < (kPast + 1) * kParts; ++i) history[i] = p[i];
  }
  if constexpr (Arithmetic::kWatches) {
    // Whatever was outside makes the extremes impossible ones.
    const Reg good = V::Equal(arithmetic.Outside(), V::Set1(0));
    seen.high = V::Select(good, seen.high, V::Set1(0x7fffffff));
  }
  extremes = seen;
}

// The orders that encoders use most have their own loops; the others use a longer one, with zeros for coefficients.
template <typename V, bool kEdges>
BOWERBIRD_LANES void RestoreBy(Width width, const Group<V>& g, uint32_t from, uint32_t to, Extremes<V>& extremes) {
  const uint32_t taps = g.taps;
#define BOWERBIRD_RESTORE(...) return Restore<V, __VA_ARGS__, kEdges>(g, from, to, extremes)
  if (V::kPairs && width == Width::kPairs16) {
    if constexpr (!kEdges) {
      if (taps <= 2) BOWERBIRD_RESTORE(Pairs16<V, 1>);
      if (taps <= 4) BOWERBIRD_RESTORE(Pairs16<V, 2>);
      if (taps <= 6) BOWERBIRD_RESTORE(Pairs16<V, 3>);
      if (taps > 8 && taps <= 10) BOWERBIRD_RESTORE(Pairs16<V, 5>);
      if (taps > 10 && taps <= 12) BOWERBIRD_RESTORE(Pairs16<V, 6>);
      if (taps > 12 && taps <= 16) BOWERBIRD_RESTORE(Pairs16<V, 8>);
    }
    if (taps <= 8) BOWERBIRD_RESTORE(Pairs16<V, 4>);
    BOWERBIRD_RESTORE(Pairs16<V, 16>);
  }
  if (width <= Width::kSum32) {
    if constexpr (!kEdges) {
      if (taps <= 4) BOWERBIRD_RESTORE(Sum32<V, 4>);
      if (taps > 8 && taps <= 12) BOWERBIRD_RESTORE(Sum32<V, 12>);
    }
    if (taps <= 8) BOWERBIRD_RESTORE(Sum32<V, 8>);
    BOWERBIRD_RESTORE(Sum32<V, 32>);
  }
  if (width == Width::kSum64) {
    if constexpr (!kEdges) {
      if (taps <= 4) BOWERBIRD_RESTORE(Sum64<V, 4, false>);
      if (taps > 8 && taps <= 12) BOWERBIRD_RESTORE(Sum64<V, 12, false>);
    }
    if (taps <= 8) BOWERBIRD_RESTORE(Sum64<V, 8, false>);
    BOWERBIRD_RESTORE(Sum64<V, 32, false>);
  }
  if constexpr (!kEdges) {
    if (taps <= 4) BOWERBIRD_RESTORE(Sum64<V, 4, true>);
    if (taps > 8 && taps <= 12) BOWERBIRD_RESTORE(Sum64<V, 12, true>);
  }
  if (taps <= 8) BOWERBIRD_RESTORE(Sum64<V, 8, true>);
  BOWERBIRD_RESTORE(Sum64<V, 32, true>);
#undef BOWERBIRD_RESTORE
}

// Up to kLanes lanes of one width, from their first sample to their last.
template <typename V>
BOWERBIRD_LANES void PredictGroup(Lane** lanes, size_t count, Width width, int32_t* idle) {
  constexpr uint32_t kLanes = V::kLanes;
  Group<V> g;
  uint32_t longest = 0, shortest = kMaxBlockSize;
  for (size_t i = 0; i < kLanes; ++i) g.samples[i] = i < count ? lanes[i]->samples : idle;
  for (size_t i = 0; i < count; ++i) {
    g.taps = std::max<uint32_t>(g.taps, lanes[i]->sub.order);
    longest = std::max(longest, lanes[i]->count);
    shortest = std::min(shortest, lanes[i]->count);
  }
  for (size_t i = 0; i < count; ++i) {
    const Subframe& sub = lanes[i]->sub;
    for (size_t j = 0; j < sub.order; ++j) g.coefficients[j][i] = sub.coefficients[j];
    g.shift[i] = sub.shift;
    g.order[i] = sub.order;
    g.count[i] = static_cast<int32_t>(lanes[i]->count);
  }
  // Lanes have room for whole steps.
  const uint32_t start = (g.taps + kLanes - 1) / kLanes * kLanes, end = (longest + kLanes - 1) / kLanes * kLanes;
  const uint32_t head = std::min(start, end), whole = std::max(head, shortest / kLanes * kLanes);
  Extremes<V> extremes{V::Set1(0), V::Set1(0)};
  if (head != 0) RestoreBy<V, true>(width, g, 0, head, extremes);
  if (head < whole) RestoreBy<V, false>(width, g, head, whole, extremes);
  if (whole < end) RestoreBy<V, true>(width, g, whole, end, extremes);

  alignas(64) int32_t low[kLanes], high[kLanes];
  V::Store(low, extremes.low);
  V::Store(high, extremes.high);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t bits = lanes[i]->sub.bits;
    lanes[i]->bad |= !Fits(low[i], bits) || !Fits(high[i], bits);
    PutBackWasted(*lanes[i]);
  }
}

template <typename V>
BOWERBIRD_LANES void PredictLanes(Batch& batch) {
  // The widest first: the side channels of stereo must not slow down the others, and a group that is not full has room for narrower lanes.
  Lane* lanes[kMaxLanes];
  Width widths[kMaxLanes];
  size_t count = 0;
  for (size_t i = 0; i < batch.lane_count; ++i) {
    Lane& lane = batch.lanes[i];
    if (!lane.predicted) continue;
    const Width width = WidthOf(lane);
    if (width == Width::kAny) {
      PredictLane(lane, width, lane.sub.order, lane.count);
      PutBackWasted(lane);
      continue;
    }
    size_t at = count++;
    for (; at != 0 && widths[at - 1] < width; --at) {
      lanes[at] = lanes[at - 1];
      widths[at] = widths[at - 1];
    }
    lanes[at] = &lane;
    widths[at] = width;
  }
  for (size_t i = 0; i < count; i += V::kLanes) {
    PredictGroup<V>(lanes + i, std::min<size_t>(V::kLanes, count - i), widths[i], batch.idle);
  }
}

}  // namespace
}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_LANES_H_
