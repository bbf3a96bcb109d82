// A whole file as extract reads it: salvage, parsing and writing together, the same outputs and findings through any window.
#include "fuzz/extract_check.h"
#include "fuzz/mutate.h"
#include "fuzz/stream_check.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
using test::MemoryInput;

struct Outputs {
  std::string rows, json;
  std::vector<FaultReport> faults;
  uint64_t records = 0;
  bool finished = false;
};

Outputs Extract(Bytes file, const embedding::Options& options, uint64_t block, MemoryInput::Manner manner) {
  MemoryInput input(file, block, manner, file.size() / block < 64);
  RecordStream stream(input, true, uint64_t{1} << 40);
  CheckedExtraction extraction(options);
  Outputs out;
  for (;;) {
    switch (stream.Next()) {
      case RecordStream::Event::kRecord: {
        if (!CheckedExtraction::IsSmall(stream.payload())) return out;
        FaultReport report = extraction.Take(stream.payload(), stream.index());
        report.record = stream.index();
        report.offset = stream.offset();
        if (report.fault != Fault::kNone) out.faults.push_back(report);
        ++out.records;
        stream.Advance();
        break;
      }
      case RecordStream::Event::kDamage: out.faults.push_back(stream.report()); break;
      case RecordStream::Event::kEmpty: input.Give(); break;
      case RecordStream::Event::kError: CHECK(false); break;
      case RecordStream::Event::kEnd:
        CHECK(!input.overfilled());
        extraction.Finish();
        out.rows = extraction.rows();
        out.json = extraction.json();
        out.finished = true;
        return out;
    }
  }
}

}  // namespace

FUZZ(tfrecord_file, MutateChoicesAndRecords) {
  Choices choices(input);
  const embedding::Options options = ReadOptions(choices);
  const uint64_t block = 1 + choices.Byte();
  for (size_t i = 4; i < kChoices; ++i) choices.Byte();

  MemoryInput memory(input, input.size() + 1);
  const test::Said said = test::ReadAll(memory, true);
  CheckRecords(said, input);
  CheckPartition(said, input.size(), true);

  const Outputs once = Extract(input, options, input.size() + 1, MemoryInput::Manner::kFile);
  if (!once.finished) return;
  CHECK(once.records == said.records.size());
  for (const MemoryInput::Manner manner : {MemoryInput::Manner::kFile, MemoryInput::Manner::kPipe}) {
    const Outputs again = Extract(input, options, block, manner);
    CHECK(again.finished && again.rows == once.rows && again.json == once.json && again.records == once.records);
    CHECK(again.faults.size() == once.faults.size());
    for (size_t i = 0; i < once.faults.size(); ++i) {
      const bool piped = manner == MemoryInput::Manner::kPipe && IsDamage(once.faults[i].fault);
      CHECK(piped ? again.faults[i].offset == once.faults[i].offset && again.faults[i].length == once.faults[i].length
                  : SameFault(again.faults[i], once.faults[i]));
    }
  }
}
