// One pass of extract over records made by hand: rows and metadata as the notebook writes them, and a reason for every record left out.
#include "core/embedding/embedding.h"

#include <algorithm>
#include <limits>

#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using embedding::Extractor;
using embedding::Names;
using embedding::Options;
using embedding::OutputType;
using Outcome = Extractor::Outcome;

constexpr std::string_view kName = "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac";

class StringSink : public embedding::Sink {
 public:
  void Append(Bytes bytes) override {
    largest_ = std::max(largest_, bytes.size());
    text_ += AsText(bytes);
  }
  const std::string& text() const { return text_; }
  size_t largest() const { return largest_; }

 private:
  std::string text_;
  size_t largest_ = 0;
};

struct Extraction {
  explicit Extraction(Options options = {}) : extractor(std::move(options), rows, json) {}
  FaultReport Take(const std::string& record) {
    FaultReport report;
    const Outcome outcome = extractor.Take(AsBytes(record), next++, report);
    EXPECT_EQ(outcome == Outcome::kRejected, report.fault != Fault::kNone);
    return report;
  }
  std::string Json() {
    extractor.Finish();
    return json.text();
  }

  StringSink rows, json;
  Extractor extractor;
  uint64_t next = 0;
};

// The parts of a record; empty ones are left out.
struct Record {
  std::string filename = BytesFeature(kName);
  std::string timestamp = FloatFeature(60);
  std::string tensor = {};
  std::string shape = {};

  std::string Serialized() const {
    std::string entries;
    const auto add = [&](std::string_view key, const std::string& feature) {
      if (!feature.empty()) entries += Entry(key, feature);
    };
    add("embedding_shape", shape);
    add("embedding", tensor.empty() ? tensor : BytesFeature(tensor));
    add("timestamp_s", timestamp);
    add("filename", filename);
    return Example(entries);
  }
};

std::vector<float> CountUp(size_t n) {
  std::vector<float> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = static_cast<float>(i + 1);
  return values;
}

std::string FloatTensor(uint64_t windows, uint64_t channels, uint64_t width) {
  return Tensor(1, {windows, channels, width}, Content(RawFloats(CountUp(windows * channels * width))));
}

std::string Plain(uint64_t windows = 2, uint64_t channels = 1, uint64_t width = 3) {
  return Record{.tensor = FloatTensor(windows, channels, width)}.Serialized();
}

std::string RowsOf(const std::string& tensor, Options options = {}) {
  Extraction e(std::move(options));
  const FaultReport report = e.Take(Record{.tensor = tensor}.Serialized());
  return report.fault == Fault::kNone ? e.rows.text() : "fault " + std::to_string(static_cast<int>(report.fault));
}

std::string OffsetsOf(float timestamp, double hop, uint64_t windows) {
  Extraction e({.names = Names::kNone, .hop = hop});
  const Record record = {.filename = BytesFeature("f"), .timestamp = FloatFeature(timestamp), .tensor = FloatTensor(windows, 1, 1)};
  const FaultReport report = e.Take(record.Serialized());
  if (report.fault != Fault::kNone) return "fault " + std::to_string(static_cast<int>(report.fault));
  std::string offsets;
  const std::string json = e.Json();
  constexpr std::string_view kKey = "\"recording_offset_in_file\": ";
  for (size_t at = json.find(kKey); at != std::string::npos; at = json.find(kKey, at + 1)) {
    const size_t from = at + kKey.size();
    offsets += json.substr(from, json.find(',', from) - from) + " ";
  }
  return offsets;
}

// What json.dumps prints for the notebook's objects.
TEST(ExtractorWritesTheNotebooksMetadata) {
  const std::string head = R"({"file_timestamp": 1602599400, "file_seconds_since_midnight": 3600, "recording_offset_in_file": )";
  const std::string tail =
      R"(, "site_id": "0285", "site_name": "Arkaba", "subsite_name": "Dry-A", "file_seq_id": 49500, )"
      R"("filename": "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac"})";
  for (const Names names : {Names::kStrict, Names::kArchive}) {
    Extraction e({.names = names});
    e.Take(Plain(2));
    e.Take(Plain(1));
    EXPECT_EQ(e.Json(), "[" + head + "60" + tail + ", " + head + "65" + tail + ", " + head + "60" + tail + "]");
    EXPECT_EQ(e.extractor.rows(), 3);
    EXPECT_EQ(e.extractor.width(), 3);
  }
}

TEST(ExtractorWritesNullForWhatANameDoesNotHold) {
  Extraction e;
  e.Take(Record{.filename = BytesFeature("THOMPSON_20170625_102105\u00e9.wav"), .tensor = FloatTensor(1, 1, 1)}.Serialized());
  EXPECT_EQ(e.Json(),
            R"([{"file_timestamp": null, "file_seconds_since_midnight": 37265, "recording_offset_in_file": 60, "site_id": null, )"
            R"("site_name": null, "subsite_name": null, "file_seq_id": null, "filename": "THOMPSON_20170625_102105\u00e9.wav"}])");
  EXPECT_EQ(e.extractor.without_zone(), 1);
}

TEST(ExtractorCountsNamesAssumedUtcPerRecord) {
  Extraction e;
  const std::string utc = Record{.filename = BytesFeature("20201014T010000Z_A_1.wav"), .tensor = FloatTensor(2, 1, 3)}.Serialized();
  for (const std::string& record : {utc, utc, Plain(), utc}) e.Take(record);
  EXPECT_EQ(e.extractor.assumed_utc(), 3);
  EXPECT_EQ(e.extractor.without_zone(), 0);
}

TEST(ExtractorWritesTheRowsAsTheyAre) {
  EXPECT_EQ(RowsOf(FloatTensor(2, 1, 3)), RawFloats({1, 2, 3, 4, 5, 6}));
}

TEST(ExtractorTakesOneChannel) {
  const std::string tensor = FloatTensor(2, 3, 2);
  EXPECT_EQ(RowsOf(tensor, {.channel = 0}), RawFloats({1, 2, 7, 8}));
  EXPECT_EQ(RowsOf(tensor, {.channel = 2}), RawFloats({5, 6, 11, 12}));
  EXPECT_EQ(RowsOf(tensor, {.channel = 3}), "fault " + std::to_string(static_cast<int>(Fault::kChannel)));
  EXPECT_EQ(RowsOf(tensor, {.channel = std::numeric_limits<int64_t>::max()}), "fault " + std::to_string(static_cast<int>(Fault::kChannel)));
}

TEST(ExtractorWritesARowForEachOfAllChannels) {
  Extraction e({.names = Names::kNone, .channel = embedding::kAllChannels});
  e.Take(Record{.filename = BytesFeature("f"), .tensor = FloatTensor(2, 2, 1)}.Serialized());
  EXPECT_EQ(e.rows.text(), RawFloats({1, 2, 3, 4}));
  EXPECT_EQ(e.extractor.rows(), 4);
  EXPECT_EQ(e.Json(),
            R"([{"recording_offset_in_file": 60, "channel": 0, "filename": "f"}, )"
            R"({"recording_offset_in_file": 60, "channel": 1, "filename": "f"}, )"
            R"({"recording_offset_in_file": 65, "channel": 0, "filename": "f"}, )"
            R"({"recording_offset_in_file": 65, "channel": 1, "filename": "f"}])");
}

TEST(ExtractorReadsEveryTypeAndEncoding) {
  const std::string expected = RawFloats({1, -2, 0.5f, 0.5f});
  const std::vector<uint64_t> dims = {2, 1, 2};
  const std::string doubles = Raw64(0x3ff0000000000000) + Raw64(0xc000000000000000) + Raw64(0x3fe0000000000000) + Raw64(0x3fe0000000000000);
  EXPECT_EQ(RowsOf(Tensor(1, dims, Len(5, RawFloats({1, -2, 0.5f})))), expected);
  EXPECT_EQ(RowsOf(Tensor(2, dims, Content(doubles))), expected);
  EXPECT_EQ(RowsOf(Tensor(2, dims, Len(6, doubles.substr(0, 24)))), expected);
  EXPECT_EQ(RowsOf(Tensor(19, dims, Content(std::string("\x00\x3c\x00\xc0\x00\x38\x00\x38", 8)))), expected);
  EXPECT_EQ(RowsOf(Tensor(19, dims, Len(13, Varint(0x3c00) + Varint(0xc000) + Varint(0x3800)))), expected);
  EXPECT_EQ(RowsOf(Tensor(14, dims, Content(std::string("\x80\x3f\x00\xc0\x00\x3f\x00\x3f", 8)))), expected);
  EXPECT_EQ(RowsOf(Tensor(14, dims, Int(13, 0x3f80) + Int(13, 0xc000) + Int(13, 0x3f00))), expected);
}

// numpy.array([1, -2, .5, 65504, 1e-7, 3.14159265, 1e9], '<f4').astype('<f2')
TEST(ExtractorWritesHalves) {
  const std::string halves("\x00\x3c\x00\xc0\x00\x38\xff\x7b\x02\x00\x48\x42\x00\x7c", 14);
  const std::vector<float> floats = {1, -2, 0.5f, 65504, 1e-7f, 3.14159265f, 1e9f};
  EXPECT_EQ(RowsOf(Tensor(1, {1, 1, 7}, Content(RawFloats(floats))), {.output = OutputType::kFloat16}), halves);
  EXPECT_EQ(RowsOf(Tensor(19, {1, 1, 7}, Content(halves)), {.output = OutputType::kFloat16}), halves);
}

TEST(ExtractorDescribesItsRowsToNumpy) {
  Extraction halves({.output = OutputType::kFloat16}), none;
  EXPECT_EQ(halves.Take(Record{.tensor = Tensor(1, {2, 1, 7}, Content(RawFloats(CountUp(14))))}.Serialized()).fault, Fault::kNone);
  EXPECT_EQ(halves.extractor.NpyHead(), NpyHeader("<f2", 2, 7));
  EXPECT_EQ(none.extractor.NpyHead(), NpyHeader("<f4", 0, 1280));
}

// More values than the conversion takes at a time, in a row of one channel that begins at an odd address.
TEST(ExtractorConvertsLongRows) {
  constexpr size_t kWidth = 5000;
  std::string doubles;
  for (const float v : CountUp(3 * kWidth)) doubles += Raw64(std::bit_cast<uint64_t>(static_cast<double>(v)));
  const std::vector<float> all = CountUp(3 * kWidth);
  EXPECT_EQ(RowsOf(Tensor(2, {1, 3, kWidth}, Content(doubles)), {.channel = 1}), RawFloats({all.begin() + kWidth, all.begin() + 2 * kWidth}));
}

// int(numpy.float32(t) + hop * i) of NumPy 2.1.
TEST(ExtractorCountsOffsetsInFloat32AsNumpyDoes) {
  EXPECT_EQ(OffsetsOf(59.9f, 5, 4), "59 64 69 74 ");
  EXPECT_EQ(OffsetsOf(-0.5f, 5, 4), "0 4 9 14 ");
  EXPECT_EQ(OffsetsOf(-7.5f, 5, 4), "-7 -2 2 7 ");
  EXPECT_EQ(OffsetsOf(16777216, 5, 4), "16777216 16777220 16777226 16777232 ");
  EXPECT_EQ(OffsetsOf(0.95f, 0.1, 4), "0 1 1 1 ");
  EXPECT_EQ(OffsetsOf(9e15f, 5, 1), "8999999815811072 ");
  EXPECT_EQ(OffsetsOf(1e30f, 5, 2), "1000000015047466219876688855040 1000000015047466219876688855040 ");
  EXPECT_EQ(OffsetsOf(-1e20f, 5, 1), "-100000002004087734272 ");
  EXPECT_EQ(OffsetsOf(-0.0f, 5, 1), "0 ");
}

TEST(ExtractorRefusesOffsetsThatAreNoNumbers) {
  const std::string bad = "fault " + std::to_string(static_cast<int>(Fault::kBadTimestamp));
  EXPECT_EQ(OffsetsOf(std::numeric_limits<float>::quiet_NaN(), 5, 1), bad);
  EXPECT_EQ(OffsetsOf(std::numeric_limits<float>::infinity(), 5, 1), bad);
  EXPECT_EQ(OffsetsOf(-std::numeric_limits<float>::infinity(), 5, 1), bad);
  EXPECT_EQ(OffsetsOf(std::numeric_limits<float>::max(), 3e38, 2), bad);
  EXPECT_EQ(OffsetsOf(0, 1e300, 2), bad);
  EXPECT_EQ(OffsetsOf(0, 1e300, 1), "0 ");
}

TEST(ExtractorAsksItsCallerAboutNames) {
  Extraction e({.names = Names::kCaller});
  const std::string a = Record{.filename = BytesFeature("a"), .tensor = FloatTensor(1, 1, 1)}.Serialized();
  const std::string b = Record{.filename = BytesFeature("b"), .tensor = FloatTensor(1, 1, 1)}.Serialized();
  FaultReport report;
  EXPECT_EQ(e.extractor.Take(AsBytes(a), 0, report), Outcome::kNeedName);
  EXPECT_EQ(e.extractor.pending_name(), "a");
  EXPECT_EQ(e.extractor.Take(AsBytes(a), 0, report), Outcome::kNeedName) << "until it is told";
  e.extractor.GiveName("{\"x\": 1, ", ", \"filename\": \"a\"}");
  EXPECT_EQ(e.extractor.Take(AsBytes(a), 0, report), Outcome::kTaken);
  EXPECT_EQ(e.extractor.Take(AsBytes(a), 1, report), Outcome::kTaken) << "a run of equal names is asked about once";
  EXPECT_EQ(e.extractor.Take(AsBytes(b), 2, report), Outcome::kNeedName);
  e.extractor.RefuseName();
  EXPECT_EQ(e.extractor.Take(AsBytes(b), 2, report), Outcome::kRejected);
  EXPECT_EQ(report.fault, Fault::kNameMismatch);
  EXPECT_EQ(report.text, "b");
  const std::string row = "{\"x\": 1, \"recording_offset_in_file\": 60, \"filename\": \"a\"}";
  EXPECT_EQ(e.Json(), "[" + row + ", " + row + "]");
}

TEST(ExtractorReadsTheFeatureOfThatName) {
  Extraction e({.feature = "vector", .names = Names::kNone});
  const std::string record =
      Example(Join({Entry("vector", BytesFeature(FloatTensor(1, 1, 2))), Entry("vector_shape", Int64Feature({1, 1, 2})),
                    Entry("embedding", FloatFeature(1)), Entry("filename", BytesFeature("f")), Entry("timestamp_s", FloatFeature(0))}));
  EXPECT_EQ(e.Take(record).fault, Fault::kNone);
  EXPECT_EQ(e.rows.text(), RawFloats({1, 2}));
}

TEST(ExtractorTakesRecordsWithoutWindows) {
  Extraction e;
  EXPECT_EQ(e.Take(Plain(0)).fault, Fault::kNone);
  EXPECT_EQ(e.extractor.width(), 3);
  EXPECT_EQ(e.Take(Plain(1)).fault, Fault::kNone);
  EXPECT_EQ(e.Take(Plain(0)).fault, Fault::kNone);
  const std::string json = e.Json();
  EXPECT_TRUE(json.starts_with("[{") && json.ends_with("}]"));
  EXPECT_EQ(e.extractor.rows(), 1);
  EXPECT_EQ(Extraction().Json(), "[]");
}

TEST(ExtractorWantsOneWidthPerFile) {
  Extraction e;
  e.Take("not a record");
  e.Take(Plain(1, 1, 3));
  const FaultReport report = e.Take(Plain(1, 1, 4));
  EXPECT_EQ(report.fault, Fault::kWidthChanged);
  EXPECT_TRUE(report.a == 4 && report.b == 3 && report.text == "1") << report.text;
  EXPECT_EQ(e.Take(Plain(1, 1, 3)).fault, Fault::kNone);
}

TEST(ExtractorSaysWhyItLeavesARecordOut) {
  const std::string tensor = FloatTensor(2, 1, 3);
  struct Case {
    Record record;
    Fault fault;
    uint64_t a = 0, b = 0;
    std::string text = {};
  };
  const std::string none = Len(1, "");
  std::vector<Case> cases = {
      {{.filename = "", .tensor = tensor}, Fault::kNoFilename},
      {{.filename = none, .tensor = tensor}, Fault::kNoFilename, 0, 1},
      {{.filename = BytesFeature("a") + BytesFeature("b"), .tensor = tensor}, Fault::kNoFilename, 2, 1},
      {{.filename = FloatFeature(1), .tensor = tensor}, Fault::kNoFilename, 0, 2},
      {{.filename = "\xff", .tensor = tensor}, Fault::kNoFilename, 0, 7},
      {{.filename = BytesFeature("\xff.wav"), .tensor = tensor}, Fault::kNameNotUtf8, 0, 0, "\xff.wav"},
      {{.filename = BytesFeature("kookaburra.wav"), .tensor = tensor}, Fault::kNameMismatch, 0, 0, "kookaburra.wav"},
      {{.filename = BytesFeature(std::string(300, 'x')), .tensor = tensor}, Fault::kNameMismatch, 0, 0, std::string(200, 'x') + "..."},
      {{.timestamp = "", .tensor = tensor}, Fault::kNoTimestamp},
      {{.timestamp = Int64Feature({1}), .tensor = tensor}, Fault::kNoTimestamp, 0, 3},
      {{.timestamp = FloatFeature(1) + FloatFeature(2), .tensor = tensor}, Fault::kNoTimestamp, 2, 2},
      {{.timestamp = FloatFeature(std::numeric_limits<float>::quiet_NaN()), .tensor = tensor}, Fault::kBadTimestamp},
      {{.tensor = ""}, Fault::kNoTensor},
      {{.tensor = "\xff"}, Fault::kNotTensorProto},
      {{.tensor = Tensor(1, {2, 1, 3}, Content("1234"))}, Fault::kContentSize, 4, 0, "4 2x1x3"},
      {{.tensor = Tensor(1, {uint64_t{1} << 40, 1, 3}, "")}, Fault::kTooManyElements, 0, 0, "1099511627776x1x3"},
      {{.tensor = Tensor(3, {2, 1, 3}, "")}, Fault::kDtype, 3},
      {{.tensor = Tensor(1, {2, 3}, "")}, Fault::kRank, 2, 0, "2x3"},
      {{.tensor = Tensor(1, {2, 1, 3, 1}, "")}, Fault::kRank, 4, 0, "2x1x3x1"},
      {{.tensor = Tensor(1, {2, 0, 3}, "")}, Fault::kChannel, 0},
      {{.tensor = Tensor(1, {2, 1, 0}, "")}, Fault::kWidthZero},
      {{.tensor = tensor, .shape = Int64Feature({2, 5, 3})}, Fault::kShapeFeature, 0, 0, "2x1x3 2x5x3"},
      {{.tensor = tensor, .shape = Int64Feature({2, 3})}, Fault::kShapeFeature, 0, 0, "2x1x3 2x3"},
      {{.tensor = tensor, .shape = Int64Feature({2, 1, 3, -1})}, Fault::kShapeFeature, 0, 0, "2x1x3 2x1x3x-1"},
      {{.tensor = tensor, .shape = Int64Feature(std::vector<int64_t>(9, 1))}, Fault::kShapeFeature, 0, 0, "2x1x3 1x1x1x1x1x1x1x1x..."},
      {{.tensor = tensor, .shape = Len(3, "")}, Fault::kShapeFeature, 0, 0, "2x1x3 scalar"},
      {{.tensor = tensor, .shape = FloatFeature(1)}, Fault::kShapeFeatureKind, 2},
      {{.tensor = tensor, .shape = "\xff"}, Fault::kShapeFeatureKind, 7},
  };
  for (const Case& c : cases) {
    // Between two good records, which must come out as if it had not been there.
    Extraction e, without;
    for (Extraction* x : {&e, &without}) x->Take(Plain(1));
    const FaultReport report = e.Take(c.record.Serialized());
    const int fault = static_cast<int>(c.fault);
    EXPECT_EQ(report.fault, c.fault);
    EXPECT_TRUE(report.a == c.a && report.b == c.b) << "fault " << fault << ": " << report.a << ", " << report.b;
    EXPECT_EQ(report.text, c.text) << "fault " << fault;
    for (Extraction* x : {&e, &without}) x->Take(Plain(2));
    EXPECT_EQ(e.Json(), without.Json()) << "fault " << fault;
    EXPECT_EQ(e.rows.text(), without.rows.text()) << "fault " << fault;
    EXPECT_EQ(e.extractor.rows(), without.extractor.rows()) << "fault " << fault;
  }
  Extraction e;
  EXPECT_EQ(e.Take("hello world").fault, Fault::kNotExample);
}

TEST(ExtractorTakesAShapeFeatureThatAgreesOrIsEmpty) {
  const std::string tensor = FloatTensor(2, 1, 3);
  for (const std::string& shape : {Int64Feature({2, 1, 3}), Len(3, Int(1, 2) + Int(1, 1) + Int(1, 3)), Group(9, "")}) {
    EXPECT_EQ(Extraction().Take(Record{.tensor = tensor, .shape = shape}.Serialized()).fault, Fault::kNone);
  }
}

// A few bytes may declare a million rows, and their text must not pile up in memory.
TEST(ExtractorHandsMetadataOverInPieces) {
  for (const std::vector<uint64_t>& dims : {std::vector<uint64_t>{1 << 18, 1, 1}, {1, 1 << 18, 1}}) {
    Extraction e({.names = Names::kNone, .channel = embedding::kAllChannels});
    EXPECT_EQ(e.Take(Record{.filename = BytesFeature("f"), .tensor = Tensor(1, dims, Fixed32(5, 1))}.Serialized()).fault, Fault::kNone);
    EXPECT_EQ(e.extractor.rows(), 1 << 18);
    EXPECT_LT(e.json.largest(), 1 << 18);
    const std::string json = e.Json();
    EXPECT_EQ(std::count(json.begin(), json.end(), '}'), 1 << 18);
  }
}

}  // namespace
