#include "core/records/record_stream.h"

#include <algorithm>

namespace bowerbird {

using tfrecord::Frame;

RecordStream::Event RecordStream::Next() {
  switch (state_) {
    case State::kReading: return Read();
    case State::kTryingLengths: return TryLengths();
    case State::kSearching: return Search();
    case State::kLooking: return Look();
    case State::kEnded: break;
  }
  return Event::kEnd;
}

void RecordStream::Advance() {
  Step(extent_);
  ++index_;
}

// kRecord when the window now holds `need` bytes, or all that is left.
RecordStream::Event RecordStream::Require(uint64_t need) {
  switch (input_.Fill(std::min(need, input_.Left()))) {
    case Input::Status::kOk: return Event::kRecord;
    case Input::Status::kEmpty: return Event::kEmpty;
    case Input::Status::kError: break;
  }
  return Event::kError;
}

RecordStream::Event RecordStream::Read() {
  for (;;) {
    const Frame frame = tfrecord::ReadFrame(input_.Window(), input_.Left());
    Fault fault = frame.fault;
    uint64_t a = frame.a, b = frame.b;
    switch (frame.kind) {
      case Frame::Kind::kRecord:
        if (frame.extent > max_record_) break;
        payload_ = frame.payload;
        extent_ = frame.extent;
        return Event::kRecord;
      case Frame::Kind::kEnd:
        state_ = State::kEnded;
        return Event::kEnd;
      case Frame::Kind::kNeedMore:
        if (frame.need <= max_record_) {
          if (const Event event = Require(frame.need); event != Event::kRecord) return event;
          continue;
        }
        break;
      case Frame::Kind::kFault: break;
    }
    // Even when the window happens to hold it: what is too large must not depend on how the file is read.
    const uint64_t extent = frame.kind == Frame::Kind::kNeedMore ? frame.need : frame.extent;
    if (extent > max_record_ && fault != Fault::kTruncatedRecord) {
      fault = Fault::kRecordTooLarge;
      a = extent;
      b = max_record_;
    }
    report_ = {.fault = fault, .record = index_, .offset = offset_, .length = 0, .a = a, .b = b, .text = {}};
    if (salvage_) return BeginSearch();
    report_.length = fault == Fault::kDataCrc ? frame.extent : input_.Left();
    state_ = State::kEnded;
    return Event::kDamage;
  }
}

}  // namespace bowerbird
