// The whole Extractor over one record: counts that agree with bytes, well-formed metadata, nothing left of a record that is left out.
#include "core/embedding/embedding.h"

#include "fuzz/extract_check.h"
#include "fuzz/mutate.h"
#include "test/proto.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;

std::string Good(uint64_t width) {
  using namespace bowerbird::test;
  const std::string values(width * 4 * 8, '\x3e');
  return Example(Join({Entry("filename", BytesFeature("site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac")),
                       Entry("timestamp_s", FloatFeature(60)),
                       Entry("embedding", BytesFeature(Tensor(1, {1, 8, width}, Content(values))))}));
}

}  // namespace

FUZZ(embedding, MutateChoicesAndMessage) {
  Choices choices(input);
  const embedding::Options options = ReadOptions(choices);
  for (size_t i = 3; i < kChoices; ++i) choices.Byte();
  if (!CheckedExtraction::IsSmall(input)) return;

  CheckedExtraction alone(options);
  const FaultReport report = alone.Take(input, 0);
  const std::string rows = alone.rows();
  const bool taken = report.fault == Fault::kNone;
  const uint64_t count = alone.extractor().rows(), width = alone.extractor().width();
  CHECK(taken == (width != 0));
  alone.Finish();

  // Between two good records of its own width (which the first of them settles) it gives the same rows, or none.
  if (width > 4096) return;
  const std::string good = Good(taken ? width : 4);
  CheckedExtraction among(options), without(options);
  const bool good_taken = among.Take(AsBytes(good), 0).fault == Fault::kNone;
  without.Take(AsBytes(good), 0);
  const std::string before = among.rows();
  const FaultReport again = among.Take(input, 1);
  if (taken) {
    CHECK(again.fault == Fault::kNone && among.rows() == before + rows);
    CHECK(among.extractor().rows() == without.extractor().rows() + count);
  } else {
    // The width of the good one may be a reason of its own.
    CHECK(again.fault != Fault::kNone);
    CHECK(!good_taken || again.fault == report.fault || again.fault == Fault::kWidthChanged);
  }
  among.Take(AsBytes(good), 2);
  without.Take(AsBytes(good), 1);
  among.Finish();
  without.Finish();
  if (!taken) CHECK(among.rows() == without.rows() && among.json() == without.json());
}
