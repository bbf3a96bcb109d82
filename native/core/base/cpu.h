// What this processor can do, asked once.
//
// BOWERBIRD_CPU=portable|sse42|pclmul|avx2|avx512|arm64crc takes away whatever lies above the named tier, so that a test or a
// bug report can run the code of a lesser machine. It can never add, and a word of another architecture changes nothing.
//
//   sse42     SSE4.2
//   pclmul    + PCLMULQDQ
//   avx2      + AVX2, FMA, F16C, BMI2 and, where there, VPCLMULQDQ: everything that works on ymm registers
//   avx512    + F, VL, BW, DQ, CD
//   arm64crc  CRC32 and PMULL
#ifndef BOWERBIRD_CORE_BASE_CPU_H_
#define BOWERBIRD_CORE_BASE_CPU_H_

namespace bowerbird {

// True means that both the processor and the operating system (which must save the registers) allow it.
struct CpuFeatures {
  bool sse42 = false;
  bool pclmul = false;
  bool avx2 = false;
  bool fma = false;
  bool f16c = false;
  bool bmi2 = false;
  bool vpclmul = false;  // VPCLMULQDQ on ymm; on zmm together with avx512
  bool avx512 = false;   // F, VL, BW, DQ and CD
  bool arm_crc = false;
  bool arm_pmull = false;
};

CpuFeatures ProbeCpu();

// The first call probes, later calls are two loads. Safe from any thread.
inline const CpuFeatures& Cpu() {
  static const CpuFeatures features = ProbeCpu();
  return features;
}

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_BASE_CPU_H_
