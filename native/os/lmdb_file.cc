#include "os/lmdb_file.h"

#include <algorithm>
#include <cerrno>
#include <memory>

namespace bowerbird::os {
namespace {

constexpr size_t kMostAhead = size_t{64} << 10;

}  // namespace

int LmdbFile::Open(const std::string& path) {
  if (const int error = file_.Open(path)) return error;
  const size_t head_size = static_cast<size_t>(std::min<uint64_t>(file_.size(), lmdb::kMetaBytes));
  const auto head = std::make_unique<uint8_t[]>(head_size);
  if (const int error = file_.Read(0, {head.get(), head_size})) return error;
  finding_ = lmdb::ReadMeta({head.get(), head_size}, file_.size(), meta_);
  return 0;
}

const uint8_t* FilePages::Read(uint64_t page, size_t slot) {
  const lmdb::Meta& meta = file_.meta();
  Window& window = windows_[slot];
  if (page < window.begin || page >= window.end) {
    const uint64_t most = std::max<uint64_t>(1, kMostAhead / meta.page_size);
    window.ahead = page == window.end && page != 0 ? std::min(2 * window.ahead, most) : 1;
    const uint64_t count = std::min(window.ahead, meta.pages - page);
    const size_t size = static_cast<size_t>(count * meta.page_size);
    window.begin = window.end = 0;
    if (!window.memory.Grow(RoundUpToPage(size))) {
      error_ = ENOMEM;
      return nullptr;
    }
    error_ = file_.Read(meta.offset(page), {window.memory.data(), size});
    if (error_ != 0) return nullptr;
    window.begin = page;
    window.end = page + count;
  }
  return window.memory.data() + (page - window.begin) * meta.page_size;
}

}  // namespace bowerbird::os
