#include "core/base/cpu.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace bowerbird {
namespace {

#if defined(__x86_64__)

bool Bit(uint32_t word, int bit) { return (word >> bit) & 1; }

// Which register files the operating system saves on a context switch (XCR0).
// REQUIRES: OSXSAVE
uint64_t SavedState() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
}

// Bit numbers: Intel SDM volume 2A, CPUID leaves 1 and 7.
CpuFeatures Ask() {
  CpuFeatures f;
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return f;
  f.sse42 = Bit(c, 20);
  f.pclmul = f.sse42 && Bit(c, 1);
  const bool has_avx = Bit(c, 28), has_fma = Bit(c, 12), has_f16c = Bit(c, 29);
  const uint64_t saved = Bit(c, 27) ? SavedState() : 0;
  const bool ymm = has_avx && (saved & 0x06) == 0x06;  // xmm, ymm
  const bool zmm = ymm && (saved & 0xe6) == 0xe6;      // and masks, zmm0-15, zmm16-31
  if (!ymm || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return f;
  f.avx2 = Bit(b, 5);
  f.fma = f.avx2 && has_fma;
  f.f16c = f.avx2 && has_f16c;
  f.bmi2 = f.avx2 && Bit(b, 8);
  f.vpclmul = f.avx2 && f.pclmul && Bit(c, 10);
  f.avx512 = f.avx2 && zmm && Bit(b, 16) && Bit(b, 17) && Bit(b, 28) && Bit(b, 30) && Bit(b, 31);
  return f;
}

CpuFeatures Lowered(CpuFeatures f, std::string_view tier) {
  const int level = tier == "portable" ? 0 : tier == "sse42" ? 1 : tier == "pclmul" ? 2 : tier == "avx2" ? 3 : 4;
  if (level < 4) f.avx512 = false;
  if (level < 3) f.avx2 = f.fma = f.f16c = f.bmi2 = f.vpclmul = false;
  if (level < 2) f.pclmul = false;
  if (level < 1) f.sse42 = false;
  return f;
}

#elif defined(__aarch64__)

CpuFeatures Ask() {
  CpuFeatures f;
#if defined(__linux__)
  const unsigned long capabilities = getauxval(AT_HWCAP);
  f.arm_pmull = capabilities & (1ul << 4);  // HWCAP_PMULL
  f.arm_crc = capabilities & (1ul << 7);    // HWCAP_CRC32
#elif defined(__APPLE__)
  const auto has = [](const char* name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
  };
  f.arm_crc = has("hw.optional.armv8_crc32");
  // The name is from macOS 12; every processor before it that runs this code is an M1, which has it.
  f.arm_pmull = has("hw.optional.arm.FEAT_PMULL") || f.arm_crc;
#endif
  return f;
}

CpuFeatures Lowered(CpuFeatures f, std::string_view tier) { return tier == "portable" ? CpuFeatures{} : f; }

#else

CpuFeatures Ask() { return {}; }
CpuFeatures Lowered(CpuFeatures f, std::string_view) { return f; }

#endif

}  // namespace

CpuFeatures ProbeCpu() {
  const char* tier = std::getenv("BOWERBIRD_CPU");
  return tier == nullptr ? Ask() : Lowered(Ask(), tier);
}

}  // namespace bowerbird
