// Chooses the body of CRC-32C for this processor, and joins CRCs.
#include "core/hash/crc32c.h"

#include <array>

#include "core/hash/crc32c_math.h"
#include "core/hash/crc32c_tiers.h"

namespace bowerbird {
namespace {

struct Choice {
  std::array<Crc32cImplementation, 5> usable{};
  size_t count = 0;
  uint32_t (*multiply)(uint32_t, uint32_t) = crc32c::MultiplyPortable;

  void Add(const char* name, decltype(Crc32cImplementation::extend) extend) { usable[count++] = {name, extend}; }
};

Choice Choose() {
  Choice choice;
  choice.Add("portable", crc32c::ExtendPortable);
  [[maybe_unused]] const CpuFeatures& cpu = Cpu();
#if defined(__x86_64__)
  if (cpu.sse42) choice.Add("sse42", crc32c::ExtendSse42);
  if (cpu.pclmul) {
    choice.Add("pclmul", crc32c::ExtendPclmul);
    choice.multiply = crc32c::MultiplyPclmul;
  }
  if (cpu.vpclmul) choice.Add("avx2", crc32c::ExtendAvx2);
  if (cpu.vpclmul && cpu.avx512) choice.Add("avx512", crc32c::ExtendAvx512);
#elif defined(__aarch64__)
  if (cpu.arm_crc && cpu.arm_pmull) {
    choice.Add("arm64crc", crc32c::ExtendArm64Crc);
    choice.multiply = crc32c::MultiplyArm64Crc;
  }
#endif
  return choice;
}

const Choice& Chosen() {
  static const Choice choice = Choose();
  return choice;
}

}  // namespace

std::span<const Crc32cImplementation> Crc32cImplementations() {
  return std::span(Chosen().usable).first(Chosen().count);
}

Crc32cShift Crc32cShiftOf(uint64_t length) {
  const auto multiply = Chosen().multiply;
  uint32_t power = crc32c::kShiftTable[0][length & 15];
  for (size_t digit = 1; (length >>= 4) != 0; ++digit) {
    if (length & 15) power = multiply(power, crc32c::kShiftTable[digit][length & 15]);
  }
  return {power};
}

uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, Crc32cShift length_b) {
  return Chosen().multiply(crc_a, length_b.power) ^ crc_b;
}

}  // namespace bowerbird
