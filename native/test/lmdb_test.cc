// The LMDB core by itself: orders, formats, sizes. Whole files are read in test/unit/formats/lmdb.test.ts.
#include <string>

#include "core/lmdb/cursor.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::lmdb;

int Sign(int order) { return (order > 0) - (order < 0); }

int Compared(Order order, std::string_view a, std::string_view b) {
  const int there = Sign(Compare(order, AsBytes(a), AsBytes(b)));
  EXPECT_EQ(there, -Sign(Compare(order, AsBytes(b), AsBytes(a))));
  return there;
}

TEST(LmdbKeysCompareAsTheirFlagsSay) {
  using namespace std::string_view_literals;
  EXPECT_EQ(Compared(Order::kBytes, "a", "b"), -1);
  EXPECT_EQ(Compared(Order::kBytes, "a", "ab"), -1);
  EXPECT_EQ(Compared(Order::kBytes, "", "a"), -1);
  EXPECT_EQ(Compared(Order::kBytes, "\x7f", "\x80"), -1);
  EXPECT_EQ(Compared(Order::kBytes, "same", "same"), 0);
  EXPECT_EQ(Compared(Order::kBackwards, "ab", "ba"), 1);
  EXPECT_EQ(Compared(Order::kBackwards, "xa", "a"), 1);
  EXPECT_EQ(Compared(Order::kInteger, "\x01\x00\x00\x01"sv, "\xff\xff\xff\x00"sv), 1);
  EXPECT_EQ(Compared(Order::kInteger, "\x02\x00\x00\x00"sv, "\x01\x00\x00\x00"sv), 1);

  EXPECT_EQ(KeyOrder(kReverseKey | kIntegerKey), Order::kBackwards);
  EXPECT_EQ(KeyOrder(kIntegerKey), Order::kInteger);
  EXPECT_EQ(KeyOrder(kDupSort | kReverseDup), Order::kBytes);
  EXPECT_EQ(DuplicateOrder(kDupSort | kReverseDup), Order::kBackwards);
  EXPECT_EQ(DuplicateOrder(kDupSort | kDupFixed | kIntegerDup), Order::kInteger);
}

// OVPAGES of mdb.c: the header of 16 bytes stands in the first page only.
TEST(LmdbValuesTakeWholePages) {
  EXPECT_EQ(ExtentPages(0, 4096), 1);
  EXPECT_EQ(ExtentPages(4080, 4096), 1);
  EXPECT_EQ(ExtentPages(4081, 4096), 2);
  EXPECT_EQ(ExtentPages(8176, 4096), 2);
  EXPECT_EQ(ExtentPages(8177, 4096), 3);
  EXPECT_EQ(ExtentPages(0xffffffff, 4096), (uint64_t{1} << 20) + 1);
}

TEST(LmdbExtentsAreInTheFile) {
  Meta meta;
  meta.page_size = 4096;
  meta.pages = 10;
  meta.last_page = 20;
  EXPECT_TRUE(ExtentFits(meta, 2, 8));
  EXPECT_FALSE(ExtentFits(meta, 2, 9));
  EXPECT_FALSE(ExtentFits(meta, 1, 1));
  EXPECT_FALSE(ExtentFits(meta, 10, 1));
  EXPECT_FALSE(ExtentFits(meta, ~uint64_t{0}, 2));
  EXPECT_FALSE(ExtentFits(meta, 2, ~uint64_t{0}));
}

TEST(LmdbFormatsAreToldByTheirHeads) {
  const auto format = [](size_t at, std::string_view words) {
    std::string head(kFormatBytes, '\0');
    head.replace(at, words.size(), words);
    uint32_t version = 0;
    return ReadFormat(AsBytes(head), version);
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(format(16, "\xde\xc0\xef\xbe\x01\0\0\0"sv), Format::kV1);
  EXPECT_EQ(format(24, "\xde\xc0\xef\xbe\x02\0\0\0"sv), Format::kV2);
  EXPECT_EQ(format(24, "\xde\xc0\xef\xbe\x03\0\0\0"sv), Format::kV3);
  EXPECT_EQ(format(12, "\xde\xc0\xef\xbe\x01\0\0\0"sv), Format::kV1Of32Bits);
  EXPECT_EQ(format(16, "\xbe\xef\xc0\xde\0\0\0\x01"sv), Format::kBigEndian);
  EXPECT_EQ(format(16, "\xde\xc0\xef\xbe\xe7\x03\0\0"sv), Format::kOther);
  EXPECT_EQ(format(20, "\xde\xc0\xef\xbe\x01\0\0\0"sv), Format::kNone);
  uint32_t version = 0;
  EXPECT_EQ(ReadFormat({}, version), Format::kNone);
}

}  // namespace
