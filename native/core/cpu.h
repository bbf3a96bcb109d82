// What this processor can do, asked once. BOWERBIRD_CPU=portable|sse42|pclmul|avx2|avx512|arm64crc lowers it, for tests.
#ifndef BOWERBIRD_CORE_CPU_H_
#define BOWERBIRD_CORE_CPU_H_

namespace bowerbird {

struct CpuFeatures {
  bool sse42 = false;
  bool pclmul = false;
  bool avx2 = false;       // with FMA-era OS support for ymm state
  bool f16c = false;
  bool vpclmul = false;    // VPCLMULQDQ on ymm
  bool avx512 = false;     // F + VL + BW + DQ with zmm state
  bool arm_crc = false;
  bool arm_pmull = false;
};

// REQUIRES: nothing; the first call probes, later calls are a load. Safe from any thread.
const CpuFeatures& Cpu();

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_CPU_H_
