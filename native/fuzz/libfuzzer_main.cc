// Runs one target, named by --target=NAME, under libFuzzer.
#include "fuzz/fuzz.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

using namespace bowerbird::fuzz;

const Target* target;

std::string MutateWithLibFuzzer(const std::string& bytes, size_t limit, Random&) {
  std::string out = bytes;
  limit = std::max<size_t>(limit, 1);
  out.resize(std::max(limit, bytes.size()));
  out.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(out.data()), std::min(bytes.size(), limit), limit));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kFlag = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (!argument.starts_with(kFlag)) continue;
    const auto found = Targets().find(argument.substr(kFlag.size()));
    if (found != Targets().end()) target = &found->second;
  }
  if (target == nullptr) {
    std::fprintf(stderr, "Cannot fuzz without a target: expected --target= one of\n");
    for (const auto& [name, unused] : Targets()) std::fprintf(stderr, "  %s\n", std::string(name).c_str());
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  target->run({data, size});
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  // Blind changes now and then: they find what the knowing ones take for granted.
  if (target->mutate == nullptr || seed % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  Random random(seed);
  const std::string out = target->mutate({reinterpret_cast<const char*>(data), size}, max_size, random, MutateWithLibFuzzer);
  const size_t kept = std::min(out.size(), max_size);
  std::copy_n(out.data(), kept, data);
  return kept;
}
