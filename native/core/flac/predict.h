// Prediction and conversion for the engines: what is the same for all of them.
#ifndef BOWERBIRD_CORE_FLAC_PREDICT_H_
#define BOWERBIRD_CORE_FLAC_PREDICT_H_

#include <algorithm>
#include <cstdlib>

#include "core/flac/batch.h"
#include "core/flac/residual.h"

namespace bowerbird::flac {

// What arithmetic a lane's prediction needs so that it never differs from the exact one.
enum class Width : uint8_t {
  kPairs16,  // samples fit 16 bits, sums 32
  kSum32,    // sums fit 32 bits
  kSum64,    // predictions fit 31 bits
  kChecked,  // predictions and residuals of any size; samples fit 25 bits
  kAny,      // 64 bits throughout, one lane at a time
};

inline Width WidthOf(const Lane& lane) {
  if (lane.wide) return lane.sub.bits <= 25 ? Width::kChecked : Width::kAny;
  uint64_t total = 0;
  for (size_t i = 0; i < lane.sub.order; ++i) total += static_cast<uint64_t>(std::abs(lane.sub.coefficients[i]));
  // The largest |sum|, while all samples fit their bits (one that does not ends the frame). total < 2^20, so nothing is lost here.
  const uint64_t sum = total << (lane.sub.bits - 1);
  if (sum >> lane.sub.shift >= 1u << 30) return lane.sub.bits <= 25 ? Width::kChecked : Width::kAny;
  if (sum >= 1u << 31) return Width::kSum64;
  return lane.sub.bits <= 16 ? Width::kPairs16 : Width::kSum32;
}

// Samples [from, to) of one lane, exactly.
template <typename Sum>
BOWERBIRD_FLAC_INLINE void PredictLane(Lane& lane, uint32_t from, uint32_t to) {
  if (lane.bad) return;  // its numbers could overflow
  int32_t* const s = lane.samples;
  const uint32_t order = lane.sub.order, bits = lane.sub.bits, shift = lane.sub.shift;
  for (uint32_t i = from; i < to; ++i) {
    Sum sum = 0;
    for (uint32_t j = 0; j < order; ++j) sum += static_cast<Sum>(lane.sub.coefficients[j]) * s[i - 1 - j];
    const int64_t sample = int64_t{FromZigzag(static_cast<uint32_t>(s[i]))} + (sum >> shift);
    lane.bad |= !Fits(sample, bits);
    s[i] = lane.bad ? 0 : static_cast<int32_t>(sample);
  }
}

BOWERBIRD_FLAC_INLINE void PredictLane(Lane& lane, Width width, uint32_t from, uint32_t to) {
  if (width <= Width::kSum32) {
    PredictLane<int32_t>(lane, from, to);
  } else {
    PredictLane<int64_t>(lane, from, to);
  }
}

BOWERBIRD_FLAC_INLINE void PutBackWasted(Lane& lane) {
  const uint32_t wasted = lane.sub.wasted;
  if (wasted == 0) return;
  for (uint32_t i = 0; i < lane.count; ++i) lane.samples[i] = static_cast<int32_t>(static_cast<uint32_t>(lane.samples[i]) << wasted);
}

// One loop per combination, simple enough that the compiler vectorizes it.
template <ChannelMode kMode>
BOWERBIRD_FLAC_INLINE void LeftRight(int32_t a, int32_t b, int32_t* left, int32_t* right) {
  if constexpr (kMode == ChannelMode::kLeftSide) {
    *left = a;
    *right = a - b;
  } else if constexpr (kMode == ChannelMode::kSideRight) {
    *left = a + b;
    *right = b;
  } else if constexpr (kMode == ChannelMode::kMidSide) {
    const int32_t mid = a * 2 + (b & 1);
    *left = (mid + b) >> 1;
    *right = (mid - b) >> 1;
  } else {
    *left = a;
    *right = b;
  }
}

template <typename T>
BOWERBIRD_FLAC_INLINE T Converted(int32_t value, [[maybe_unused]] float scale) {
  if constexpr (sizeof(T) == 4 && static_cast<T>(0.5) != 0) {
    return static_cast<float>(value) * scale;
  } else {
    return static_cast<T>(value);
  }
}

template <typename T, ChannelMode kMode>
BOWERBIRD_FLAC_INLINE bool ConvertStereo(const Sink& sink, float scale) {
  const int32_t* __restrict a = sink.planes[0];
  const int32_t* __restrict b = sink.planes[1];
  T* __restrict out = static_cast<T*>(sink.data);
  int32_t outside = 0;
  if (sink.plane == 0) {
    for (uint32_t i = 0; i < sink.count; ++i) {
      int32_t left, right;
      LeftRight<kMode>(a[i], b[i], &left, &right);
      outside |= (left ^ (left >> 31)) | (right ^ (right >> 31));
      out[2 * i] = Converted<T>(left, scale);
      out[2 * i + 1] = Converted<T>(right, scale);
    }
  } else {
    T* __restrict other = out + sink.plane;
    for (uint32_t i = 0; i < sink.count; ++i) {
      int32_t left, right;
      LeftRight<kMode>(a[i], b[i], &left, &right);
      outside |= (left ^ (left >> 31)) | (right ^ (right >> 31));
      out[i] = Converted<T>(left, scale);
      other[i] = Converted<T>(right, scale);
    }
  }
  return outside >> (sink.bits - 1) == 0;
}

template <typename T, uint32_t kChannels>
BOWERBIRD_FLAC_INLINE void Interleave(const Sink& sink, float scale) {
  T* __restrict out = static_cast<T*>(sink.data);
  for (uint32_t i = 0; i < sink.count; ++i) {
    for (uint32_t c = 0; c < kChannels; ++c) out[i * kChannels + c] = Converted<T>(sink.planes[c][i], scale);
  }
}

template <typename T>
BOWERBIRD_FLAC_INLINE bool ConvertAs(const Sink& sink) {
  const float scale = 1.0f / static_cast<float>(uint64_t{1} << (sink.bits - 1));
  switch (sink.mode) {
    case ChannelMode::kLeftSide: return ConvertStereo<T, ChannelMode::kLeftSide>(sink, scale);
    case ChannelMode::kSideRight: return ConvertStereo<T, ChannelMode::kSideRight>(sink, scale);
    case ChannelMode::kMidSide: return ConvertStereo<T, ChannelMode::kMidSide>(sink, scale);
    case ChannelMode::kIndependent: break;
  }
  if (sink.plane != 0 || sink.channels == 1) {
    for (uint32_t c = 0; c < sink.channels; ++c) {
      const int32_t* __restrict in = sink.planes[c];
      T* __restrict out = static_cast<T*>(sink.data) + c * sink.plane;
      for (uint32_t i = 0; i < sink.count; ++i) out[i] = Converted<T>(in[i], scale);
    }
    return true;
  }
  switch (sink.channels) {
    case 2: Interleave<T, 2>(sink, scale); break;
    case 3: Interleave<T, 3>(sink, scale); break;
    case 4: Interleave<T, 4>(sink, scale); break;
    case 5: Interleave<T, 5>(sink, scale); break;
    case 6: Interleave<T, 6>(sink, scale); break;
    case 7: Interleave<T, 7>(sink, scale); break;
    case 8: Interleave<T, 8>(sink, scale); break;
    default: break;
  }
  return true;  // the lanes' own bits are the stream's
}

BOWERBIRD_FLAC_INLINE bool ConvertFrame(const Sink& sink) {
  switch (sink.format) {
    case SampleFormat::kInt16: return ConvertAs<int16_t>(sink);
    case SampleFormat::kInt32: return ConvertAs<int32_t>(sink);
    case SampleFormat::kFloat32: return ConvertAs<float>(sink);
  }
  return false;
}

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_PREDICT_H_
