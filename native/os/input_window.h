// Reads a local file, or takes the blocks that it is given, into one page-aligned window.
#ifndef BOWERBIRD_OS_INPUT_WINDOW_H_
#define BOWERBIRD_OS_INPUT_WINDOW_H_

#include <cstdint>
#include <string>

#include "os/page_buffer.h"
#include "core/records/record_stream.h"

namespace bowerbird::os {

class InputWindow : public Input {
 public:
  // Takes over `buffer`, memory that an earlier window has warmed.
  explicit InputWindow(PageBuffer buffer) : buffer_(std::move(buffer)) {}
  ~InputWindow() override;

  // Opens a regular file; the window begins at `from`, or at the end of a shorter file. Returns 0 or an errno.
  int Open(const std::string& path, uint64_t from = 0);
  // Without Open(): blocks come from here; they are copied.
  bool Push(Bytes block);
  void EndOfInput() { ended_ = true; }

  Bytes Window() const override { return {buffer_.data() + begin_, end_ - begin_}; }
  uint64_t Left() const override;
  // Of a file, kEmpty comes once every 64 MiB: a search that finds nothing must not keep its caller from looking around.
  Status Fill(uint64_t need) override;
  void Skip(uint64_t count) override { begin_ += count; }

  bool is_file() const { return fd_ >= 0; }
  uint64_t size() const { return size_; }
  // Bytes taken in so far.
  uint64_t taken() const { return taken_; }
  int error() const { return error_; }
  // Gives the memory back for the next window, unless a giant record made it huge.
  PageBuffer Release();

 private:
  bool MakeRoom(uint64_t more);
  Status FillFromFile(uint64_t need);

  PageBuffer buffer_;
  size_t begin_ = 0;  // of the window in the buffer
  size_t end_ = 0;    // congruent to taken_ modulo the page size while reading a file
  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t taken_ = 0;
  uint64_t paused_at_ = 0;
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_INPUT_WINDOW_H_
