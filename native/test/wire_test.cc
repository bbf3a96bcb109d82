// The wire format's rules, one by one, on bytes made by hand.
#include "core/base/wire.h"

#include <algorithm>

#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using wire::Cursor;
using wire::Field;
using wire::Type;

// Walks a message to its end; the number of fields, or -1 when it does not parse.
int CountFields(const std::string& message) {
  Cursor cursor(AsBytes(message));
  int count = 0;
  for (Field field; cursor.Next(field);) ++count;
  return cursor.ok() ? count : -1;
}

std::string Nested(int depth) {
  std::string open, close;
  for (int i = 1; i <= depth; ++i) {
    open += Tag(static_cast<uint32_t>(i), 3);
    close = Tag(static_cast<uint32_t>(i), 4) + close;
  }
  return open + close;
}

TEST(ReadVarintReadsEveryLengthUpToTenBytes) {
  for (int bits = 0; bits < 64; ++bits) {
    for (const uint64_t value : {uint64_t{1} << bits, (uint64_t{1} << bits) - 1}) {
      const std::string text = Varint(value) + "rest";
      Bytes rest = AsBytes(text);
      uint64_t got = ~value;
      EXPECT_TRUE(wire::ReadVarint(rest, got)) << value;
      EXPECT_EQ(got, value);
      EXPECT_EQ(AsText(rest), std::string_view("rest"));
    }
  }
}

TEST(ReadVarintRefusesElevenBytesAndAnEndTooSoon) {
  uint64_t value;
  for (size_t n = 0; n <= 9; ++n) {
    const std::string open(n, '\x80');
    Bytes rest = AsBytes(open);
    EXPECT_FALSE(wire::ReadVarint(rest, value)) << n << " bytes";
  }
  const std::string eleven = std::string(10, '\x80') + '\x01', padded = std::string(9, '\x80') + '\x01';
  Bytes rest = AsBytes(eleven);
  EXPECT_FALSE(wire::ReadVarint(rest, value));
  rest = AsBytes(padded);  // longer than it has to be, and allowed
  EXPECT_TRUE(wire::ReadVarint(rest, value));
  EXPECT_EQ(value, uint64_t{1} << 63);
}

TEST(CursorGivesEveryWireType) {
  const std::string message = Int(1, 300) + Fixed64(2, 0x1122334455667788u) + Len(3, "abc") + Fixed32(536870911, 0x99aabbccu);
  Cursor cursor(AsBytes(message));
  Field field;
  EXPECT_TRUE(cursor.Next(field) && field.number == 1 && field.type == Type::kVarint && field.value == 300);
  EXPECT_TRUE(cursor.Next(field) && field.number == 2 && field.type == Type::kFixed64 && field.value == 0x1122334455667788u);
  EXPECT_TRUE(cursor.Next(field) && field.number == 3 && field.type == Type::kBytes && AsText(field.bytes) == "abc");
  EXPECT_TRUE(cursor.Next(field) && field.number == 536870911 && field.type == Type::kFixed32 && field.value == 0x99aabbccu);
  EXPECT_FALSE(cursor.Next(field));
  EXPECT_TRUE(cursor.ok());
}

TEST(CursorRefusesWhatNoMessageHolds) {
  EXPECT_EQ(CountFields(""), 0);
  EXPECT_EQ(CountFields(Int(0, 1)), -1) << "field number 0";
  EXPECT_EQ(CountFields(Tag(1, 6) + "x"), -1) << "wire type 6";
  EXPECT_EQ(CountFields(Tag(1, 7) + "x"), -1) << "wire type 7";
  EXPECT_EQ(CountFields(Varint(uint64_t{1} << 32) + "x"), -1) << "a tag of 33 bits";
  EXPECT_EQ(CountFields(Tag(1, 4)), -1) << "a group that ends without having begun";
  EXPECT_EQ(CountFields(Tag(1, 2) + Varint(~uint64_t{0}) + "abc"), -1) << "a length of 2^64-1";
  EXPECT_EQ(CountFields(Tag(1, 2) + Varint(4) + "abc"), -1) << "a length one too long";
}

TEST(CursorStepsOverGroups) {
  EXPECT_EQ(CountFields(Int(1, 1) + Group(2, "") + Int(3, 1)), 2);
  EXPECT_EQ(CountFields(Group(9, Int(1, 1) + Fixed64(2, 0) + Len(3, "xyz") + Group(4, Fixed32(5, 0))) + Int(1, 1)), 1);
  EXPECT_EQ(CountFields(Group(9, Len(3, Tag(9, 4)))), 0) << "an end tag inside bytes is no end";
}

TEST(CursorRefusesBrokenGroups) {
  EXPECT_EQ(CountFields(Tag(2, 3)), -1) << "never ended";
  EXPECT_EQ(CountFields(Tag(2, 3) + Tag(3, 4)), -1) << "ended by another number";
  EXPECT_EQ(CountFields(Tag(2, 3) + Tag(3, 3) + Tag(2, 4) + Tag(3, 4)), -1) << "crossed";
  EXPECT_EQ(CountFields(Group(2, Tag(0, 0) + "x")), -1) << "field number 0 inside";
  EXPECT_EQ(CountFields(Group(2, Tag(1, 6))), -1) << "wire type 6 inside";
}

TEST(CursorFollowsGroupsAHundredDeep) {
  EXPECT_EQ(CountFields(Nested(99)), 0);
  EXPECT_EQ(CountFields(Nested(100)), 0);
  EXPECT_EQ(CountFields(Nested(101)), -1);
  std::string starts;
  for (int i = 0; i < 1 << 20; ++i) starts += Tag(1, 3);
  EXPECT_EQ(CountFields(starts), -1);
}

// A prefix that ends between two fields is a message; any other is not.
TEST(CursorRefusesEveryPrefixThatCutsAField) {
  const std::vector<std::string> fields = {Int(1, 1u << 30), Fixed64(2, ~0u), Len(3, "abcdef"), Group(4, Int(1, 1) + Len(2, "ab")),
                                           Fixed32(5, 7), Len(6, "")};
  std::string message;
  std::vector<size_t> ends = {0};
  for (const std::string& field : fields) ends.push_back((message += field).size());
  for (size_t n = 0; n <= message.size(); ++n) {
    const bool between = std::find(ends.begin(), ends.end(), n) != ends.end();
    EXPECT_EQ(CountFields(message.substr(0, n)) >= 0, between) << n << " bytes";
  }
}

}  // namespace
