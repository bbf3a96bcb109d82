// The head of a .npy file against bytes that numpy.save wrote.
#include "core/embedding/npy_header.h"

#include "test/test.h"

namespace {

using bowerbird::NpyHeader;

// numpy.save(f, numpy.zeros((24, 1280), '<f4')) and numpy.save(f, numpy.zeros((0, 1024), '<f2')), NumPy 2.1.
std::string Saved(const std::string& dictionary) {
  std::string head = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + dictionary;
  head.resize(127, ' ');
  return head + '\n';
}

TEST(NpyHeaderIsWhatNumpySaves) {
  EXPECT_EQ(NpyHeader("<f4", 24, 1280), Saved("{'descr': '<f4', 'fortran_order': False, 'shape': (24, 1280), }"));
  EXPECT_EQ(NpyHeader("<f2", 0, 1024), Saved("{'descr': '<f2', 'fortran_order': False, 'shape': (0, 1024), }"));
}

TEST(NpyHeaderHasOneSizeForAnyShape) {
  for (const uint64_t rows : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 40, ~uint64_t{0}}) {
    for (const uint64_t width : {uint64_t{1}, uint64_t{1280}, ~uint64_t{0}}) {
      const std::string header = NpyHeader("<f4", rows, width);
      EXPECT_EQ(header.size(), bowerbird::kNpyHeaderSize);
      EXPECT_EQ(header.back(), '\n');
      EXPECT_NE(header.find("(" + std::to_string(rows) + ", " + std::to_string(width) + "), }"), std::string::npos);
    }
  }
}

}  // namespace
