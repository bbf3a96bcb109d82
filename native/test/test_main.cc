// Runs all tests, or those whose name contains one of the arguments. Exit code 1 when any failed.
#include <chrono>
#include <cstdio>
#include <string_view>

#include "test/test.h"

int main(int argc, char** argv) {
  using namespace bowerbird::test;
  int ran = 0, failed = 0;
  for (const Test& test : Registry()) {
    bool wanted = argc == 1;
    for (int i = 1; i < argc; ++i) wanted |= test.name.find(argv[i]) != std::string_view::npos;
    if (!wanted) continue;
    Failures() = 0;
    const auto start = std::chrono::steady_clock::now();
    test.run();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    ++ran;
    if (Failures() != 0) ++failed;
    std::printf("%s %.*s (%lld ms)", Failures() == 0 ? "ok  " : "FAIL", static_cast<int>(test.name.size()), test.name.data(),
                static_cast<long long>(ms));
    if (Failures() != 0) std::printf(": %d failed expectations", Failures());
    std::printf("\n");
  }
  std::printf("%d tests, %d failed\n", ran, failed);
  if (ran == 0) std::fprintf(stderr, "Cannot run a test: none is named like the arguments\n");
  return failed != 0 || ran == 0;
}
