// How fast is each body of CRC-32C beside google/crc32c, which LevelDB and TensorFlow programs use?
//
//   crc32c_bench ROUNDS MIB [LIBCRC32C.so]        bench/cases/crc32c-cores.mjs finds the library
//
// Every round runs every contender once, in one process, on thread CPU time. A ratio is taken inside a round, so that
// a slow moment of the machine hits both sides; the median and the range of the rounds' ratios are printed.
#include <dlfcn.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/hash/crc32c.h"

namespace {

using Extend = uint32_t (*)(uint32_t crc, const uint8_t* data, size_t size);

struct Contender {
  std::string name;
  Extend extend;
  std::vector<double> speeds;  // GB/s, one a round
};

double CpuSeconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double Median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

// GB/s of `calls` calls, each waiting for the one before, as a reader of small records does.
double Measure(Extend extend, const uint8_t* data, size_t size, size_t calls) {
  uint32_t crc = 0;
  const double start = CpuSeconds();
  for (size_t i = 0; i < calls; ++i) crc = extend(crc, data, size);
  const double seconds = CpuSeconds() - start;
  __asm__ volatile("" : : "r"(crc));  // used, as far as the compiler can tell
  return 1e-9 * static_cast<double>(size) * static_cast<double>(calls) / seconds;
}

void Compare(std::vector<Contender>& contenders, const uint8_t* data, size_t size, int rounds) {
  const uint32_t expected = contenders[0].extend(0, data, size);
  for (Contender& c : contenders) {
    c.speeds.clear();
    if (c.extend(0, data, size) != expected) {
      std::printf("%s disagrees at %zu bytes: nothing to compare\n", c.name.c_str(), size);
      std::exit(1);
    }
  }
  // About 10 ms a turn for fast bodies, and at least one call.
  const size_t calls = rounds == 1 ? 1 : std::max<size_t>(1, (size <= 64 ? 12'000'000 : 300'000'000) / size);
  for (int round = 0; round < rounds; ++round) {
    for (Contender& c : contenders) c.speeds.push_back(Measure(c.extend, data, size, calls));
  }
  std::printf("\n%zu bytes, %d rounds of %zu calls\n%-18s %9s %9s %9s   ratio to %s: median (range)\n", size, rounds, calls, "",
              "GB/s med", "best", "ns/call", contenders[0].name.c_str());
  for (const Contender& c : contenders) {
    std::vector<double> ratios;
    for (size_t i = 0; i < c.speeds.size(); ++i) ratios.push_back(c.speeds[i] / contenders[0].speeds[i]);
    const double median = Median(c.speeds);
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf("%-18s %9.2f %9.2f %9.1f   %.2f (%.2f to %.2f)\n", c.name.c_str(), median,
                *std::max_element(c.speeds.begin(), c.speeds.end()), static_cast<double>(size) / median, Median(ratios), *least,
                *most);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "Cannot compare: expected ROUNDS MIB [LIBCRC32C.so]\n");
    return 2;
  }
  const int rounds = std::max(1, std::atoi(argv[1]));
  const size_t most = static_cast<size_t>(std::max(1, std::atoi(argv[2]))) << 20;
  std::vector<Contender> contenders;
  if (argc == 4) {
    void* const library = dlopen(argv[3], RTLD_NOW);
    const auto google = library ? reinterpret_cast<Extend>(dlsym(library, "crc32c_extend")) : nullptr;
    if (google == nullptr) {
      std::fprintf(stderr, "Cannot load \"%s\": %s\n", argv[3], dlerror());
      return 1;
    }
    contenders.push_back({"google/crc32c", google, {}});
  }
  for (const auto& body : bowerbird::Crc32cImplementations()) contenders.push_back({body.name, body.extend, {}});

  void* const memory = mmap(nullptr, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  madvise(memory, most, MADV_HUGEPAGE);
  std::mt19937_64 random(1);
  auto* const words = static_cast<uint64_t*>(memory);
  for (size_t i = 0; i < most / 8; ++i) words[i] = random();
  const auto* const data = static_cast<const uint8_t*>(memory);

  Compare(contenders, data, 12, rounds);
  Compare(contenders, data, 61'600, rounds);
  Compare(contenders, data, 1 << 20, rounds);
  // Slice-by-8 would take minutes to say what the smaller sizes said.
  std::erase_if(contenders, [](const Contender& c) { return c.name == "portable"; });
  Compare(contenders, data, most, std::min(rounds, 9));

  // What joining costs when the length is new, and when its shift was kept.
  uint32_t crc = 1;
  constexpr int kJoins = 2'000'000;
  double start = CpuSeconds();
  for (int i = 0; i < kJoins; ++i) crc = bowerbird::Crc32cCombine(crc, 1, uint64_t{61'600});
  const double fresh = CpuSeconds() - start;
  const auto shift = bowerbird::Crc32cShiftOf(61'600);
  start = CpuSeconds();
  for (int i = 0; i < kJoins; ++i) crc = bowerbird::Crc32cCombine(crc, 1, shift);
  const double kept = CpuSeconds() - start;
  start = CpuSeconds();
  for (int i = 0; i < kJoins; ++i) crc = bowerbird::Crc32cOf8(crc);
  const double of8 = CpuSeconds() - start;
  std::printf("\nCrc32cCombine of 61600 bytes: %.1f ns, with a kept shift %.1f ns; Crc32cOf8: %.1f ns (%u)\n", 1e9 * fresh / kJoins,
              1e9 * kept / kJoins, 1e9 * of8 / kJoins, crc & 1);
}
