#include "os/lmdb_writer.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace bowerbird::os {
namespace {

// LMDB takes the machine's, which is larger on some: a file that says 4096 it reads and writes everywhere.
constexpr uint64_t kPage = 4096;

// LMDB keeps the pages of a transaction in memory until it ends. Larger ones are no faster.
constexpr uint64_t kBatchBytes = uint64_t{4} << 20;
constexpr uint64_t kBatchEntries = 1024;

// Readers take the size of the map out of the file, so it follows that of the file.
constexpr uint64_t kFirstMap = uint64_t{1} << 20;
constexpr uint64_t kMostGrowth = uint64_t{1} << 30;

// The most pages that a transaction can need, so that none ever finds the map full and would have to be done again: the values' own, with
// the rest of their first and last; for each entry a leaf and, on all levels together, a branch; the pages that are copied before they
// are changed, and the list of those that are free.
constexpr uint64_t kPagesOfEntry = 4;
constexpr uint64_t kPagesBesides = 256;

constexpr uint64_t MostPages(uint64_t bytes) { return bytes / kPage + kPagesOfEntry * kBatchEntries + kPagesBesides; }

int WriteAll(int fd, Bytes bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t wrote = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    bytes = bytes.subspan(static_cast<size_t>(wrote));
    offset += static_cast<uint64_t>(wrote);
  }
  return 0;
}

// An environment without entries: both meta pages, as mdb_env_init_meta0() makes them (lmdb.h, "MDB_meta", of machines of 64 bits).
std::vector<uint8_t> EmptyFile() {
  constexpr size_t kHeader = 16, kMetas = 2;
  constexpr uint16_t kMetaPage = 0x08, kIntegerKey = 0x08;
  std::vector<uint8_t> bytes(kMetas * kPage);
  for (size_t n = 0; n < kMetas; ++n) {
    uint8_t* const page = bytes.data() + n * kPage;
    uint8_t* const meta = page + kHeader;
    StoreLE64(page, n);
    page[10] = kMetaPage;
    StoreLE32(meta, 0xBEEFC0DE);
    StoreLE32(meta + 4, 1);  // the data format
    StoreLE64(meta + 16, kFirstMap);
    // The two databases: free pages, whose record holds the size of a page, and ours. No root.
    StoreLE32(meta + 24, kPage);
    meta[28] = kIntegerKey;
    StoreLE64(meta + 24 + 40, ~uint64_t{0});
    StoreLE64(meta + 72 + 40, ~uint64_t{0});
    StoreLE64(meta + 120, kMetas - 1);  // the last page
  }
  return bytes;
}

MDB_val ValueOf(Bytes bytes) { return {bytes.size(), const_cast<uint8_t*>(bytes.data())}; }

}  // namespace

LmdbWriter::Refusal LmdbWriter::RefusalOf(const std::optional<Bytes>& before, Bytes key, uint64_t value_size) {
  if (key.empty()) return Refusal::kEmptyKey;
  if (key.size() > kMostKey) return Refusal::kLongKey;
  if (value_size > kMostValue) return Refusal::kLargeValue;
  if (!before) return Refusal::kNone;
  const auto order = AsText(*before) <=> AsText(key);
  return order < 0 ? Refusal::kNone : order == 0 ? Refusal::kKeyTwice : Refusal::kKeyOrder;
}

const char* LmdbWriter::TextOf(int error) { return mdb_strerror(error); }

int LmdbWriter::Open(const std::string& path) {
  fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  struct stat ours, theirs;
  if (fd_ < 0 || fstat(fd_, &ours) != 0) return errno;
  if (!S_ISREG(ours.st_mode)) return EINVAL;
  if (ours.st_size != 0) return EEXIST;
  if (const int error = WriteAll(fd_, EmptyFile(), 0)) return error;
  // Pages are written by calls that fail on a full disk, not through the map, which would end the process there (MDB_WRITEMAP).
  constexpr unsigned kFlags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS | MDB_NOSYNC;
  int error = mdb_env_create(&env_);
  if (error == 0) error = mdb_env_set_mapsize(env_, map_size_ = kFirstMap);
  if (error == 0) error = mdb_env_open(env_, path.c_str(), kFlags, 0666);
  mdb_filehandle_t opened;
  if (error == 0) error = mdb_env_get_fd(env_, &opened);
  if (error != 0) return error;
  if (fstat(opened, &theirs) != 0) return errno;
  // Somebody put another file there between the two.
  return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev ? 0 : ESTALE;
}

int LmdbWriter::Begin(uint64_t first_bytes) {
  MDB_envinfo info;
  if (const int error = mdb_env_info(env_, &info)) return error;
  const uint64_t needed = (info.me_last_pgno + 1 + MostPages(std::max(first_bytes, kBatchBytes))) * kPage;
  if (map_size_ < needed) {
    while (map_size_ < needed) map_size_ += std::min(map_size_, kMostGrowth);
    if (const int error = mdb_env_set_mapsize(env_, map_size_)) return error;
  }
  MDB_dbi entries;
  int error = mdb_txn_begin(env_, nullptr, 0, &transaction_);
  if (error == 0) error = mdb_dbi_open(transaction_, nullptr, 0, &entries);
  if (error == 0) error = mdb_cursor_open(transaction_, entries, &cursor_);
  return error;
}

int LmdbWriter::Put(Bytes key, Bytes value) {
  const uint64_t size = key.size() + value.size();
  if (transaction_ != nullptr && (entries_ == kBatchEntries || bytes_ + size > kBatchBytes)) {
    if (const int error = Commit()) return error;
  }
  if (transaction_ == nullptr) {
    if (const int error = Begin(size)) return error;
  }
  MDB_val k = ValueOf(key), v = ValueOf(value);
  if (const int error = mdb_cursor_put(cursor_, &k, &v, MDB_APPEND)) return error;
  ++entries_;
  bytes_ += size;
  return 0;
}

int LmdbWriter::Commit() {
  mdb_cursor_close(cursor_);
  cursor_ = nullptr;
  MDB_txn* const transaction = transaction_;
  transaction_ = nullptr;
  entries_ = bytes_ = 0;
  return Reason(mdb_txn_commit(transaction));
}

// LMDB says EIO of a write that was cut short, and does not ask why. Whoever writes there next is told.
int LmdbWriter::Reason(int error) const {
  struct stat stat;
  if (error != EIO || fstat(fd_, &stat) != 0) return error;
  const std::vector<uint8_t> probe(kPage);
  const int reason = WriteAll(fd_, probe, static_cast<uint64_t>(stat.st_size));
  return reason == 0 ? error : reason;
}

int LmdbWriter::Finish(bool flush, Written& written) {
  if (transaction_ != nullptr) {
    if (const int error = Commit()) return error;
  }
  MDB_envinfo info;
  MDB_stat stat;
  int error = mdb_env_info(env_, &info);
  if (error == 0) error = mdb_env_stat(env_, &stat);
  if (error != 0) return error;
  written = {.entries = stat.ms_entries, .pages = info.me_last_pgno + 1, .bytes = (info.me_last_pgno + 1) * kPage};
  // A page that was taken and given back may be the last one, and never written.
  if (ftruncate(fd_, static_cast<off_t>(written.bytes)) != 0) return errno;
  if (flush) error = mdb_env_sync(env_, 1);
  if (error == 0) Abort();
  return error;
}

void LmdbWriter::Abort() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  if (transaction_ != nullptr) mdb_txn_abort(transaction_);
  if (env_ != nullptr) mdb_env_close(env_);
  if (fd_ >= 0) close(fd_);
  cursor_ = nullptr;
  transaction_ = nullptr;
  env_ = nullptr;
  fd_ = -1;
}

}  // namespace bowerbird::os
