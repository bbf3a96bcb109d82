// RecordStream behind damage: where the next record of the file begins. The rule stands in record_stream.h.
#include <algorithm>

#include "core/records/record_stream.h"

namespace bowerbird {

using tfrecord::Frame;
using tfrecord::HeaderHolds;
using tfrecord::kFooterSize;
using tfrecord::kHeaderSize;
using tfrecord::kOverhead;
using tfrecord::kUnknown;

namespace {

// What may be spent in vain before it has to be in proportion to anything.
constexpr uint64_t kFree = uint64_t{64} << 20;
// A length that follows from two words of a damaged header is tried up to here; one that is one bit off, up to the limit of records.
constexpr uint64_t kGuessed = uint64_t{64} << 20;
// How far ahead one looks for the end of a payload in which a candidate may lie.
constexpr uint64_t kSight = uint64_t{16} << 20;
// A row of records that leaves a believed record has to go on for so long: bytes that came into a payload push what it holds beyond its end.
constexpr uint64_t kBeyond = uint64_t{64} << 10;
// How deep records lie in records.
constexpr uint64_t kDepth = 4;
// Behind a longer row of records a few bytes are a second damage: records that hold records are rarer than that.
constexpr uint64_t kShortRow = uint64_t{4} << 10;
// What it costs to try a checksum, in bytes that could be searched meanwhile.
constexpr uint64_t kTrial = 256;

uint64_t ExtentOf(const uint8_t* header) {
  const uint64_t length = LoadLE64(header);
  return length > kUnknown - kOverhead ? kUnknown : length + kOverhead;
}

// The end, or another header. REQUIRES: extent <= window.size(), and the window reaches kHeaderSize beyond it or to the end
bool EndsWell(Bytes window, uint64_t extent) {
  return window.size() == extent || (window.size() - extent >= kHeaderSize && HeaderHolds(window.data() + extent));
}

bool PayloadHolds(Bytes frame) {
  const uint64_t end = frame.size() - kFooterSize;
  return Crc32cMask(Crc32c(frame.subspan(kHeaderSize, end - kHeaderSize))) == LoadLE32(frame.data() + end);
}

// Of a damaged record, or one that was cut: they begin with a header that holds or is one bit away from it, or end with the checksum of no
// payload.
bool HoldsHeader(Bytes bytes) {
  if (bytes.size() < kHeaderSize) return false;
  if (HeaderHolds(bytes.data())) return true;
  if (bytes.size() == kOverhead && LoadLE32(bytes.data() + kHeaderSize) == Crc32cMask(Crc32c({}))) return true;
  const auto guesses = tfrecord::GuessLengths(bytes.data());
  return std::any_of(guesses.begin(), guesses.end(), [](const auto& guess) { return guess.one_bit; });
}

}  // namespace

// At a place where a record should begin.
RecordStream::Event RecordStream::BeginSearch() {
  guess_ = 0;
  span_ = 0;
  state_ = State::kTryingLengths;
  return TryLengths();
}

// What its header may still say.
RecordStream::Event RecordStream::TryLengths() {
  if (const Event event = Require(PayloadProof::kStarts); event != Event::kRecord) return event;
  const Bytes lead = input_.Window();
  anchor_ = offset_;
  proof_.Begin(lead);
  const bool is_header = lead.size() >= kHeaderSize;
  const bool holds = is_header && HeaderHolds(lead.data());
  std::array<tfrecord::LengthGuess, tfrecord::kLengthGuesses> guesses{};
  if (holds) {
    guesses[0] = {LoadLE64(lead.data()), true};
  } else if (is_header) {
    guesses = tfrecord::GuessLengths(lead.data());
  }
  for (const size_t count = holds ? 1 : is_header ? guesses.size() : 0; guess_ < count; ++guess_) {
    const auto [length, believed] = guesses[guess_];
    const uint64_t limit = believed ? max_record_ : std::min(max_record_, kGuessed);
    if (limit < kOverhead || length > limit - kOverhead) continue;
    const uint64_t extent = length + kOverhead;
    if (believed) span_ = offset_ + extent;
    if (extent > input_.Left() || (!holds && !MayCheck(extent))) continue;
    if (const Event event = Require(extent + kHeaderSize); event != Event::kRecord) return event;
    const Bytes window = input_.Window();
    if (window.size() < extent) continue;  // a stream whose length was not known
    if (window.size() == extent || (!holds && PayloadHolds(window.first(extent)))) return EndDamage(extent);
    if (EndsWell(window, extent)) {
      // A header stands there; chance may have brought it, when bytes came in or are missing.
      look_crc_ = Crc32c(window.first(extent));
      BeginLook(extent, 0);
      return Look();
    }
    checked_ += extent;
  }
  passed_crc_ = 0;
  last_four_ = 0;
  Pass(std::min<uint64_t>(1, input_.Window().size()));
  state_ = State::kSearching;
  return Search();
}

// Steps, and keeps what a proof needs of the bytes.
void RecordStream::Pass(uint64_t count) {
  const Bytes passed = input_.Window().first(count);
  passed_crc_ = Crc32cExtend(passed_crc_, passed);
  for (const uint8_t byte : passed.last(std::min<uint64_t>(count, kFooterSize))) last_four_ = last_four_ >> 8 | uint32_t{byte} << 24;
  Step(count);
}

RecordStream::Event RecordStream::Search() {
  for (;;) {
    if (const Event event = Require(kHeaderSize); event != Event::kRecord) return event;
    const Bytes window = input_.Window();
    if (span_ != 0 && offset_ >= span_) {
      // What follows the believed record is damaged as well.
      if (offset_ == span_ && window.size() >= kHeaderSize && !HeaderHolds(window.data())) return BeginSearch();
      span_ = 0;
    }
    if (window.size() < kHeaderSize) return EndDamage(window.size());
    uint64_t places = window.size() - kHeaderSize + 1;
    if (span_ != 0) places = std::min(places, span_ - offset_);
    uint64_t at = 0;
    while (at < places && !HeaderHolds(window.data() + at)) ++at;
    Pass(at);
    if (at == places) continue;

    // Something that looks like a header. The damaged record ends here if a checksum of its payload does.
    if (span_ == 0 && proof_.At(offset_ - anchor_, passed_crc_, last_four_) == PayloadProof::Ending::kRecord) return EndDamage(0);
    // Else it is a record if all of it is there and its payload holds as well, unless it lies in the payload of another.
    const uint64_t extent = ExtentOf(input_.Window().data());
    if (extent > input_.Left() || !MayCheck(extent)) {
      Pass(1);
      continue;
    }
    if (const Event event = Require(extent); event != Event::kRecord) return event;
    if (tfrecord::ReadFrame(input_.Window(), input_.Left()).kind == Frame::Kind::kRecord) {
      look_crc_ = passed_crc_;
      BeginLook(0, extent);
      return Look();
    }
    if (input_.Window().size() < extent) {
      // A stream of unknown length came to its end. What is promised beyond was never looked at.
      checked_ += input_.Window().size();
      Pass(1);
      continue;
    }
    if (const Event event = Require(extent + kHeaderSize); event != Event::kRecord) return event;
    if (span_ == 0 && EndsWell(input_.Window(), extent)) {
      Pass(extent);  // a damaged record: what it holds is its own
    } else {
      checked_ += extent;
      Pass(1);
    }
  }
}

// The candidate begins so many bytes ahead; what is known to hold of it is passed over. `look_crc_` is that of the bytes up to it.
void RecordStream::BeginLook(uint64_t ahead, uint64_t known) {
  candidate_ = offset_ + ahead;
  look_crc_to_ = candidate_;
  row_last_ = candidate_;
  row_end_ = 0;
  look_at_ = candidate_ + known;
  in_row_ = true;
  state_ = State::kLooking;
}

// The row of records that the candidate begins is followed by its headers, and then the bytes behind it are searched for the end of a
// payload that all of them lie in.
RecordStream::Event RecordStream::Look() {
  const bool supposed = candidate_ != offset_;  // by a length, and not found by a search
  const bool within = !supposed && span_ != 0;
  const uint64_t sight = candidate_ - offset_ + (supposed ? kBeyond : within ? span_ - offset_ + kBeyond : kSight);
  // Nothing speaks against what was found. What was only supposed, and is followed by no more than a short row, may yet be found.
  const auto undecided = [&] { return supposed && row_end_ != 0 ? RefuseCandidate(candidate_) : EndDamage(candidate_ - offset_); };
  for (;;) {
    const uint64_t ahead = look_at_ - offset_;
    if (ahead > sight || looked_ > kFree + 4 * offset_) return undecided();
    if (const Event event = Require(ahead + kHeaderSize); event != Event::kRecord) return event;
    const Bytes window = input_.Window();
    if (in_row_) {
      if (window.size() == ahead) return undecided();
      if (window.size() >= ahead + kHeaderSize && HeaderHolds(window.data() + ahead)) {
        const uint64_t extent = ExtentOf(window.data() + ahead);
        if (extent > sight) return undecided();
        row_last_ = look_at_;
        looked_ += kOverhead;
        bool holds = true;
        // Bytes that are missing may join the last frame of a payload to the next record.
        if (within && look_at_ < span_) {
          if (const Event event = Require(ahead + extent); event != Event::kRecord) return event;
          const Bytes rest = input_.Window().subspan(ahead);
          holds = rest.size() >= extent && PayloadHolds(rest.first(extent));
          looked_ += extent;
        }
        if (holds) {
          look_at_ += extent;
          continue;
        }
      }
      const bool is_cut = window.size() < ahead;
      if (is_cut) look_at_ = row_last_;
      if (row_end_ == 0) row_end_ = look_at_;
      if (within) return RefuseCandidate(row_end_);
      if (is_cut) ++look_at_;
      in_row_ = false;
      continue;
    }

    const uint64_t places = window.size() >= kHeaderSize ? window.size() - kHeaderSize + 1 : 0;
    uint64_t at = ahead;
    while (at < places && at <= sight && !HeaderHolds(window.data() + at)) ++at;
    looked_ += at - ahead;
    look_at_ = offset_ + at;
    const bool found = at < places && at <= sight;
    if (!found && (at > sight || input_.Left() != window.size())) continue;

    const uint64_t end = found ? at : window.size();
    const uint64_t known = look_crc_to_ - offset_;
    look_crc_ = Crc32cExtend(look_crc_, window.subspan(known, end - known));
    look_crc_to_ = offset_ + end;
    looked_ += end - known + kTrial;
    const auto ending = proof_.At(look_crc_to_ - anchor_, look_crc_, LoadLE32(window.data() + end - kFooterSize));
    if (ending == PayloadProof::Ending::kRecord) return EndDamage(end);
    if (IsFooters(window.subspan(row_end_ - offset_, look_crc_to_ - row_end_)) || ending == PayloadProof::Ending::kOther) return RefuseCandidate(look_crc_to_);
    if (!found) return undecided();
    in_row_ = true;
  }
}

// Nothing but checksums is left over behind a row: those of payloads, one in the other, which ended with it; before it there is room for
// their headers.
bool RecordStream::IsFooters(Bytes left_over) const {
  const uint64_t depth = left_over.size() / kFooterSize;
  const bool fit = left_over.size() % kFooterSize == 0 && depth <= kDepth && candidate_ - report_.offset >= depth * kHeaderSize;
  return fit && row_end_ - candidate_ <= kShortRow && !HoldsHeader(left_over);
}

// What was found lies in a payload, like all up to `end`; what was supposed sends us to the next supposition.
RecordStream::Event RecordStream::RefuseCandidate(uint64_t end) {
  if (candidate_ != offset_) {
    checked_ += candidate_ - offset_;
    ++guess_;
    state_ = State::kTryingLengths;
    return TryLengths();
  }
  Pass(end - offset_);
  state_ = State::kSearching;
  return Search();
}

// Whatever turns out to be no record costs its length. In an honest file that is damaged records, which do not overlap; in one made to
// waste our time they do, so all that may be spent on them is a multiple of what was searched, and the rest of the file once.
bool RecordStream::MayCheck(uint64_t extent) const {
  const uint64_t left = input_.Left();
  const uint64_t searched = searched_ + (offset_ - report_.offset);
  return extent <= max_record_ && checked_ + extent <= kFree + 4 * searched + (left == kUnknown ? max_record_ : left);
}

// The next record begins, or the stream ends, so many bytes ahead.
RecordStream::Event RecordStream::EndDamage(uint64_t ahead) {
  Step(ahead);
  report_.length = offset_ - report_.offset;
  searched_ += report_.length;
  ++index_;
  state_ = State::kReading;
  return Event::kDamage;
}

}  // namespace bowerbird
