// Runs every target over its seeds and a number of mutations of each, the same ones every time: what a machine without libFuzzer can do.
//   fuzz_replay CORPUS MUTATIONS [target...]
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "fuzz/mutate.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
namespace fs = std::filesystem;

void Run(const Target& target, const std::string& input) {
  // A heap block of exactly this size, so that the address sanitizer sees a read past the end.
  const std::vector<uint8_t> exact(input.begin(), input.end());
  target.run(exact);
}

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "Usage: fuzz_replay CORPUS MUTATIONS [target...]\n");
    return 2;
  }
  constexpr size_t kLimit = 4096;
  const int mutations = std::atoi(argv[2]);
  for (const auto& [name, target] : Targets()) {
    if (argc > 3 && std::find(argv + 3, argv + argc, name) == argv + argc) continue;
    const auto start = std::chrono::steady_clock::now();
    uint64_t runs = 0;
    const std::vector<fs::path> files = FilesIn(fs::path(argv[1]) / name);
    if (files.empty()) {
      std::fprintf(stderr, "Cannot replay %s: it has no seeds\n", std::string(name).c_str());
      return 1;
    }
    for (const fs::path& file : files) {
      std::ostringstream text;
      text << std::ifstream(file, std::ios::binary).rdbuf();
      const std::string seed = text.str();
      Run(target, seed);
      ++runs;
      // A walk that starts over now and then, so that changes add up but do not drift into noise.
      Random random(1);
      std::string input = seed;
      for (int i = 0; i < mutations; ++i, ++runs) {
        if (i % 16 == 0) input = seed;
        const size_t limit = std::max(kLimit, seed.size() * 2);
        const bool blind = target.mutate == nullptr || random() % 8 == 0;
        input = blind ? MutateBytes(input, limit, random) : target.mutate(input, limit, random, MutateBytes);
        Run(target, input);
      }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s: %zu seeds, %llu runs, %.1f s\n", std::string(name).c_str(), files.size(), static_cast<unsigned long long>(runs), seconds);
  }
  return 0;
}
