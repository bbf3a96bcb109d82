// OutputFile and DirectBlocks on real files: what was appended is what stands there, whichever way it went.
#include "os/output_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/hash/crc32c.h"
#include "test.h"

namespace bowerbird {
namespace {

using os::DirectBlocks;
using os::OutputFile;
using os::PageBuffer;

constexpr size_t kMiB = size_t{1} << 20;
constexpr auto kForever = std::chrono::hours(1);

// Empty, and gone at the end. Where the temporary folder is on a disk, large files take the direct way.
struct TempFile {
  TempFile() {
    char name[] = "/tmp/bowerbird-output-XXXXXX";
    fd = mkstemp(name);
    if (fd < 0) abort();
    path = name;
  }
  ~TempFile() {
    close(fd);
    std::remove(path.c_str());
  }
  std::vector<uint8_t> Content() const {
    std::vector<uint8_t> bytes(static_cast<size_t>(lseek(fd, 0, SEEK_END)));
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t got = pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (got <= 0) abort();
      done += static_cast<size_t>(got);
    }
    return bytes;
  }
  std::string path;
  int fd;
};

std::vector<uint8_t> Noise(size_t size) {
  std::vector<uint8_t> bytes(size);
  uint64_t state = 0x9E3779B97F4A7C15u;
  for (uint8_t& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<uint8_t>(state >> 56);
  }
  return bytes;
}

// In pieces of several sizes, behind a head that is known at the end only.
void ExpectWritten(size_t size, size_t head, bool flush_early) {
  const std::vector<uint8_t> bytes = Noise(size);
  const TempFile temp;
  OutputFile file(PageBuffer(), temp.fd, head, flush_early);
  const size_t pieces[] = {1, 60'012, 7, 4096, 300'000, 3 * kMiB + 5};
  for (size_t at = head, i = 0; at < size; ++i) {
    const size_t now = std::min(pieces[i % std::size(pieces)], size - at);
    file.Append({bytes.data() + at, now});
    at += now;
  }
  EXPECT_EQ(file.error(), 0);
  EXPECT_EQ(file.Finish({bytes.data(), head}), 0);
  EXPECT_EQ(file.size(), size);
  EXPECT_EQ(file.crc(), Crc32c(bytes));
  EXPECT_TRUE(temp.Content() == bytes);
}

TEST(OutputFileOfAnySize) {
  for (const size_t size : {size_t{0}, size_t{1}, 256 * size_t{1024}, 4 * kMiB - 1, 4 * kMiB, 4 * kMiB + 1, 5 * kMiB, 6 * kMiB + 4095,
                            45 * kMiB + 12'345}) {
    ExpectWritten(size, 0, false);
    if (size >= 128) ExpectWritten(size, 128, true);
  }
}

TEST(OutputFileGivenUp) {
  const std::vector<uint8_t> bytes = Noise(20 * kMiB);
  const TempFile temp;
  {
    OutputFile file(PageBuffer(), temp.fd, 0, false);
    file.Append(bytes);
    file.Stop();
    file.Stop();
    EXPECT_EQ(file.error(), 0);
  }
  OutputFile unfinished(PageBuffer(), temp.fd, 0, false);
  unfinished.Append(bytes);
}

TEST(OutputFileTellsOfAnErrorBehindTheCache) {
  const TempFile temp;
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{.rlim_cur = 24 * kMiB, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  OutputFile file(PageBuffer(), temp.fd, 0, false);
  const std::vector<uint8_t> bytes = Noise(kMiB);
  for (int i = 0; i < 40; ++i) file.Append(bytes);
  EXPECT_EQ(file.Finish({}), EFBIG);
  EXPECT_EQ(file.error(), EFBIG);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
}

// Blocks 0 to n - 1 of `bytes`; what is not taken is written here. Returns how many were taken.
size_t Give(DirectBlocks& blocks, const TempFile& temp, const std::vector<uint8_t>& bytes, DirectBlocks::Clock::duration otherwise) {
  PageBuffer buffer;
  EXPECT_TRUE(buffer.Grow(DirectBlocks::kBlock));
  size_t taken = 0;
  for (size_t at = 0; at < bytes.size(); at += DirectBlocks::kBlock) {
    std::memcpy(buffer.data(), bytes.data() + at, DirectBlocks::kBlock);
    if (blocks.Take(buffer, at, otherwise)) {
      ++taken;
    } else {
      EXPECT_EQ(pwrite(temp.fd, buffer.data(), DirectBlocks::kBlock, static_cast<off_t>(at)), static_cast<ssize_t>(DirectBlocks::kBlock));
    }
  }
  EXPECT_EQ(blocks.Finish(), 0);
  return taken;
}

TEST(DirectBlocksWaitForTheDiskOrNot) {
  const std::vector<uint8_t> bytes = Noise(24 * kMiB);
  for (const DirectBlocks::Clock::duration otherwise : {DirectBlocks::Clock::duration(kForever), DirectBlocks::Clock::duration(0)}) {
    const TempFile temp;
    const auto blocks = DirectBlocks::Open(temp.fd);
    if (!blocks) return;  // Not on a file system for it.
    const size_t taken = Give(*blocks, temp, bytes, otherwise);
    EXPECT_TRUE(otherwise == kForever ? taken == 24 : taken <= 24);
    EXPECT_TRUE(temp.Content() == bytes);
  }
}

TEST(DirectBlocksRefusedAreWrittenTheOtherWay) {
  const std::vector<uint8_t> bytes = Noise(DirectBlocks::kBlock);
  const TempFile temp;
  const auto blocks = DirectBlocks::Open(temp.fd);
  if (!blocks) return;
  PageBuffer buffer;
  EXPECT_TRUE(buffer.Grow(DirectBlocks::kBlock));
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  // No device takes a block at byte 100, and so the kernel does not either.
  EXPECT_TRUE(blocks->Take(buffer, 100, kForever));
  EXPECT_EQ(blocks->Finish(), 0);
  EXPECT_FALSE(blocks->Take(buffer, 0, kForever));
  std::vector<uint8_t> content = temp.Content();
  EXPECT_EQ(content.size(), 100 + bytes.size());
  EXPECT_TRUE(std::vector<uint8_t>(content.begin() + 100, content.end()) == bytes);
}

}  // namespace
}  // namespace bowerbird
