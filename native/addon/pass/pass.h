// One pass over one TFRecord stream: finds its records, and what is wrong with it, and gives the records to a RecordSink. The state behind
// the JavaScript class RecordPass.
#ifndef BOWERBIRD_ADDON_PASS_PASS_H_
#define BOWERBIRD_ADDON_PASS_PASS_H_

#include <memory>
#include <string>
#include <vector>

#include "addon/pass/sink.h"
#include "addon/warm_buffers.h"
#include "core/hash/proof.h"
#include "core/records/record_stream.h"
#include "os/input_window.h"

namespace bowerbird::addon {

// Which findings end the pass. The numbers cross to TypeScript.
enum class StopOn : uint8_t { kAnyFault = 0, kDamage = 1, kNothing = 2 };

// Counters in memory shared by all threads of a run; the layout is src/counters.ts. Null members where nobody counts.
struct SharedCounters {
  int32_t* stop = nullptr;
  uint64_t* bytes = nullptr;
  uint64_t* records = nullptr;
};

class Pass {
 public:
  // Why Run() returned. The numbers cross to TypeScript.
  enum class Event : int {
    kEnd = 0,  // all has been read, and given to the sink
    kNeedInput = 1,
    kNeedName = 2,
    kFaults = 3,
    kStopped = 4,
    kBatch = 5,
    kError = 6,
    kPaused = 7,
  };
  struct Counts {
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
    // Of the record that would come next.
    uint64_t next_index = 0;
    uint64_t next_offset = 0;
  };

  Pass(std::shared_ptr<WarmBuffers> warm, std::unique_ptr<RecordSink> sink, StopOn stop_on, uint64_t max_record, SharedCounters counters);
  ~Pass();

  // Reads from byte `from` on. 0 or an errno.
  int OpenFile(const std::string& path, uint64_t from = 0);
  os::InputWindow& input() { return *input_; }

  // Before Run():

  // Reads a part of a stream: the input begins at `offset` with the record of this index, of which `skip` are stepped over and `take` are
  // used; kEverything: to the end.
  void Slice(uint64_t index, uint64_t offset, uint64_t skip, uint64_t take);
  static constexpr uint64_t kEverything = ~uint64_t{0};
  // Notes the offset of every n-th record.
  void NotePlaces(uint64_t every) { note_every_ = every; }
  // Makes a proof of the records.
  void Prove() { prove_ = true; }

  // A local file gives kPaused every few MiB: its caller may be a thread that has other things to hear.
  Event Run();

  RecordSink& sink() { return *sink_; }
  // Behind kError.
  const SystemFailure& failure() const { return failure_; }
  std::vector<FaultReport> TakeFaults() { return std::move(faults_); }
  // Of NotePlaces(): number of records before it and offset of each.
  const std::vector<double>& noted() const { return noted_; }
  const Proof& proof() const { return proof_; }
  Counts counts() const { return {records_, payload_bytes_, stream_.index(), stream_.offset()}; }

 private:
  // False where Run() returns, and for which event. No optional: its two halves are stored apart and loaded as one, which waits.
  bool LookAround(Event* event);
  bool Take(Event* event);
  static bool Return(Event with, Event* event) {
    *event = with;
    return false;
  }
  void Note(Bytes payload);
  bool AddFault(FaultReport report);
  Event Failed(SystemFailure failure);
  void Publish();
  bool StopAsked() const;

  const std::shared_ptr<WarmBuffers> warm_;
  const std::unique_ptr<RecordSink> sink_;
  Batch* const batch_;     // the sink's
  FaultReport rejection_;  // what the sink says of the record at hand; made once, since records may be tiny and many
  const StopOn stop_on_;
  const SharedCounters counters_;
  const std::unique_ptr<os::InputWindow> input_;
  std::string input_path_;
  RecordStream stream_;

  bool prove_ = false;
  Proof proof_;
  uint64_t note_every_ = 0;
  std::vector<double> noted_;
  uint64_t skip_ = 0;
  uint64_t left_ = kEverything;

  std::vector<FaultReport> faults_;
  uint64_t records_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t published_bytes_ = 0;
  uint64_t published_records_ = 0;
  bool ended_ = false;       // the stream
  bool sink_ended_ = false;
  SystemFailure failure_;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_PASS_PASS_H_
