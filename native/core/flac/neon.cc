// The engine for arm64: eight lanes in two NEON registers.
#include "core/flac/batch.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define BOWERBIRD_LANES
#include "core/flac/lanes.h"

namespace bowerbird::flac {
namespace {

struct Neon {
  struct Reg {
    int32x4_t a, b;  // lanes 0 to 3, lanes 4 to 7; or four lanes of 64 bits
  };
  using Shifts = Reg;    // negative: NEON shifts left
  using Shifts64 = Reg;
  static constexpr uint32_t kLanes = 8;
  static constexpr bool kPairs = false, kEvenFirst = false;

#define BOWERBIRD_EACH(name, operation) \
  BOWERBIRD_LANES_INLINE static Reg name(Reg x, Reg y) { return {operation(x.a, y.a), operation(x.b, y.b)}; }
  BOWERBIRD_EACH(And, vandq_s32)
  BOWERBIRD_EACH(Or, vorrq_s32)
  BOWERBIRD_EACH(Xor, veorq_s32)
  BOWERBIRD_EACH(Add, vaddq_s32)
  BOWERBIRD_EACH(Sub, vsubq_s32)
  BOWERBIRD_EACH(Mul, vmulq_s32)
  BOWERBIRD_EACH(Min, vminq_s32)
  BOWERBIRD_EACH(Max, vmaxq_s32)
#undef BOWERBIRD_EACH
  BOWERBIRD_LANES_INLINE static Reg AndNot(Reg x, Reg y) { return {vbicq_s32(y.a, x.a), vbicq_s32(y.b, x.b)}; }
  BOWERBIRD_LANES_INLINE static Reg Equal(Reg x, Reg y) { return {Signed(vceqq_s32(x.a, y.a)), Signed(vceqq_s32(x.b, y.b))}; }
  BOWERBIRD_LANES_INLINE static Reg Less(Reg x, Reg y) { return {Signed(vcltq_s32(x.a, y.a)), Signed(vcltq_s32(x.b, y.b))}; }
  BOWERBIRD_LANES_INLINE static Reg Select(Reg mask, Reg yes, Reg no) {
    return {vbslq_s32(Unsigned(mask.a), yes.a, no.a), vbslq_s32(Unsigned(mask.b), yes.b, no.b)};
  }
  BOWERBIRD_LANES_INLINE static Reg Load(const int32_t* p) { return {vld1q_s32(p), vld1q_s32(p + 4)}; }
  BOWERBIRD_LANES_INLINE static void Store(int32_t* p, Reg x) {
    vst1q_s32(p, x.a);
    vst1q_s32(p + 4, x.b);
  }
  BOWERBIRD_LANES_INLINE static Reg Set1(int32_t x) { return {vdupq_n_s32(x), vdupq_n_s32(x)}; }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Left(Reg x) { return {vshlq_n_s32(x.a, kBits), vshlq_n_s32(x.b, kBits)}; }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl(Reg x) {
    return {Signed(vshrq_n_u32(Unsigned(x.a), kBits)), Signed(vshrq_n_u32(Unsigned(x.b), kBits))};
  }
  BOWERBIRD_LANES_INLINE static Shifts LoadShifts(const int32_t* p) { return Sub(Set1(0), Load(p)); }
  BOWERBIRD_LANES_INLINE static Reg Shift(Reg x, Shifts s) { return {vshlq_s32(x.a, s.a), vshlq_s32(x.b, s.b)}; }

  // Not asked for without kPairs.
  BOWERBIRD_LANES_INLINE static Reg MulPairs(Reg x, Reg) { return x; }
  BOWERBIRD_LANES_INLINE static Reg PairUp(Reg newer, Reg) { return newer; }

  BOWERBIRD_LANES_INLINE static Reg InOrder(Reg sum) { return sum; }

  // The first half are lanes 0 to 3, which 64-bit lanes fill two registers.
  BOWERBIRD_LANES_INLINE static Reg Second(Reg x) { return {x.b, x.a}; }
  BOWERBIRD_LANES_INLINE static Reg MulFirst(Reg x, Reg y) {
    return {Narrow(vmull_s32(vget_low_s32(x.a), vget_low_s32(y.a))), Narrow(vmull_high_s32(x.a, y.a))};
  }
  BOWERBIRD_LANES_INLINE static Reg Join(Reg x, Reg y) { return {vuzp1q_s32(x.a, x.b), vuzp1q_s32(y.a, y.b)}; }
  BOWERBIRD_LANES_INLINE static Reg WidenFirst(Reg x) { return {Narrow(vmovl_s32(vget_low_s32(x.a))), Narrow(vmovl_high_s32(x.a))}; }
  BOWERBIRD_LANES_INLINE static Reg Set64(int64_t x) { return {Narrow(vdupq_n_s64(x)), Narrow(vdupq_n_s64(x))}; }
  BOWERBIRD_LANES_INLINE static Reg Add64(Reg x, Reg y) {
    return {Narrow(vaddq_s64(Wide(x.a), Wide(y.a))), Narrow(vaddq_s64(Wide(x.b), Wide(y.b)))};
  }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl64(Reg x) { return {Logical<kBits>(x.a), Logical<kBits>(x.b)}; }
  BOWERBIRD_LANES_INLINE static Shifts64 LoadShifts64(Reg first) { return WidenFirst(Sub(Set1(0), first)); }
  BOWERBIRD_LANES_INLINE static Reg Shift64(Reg x, Shifts64 s) {
    return {Narrow(vshlq_s64(Wide(x.a), Wide(s.a))), Narrow(vshlq_s64(Wide(x.b), Wide(s.b)))};
  }
  BOWERBIRD_LANES_INLINE static Reg ShiftLogical64(Reg x, Shifts64 s) { return Shift64(x, s); }

  BOWERBIRD_LANES_INLINE static void Transpose4(int32x4_t& a, int32x4_t& b, int32x4_t& c, int32x4_t& d) {
    const int32x4_t ab = vtrn1q_s32(a, b), ab_odd = vtrn2q_s32(a, b), cd = vtrn1q_s32(c, d), cd_odd = vtrn2q_s32(c, d);
    a = Narrow(vtrn1q_s64(Wide(ab), Wide(cd)));
    b = Narrow(vtrn1q_s64(Wide(ab_odd), Wide(cd_odd)));
    c = Narrow(vtrn2q_s64(Wide(ab), Wide(cd)));
    d = Narrow(vtrn2q_s64(Wide(ab_odd), Wide(cd_odd)));
  }
  BOWERBIRD_LANES_INLINE static void Transpose(Reg v[8]) {
    Transpose4(v[0].a, v[1].a, v[2].a, v[3].a);
    Transpose4(v[4].b, v[5].b, v[6].b, v[7].b);
    Transpose4(v[0].b, v[1].b, v[2].b, v[3].b);
    Transpose4(v[4].a, v[5].a, v[6].a, v[7].a);
    for (int i = 0; i < 4; ++i) std::swap(v[i].b, v[i + 4].a);
  }

 private:
  BOWERBIRD_LANES_INLINE static int32x4_t Signed(uint32x4_t x) { return vreinterpretq_s32_u32(x); }
  BOWERBIRD_LANES_INLINE static uint32x4_t Unsigned(int32x4_t x) { return vreinterpretq_u32_s32(x); }
  BOWERBIRD_LANES_INLINE static int64x2_t Wide(int32x4_t x) { return vreinterpretq_s64_s32(x); }
  BOWERBIRD_LANES_INLINE static int32x4_t Narrow(int64x2_t x) { return vreinterpretq_s32_s64(x); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static int32x4_t Logical(int32x4_t x) {
    return vreinterpretq_s32_u64(vshrq_n_u64(vreinterpretq_u64_s32(x), kBits));
  }
};

// Counting leading zeros is one instruction on every arm64.
void Residuals(Batch& batch) { DecodeResiduals<true>(batch); }
void Predict(Batch& batch) { PredictLanes<Neon>(batch); }
bool Convert(const Sink& sink) { return ConvertFrame(sink); }

}  // namespace

const Engine& NeonEngine() {
  static constexpr Engine engine = {"neon", 16, Residuals, Predict, Convert};
  return engine;
}

}  // namespace bowerbird::flac

#endif  // arm64
