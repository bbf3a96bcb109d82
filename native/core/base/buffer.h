// A growing block of bytes that are not cleared before they are written, and that says when there is no memory instead of ending the process.
#ifndef BOWERBIRD_CORE_BASE_BUFFER_H_
#define BOWERBIRD_CORE_BASE_BUFFER_H_

#include <cstdlib>
#include <memory>

#include "core/base/bytes.h"

namespace bowerbird {

class ByteBuffer {
 public:
  // Makes room for `size` bytes; what was there is kept, what is new is not cleared.
  [[nodiscard]] bool Resize(size_t size) {
    if (size > capacity_) {
      // Grown by half at least, so that a buffer which is appended to is not copied at each step.
      const size_t wanted = size > capacity_ + capacity_ / 2 ? size : capacity_ + capacity_ / 2;
      auto* grown = static_cast<uint8_t*>(std::realloc(data_.get(), wanted));
      if (grown == nullptr) return false;
      (void)data_.release();
      data_.reset(grown);
      capacity_ = wanted;
    }
    size_ = size;
    return true;
  }
  [[nodiscard]] bool Append(Bytes more) {
    const size_t at = size_;
    if (!Resize(at + more.size())) return false;
    if (!more.empty()) std::memcpy(data_.get() + at, more.data(), more.size());
    return true;
  }
  void Clear() { size_ = 0; }
  // Gives memory back when there is more of it than `most`.
  void Trim(size_t most) {
    if (capacity_ <= most) return;
    data_.reset();
    size_ = capacity_ = 0;
  }

  uint8_t* data() { return data_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Bytes bytes() const { return {data_.get(), size_}; }
  MutableBytes span() { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(uint8_t* p) const { std::free(p); }
  };
  std::unique_ptr<uint8_t, Free> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_BASE_BUFFER_H_
