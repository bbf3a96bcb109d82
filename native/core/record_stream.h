// Records of a TFRecord stream one after another, whatever happened to the file: damage is reported with its extent, and, when
// wanted, the stream goes on at the next intact record.
#ifndef BOWERBIRD_CORE_RECORD_STREAM_H_
#define BOWERBIRD_CORE_RECORD_STREAM_H_

#include <cstdint>

#include "core/bytes.h"
#include "core/fault.h"
#include "core/tfrecord.h"

namespace bowerbird {

// A window over a stream of bytes. The cores' view of files, pipes and decompressors.
class Input {
 public:
  enum class Status : uint8_t {
    kOk,     // the window holds what was asked for, or all that is left
    kEmpty,  // nothing is there now; more will be given before the next call
    kError,  // reading failed; whoever made the input knows why
  };

  virtual ~Input() = default;
  // Bytes from the position on that are in memory. Valid until the next Fill() or Skip().
  virtual Bytes Window() const = 0;
  // Bytes from the position to the end, or tfrecord::kUnknown.
  virtual uint64_t Left() const = 0;
  // Makes the window at least `need` bytes long, or as long as the stream. REQUIRES: need <= Left().
  virtual Status Fill(uint64_t need) = 0;
  // Moves the position. REQUIRES: count <= Window().size().
  virtual void Skip(uint64_t count) = 0;
};

class RecordStream {
 public:
  // `salvage`: after damage, look for the next intact record. `max_record` bounds the memory that one record may take.
  RecordStream(Input& input, bool salvage, uint64_t max_record) : input_(input), salvage_(salvage), max_record_(max_record) {}

  // What index() and offset() say of the first record, where the input begins in the middle of a stream. REQUIRES: before Next()
  void StartAt(uint64_t index, uint64_t offset) {
    index_ = index;
    offset_ = offset;
  }

  enum class Event : uint8_t {
    kRecord,   // payload(), index(), offset(); then Advance()
    kDamage,   // report(); without salvage the stream ends here
    kEnd,
    kEmpty,    // as Input::Status::kEmpty: give more and call again
    kError,
  };
  Event Next();
  // Steps over the record that Next() returned.
  void Advance();

  Bytes payload() const { return payload_; }
  // Of the record at the position; a damaged stretch counts as one record.
  uint64_t index() const { return index_; }
  uint64_t offset() const { return offset_; }
  const FaultReport& report() const { return report_; }

 private:
  enum class State : uint8_t { kReading, kAfterFault, kSearching, kEnded };

  Event Read();
  Event AfterFault();
  Event Search();
  Event Require(uint64_t need);
  Event EndDamage(uint64_t next_offset);
  bool MayCheck(uint64_t extent) const;
  void Step(uint64_t count) {
    input_.Skip(count);
    offset_ += count;
  }

  Input& input_;
  const bool salvage_;
  const uint64_t max_record_;
  State state_ = State::kReading;
  uint64_t index_ = 0;
  uint64_t offset_ = 0;
  Bytes payload_;
  uint64_t extent_ = 0;  // of the record at the position
  FaultReport report_;
  uint64_t searched_ = 0;  // bytes of the damaged stretches so far
  uint64_t checked_ = 0;   // bytes checksummed in vain and then searched again
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_RECORD_STREAM_H_
