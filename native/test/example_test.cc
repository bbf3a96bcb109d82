// tf.train.Example: every form that TensorFlow reads as the same features, and none that it refuses.
#include "core/embedding/example.h"

#include <algorithm>
#include <memory>

#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using example::FeatureView;
using example::Kind;
using example::Wanted;

struct Found {
  bool parsed = false;
  bool found = false;
  std::string value;
};

Found Find(const std::string& message, std::string_view name) {
  Wanted wanted[] = {{.name = name}};
  const bool parsed = example::FindFeatures(AsBytes(message), wanted);
  return {parsed, wanted[0].found, std::string(AsText(wanted[0].value))};
}

std::vector<std::string> BytesOf(const std::string& feature) {
  const FeatureView view = example::ReadFeature(AsBytes(feature));
  std::vector<Bytes> values(16);
  const uint64_t count = view.kind == Kind::kBytes ? example::ReadBytesList(view, values) : 0;
  std::vector<std::string> out;
  for (uint64_t i = 0; i < std::min<uint64_t>(count, 16); ++i) out.emplace_back(AsText(values[i]));
  return out;
}

std::vector<float> FloatsOf(const std::string& feature) {
  const FeatureView view = example::ReadFeature(AsBytes(feature));
  std::vector<float> values(16);
  const uint64_t count = view.kind == Kind::kFloat ? example::ReadFloatList(view, values) : 0;
  values.resize(std::min<uint64_t>(count, 16));
  return values;
}

std::vector<int64_t> Int64sOf(const std::string& feature) {
  const FeatureView view = example::ReadFeature(AsBytes(feature));
  std::vector<int64_t> values(16);
  const uint64_t count = view.kind == Kind::kInt64 ? example::ReadInt64List(view, values) : 0;
  values.resize(std::min<uint64_t>(count, 16));
  return values;
}

uint64_t CountOf(const std::string& feature) {
  const FeatureView view = example::ReadFeature(AsBytes(feature));
  switch (view.kind) {
    case Kind::kBytes: return example::ReadBytesList(view, {});
    case Kind::kFloat: return example::ReadFloatList(view, {});
    case Kind::kInt64: return example::ReadInt64List(view, {});
    default: return 0;
  }
}

using Strings = std::vector<std::string>;
using Floats = std::vector<float>;
using Int64s = std::vector<int64_t>;

TEST(FindFeaturesFindsThemInAnyOrder) {
  Strings entries = {Entry("a", "1"), Entry("b", "2"), Entry("c", "3")};
  do {
    Wanted wanted[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}};
    const std::string message = Example(entries[0] + entries[1] + entries[2]);
    EXPECT_TRUE(example::FindFeatures(AsBytes(message), wanted));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(AsText(wanted[i].value), std::string(1, static_cast<char>('1' + i)));
    EXPECT_FALSE(wanted[3].found);
  } while (std::next_permutation(entries.begin(), entries.end()));
}

TEST(FindFeaturesTakesTheLastOfAKeyGivenTwice) {
  EXPECT_EQ(Find(Example(Entry("a", "old") + Entry("b", "x") + Entry("a", "new")), "a").value, "new");
  EXPECT_EQ(Find(Example(Entry("a", "old")) + Example(Entry("a", "new")), "a").value, "new") << "over two `features`";
}

TEST(FindFeaturesJoinsFeaturesGivenTwice) {
  const std::string message = Example(Entry("a", "1")) + Example(Entry("b", "2"));
  EXPECT_EQ(Find(message, "a").value, "1");
  EXPECT_EQ(Find(message, "b").value, "2");
}

TEST(FindFeaturesStepsOverUnknownFieldsEverywhere) {
  const std::string unknown = Int(7, 1) + Fixed64(8, 2) + Len(9, "abc") + Group(10, Group(11, Len(1, "x"))) + Fixed32(12, 3);
  const std::string entry = Len(1, unknown + Len(1, "a") + unknown + Len(2, "value") + unknown);
  const Found found = Find(unknown + Len(1, unknown + entry + unknown) + unknown, "a");
  EXPECT_TRUE(found.parsed && found.found);
  EXPECT_EQ(found.value, "value");
}

TEST(FindFeaturesReadsEntriesValueFirst) {
  EXPECT_EQ(Find(Example(Len(1, Len(2, "value") + Len(1, "a"))), "a").value, "value");
}

TEST(FindFeaturesTakesAnEntryWithoutValueForAnEmptyFeature) {
  const Found found = Find(Example(Len(1, Len(1, "a"))), "a");
  EXPECT_TRUE(found.parsed && found.found && found.value.empty());
  EXPECT_TRUE(Find(Example(Len(1, Len(2, "x"))), "").found) << "an entry without key has the empty key";
}

TEST(FindFeaturesRefusesWhatIsNoExample) {
  EXPECT_TRUE(Find("", "a").parsed);
  EXPECT_FALSE(Find("\x0a", "a").parsed);
  EXPECT_FALSE(Find("hello world", "a").parsed);
  EXPECT_FALSE(Find(Example("\xff"), "a").parsed);
  EXPECT_FALSE(Find(Example(Len(1, Len(1, "a") + "\x12\x05xx")), "a").parsed);
}

TEST(ReadFeatureTakesTheLastKindOfAOneof) {
  EXPECT_EQ(BytesOf(FloatFeature(1) + BytesFeature("x")), Strings{"x"});
  EXPECT_EQ(FloatsOf(BytesFeature("x") + FloatFeature(1)), Floats{1});
  EXPECT_EQ(BytesOf(BytesFeature("old") + FloatFeature(1) + BytesFeature("new")), Strings{"new"});
  EXPECT_EQ(Int64sOf(Int64Feature({1}) + Group(9, "") + Int64Feature({2, 3})), (Int64s{1, 2, 3})) << "the same kind twice is joined";
  EXPECT_EQ(BytesOf(BytesFeature("a") + Int(2, 5) + BytesFeature("b")), (Strings{"a", "b"})) << "field 2 as a varint is unknown";
  EXPECT_TRUE(example::ReadFeature({}).kind == Kind::kNone);
  EXPECT_TRUE(example::ReadFeature(AsBytes("\xff")).kind == Kind::kBroken);
}

TEST(ReadListsTakePackedUnpackedAndMixedValues) {
  EXPECT_EQ(FloatsOf(Len(2, Fixed32(1, 0x3f800000) + Len(1, RawFloats({2, 3})) + Fixed32(1, 0x40800000))), (Floats{1, 2, 3, 4}));
  EXPECT_EQ(Int64sOf(Len(3, Int(1, 1) + Len(1, Varint(2) + Varint(~uint64_t{0})) + Int(1, 4))), (Int64s{1, 2, -1, 4}));
  EXPECT_EQ(BytesOf(Len(1, Len(1, "a") + Len(1, "") + Len(1, "c"))), (Strings{"a", "", "c"}));
  EXPECT_EQ(FloatsOf(Len(2, Len(1, ""))), Floats{}) << "an empty packed list";
}

TEST(ReadListsJoinListsSplitOverMessages) {
  EXPECT_EQ(FloatsOf(Len(2, Len(1, RawFloat(1))) + Len(2, "") + Len(2, Fixed32(1, 0x40000000))), (Floats{1, 2}));
  EXPECT_EQ(BytesOf(BytesFeature("a") + BytesFeature("b")), (Strings{"a", "b"}));
}

TEST(ReadListsStepOverUnknownFields) {
  EXPECT_EQ(FloatsOf(Len(2, Int(2, 9) + Fixed64(1, 0) + Len(1, RawFloat(5)) + Group(1, Fixed32(1, 0)))), Floats{5});
  EXPECT_EQ(Int64sOf(Len(3, Fixed32(1, 9) + Int(1, 5))), Int64s{5});
  EXPECT_EQ(BytesOf(Len(1, Int(1, 9) + Len(1, "x"))), Strings{"x"});
}

TEST(ReadListsRefuseBrokenLists) {
  EXPECT_EQ(CountOf(Len(2, Len(1, "12345"))), example::kBrokenList) << "five bytes of packed floats";
  EXPECT_EQ(CountOf(Len(3, Len(1, "\x80"))), example::kBrokenList) << "an open varint";
  EXPECT_EQ(CountOf(Len(3, Tag(1, 0))), example::kBrokenList);
  EXPECT_EQ(CountOf(Len(1, "\xff")), example::kBrokenList);
  EXPECT_EQ(CountOf(Len(1, Len(1, "x")) + Len(1, "\xff")), example::kBrokenList) << "in the second message";
}

TEST(ReadListsCountMoreThanTheyStore) {
  const FeatureView view{.kind = Kind::kInt64, .lists = {}};
  EXPECT_EQ(example::ReadInt64List(view, {}), 0);
  const std::string feature = Int64Feature({1, 2, 3});
  int64_t first[2] = {};
  EXPECT_EQ(example::ReadInt64List(example::ReadFeature(AsBytes(feature)), first), 3);
  EXPECT_TRUE(first[0] == 1 && first[1] == 2);
}

std::string AnExample() {
  return Example(Entry("floats", Len(2, Len(1, RawFloats({1, 2})) + Fixed32(1, 3))) + Entry("ints", Int64Feature({12, 1, -1})) +
                 Entry("bytes", BytesFeature("abc") + BytesFeature("")) + Len(1, Len(2, FloatFeature(1)) + Len(1, "late")));
}

// Reads everything there is to read. Views must lie in `record`, which ends where its memory ends.
void ReadEverything(Bytes record) {
  Wanted wanted[] = {{.name = "floats"}, {.name = "ints"}, {.name = "bytes"}, {.name = "late"}};
  if (!example::FindFeatures(record, wanted)) return;
  for (const Wanted& w : wanted) {
    const FeatureView view = example::ReadFeature(w.value);
    float floats[4];
    int64_t ints[4];
    Bytes bytes[4];
    example::ReadFloatList(view, floats);
    example::ReadInt64List(view, ints);
    const uint64_t count = example::ReadBytesList(view, bytes);
    for (uint64_t i = 0; count != example::kBrokenList && i < std::min<uint64_t>(count, 4); ++i) {
      EXPECT_TRUE(bytes[i].empty() || (bytes[i].data() >= record.data() && bytes[i].data() + bytes[i].size() <= record.data() + record.size()));
    }
  }
}

TEST(ExampleReadersStayInsideEveryPrefixAndEveryChangedByte) {
  const std::string message = AnExample();
  for (size_t n = 0; n <= message.size(); ++n) {
    const auto exact = std::make_unique<uint8_t[]>(n);
    std::copy_n(message.data(), n, exact.get());
    ReadEverything({exact.get(), n});
    Wanted none[] = {{.name = ""}};
    EXPECT_EQ(example::FindFeatures({exact.get(), n}, none), n == 0 || n == message.size()) << "one field cannot be cut: " << n;
  }
  const auto exact = std::make_unique<uint8_t[]>(message.size());
  std::copy_n(message.data(), message.size(), exact.get());
  for (size_t i = 0; i < message.size(); ++i) {
    for (int change = 1; change < 256; ++change) {
      exact[i] = static_cast<uint8_t>(message[i] ^ change);
      ReadEverything({exact.get(), message.size()});
    }
    exact[i] = static_cast<uint8_t>(message[i]);
  }
}

}  // namespace
