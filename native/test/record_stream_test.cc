// Framing and salvage: any window, any flipped bit, any cut, and files made to waste our time.
#include "core/records/record_stream.h"

#include <chrono>
#include <random>

#include "test/memory_input.h"
#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using Manner = MemoryInput::Manner;

std::string Filler(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string out(size, 0);
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

// Five records of different sizes, one of them empty.
const std::vector<std::string>& Payloads() {
  static const std::vector<std::string> payloads = {Filler(20, 1), "", Filler(33, 2), Filler(7, 3), Filler(12, 4)};
  return payloads;
}
std::string FileOf(const std::vector<std::string>& payloads) {
  std::string file;
  for (const std::string& payload : payloads) file += Framed(payload);
  return file;
}
std::vector<uint64_t> OffsetsOf(const std::vector<std::string>& payloads) {
  std::vector<uint64_t> offsets = {0};
  for (const std::string& payload : payloads) offsets.push_back(offsets.back() + payload.size() + 16);
  return offsets;
}

Said Read(const std::string& file, bool salvage, uint64_t block = 1 << 20, Manner manner = Manner::kFile, uint64_t max = uint64_t{1} << 40) {
  MemoryInput input(AsBytes(file), block, manner, true);
  return ReadAll(input, salvage, max);
}

bool SameEvents(const Said& a, const Said& b) {
  bool same = a.ended && b.ended && a.records == b.records && a.damages.size() == b.damages.size();
  for (size_t i = 0; same && i < a.damages.size(); ++i) {
    const FaultReport &x = a.damages[i], &y = b.damages[i];
    same = x.fault == y.fault && x.record == y.record && x.offset == y.offset && x.length == y.length && x.a == y.a && x.b == y.b;
  }
  return same;
}

// Records and damaged ranges, in order of index, lie side by side and fill the file.
bool FillsTheFile(const Said& said, uint64_t size) {
  uint64_t at = 0, index = 0;
  auto record = said.records.begin();
  auto damage = said.damages.begin();
  for (;; ++index) {
    if (record != said.records.end() && record->index == index && record->offset == at) {
      at += record++->payload.size() + 16;
    } else if (damage != said.damages.end() && damage->record == index && damage->offset == at && damage->length > 0) {
      at += damage++->length;
    } else {
      return said.ended && record == said.records.end() && damage == said.damages.end() && at == size;
    }
  }
}

TEST(ReadFrameGivesARecord) {
  const std::string file = Framed("hello") + "more";
  const tfrecord::Frame frame = tfrecord::ReadFrame(AsBytes(file), file.size());
  EXPECT_TRUE(frame.kind == tfrecord::Frame::Kind::kRecord);
  EXPECT_EQ(AsText(frame.payload), std::string_view("hello"));
  EXPECT_EQ(frame.extent, 21);
}

TEST(ReadFrameAsksForWhatItNeeds) {
  const std::string file = Framed("hello");
  for (size_t n = 0; n < file.size(); ++n) {
    const tfrecord::Frame frame = tfrecord::ReadFrame(AsBytes(file).first(n), tfrecord::kUnknown);
    EXPECT_TRUE(frame.kind == tfrecord::Frame::Kind::kNeedMore) << n;
    EXPECT_EQ(frame.need, n < 12 ? 12 : 21) << n;
  }
  EXPECT_TRUE(tfrecord::ReadFrame({}, 0).kind == tfrecord::Frame::Kind::kEnd);
}

TEST(ReadFrameDoesNotBelieveInLengths) {
  for (const uint64_t length : {uint64_t{6}, uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0} - 15, ~uint64_t{0} - 16}) {
    const std::string file = Header(length) + "12345" + Raw32(0);
    const tfrecord::Frame frame = tfrecord::ReadFrame(AsBytes(file), file.size());
    EXPECT_TRUE(frame.fault == Fault::kTruncatedRecord && frame.header_holds) << length;
    EXPECT_EQ(frame.a, file.size());
    EXPECT_EQ(frame.b, length > ~uint64_t{0} - 16 ? ~uint64_t{0} : length + 16);
  }
}

TEST(RecordStreamReadsTheSameThroughAnyWindow) {
  std::string damaged = FileOf(Payloads());
  damaged[OffsetsOf(Payloads())[2] + 15] ^= 1;
  std::string lost = FileOf(Payloads());
  lost[OffsetsOf(Payloads())[2] + 3] ^= 1;
  const std::string whole = FileOf(Payloads());
  for (const std::string& file : {whole, damaged, lost, whole.substr(0, whole.size() - 3), "garbage" + whole, std::string(), std::string("x")}) {
    for (const bool salvage : {false, true}) {
      const Said once = Read(file, salvage);
      for (uint64_t block = 1; block <= 17; ++block) {
        EXPECT_TRUE(SameEvents(once, Read(file, salvage, block))) << file.size() << " bytes, " << block << " at a time";
        const Said piped = Read(file, salvage, block, Manner::kPipe);
        // Without salvage the rest of a pipe has no known length.
        if (salvage) {
          EXPECT_TRUE(SameEvents(once, piped)) << file.size() << " bytes, pipe, " << block << " at a time";
        } else {
          EXPECT_TRUE(once.records == piped.records && once.damages.size() == piped.damages.size()) << "pipe, " << block << " at a time";
        }
      }
    }
  }
}

TEST(RecordStreamGivesIndicesOffsetsAndPayloads) {
  const std::vector<uint64_t> offsets = OffsetsOf(Payloads());
  const Said said = Read(FileOf(Payloads()), false);
  EXPECT_TRUE(said.ended && said.damages.empty());
  EXPECT_EQ(said.records.size(), 5);
  for (size_t i = 0; i < said.records.size(); ++i) {
    EXPECT_EQ(said.records[i].index, i);
    EXPECT_EQ(said.records[i].offset, offsets[i]);
    EXPECT_TRUE(said.records[i].payload == Payloads()[i]);
  }
}

TEST(RecordStreamStopsAtDamageWithoutSalvage) {
  std::string file = FileOf(Payloads());
  file[OffsetsOf(Payloads())[2] + 15] ^= 1;
  const Said said = Read(file, false);
  EXPECT_EQ(said.records.size(), 2);
  EXPECT_EQ(said.damages.size(), 1);
  EXPECT_TRUE(said.damages[0].fault == Fault::kDataCrc && said.damages[0].record == 2 && said.damages[0].offset == OffsetsOf(Payloads())[2]);
  EXPECT_EQ(said.damages[0].length, 33 + 16);
}

TEST(SalvageLosesOneRecordToAnyFlippedBit) {
  const std::vector<uint64_t> offsets = OffsetsOf(Payloads());
  const std::string file = FileOf(Payloads());
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    std::string flipped = file;
    flipped[bit / 8] ^= static_cast<char>(1 << bit % 8);
    size_t hit = 0;
    while (offsets[hit + 1] <= bit / 8) ++hit;
    for (const uint64_t block : {uint64_t{1} << 20, uint64_t{5}}) {
      const Said said = Read(flipped, true, block);
      EXPECT_EQ(said.damages.size(), 1) << "bit " << bit;
      EXPECT_EQ(said.records.size(), 4) << "bit " << bit;
      if (said.damages.size() != 1 || said.records.size() != 4) continue;
      for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(said.records[i].payload == Payloads()[i < hit ? i : i + 1]) << "bit " << bit;
      const FaultReport& damage = said.damages[0];
      const bool in_header = bit / 8 < offsets[hit] + 12;
      EXPECT_EQ(damage.fault, in_header ? Fault::kLengthCrc : Fault::kDataCrc) << "bit " << bit;
      EXPECT_EQ(damage.record, hit) << "bit " << bit;
      EXPECT_EQ(damage.offset, offsets[hit]) << "bit " << bit;
      EXPECT_EQ(damage.length, Payloads()[hit].size() + 16) << "bit " << bit;
      EXPECT_TRUE(FillsTheFile(said, file.size())) << "bit " << bit;
    }
  }
}

TEST(SalvageLosesTheLastRecordToATruncation) {
  const std::vector<uint64_t> offsets = OffsetsOf(Payloads());
  const std::string file = FileOf(Payloads());
  for (size_t n = 0; n <= file.size(); ++n) {
    size_t whole = 0;
    while (whole < 5 && offsets[whole + 1] <= n) ++whole;
    for (const bool salvage : {false, true}) {
      const Said said = Read(file.substr(0, n), salvage);
      EXPECT_EQ(said.records.size(), whole) << n << " bytes";
      EXPECT_EQ(said.damages.size(), offsets[whole] == n ? 0 : 1) << n << " bytes";
      if (!said.damages.empty()) {
        const Fault expected = n - offsets[whole] < 12 ? Fault::kTruncatedHeader : Fault::kTruncatedRecord;
        EXPECT_EQ(said.damages[0].fault, expected) << n << " bytes";
      }
      EXPECT_TRUE(FillsTheFile(said, n)) << n << " bytes";
    }
  }
}

TEST(SalvageStepsOverGarbageBetweenRecords) {
  for (const size_t n : {1, 11, 12, 16, 100, 5000}) {
    for (const std::string& garbage : {Filler(n, n), std::string(n, '\0'), std::string(n, '\xff')}) {
      const std::string file = garbage + Framed("one") + garbage + Framed("two") + garbage;
      const Said said = Read(file, true);
      EXPECT_EQ(said.records.size(), 2) << n << " bytes of garbage";
      EXPECT_EQ(said.damages.size(), 3) << n << " bytes of garbage";
      for (const FaultReport& damage : said.damages) EXPECT_EQ(damage.length, n);
      EXPECT_TRUE(FillsTheFile(said, file.size()));
    }
  }
}

TEST(SalvageCountsTwoDamagedRecordsInARow) {
  std::string file = FileOf(Payloads());
  const std::vector<uint64_t> offsets = OffsetsOf(Payloads());
  file[offsets[2] + 12] ^= 1;
  file[offsets[3] + 12] ^= 1;
  const Said said = Read(file, true);
  EXPECT_EQ(said.records.size(), 3);
  EXPECT_EQ(said.damages.size(), 2);
  EXPECT_EQ(said.damages[1].record, 3);
  EXPECT_TRUE(FillsTheFile(said, file.size()));
}

TEST(SalvageCountsADamagedPayloadAndHeaderInARowAsOneStretch) {
  std::string file = FileOf(Payloads());
  const std::vector<uint64_t> offsets = OffsetsOf(Payloads());
  file[offsets[2] + 12] ^= 1;
  file[offsets[3]] ^= 1;
  const Said said = Read(file, true);
  EXPECT_EQ(said.records.size(), 3);
  EXPECT_EQ(said.damages.size(), 1);
  EXPECT_EQ(said.damages[0].length, offsets[4] - offsets[2]);
  EXPECT_TRUE(FillsTheFile(said, file.size()));
}

TEST(SalvageDoesNotTakeRecordsOutOfADamagedPayload) {
  const std::string inner = Framed("a record in a record");
  std::string broken = Framed("xx" + inner + inner + "yy");
  broken[12] ^= 1;
  for (const std::string& file : {Framed("first") + broken + Framed("last"), Framed("first") + broken}) {
    const Said said = Read(file, true);
    EXPECT_EQ(said.damages.size(), 1);
    EXPECT_EQ(said.damages[0].length, broken.size());
    EXPECT_EQ(said.records.size(), file.size() > 21 + broken.size() ? 2 : 1);
    for (const Said::Record& record : said.records) EXPECT_TRUE(record.payload == "first" || record.payload == "last");
    EXPECT_TRUE(FillsTheFile(said, file.size()));
  }
}

TEST(SalvageFindsRecordsBehindMissingBytes) {
  std::string file = FileOf(Payloads());
  const std::vector<uint64_t> offsets = OffsetsOf(Payloads());
  file.erase(offsets[2] + 14, 10);  // the third record is ten bytes short; its header still promises them
  const Said said = Read(file, true);
  EXPECT_EQ(said.records.size(), 4);
  EXPECT_EQ(said.damages.size(), 1);
  EXPECT_EQ(said.damages[0].length, 33 + 16 - 10);
  EXPECT_TRUE(FillsTheFile(said, file.size()));
}

TEST(RecordStreamRefusesRecordsOverItsLimitThroughAnyWindow) {
  const std::string file = Framed("small") + Framed(Filler(100, 5)) + Framed("small too");
  for (const bool salvage : {false, true}) {
    const Said once = Read(file, salvage, 1 << 20, Manner::kFile, 64);
    EXPECT_EQ(once.damages.size(), 1);
    EXPECT_TRUE(!once.damages.empty() && once.damages[0].fault == Fault::kRecordTooLarge && once.damages[0].a == 116 && once.damages[0].b == 64);
    EXPECT_EQ(once.records.size(), salvage ? 2 : 1);
    for (uint64_t block = 1; block <= 17; ++block) {
      EXPECT_TRUE(SameEvents(once, Read(file, salvage, block, Manner::kFile, 64))) << block << " at a time";
    }
  }
}

// What may be spent on a hostile file must not stop short in an honest one that is damaged all over.
TEST(SalvageFindsEveryIntactRecordOfABadlyDamagedFile) {
  constexpr size_t kRecords = 96;
  const std::string good = Framed("good");
  std::string bad = Framed(std::string(size_t{1} << 20, 'x'));
  bad[12] ^= 1;
  std::string file;
  file.reserve(kRecords * (bad.size() + 1 + good.size()));
  for (size_t i = 0; i < kRecords; ++i) file += bad + "?" + good;
  MemoryInput input(AsBytes(file), 1 << 20);
  const Said said = ReadAll(input, true);
  EXPECT_EQ(said.records.size(), kRecords);
  EXPECT_EQ(said.damages.size(), kRecords);
  EXPECT_TRUE(FillsTheFile(said, file.size()));
}

double SecondsToSalvage(const std::string& file) {
  const auto start = std::chrono::steady_clock::now();
  MemoryInput input(AsBytes(file), 1 << 20);
  const Said said = ReadAll(input, true);
  EXPECT_TRUE(FillsTheFile(said, file.size()));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Each of these is 8 MiB. Were every promise checked, a terabyte of checksums would follow: minutes, where a second is plenty.
TEST(SalvageSpendsLinearTimeOnHostileFiles) {
  constexpr size_t kSize = size_t{8} << 20;
  const auto build = [](auto unit) {
    std::string file;
    file.reserve(kSize + 64);
    while (file.size() < kSize) file += unit(kSize - file.size());
    return file;
  };
  for (const uint64_t length : {uint64_t{1} << 63, ~uint64_t{0}, uint64_t{1} << 40}) {
    EXPECT_LT(SecondsToSalvage(build([&](size_t) { return Header(length); })), 5) << "headers that promise " << length;
  }
  // Not to where another header begins: such a stretch is stepped over.
  const auto rest = [](size_t left) { return left > 75 ? left - 75 : 0; };
  EXPECT_LT(SecondsToSalvage(build([&](size_t left) { return Header(rest(left)); })), 5) << "headers that promise the rest of the file";
  EXPECT_LT(SecondsToSalvage(build([&](size_t left) { return Header(rest(left) / 2); })), 5) << "headers that promise half of it";
  EXPECT_LT(SecondsToSalvage("x" + build([&](size_t left) { return "?" + Header(rest(left)); })), 5) << "behind garbage";
  EXPECT_LT(SecondsToSalvage(build([&](size_t left) { return Framed("") + Header(rest(left)); })), 5) << "behind intact records";
  EXPECT_LT(SecondsToSalvage(build([](size_t) { return Framed(""); })), 5) << "empty records";
}

}  // namespace
