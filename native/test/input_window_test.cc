// InputWindow on real files: every record size around the size of a read, with the memory behind the window watched by ASan.
#include "os/input_window.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/hash/crc32c.h"
#include "core/records/record_stream.h"
#include "test.h"

namespace bowerbird {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::vector<uint8_t> Framed(size_t length, uint8_t seed) {
  std::vector<uint8_t> record(length + tfrecord::kOverhead);
  StoreLE64(record.data(), length);
  StoreLE32(record.data() + 8, Crc32cMask(Crc32cOf8(length)));
  for (size_t i = 0; i < length; ++i) record[12 + i] = static_cast<uint8_t>(seed + i * 7);
  StoreLE32(record.data() + 12 + length, Crc32cMask(Crc32c({record.data() + 12, length})));
  return record;
}

struct TempFile {
  explicit TempFile(const std::vector<uint8_t>& bytes) {
    char name[] = "/tmp/bowerbird-window-XXXXXX";
    const int fd = mkstemp(name);
    path = name;
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t wrote = write(fd, bytes.data() + done, bytes.size() - done);
      if (wrote <= 0) abort();
      done += static_cast<size_t>(wrote);
    }
    close(fd);
  }
  ~TempFile() { std::remove(path.c_str()); }
  std::string path;
};

// Reads all records of the file and compares the payloads with what was written.
void ExpectRecords(const std::vector<size_t>& lengths) {
  std::vector<uint8_t> file;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const std::vector<uint8_t> record = Framed(lengths[i], static_cast<uint8_t>(i));
    file.insert(file.end(), record.begin(), record.end());
  }
  const TempFile temp(file);
  os::InputWindow input{os::PageBuffer()};
  EXPECT_EQ(input.Open(temp.path), 0);
  EXPECT_EQ(input.size(), file.size());
  RecordStream stream(input, false, uint64_t{1} << 40);
  uint64_t offset = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    EXPECT_EQ(static_cast<int>(stream.Next()), static_cast<int>(RecordStream::Event::kRecord)) << "record " << i;
    EXPECT_EQ(stream.offset(), offset);
    EXPECT_EQ(stream.payload().size(), lengths[i]);
    EXPECT_EQ(std::memcmp(stream.payload().data(), file.data() + offset + 12, lengths[i]), 0);
    offset += lengths[i] + tfrecord::kOverhead;
    stream.Advance();
  }
  EXPECT_EQ(static_cast<int>(stream.Next()), static_cast<int>(RecordStream::Event::kEnd));
  EXPECT_EQ(input.taken(), file.size());
}

TEST(RecordsLargerThanAReadStayInsideTheBuffer) {
  for (const size_t length : {kMiB - 17, kMiB - 16, kMiB, kMiB + 1, kMiB + 5000, 3 * kMiB - 100, 5 * kMiB + 12345}) {
    ExpectRecords({length});
    ExpectRecords({100, length, 100, length, 7});
  }
}

TEST(ManySmallRecordsCrossTheEndsOfReads) {
  std::vector<size_t> lengths;
  for (size_t i = 0; i < 200; ++i) lengths.push_back(1 + i * 331 % 40000);
  ExpectRecords(lengths);
  ExpectRecords({});
  ExpectRecords({0, 0, 0});
}

TEST(GrowingAndShrinkingRecordsShareOneWindow) {
  ExpectRecords({10, 2 * kMiB, 20, 4 * kMiB + 1, 30, kMiB, 61618, 61618, 9 * kMiB, 40});
}

TEST(PushedBlocksAreJoined) {
  const std::vector<uint8_t> record = Framed(3 * kMiB, 1);
  os::InputWindow input{os::PageBuffer()};
  RecordStream stream(input, false, uint64_t{1} << 40);
  for (size_t at = 0; at < record.size(); at += 10007) {
    EXPECT_EQ(static_cast<int>(stream.Next()), static_cast<int>(RecordStream::Event::kEmpty));
    EXPECT_EQ(input.Push({record.data() + at, std::min<size_t>(10007, record.size() - at)}), true);
    EXPECT_EQ(input.Push({}), true);
  }
  input.EndOfInput();
  EXPECT_EQ(static_cast<int>(stream.Next()), static_cast<int>(RecordStream::Event::kRecord));
  EXPECT_EQ(std::memcmp(stream.payload().data(), record.data() + 12, 3 * kMiB), 0);
}

TEST(AFolderAndAMissingFileAreRefused) {
  os::InputWindow folder{os::PageBuffer()}, missing{os::PageBuffer()};
  EXPECT_EQ(folder.Open("/tmp"), EISDIR);
  EXPECT_EQ(missing.Open("/tmp/bowerbird/is/not/there"), ENOENT);
}

}  // namespace
}  // namespace bowerbird
