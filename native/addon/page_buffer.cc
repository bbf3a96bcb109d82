#include "addon/page_buffer.h"

#include <sys/mman.h>

#include <cstring>

namespace bowerbird::addon {

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

}  // namespace bowerbird::addon
