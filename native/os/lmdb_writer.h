// Writes an LMDB file from its first key to its last, by LMDB 0.9 itself: data format 1, which Python's lmdb reads. Why like this:
// docs/decisions/034-writing-lmdb.md.
//
// The same entries give the same bytes, however they are handed in and on whatever machine: transactions end by what is in them, never by
// time, pages have 4096 bytes, and the map grows by the number of pages alone. Nobody else may have the file open.
#ifndef BOWERBIRD_OS_LMDB_WRITER_H_
#define BOWERBIRD_OS_LMDB_WRITER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

namespace bowerbird::os {

class LmdbWriter {
 public:
  // MDB_MAXKEYSIZE of a usual build.
  static constexpr uint64_t kMostKey = 511;
  // LMDB writes a value with one system call, and Linux takes 2^31 - 4096 bytes with one; the value has a header of 16 bytes.
  static constexpr uint64_t kMostValue = (uint64_t{1} << 31) - 4096 - 16;

  // Why an entry is not written. TypeScript has the numbers.
  enum class Refusal : uint8_t { kNone = 0, kEmptyKey = 1, kLongKey = 2, kLargeValue = 3, kKeyOrder = 4, kKeyTwice = 5 };

  struct Written {
    uint64_t entries = 0;
    uint64_t pages = 0;
    uint64_t bytes = 0;
  };

  LmdbWriter() = default;
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;
  ~LmdbWriter() { Abort(); }

  // Keys come in the order of their bytes, each once. `before`: the key of the entry before, where there is one.
  static Refusal RefusalOf(const std::optional<Bytes>& before, Bytes key, uint64_t value_size);
  // What a failure is called: of the system by its errno, of LMDB by a negative number.
  static const char* TextOf(int error);

  // Each of these returns 0 or why it failed; afterwards only Abort() makes sense.

  // Takes a file that is empty (EEXIST else) or not there. A link is not followed.
  int Open(const std::string& path);
  // REQUIRES: RefusalOf() has nothing against it. Both are copied.
  int Put(Bytes key, Bytes value);
  // Ends the file: its size is that of the pages in use. `flush`: to the disk.
  int Finish(bool flush, Written& written);

  // Closes what is open and leaves the file as it is, for its owner to remove.
  void Abort();

 private:
  int Begin(uint64_t first_bytes);
  int Commit();
  int Reason(int error) const;

  int fd_ = -1;
  MDB_env* env_ = nullptr;
  MDB_txn* transaction_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  uint64_t map_size_ = 0;
  // In the transaction.
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_LMDB_WRITER_H_
