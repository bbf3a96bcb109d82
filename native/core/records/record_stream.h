// Records of a TFRecord stream one after another, whatever happened to the file: damage is reported with its extent, and, when
// wanted, the stream goes on at the next intact record.
#ifndef BOWERBIRD_CORE_RECORDS_RECORD_STREAM_H_
#define BOWERBIRD_CORE_RECORDS_RECORD_STREAM_H_

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/fault.h"
#include "core/records/payload_proof.h"
#include "core/records/tfrecord.h"

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

// What salvage takes for records, behind damage at a place where a record should begin:
//
// 1. The length of the damaged record is believed when its header holds or is one bit away from one that does; it is guessed from any two
//    of the header's three words. Where a header that holds or the end of the stream stands behind that length, or a guessed length's
//    payload holds, the record ends there: it alone is lost, and nothing inside is looked at.
// 2. Else the bytes are searched for a frame that holds entirely. It is a record of the file unless something shows that it lies in a
//    payload:
//    - The damaged record's length is believed: the row of frames that the candidate begins must lead out of that length and go on, or end
//      with the stream.
//    - It is not: behind the row stands the end of a payload, that is a place in front of a header or the end of the stream where a
//      checksum holds for all bytes since the damaged header; or between the row and that place is nothing but a checksum's four bytes, or
//      those of several (unless they begin with a damaged header, or the row is longer than 4 KiB: then they
//      are a second damage).
//    What lies in a payload is passed over with it. A frame whose header holds and whose payload does not, with a header or the end behind
//    it, is a damaged record and passed over as well.
// 3. Where a believed length ends, the next record should begin: 1 and 2 anew from there.
//
// So no frame inside a payload becomes a record while one bit, one word or all of the header is damaged, or the payload, or any of them
// together with the next record. What cannot be told apart is taken: frames that end exactly with a stream which
// was cut inside their record, as if they stood behind one that was never finished; and, where a header and a part of its payload are both
// overwritten, frames in the rest of that payload with other bytes behind them, as if they stood between two damaged places.
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
  enum class State : uint8_t { kReading, kTryingLengths, kSearching, kLooking, kEnded };

  Event Read();
  Event Require(uint64_t need);
  void Step(uint64_t count) {
    input_.Skip(count);
    offset_ += count;
  }

  // record_salvage.cc
  Event BeginSearch();
  Event TryLengths();
  Event Search();
  void BeginLook(uint64_t ahead, uint64_t known);
  Event Look();
  Event RefuseCandidate(uint64_t end);
  Event EndDamage(uint64_t ahead);
  bool IsFooters(Bytes left_over) const;
  bool MayCheck(uint64_t extent) const;
  void Pass(uint64_t count);

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
  uint64_t looked_ = 0;    // bytes looked at ahead

  // Offsets in the stream, like offset_.
  uint64_t anchor_ = 0;  // where the damaged record begins
  uint64_t span_ = 0;    // where it ends, if its length is believed, else 0; perhaps beyond the end of the stream
  size_t guess_ = 0;     // the next length to try
  PayloadProof proof_;   // of the damaged record
  uint32_t passed_crc_ = 0;  // of the bytes from anchor_ to offset_
  uint32_t last_four_ = 0;   // of these bytes

  // Of the candidate that is looked at.
  uint64_t candidate_ = 0;
  bool in_row_ = false;       // look_at_ is where a row should go on
  uint64_t look_at_ = 0;
  uint64_t row_last_ = 0;     // where the last record of the row begins
  uint64_t row_end_ = 0;      // where the candidate's row broke off
  uint32_t look_crc_ = 0;     // of the bytes from anchor_ to look_crc_to_
  uint64_t look_crc_to_ = 0;
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_RECORDS_RECORD_STREAM_H_
