#include "core/sound/pcm.h"

#include <bit>
#include <cmath>

#include "core/base/cpu.h"
#include "core/sound/pcm_avx2.h"
#include "core/sound/pcm_avx512.h"
#include "core/sound/pcm_g711.h"

namespace bowerbird::pcm {
namespace {

// A sample of `Size` bytes at the top of a 64-bit integer.
template <int Size, bool Big>
int64_t LoadTop(const uint8_t* p) {
  uint64_t v = 0;
  for (int i = 0; i < Size; ++i) v |= uint64_t{p[i]} << (8 * (Big ? 7 - i : 8 - Size + i));
  return static_cast<int64_t>(v);
}

// Calls `store(i, value)` for every sample, the value right-justified in 64 bits.
template <int Size, bool Big, typename Store>
void EachInteger(Bytes in, Store store) {
  const size_t count = in.size() / Size;
  for (size_t i = 0; i < count; ++i) store(i, LoadTop<Size, Big>(in.data() + i * Size) >> (64 - 8 * Size));
}

template <bool Big, typename Store>
void EachIntegerOf(int bytes, Bytes in, Store store) {
  switch (bytes) {
    case 2: return EachInteger<2, Big>(in, store);
    case 3: return EachInteger<3, Big>(in, store);
    case 4: return EachInteger<4, Big>(in, store);
    case 5: return EachInteger<5, Big>(in, store);
    case 6: return EachInteger<6, Big>(in, store);
    case 7: return EachInteger<7, Big>(in, store);
    default: return EachInteger<8, Big>(in, store);
  }
}

template <typename Store>
void EachIntegerSample(Layout layout, Bytes in, Store store) {
  switch (layout.kind) {
    case Kind::kInteger:
      return layout.big_endian ? EachIntegerOf<true>(layout.bytes, in, store) : EachIntegerOf<false>(layout.bytes, in, store);
    case Kind::kUnsigned:
      for (size_t i = 0; i < in.size(); ++i) store(i, int64_t{in[i]} - 128);
      return;
    case Kind::kALaw:
      for (size_t i = 0; i < in.size(); ++i) store(i, int64_t{kALaw.integers[in[i]]});
      return;
    case Kind::kMuLaw:
      for (size_t i = 0; i < in.size(); ++i) store(i, int64_t{kMuLaw.integers[in[i]]});
      return;
    case Kind::kLow24:
      for (size_t i = 0; i < in.size() / 4; ++i) {
        store(i, layout.big_endian ? LoadTop<3, true>(in.data() + 4 * i + 1) >> 40 : LoadTop<3, false>(in.data() + 4 * i) >> 40);
      }
      return;
    case Kind::kFloat:
      return;
  }
}

void FloatsToFloat(Layout layout, Bytes in, float* out) {
  const size_t count = in.size() / layout.bytes;
  if (layout.bytes == 4) {
    if (!layout.big_endian) {
      if (count != 0) std::memcpy(out, in.data(), 4 * count);
      return;
    }
    for (size_t i = 0; i < count; ++i) out[i] = std::bit_cast<float>(__builtin_bswap32(LoadLE32(&in[4 * i])));
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const uint64_t word = LoadLE64(&in[8 * i]);
    out[i] = static_cast<float>(std::bit_cast<double>(layout.big_endian ? __builtin_bswap64(word) : word));
  }
}

// Adding and taking away 1.5 * 2^52 leaves the nearest integer, ties to even, for |x| < 2^51; unlike nearbyint() it is never a call.
double RoundToInteger(double x) { return (x + 0x1.8p52) - 0x1.8p52; }

// v / 2^excess to the nearest integer, ties to even; what rounds up beyond the largest is the largest. REQUIRES: 0 < excess <= 32.
int32_t RoundOff(int64_t v, int excess) {
  const int64_t low = v >> excess;
  const uint64_t rest = static_cast<uint64_t>(v) & ((uint64_t{1} << excess) - 1);
  const uint64_t half = uint64_t{1} << (excess - 1);
  const bool up = rest > half || (rest == half && (low & 1) != 0);
  return static_cast<int32_t>(up && low < INT32_MAX ? low + 1 : low);
}

template <int Bits>
int32_t Quantize(float sample) {
  constexpr double kScale = static_cast<double>(int64_t{1} << (Bits - 1));
  const double scaled = static_cast<double>(sample) * kScale;
  // Clipped before it is rounded: the trick above needs a bounded argument. A NaN fails every comparison and is left for the end.
  const double low = scaled < -kScale ? -kScale : scaled;
  const double clipped = low > kScale - 1 ? kScale - 1 : low;
  const double whole = clipped == clipped ? RoundToInteger(clipped) : 0;
  return static_cast<int32_t>(whole);
}

}  // namespace

bool IsKnown(Layout layout) {
  switch (layout.kind) {
    case Kind::kInteger: return layout.bytes >= 2 && layout.bytes <= 8;
    case Kind::kUnsigned:
    case Kind::kALaw:
    case Kind::kMuLaw: return layout.bytes == 1;
    case Kind::kFloat: return layout.bytes == 4 || layout.bytes == 8;
    case Kind::kLow24: return layout.bytes == 4;
  }
  return false;
}

int IntegerBits(Layout layout) {
  switch (layout.kind) {
    case Kind::kInteger: return 8 * layout.bytes;
    case Kind::kUnsigned: return 8;
    case Kind::kALaw:
    case Kind::kMuLaw: return 16;
    case Kind::kLow24: return 24;
    case Kind::kFloat: return 0;
  }
  return 0;
}

void PortableToFloat(Layout layout, Bytes in, float* out) {
  switch (layout.kind) {
    case Kind::kFloat: return FloatsToFloat(layout, in, out);
    case Kind::kALaw:
      for (size_t i = 0; i < in.size(); ++i) out[i] = kALaw.floats[in[i]];
      return;
    case Kind::kMuLaw:
      for (size_t i = 0; i < in.size(); ++i) out[i] = kMuLaw.floats[in[i]];
      return;
    default: break;
  }
  // A power of two: the division is exact, and rounding happens in the conversion only.
  const float unit = static_cast<float>(std::ldexp(1.0, 1 - IntegerBits(layout)));
  if (layout.bytes <= 4) {
    // 32-bit integers convert in SIMD lanes, 64-bit ones do not.
    EachIntegerSample(layout, in, [=](size_t i, int64_t v) { out[i] = static_cast<float>(static_cast<int32_t>(v)) * unit; });
  } else {
    EachIntegerSample(layout, in, [=](size_t i, int64_t v) { out[i] = static_cast<float>(v) * unit; });
  }
}

void ToFloat(Layout layout, Bytes in, float* out) {
#if defined(__x86_64__)
  if (Cpu().avx2) {
    const size_t count = in.size() / layout.bytes;
    // The vector loops stop short of the end, where a load of 32 bytes would run over it.
    size_t done = Cpu().avx512 ? avx512::ToFloat(layout, in.data(), count, out) : 0;
    if (done == 0) done = avx2::ToFloat(layout, in.data(), count, out);
    in = in.subspan(done * layout.bytes);
    out += done;
  }
#endif
  PortableToFloat(layout, in, out);
}

void ToInt32(Layout layout, Bytes in, int32_t* out) {
  if (layout.bytes <= 4) {
    EachIntegerSample(layout, in, [=](size_t i, int64_t v) { out[i] = static_cast<int32_t>(v); });
  } else {
    const int excess = 8 * layout.bytes - 32;
    EachIntegerSample(layout, in, [=](size_t i, int64_t v) { out[i] = RoundOff(v, excess); });
  }
}

void ToInt16(Layout layout, Bytes in, int16_t* out) {
  EachIntegerSample(layout, in, [=](size_t i, int64_t v) { out[i] = static_cast<int16_t>(v); });
}

bool CanWrite(Layout layout) {
  if (layout.big_endian) return false;
  switch (layout.kind) {
    case Kind::kInteger: return layout.bytes >= 2 && layout.bytes <= 4;
    case Kind::kUnsigned: return layout.bytes == 1;
    case Kind::kFloat: return layout.bytes == 4;
    default: return false;
  }
}

void FromFloat(Layout layout, const float* in, size_t count, uint8_t* out) {
  if (layout.kind == Kind::kFloat) {
    if (count != 0) std::memcpy(out, in, 4 * count);
    return;
  }
  switch (layout.bytes) {
    case 1:
      for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint8_t>(Quantize<8>(in[i]) + 128);
      return;
    case 2:
      for (size_t i = 0; i < count; ++i) {
        const int16_t v = static_cast<int16_t>(Quantize<16>(in[i]));
        std::memcpy(out + 2 * i, &v, 2);
      }
      return;
    case 3:
      for (size_t i = 0; i < count; ++i) {
        const uint32_t v = static_cast<uint32_t>(Quantize<24>(in[i]));
        out[3 * i] = static_cast<uint8_t>(v);
        out[3 * i + 1] = static_cast<uint8_t>(v >> 8);
        out[3 * i + 2] = static_cast<uint8_t>(v >> 16);
      }
      return;
    default:
      for (size_t i = 0; i < count; ++i) StoreLE32(out + 4 * i, static_cast<uint32_t>(Quantize<32>(in[i])));
  }
}

template <typename Sample>
void Deinterleave(const Sample* in, size_t frames, size_t channels, Sample* out, size_t plane) {
  // In pieces that stay in the cache while every channel passes over them.
  constexpr size_t kPiece = 16384;
  const size_t most = channels < kPiece ? kPiece / channels : 1;
  for (size_t i = 0; i < frames; i += most) {
    const size_t some = frames - i < most ? frames - i : most;
    for (size_t c = 0; c < channels; ++c) PickChannel(in + i * channels, some, channels, c, out + c * plane + i);
  }
}

template <typename Sample>
void PickChannel(const Sample* in, size_t frames, size_t channels, size_t channel, Sample* out) {
  if (channels == 1) {
    if (frames != 0) std::memcpy(out, in, frames * sizeof(Sample));
  } else if (channels == 2) {
    for (size_t i = 0; i < frames; ++i) out[i] = in[2 * i + channel];
  } else {
    for (size_t i = 0; i < frames; ++i) out[i] = in[channels * i + channel];
  }
}

template void Deinterleave(const float*, size_t, size_t, float*, size_t);
template void Deinterleave(const int32_t*, size_t, size_t, int32_t*, size_t);
template void Deinterleave(const int16_t*, size_t, size_t, int16_t*, size_t);
template void PickChannel(const float*, size_t, size_t, size_t, float*);
template void PickChannel(const int32_t*, size_t, size_t, size_t, int32_t*);
template void PickChannel(const int16_t*, size_t, size_t, size_t, int16_t*);

void MixToMono(const float* in, size_t frames, size_t channels, float* out) {
  const double count = static_cast<double>(channels);
  if (channels == 2) {
    for (size_t i = 0; i < frames; ++i) {
      out[i] = static_cast<float>((static_cast<double>(in[2 * i]) + static_cast<double>(in[2 * i + 1])) / 2);
    }
    return;
  }
  for (size_t i = 0; i < frames; ++i) {
    double sum = 0;
    for (size_t c = 0; c < channels; ++c) sum += static_cast<double>(in[i * channels + c]);
    out[i] = static_cast<float>(sum / count);
  }
}

}  // namespace bowerbird::pcm
