// LmdbWriter: LMDB reads what was put, the bytes are those of the entries alone, and a file that cannot be written says why.
#include "os/lmdb_writer.h"

#include <lmdb.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "test.h"

namespace bowerbird {
namespace {

using os::LmdbWriter;
using Refusal = LmdbWriter::Refusal;

using Entries = std::vector<std::pair<std::string, std::string>>;

// A path where nothing is; gone at the end.
struct TempPath {
  TempPath() {
    char name[] = "/tmp/bowerbird-lmdb-XXXXXX";
    const int fd = mkstemp(name);
    if (fd < 0) abort();
    close(fd);
    path = name;
    std::remove(name);
  }
  ~TempPath() { std::remove(path.c_str()); }
  std::string Content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string path;
};

std::string KeyOf(size_t n) {
  char key[24];
  snprintf(key, sizeof key, "%08zu", n);
  return key;
}

// Values of all kinds: none, within a leaf, on pages of their own, of odd lengths.
Entries Mixed(size_t count) {
  Entries entries;
  for (size_t i = 0; i < count; ++i) entries.push_back({KeyOf(i), std::string(i * i * 37 % 30'000, static_cast<char>('a' + i % 26))});
  return entries;
}

int Write(const std::string& path, const Entries& entries, LmdbWriter::Written& written) {
  LmdbWriter writer;
  int error = writer.Open(path);
  for (size_t i = 0; i < entries.size() && error == 0; ++i) error = writer.Put(AsBytes(entries[i].first), AsBytes(entries[i].second));
  return error != 0 ? error : writer.Finish(false, written);
}

Entries Read(const std::string& path) {
  Entries entries;
  MDB_env* env = nullptr;
  MDB_txn* transaction = nullptr;
  MDB_cursor* cursor = nullptr;
  MDB_dbi dbi;
  if (mdb_env_create(&env) != 0 || mdb_env_open(env, path.c_str(), MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0) != 0 ||
      mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction) != 0 || mdb_dbi_open(transaction, nullptr, 0, &dbi) != 0 ||
      mdb_cursor_open(transaction, dbi, &cursor) != 0) {
    abort();
  }
  MDB_val key, value;
  const auto text = [](const MDB_val& v) { return std::string(static_cast<const char*>(v.mv_data), v.mv_size); };
  while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) entries.push_back({text(key), text(value)});
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  mdb_env_close(env);
  return entries;
}

// Leaves other bytes in the memory that comes next.
void DirtyTheHeap(uint8_t byte) {
  std::vector<void*> blocks;
  for (size_t size = 64; size <= (size_t{1} << 20); size += size / 2) {
    for (int n = 0; n < 8; ++n) {
      void* const block = malloc(size);
      std::memset(block, byte, size);
      blocks.push_back(block);
    }
  }
  for (void* const block : blocks) free(block);
}

TEST(lmdb_writer_is_read_by_lmdb) {
  for (const size_t count : {0, 1, 2, 1023, 1024, 1025, 3000}) {
    const TempPath file;
    const Entries entries = Mixed(count);
    LmdbWriter::Written written;
    EXPECT_EQ(Write(file.path, entries, written), 0);
    EXPECT_EQ(written.entries, count);
    EXPECT_EQ(written.bytes, written.pages * 4096);
    EXPECT_EQ(file.Content().size(), written.bytes);
    EXPECT_TRUE(Read(file.path) == entries) << count << " entries";
  }
}

TEST(lmdb_writer_takes_no_byte_from_the_heap) {
  const Entries entries = Mixed(2500);
  std::string first;
  for (const uint8_t byte : {0x00, 0xA5, 0xFF}) {
    const TempPath file;
    LmdbWriter::Written written;
    DirtyTheHeap(byte);
    EXPECT_EQ(Write(file.path, entries, written), 0);
    if (first.empty()) first = file.Content();
    EXPECT_TRUE(file.Content() == first) << "heap of " << byte;
  }
  EXPECT_GT(first.size(), size_t{30} << 20);
}

// Branches of the least fan-out: the most pages for each entry that there can be.
TEST(lmdb_writer_never_finds_its_map_full) {
  const TempPath file;
  Entries entries;
  for (size_t i = 0; i < 5000; ++i) entries.push_back({KeyOf(i) + std::string(503, 'k'), std::string(i % 2 == 0 ? 2037 - 503 : 1527, 'v')});
  LmdbWriter::Written written;
  EXPECT_EQ(Write(file.path, entries, written), 0);
  EXPECT_TRUE(Read(file.path) == entries);
  // A single value is larger than all that is mapped.
  const TempPath large;
  const Entries one = {{"a", "1"}, {"b", std::string(size_t{80} << 20, 'x')}, {"c", "2"}};
  EXPECT_EQ(Write(large.path, one, written), 0);
  EXPECT_TRUE(Read(large.path) == one);
}

TEST(lmdb_writer_refuses) {
  const std::string most(511, 'k'), more(512, 'k');
  const auto refusal = [](std::string_view before, std::string_view key, uint64_t size) {
    return LmdbWriter::RefusalOf(AsBytes(before), AsBytes(key), size);
  };
  EXPECT_EQ(LmdbWriter::RefusalOf({}, AsBytes("a"), 0), Refusal::kNone);
  EXPECT_EQ(LmdbWriter::RefusalOf({}, {}, 0), Refusal::kEmptyKey);
  EXPECT_EQ(refusal("a", "b", LmdbWriter::kMostValue), Refusal::kNone);
  EXPECT_EQ(refusal("a", "b", LmdbWriter::kMostValue + 1), Refusal::kLargeValue);
  EXPECT_EQ(refusal("a", most, 0), Refusal::kNone);
  EXPECT_EQ(refusal("a", more, 0), Refusal::kLongKey);
  EXPECT_EQ(refusal("a", "a", 0), Refusal::kKeyTwice);
  EXPECT_EQ(refusal("b", "a", 0), Refusal::kKeyOrder);
  EXPECT_EQ(refusal("aa", "a", 0), Refusal::kKeyOrder);
  // Bytes are not signed.
  EXPECT_EQ(refusal("\x7f", "\x80", 0), Refusal::kNone);
}

// The order is checked twice: by the caller, and by LMDB.
TEST(lmdb_writer_takes_no_refused_put_for_success) {
  const TempPath file;
  LmdbWriter writer;
  EXPECT_EQ(writer.Open(file.path), 0);
  EXPECT_EQ(writer.Put(AsBytes("b"), AsBytes("1")), 0);
  EXPECT_EQ(writer.Put(AsBytes("b"), AsBytes("2")), MDB_KEYEXIST);
}

TEST(lmdb_writer_opens_only_what_is_empty) {
  const TempPath file;
  std::ofstream(file.path) << "somebody's";
  LmdbWriter full;
  EXPECT_EQ(full.Open(file.path), EEXIST);
  full.Abort();
  EXPECT_EQ(file.Content(), "somebody's");

  const TempPath link;
  if (symlink(file.path.c_str(), link.path.c_str()) != 0) abort();
  EXPECT_EQ(LmdbWriter().Open(link.path), ELOOP);
  EXPECT_EQ(LmdbWriter().Open("/tmp/bowerbird-nowhere/data.mdb"), ENOENT);

  const TempPath empty;
  std::ofstream(empty.path) << "";
  LmdbWriter::Written written;
  EXPECT_EQ(Write(empty.path, {{"a", "1"}}, written), 0);
  EXPECT_TRUE((Read(empty.path) == Entries{{"a", "1"}}));
}

// LMDB calls it EIO, since the write before was cut short.
TEST(lmdb_writer_says_why_a_file_cannot_grow) {
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const Entries entries = Mixed(2500);
  for (const rlim_t limit : {4096, 100'000, 4'500'000, 4'500'001, 9'000'123}) {
    const TempPath file;
    const rlimit less = {limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &less);
    LmdbWriter::Written written;
    const int error = Write(file.path, entries, written);
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(error, EFBIG) << "limit " << limit;
  }
  std::signal(SIGXFSZ, handler);
}

}  // namespace
}  // namespace bowerbird
