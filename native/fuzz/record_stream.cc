// RecordStream: the same events through any window, records that really are some, ranges that fill the file, and one flipped bit that
// costs one record.
#include "core/records/record_stream.h"

#include "fuzz/mutate.h"
#include "fuzz/stream_check.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
using test::MemoryInput;
using test::Said;

Said Read(Bytes file, bool salvage, uint64_t max_record, uint64_t block, MemoryInput::Manner manner) {
  MemoryInput input(file, block, manner, file.size() / block < 64);
  return test::ReadAll(input, salvage, max_record);
}

bool Has(const Said& said, const Said::Record& wanted) {
  return std::any_of(said.records.begin(), said.records.end(),
                     [&](const Said::Record& r) { return r.offset == wanted.offset && r.payload == wanted.payload; });
}

}  // namespace

FUZZ(record_stream, MutateChoicesAndRecords) {
  Choices choices(input);
  const bool salvage = choices.Byte() % 4 != 0;
  const uint64_t block = 1 + choices.Byte();
  const uint32_t limit = choices.Byte();
  const uint64_t max_record = limit < 64 ? 16 + limit * 4 : uint64_t{1} << 40;
  const uint32_t bit = choices.Byte() << 16 | choices.Byte() << 8 | choices.Byte();
  for (size_t i = 6; i < kChoices; ++i) choices.Byte();

  const Said once = Read(input, salvage, max_record, input.size() + 1, MemoryInput::Manner::kFile);
  CheckRecords(once, input);
  CheckPartition(once, input.size(), salvage);
  for (const Said::Record& record : once.records) CHECK(record.payload.size() + 16 <= max_record);

  const Said in_blocks = Read(input, salvage, max_record, block, MemoryInput::Manner::kFile);
  CHECK(in_blocks.ended && in_blocks.records == once.records);
  CHECK(std::equal(in_blocks.damages.begin(), in_blocks.damages.end(), once.damages.begin(), once.damages.end(), SameFault));

  // A pipe does not know that a record is cut short before its end has come: it may blame the size instead, at the same place.
  const Said piped = Read(input, salvage, max_record, block, MemoryInput::Manner::kPipe);
  CHECK(piped.ended && piped.records == once.records && piped.damages.size() == once.damages.size());
  for (size_t i = 0; i < piped.damages.size(); ++i) {
    CHECK(piped.damages[i].offset == once.damages[i].offset && piped.damages[i].record == once.damages[i].record);
    CHECK(!salvage || piped.damages[i].length == once.damages[i].length);
  }

  if (!salvage) {
    // What is read up to the damage is what salvage reads first.
    const Said more = Read(input, true, max_record, block, MemoryInput::Manner::kFile);
    CHECK(more.records.size() >= once.records.size() && std::equal(once.records.begin(), once.records.end(), more.records.begin()));
    return;
  }
  if (once.damages.empty() && !once.records.empty()) {
    std::vector<uint8_t> flipped(input.begin(), input.end());
    const size_t at = bit % (flipped.size() * 8);
    flipped[at / 8] ^= static_cast<uint8_t>(1u << at % 8);
    const Said hurt = Read(flipped, true, max_record, block, MemoryInput::Manner::kFile);
    CHECK(!hurt.damages.empty());
    CheckRecords(hurt, flipped);
    CheckPartition(hurt, flipped.size(), true);
    for (const Said::Record& record : once.records) {
      const bool hit = at / 8 >= record.offset && at / 8 < record.offset + record.payload.size() + 16;
      CHECK(Has(hurt, record) == !hit);
    }
  }
}
