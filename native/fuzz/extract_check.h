// Runs an Extractor with sinks that remember, and checks that what it says agrees with what it wrote.
#ifndef BOWERBIRD_FUZZ_EXTRACT_CHECK_H_
#define BOWERBIRD_FUZZ_EXTRACT_CHECK_H_

#include "core/embedding/embedding.h"
#include "fuzz/json_check.h"

namespace bowerbird::fuzz {

class StringSink : public embedding::Sink {
 public:
  void Append(Bytes bytes) override { text_ += AsText(bytes); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

inline embedding::Options ReadOptions(Choices& choices) {
  const uint32_t kinds = choices.Byte(), channel = choices.Byte(), hop = choices.Byte();
  static constexpr double kHops[] = {5, 0.1, 0, 1e300, 3.4e38, 1e-300};
  return {.feature = "embedding",
          .names = static_cast<embedding::Names>(kinds % 4),
          .channel = channel % 8 == 7 ? embedding::kAllChannels : static_cast<int64_t>(channel % 8),
          .hop = kHops[hop % 6],
          .output = kinds & 4 ? embedding::OutputType::kFloat16 : embedding::OutputType::kFloat32};
}

class CheckedExtraction {
 public:
  explicit CheckedExtraction(const embedding::Options& options)
      : extractor_(options, rows_, json_), half_(options.output == embedding::OutputType::kFloat16) {}

  // Few bytes may declare a million rows; that is allowed, but too slow to try again and again.
  static bool IsSmall(Bytes record) {
    example::Wanted wanted[] = {{.name = "embedding"}};
    if (!example::FindFeatures(record, wanted)) return true;
    Bytes message;
    const example::FeatureView feature = example::ReadFeature(wanted[0].value);
    if (feature.kind != example::Kind::kBytes || example::ReadBytesList(feature, {&message, 1}) != 1) return true;
    tensor::TensorView view;
    return ParseTensor(message, view) != tensor::Status::kOk || view.elements < 4096;
  }

  FaultReport Take(Bytes record, uint64_t index) {
    const size_t rows_before = rows_.text().size(), json_before = json_.text().size();
    const uint64_t count_before = extractor_.rows();
    FaultReport report;
    auto outcome = extractor_.Take(record, index, report);
    if (outcome == embedding::Extractor::Outcome::kNeedName) {
      CHECK(report.fault == Fault::kNone && IsUtf8(extractor_.pending_name()));
      if (extractor_.pending_name().starts_with('x')) {
        extractor_.RefuseName();
      } else {
        extractor_.GiveName("{", ", \"filename\": \"given\"}");
      }
      outcome = extractor_.Take(record, index, report);
      CHECK(outcome != embedding::Extractor::Outcome::kNeedName);
    }
    const bool taken = outcome == embedding::Extractor::Outcome::kTaken;
    CHECK(taken == (report.fault == Fault::kNone));
    CHECK(!IsDamage(report.fault));
    // A record that is left out leaves nothing behind.
    if (!taken) CHECK(rows_.text().size() == rows_before && json_.text().size() == json_before && extractor_.rows() == count_before);
    CHECK(rows_.text().size() - rows_before == (extractor_.rows() - count_before) * extractor_.width() * (half_ ? 2 : 4));
    return report;
  }

  void Finish() {
    extractor_.Finish();
    CHECK(JsonReader(json_.text()).ArrayOfObjects() == extractor_.rows());
    CHECK(extractor_.rows() == 0 || rows_.text().size() == extractor_.rows() * extractor_.width() * (half_ ? 2 : 4));
  }

  const std::string& rows() const { return rows_.text(); }
  const std::string& json() const { return json_.text(); }
  const embedding::Extractor& extractor() const { return extractor_; }

 private:
  StringSink rows_, json_;
  embedding::Extractor extractor_;
  const bool half_;
};

}  // namespace bowerbird::fuzz

#endif  // BOWERBIRD_FUZZ_EXTRACT_CHECK_H_
