#include "core/record_stream.h"

#include <algorithm>

namespace bowerbird {

using tfrecord::Frame;
using tfrecord::kHeaderSize;
using tfrecord::kUnknown;

RecordStream::Event RecordStream::Next() {
  switch (state_) {
    case State::kReading: return Read();
    case State::kAfterFault: return AfterFault();
    case State::kSearching: return Search();
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
    extent_ = fault == Fault::kDataCrc ? frame.extent : 0;
    state_ = State::kAfterFault;
    return AfterFault();
  }
}

// Where the length can be trusted, the next record should begin right behind; look there before looking everywhere. It also keeps
// records that lie inside a damaged payload (a TFRecord in a TFRecord) from being taken for records of this file.
RecordStream::Event RecordStream::AfterFault() {
  if (!salvage_) {
    report_.length = extent_ != 0 ? extent_ : input_.Left();
    state_ = State::kEnded;
    return Event::kDamage;
  }
  if (extent_ != 0) {
    if (const Event event = Require(extent_ + kHeaderSize); event != Event::kRecord) return event;
    const Bytes window = input_.Window();
    const bool at_end = window.size() == extent_;
    const bool next_holds = window.size() >= extent_ + kHeaderSize && tfrecord::HeaderHolds(window.data() + extent_);
    if (at_end || next_holds) {
      Step(extent_);
      return EndDamage(offset_);
    }
    checked_ += extent_;
  }
  if (const Event event = Require(1); event != Event::kRecord) return event;
  Step(1);
  state_ = State::kSearching;
  return Search();
}

RecordStream::Event RecordStream::Search() {
  for (;;) {
    if (const Event event = Require(kHeaderSize); event != Event::kRecord) return event;
    const Bytes window = input_.Window();
    if (window.size() < kHeaderSize) {
      Step(window.size());
      return EndDamage(offset_);
    }
    const uint64_t last = window.size() - kHeaderSize;
    uint64_t at = 0;
    while (at <= last && !tfrecord::HeaderHolds(window.data() + at)) ++at;
    Step(at);
    if (at > last) continue;

    // Something that looks like a header. It is a record if all of it is there and its payload holds as well.
    const uint64_t length = LoadLE64(input_.Window().data());
    const uint64_t extent = length > kUnknown - tfrecord::kOverhead ? kUnknown : length + tfrecord::kOverhead;
    if (extent > input_.Left() || !MayCheck(extent)) {
      Step(1);
      continue;
    }
    if (const Event event = Require(extent); event != Event::kRecord) return event;
    if (tfrecord::ReadFrame(input_.Window(), input_.Left()).kind == Frame::Kind::kRecord) return EndDamage(offset_);
    // What it promises beyond the end (of a stream whose length nobody knew) was never looked at.
    checked_ += std::min<uint64_t>(extent, input_.Window().size());
    Step(1);
  }
}

// Whatever turns out to be no record costs its length. In an honest file that is damaged records, which do not overlap; in one made to
// waste our time they do, so all that may be spent on them is a multiple of what was searched, and the rest of the file once.
bool RecordStream::MayCheck(uint64_t extent) const {
  constexpr uint64_t kFree = uint64_t{64} << 20;
  const uint64_t left = input_.Left();
  const uint64_t searched = searched_ + (offset_ - report_.offset);
  return extent <= max_record_ && checked_ + extent <= kFree + 4 * searched + (left == kUnknown ? max_record_ : left);
}

RecordStream::Event RecordStream::EndDamage(uint64_t next_offset) {
  report_.length = next_offset - report_.offset;
  searched_ += report_.length;
  ++index_;
  state_ = State::kReading;
  return Event::kDamage;
}

}  // namespace bowerbird
