// Which pages of a file are in use and which are free.
#ifndef BOWERBIRD_CORE_LMDB_PAGE_MAP_H_
#define BOWERBIRD_CORE_LMDB_PAGE_MAP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bowerbird::lmdb {

// A bit each.
class PageSet {
 public:
  explicit PageSet(uint64_t pages) : words_(static_cast<size_t>((pages + 63) / 64)) {}
  bool Has(uint64_t page) const { return (words_[page / 64] >> (page % 64) & 1) != 0; }
  // False where it was there.
  bool Add(uint64_t page) {
    const bool fresh = !Has(page);
    words_[page / 64] |= uint64_t{1} << (page % 64);
    return fresh;
  }
  void Clear() { words_.assign(words_.size(), 0); }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_PAGE_MAP_H_
