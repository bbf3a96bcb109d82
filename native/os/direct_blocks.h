// Blocks of a large file that go to the disk past the page cache, by a thread of their own. A page for every 4 KiB costs a core about as much
// as making the bytes, and far more in a virtual machine whose host has to find the memory first; what is written here is not read again soon.
#ifndef BOWERBIRD_OS_DIRECT_BLOCKS_H_
#define BOWERBIRD_OS_DIRECT_BLOCKS_H_

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "os/page_buffer.h"

namespace bowerbird::os {

class DirectBlocks {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kBlock = size_t{1} << 20;

  // For the file of `fd`, which must stay open as long as this lives. Null where the file system is not known to take such writes well, and
  // where there are no threads or no memory left.
  static std::unique_ptr<DirectBlocks> Open(int fd);
  // Gives up what is still waiting.
  ~DirectBlocks();

  // Takes a block of kBlock bytes for `offset`, a multiple of the page size, and leaves an empty one in its place. False where it does not,
  // and the block is the caller's to write: the disk refuses, or is behind, and takes longer for a block than the caller says that it
  // would take by itself.
  bool Take(PageBuffer& block, uint64_t offset, Clock::duration otherwise);
  // Waits until all is written. Returns 0 or the first errno.
  int Finish();
  // So far.
  int error() const { return error_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    PageBuffer block;
    uint64_t offset;
  };

  DirectBlocks(int fd, int direct) : fd_(fd), direct_(direct) {}
  static void* Run(void* self);
  void Work();
  int Write(const Job& job);

  const int fd_;      // the caller's
  const int direct_;  // the same file, open for direct writes
  pthread_t thread_{};
  bool started_ = false;
  bool refused_ = false;  // the thread's own
  std::atomic<int> error_ = 0;

  std::mutex mutex_;
  std::condition_variable work_, done_;  // for the thread; for the caller
  // Guarded by mutex_.
  std::deque<Job> queue_;  // the first one is being written
  std::vector<PageBuffer> spare_;
  bool taking_ = true;
  bool ended_ = false;
  Clock::duration taken_{};  // by the last block
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_DIRECT_BLOCKS_H_
