// All that the fuzz targets need: FUZZ(name) registers one, CHECK stops at a broken promise. The same targets run under libFuzzer
// (libfuzzer_main.cc) and, where there is none, over the seeds and mutations of them (replay_main.cc).
#ifndef BOWERBIRD_FUZZ_FUZZ_H_
#define BOWERBIRD_FUZZ_FUZZ_H_

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace bowerbird::fuzz {

using Random = std::mt19937;
// Changes a few bytes, in whatever way the engine likes; the result has at most `limit` of them.
using ByteMutator = std::string (*)(const std::string& bytes, size_t limit, Random& random);

struct Target {
  void (*run)(Bytes input);
  // For targets whose input is guarded by lengths and checksums, which blind changes never get past. Null for others.
  std::string (*mutate)(const std::string& input, size_t limit, Random& random, ByteMutator bytes);
};

inline std::map<std::string_view, Target>& Targets() {
  static std::map<std::string_view, Target> targets;
  return targets;
}

struct Registration {
  Registration(std::string_view name, Target target) { Targets()[name] = target; }
};

[[noreturn]] inline void Fail(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: expected %s\n", file, line, condition);
  std::abort();
}

inline bool Inside(Bytes part, Bytes whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}
inline bool Inside(std::string_view part, std::string_view whole) { return Inside(AsBytes(part), AsBytes(whole)); }

// The first bytes of an input decide about options and block sizes, the rest is what is read.
class Choices {
 public:
  explicit Choices(Bytes& input) : input_(input) {}
  // 0 to 255; 0 when the input is used up.
  uint32_t Byte() {
    if (input_.empty()) return 0;
    const uint32_t value = input_[0];
    input_ = input_.subspan(1);
    return value;
  }

 private:
  Bytes& input_;
};

}  // namespace bowerbird::fuzz

#define CHECK(condition) ((condition) ? void() : ::bowerbird::fuzz::Fail(__FILE__, __LINE__, #condition))

#define FUZZ(name, mutator)                                                                                  \
  static void Run_##name(::bowerbird::Bytes input);                                                          \
  static const ::bowerbird::fuzz::Registration registration_of_##name(#name, {&Run_##name, mutator});        \
  static void Run_##name(::bowerbird::Bytes input)

#endif  // BOWERBIRD_FUZZ_FUZZ_H_
