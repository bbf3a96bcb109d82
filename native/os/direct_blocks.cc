#include "os/direct_blocks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#if defined(__linux__)
#include <sys/vfs.h>
#endif

namespace bowerbird::os {
namespace {

// On their way at once: while the disk writes one, the next wait, and a thread that fills them seldom finds none free.
constexpr size_t kBlocks = 3;

#if defined(__linux__)
// On a network or a copy-on-write file system a direct write waits for more than a disk.
bool TakesDirectWrites(int fd) {
  constexpr uint32_t kExt = 0xEF53, kXfs = 0x58465342;
  struct statfs about;
  if (fstatfs(fd, &about) != 0) return false;
  const auto type = static_cast<uint32_t>(about.f_type);
  return type == kExt || type == kXfs;
}

// A second opening, as the flag belongs to an opening and the first one goes on without it.
int OpenDirect(int fd) {
  if (!TakesDirectWrites(fd)) return -1;
  return open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC);
}
#else
int OpenDirect(int) { return -1; }
#endif

}  // namespace

std::unique_ptr<DirectBlocks> DirectBlocks::Open(int fd) {
  const int direct = OpenDirect(fd);
  if (direct < 0) return nullptr;
  std::unique_ptr<DirectBlocks> blocks(new DirectBlocks(fd, direct));
  for (size_t i = 0; i < kBlocks; ++i) {
    if (!blocks->spare_.emplace_back().Grow(kBlock)) return nullptr;
  }
  blocks->started_ = pthread_create(&blocks->thread_, nullptr, Run, blocks.get()) == 0;
  return blocks->started_ ? std::move(blocks) : nullptr;
}

DirectBlocks::~DirectBlocks() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  work_.notify_one();
  if (started_) pthread_join(thread_, nullptr);
  close(direct_);
}

bool DirectBlocks::Take(PageBuffer& block, uint64_t offset, Clock::duration otherwise) {
  {
    std::unique_lock lock(mutex_);
    if (spare_.empty() && taken_ <= otherwise) done_.wait(lock, [this] { return !spare_.empty(); });
    if (!taking_ || spare_.empty()) return false;
    queue_.push_back({std::move(block), offset});
    block = std::move(spare_.back());
    spare_.pop_back();
  }
  work_.notify_one();
  return true;
}

int DirectBlocks::Finish() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return queue_.empty(); });
  return error();
}

void* DirectBlocks::Run(void* self) {
  static_cast<DirectBlocks*>(self)->Work();
  return nullptr;
}

void DirectBlocks::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return ended_ || !queue_.empty(); });
    if (ended_) return;
    // Stays where it is meanwhile: a deque that grows at its end moves nothing.
    Job& job = queue_.front();
    lock.unlock();
    const Clock::time_point start = Clock::now();
    if (error() == 0) error_ = Write(job);
    const Clock::duration taken = Clock::now() - start;
    lock.lock();
    taken_ = taken;
    taking_ = error() == 0 && !refused_;
    spare_.push_back(std::move(job.block));
    queue_.pop_front();
    done_.notify_one();
  }
}

int DirectBlocks::Write(const Job& job) {
  for (size_t done = 0; done < kBlock;) {
    // What is left of a block after a short write may stand anywhere.
    const bool direct = !refused_ && done % kPage == 0;
    const ssize_t wrote =
        pwrite(direct ? direct_ : fd_, job.block.data() + done, kBlock - done, static_cast<off_t>(job.offset + done));
    if (wrote >= 0) {
      done += static_cast<size_t>(wrote);
    } else if (direct && errno == EINVAL) {
      refused_ = true;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace bowerbird::os
