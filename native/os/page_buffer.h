// Page-aligned memory that can grow without being held twice. A misaligned buffer alone costs reads a factor of five on some processors.
#ifndef BOWERBIRD_OS_PAGE_BUFFER_H_
#define BOWERBIRD_OS_PAGE_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

namespace bowerbird::os {

inline constexpr size_t kPage = 4096;
inline constexpr size_t RoundUpToPage(size_t size) { return (size + kPage - 1) & ~(kPage - 1); }

class PageBuffer {
 public:
  PageBuffer() = default;
  PageBuffer(PageBuffer&& other) noexcept { *this = std::move(other); }
  PageBuffer& operator=(PageBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PageBuffer() { Free(); }

  // Makes it at least `size` bytes and keeps what is in it. False when there is no memory.
  bool Grow(size_t size);
  void Free();

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_PAGE_BUFFER_H_
