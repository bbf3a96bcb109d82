// One pass of `extract` over the records of a file: rows of the embedding go to one sink, their metadata as JSON to another.
#ifndef BOWERBIRD_CORE_EMBEDDING_EMBEDDING_H_
#define BOWERBIRD_CORE_EMBEDDING_EMBEDDING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/embedding/archive_name.h"
#include "core/base/bytes.h"
#include "core/embedding/convert.h"
#include "core/embedding/example.h"
#include "core/base/fault.h"
#include "core/embedding/npy_header.h"
#include "core/embedding/tensor.h"

namespace bowerbird::embedding {

enum class Names : uint8_t { kArchive, kStrict, kNone, kCaller };
enum class OutputType : uint8_t { kFloat32, kFloat16 };

inline constexpr int64_t kAllChannels = -1;

struct Options {
  std::string feature = "embedding";
  Names names = Names::kArchive;
  int64_t channel = 0;  // or kAllChannels
  double hop = 5;       // seconds from one window to the next
  OutputType output = OutputType::kFloat32;
};

// Takes bytes in order; they are borrowed for the call.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void Append(Bytes bytes) = 0;
};

class Extractor {
 public:
  Extractor(Options options, Sink& rows, Sink& json);

  enum class Outcome : uint8_t { kTaken, kRejected, kNeedName };

  // Takes the record, or says why not in `report` (fault, a, b, text). kNeedName (Names::kCaller only): look at pending_name(), call
  // GiveName() or RefuseName(), then Take() the same record again.
  Outcome Take(Bytes record, uint64_t index, FaultReport& report);

  const std::string& pending_name() const { return name_; }
  // JSON text of what stands before recording_offset_in_file (such as "{") and after it (such as ", \"filename\": ...}").
  void GiveName(std::string head, std::string tail);
  void RefuseName();

  // Ends the JSON. Call once, after the last record.
  void Finish();

  // What stands before the rows in their .npy file. REQUIRES: no record is taken any more
  static constexpr uint64_t kNpyHeadSize = kNpyHeaderSize;
  std::string NpyHead() const;

  uint64_t rows() const { return row_count_; }
  // Of the first record taken; 0 before.
  uint64_t width() const { return width_; }
  uint64_t assumed_utc() const { return assumed_utc_; }
  uint64_t without_zone() const { return without_zone_; }
  // Values of rows written that were finite and are infinite in the output's type.
  uint64_t overflowed() const { return overflowed_; }

 private:
  enum class NameState : uint8_t { kNone, kGood, kBad, kWaiting };

  bool ReadName(const example::Wanted& wanted, FaultReport& report);
  bool ReadTimestamp(const example::Wanted& wanted, float& seconds, FaultReport& report);
  bool ReadTensor(const example::Wanted& wanted, const example::Wanted& shape, tensor::TensorView& view, FaultReport& report);
  bool CheckShapeFeature(const example::Wanted& shape, const tensor::TensorView& view, FaultReport& report);
  void WriteRows(const tensor::TensorView& view);
  void WriteConverted(const uint8_t* values, uint64_t count, uint32_t dtype);
  void WriteMetadata(float seconds, uint64_t windows, uint64_t channels);
  void ResolveName();

  const Options options_;
  const std::string shape_feature_;
  Sink& rows_;
  Sink& json_;

  std::string name_;  // of the last record, so that a run of equal names is read once
  NameState name_state_ = NameState::kNone;
  bool name_utc_ = false;
  bool name_without_zone_ = false;
  std::string head_;
  std::string tail_;

  std::string text_;  // metadata of one record
  std::vector<uint8_t> expanded_;  // values of a tensor that does not hold them as they are in memory
  uint64_t row_count_ = 0;
  uint64_t width_ = 0;
  uint64_t width_record_ = 0;
  uint64_t assumed_utc_ = 0;
  uint64_t without_zone_ = 0;
  uint64_t overflowed_ = 0;
};

}  // namespace bowerbird::embedding

#endif  // BOWERBIRD_CORE_EMBEDDING_EMBEDDING_H_
