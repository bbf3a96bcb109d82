// A cursor of the C library from the first entry to the last, and gets in a fixed order of keys.
//   lmdb_cursor scan FILE          every value is touched where it is: one byte of each 64
//   lmdb_cursor copy FILE          every value is copied first, one behind the other into memory that is used again
//   lmdb_cursor get FILE COUNT     COUNT keys sample_%08d, spread over the file
// Prints {"seconds", "cpu", "entries", "sum"}; the clock starts when the file is open.
#include <lmdb.h>

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

void Must(int error, const char* what) {
  if (error == 0) return;
  std::fprintf(stderr, "%s: %s\n", what, mdb_strerror(error));
  std::exit(1);
}

uint64_t Touched(const void* data, size_t size) {
  const auto* const bytes = static_cast<const uint8_t*>(data);
  uint64_t sum = 0;
  for (size_t i = 0; i < size; i += 64) sum += bytes[i];
  return sum;
}

// Of as much as a batch of ours.
constexpr size_t kCopied = size_t{1} << 20;

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const bool scan = std::strcmp(argv[1], "scan") == 0, copy = std::strcmp(argv[1], "copy") == 0;
  MDB_env* env = nullptr;
  Must(mdb_env_create(&env), "mdb_env_create");
  Must(mdb_env_open(env, argv[2], MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0644), "mdb_env_open");

  const auto start = std::chrono::steady_clock::now();
  const double cpu = CpuSeconds();
  MDB_txn* txn = nullptr;
  Must(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn), "mdb_txn_begin");
  MDB_dbi dbi = 0;
  Must(mdb_dbi_open(txn, nullptr, 0, &dbi), "mdb_dbi_open");
  uint64_t entries = 0, sum = 0;
  MDB_val key, value;
  if (scan || copy) {
    std::vector<uint8_t> copied(kCopied);
    size_t at = 0;
    MDB_cursor* cursor = nullptr;
    Must(mdb_cursor_open(txn, dbi, &cursor), "mdb_cursor_open");
    int error;
    while ((error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
      const void* data = value.mv_data;
      if (copy) {
        if (value.mv_size > kCopied - at) at = 0;
        if (value.mv_size > kCopied) return 1;
        std::memcpy(copied.data() + at, value.mv_data, value.mv_size);
        data = copied.data() + at;
        at += value.mv_size;
      }
      sum += Touched(data, value.mv_size);
      ++entries;
    }
    if (error != MDB_NOTFOUND) Must(error, "mdb_cursor_get");
    mdb_cursor_close(cursor);
  } else {
    MDB_stat stat;
    Must(mdb_stat(txn, dbi, &stat), "mdb_stat");
    const uint64_t count = std::strtoull(argv[3], nullptr, 10);
    char text[32];
    for (uint64_t at = 0; entries < count; ++entries) {
      at = (at + 7919) % stat.ms_entries;
      key.mv_size = static_cast<size_t>(std::snprintf(text, sizeof text, "sample_%08" PRIu64, at));
      key.mv_data = text;
      Must(mdb_get(txn, dbi, &key, &value), "mdb_get");
      sum += Touched(value.mv_data, value.mv_size);
    }
  }
  mdb_txn_abort(txn);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  std::printf("{\"seconds\": %.9f, \"cpu\": %.6f, \"entries\": %" PRIu64 ", \"sum\": %" PRIu64 "}\n", taken.count(), CpuSeconds() - cpu, entries,
              sum);
}
