// Every chunk of a file from its beginning, verified, whatever happened to the file: damage is reported with its extent, and the scan goes on
// at the next chunk that stands.
#ifndef BOWERBIRD_CORE_RECORDS_CHUNK_SCAN_H_
#define BOWERBIRD_CORE_RECORDS_CHUNK_SCAN_H_

#include <unordered_set>

#include "core/hash/proof.h"
#include "core/records/record_chunk.h"
#include "core/records/record_stream.h"
#include "core/records/riegeli.h"

namespace bowerbird::riegeli {

class ChunkScan {
 public:
  // `file_size` as the input has it. Sees that the records come out of every chunk that holds some, but for those that no codec reads;
  // a chunk that decodes to more than `most_decoded` bytes is too large.
  ChunkScan(Input& input, uint64_t file_size, const Codecs& codecs, uint64_t most_decoded)
      : input_(input), file_size_(file_size), codecs_(codecs), most_decoded_(most_decoded) {}

  // The input begins there, where a chunk does. REQUIRES: before Next()
  void StartAt(uint64_t position) { position_ = next_ = current_.end = position; }

  // Where the file's index says that its chunks of records begin, in order, the footer last: behind damage the walk goes on at the next of
  // these, and what stands elsewhere before the footer is none of the file's records. REQUIRES: before Next()
  void Expect(std::vector<uint64_t> places) { expected_ = std::move(places); }

  // Adds the records of intact chunks that begin before `before` to a proof; one that no codec reads is kNoCodec then.
  void Prove(Proof& proof, uint64_t before) {
    proof_ = &proof;
    prove_before_ = before;
  }

  enum class Event : uint8_t {
    kChunk,   // header() and where it stands; finding().ok() unless the chunk is damaged inside a header that holds
    kDamage,  // finding(); what stands at [begin(), end()) is not known
    kEnd,
    kEmpty,  // as Input::Status::kEmpty: call again
    kError,
  };
  Event Next();

  const ChunkHeader& header() const { return current_.header; }
  uint64_t begin() const { return current_.begin; }
  uint64_t end() const { return current_.end; }
  const Finding& finding() const { return current_.finding; }
  // Of a chunk that holds records; kNone also where it cannot be told.
  Codec codec() const { return current_.codec; }

 private:
  struct Chunk {
    uint64_t begin = 0, end = 0;
    ChunkHeader header = {};
    Finding finding = {};
    Codec codec = Codec::kNone;
    size_t piece = 0, pieces = 0;  // of its payload, in pieces_: the first, and how many
  };

  Window window() const { return {input_.Window(), position_, file_size_}; }
  bool Fill(uint64_t end, Event& failed);
  bool Step(uint64_t end, Event& failed);
  bool LookAhead(Event& failed);
  Finding Collect();
  void CheckChunks();
  Fault CheckRecords(Chunk& chunk, std::span<const Bytes> payload);
  void AddToProof(Bytes records);
  bool Gather(std::span<const Bytes> payload, uint64_t size, Bytes& joined);
  bool IsForeign(uint64_t begin, const ChunkHeader& header, uint64_t end) const;
  bool IsContradicted(uint64_t begin, uint64_t end) const;
  uint64_t NextExpected(uint64_t position) const;
  bool FindNext(uint64_t& next, Event& failed);
  bool FindBlock(BlockHeader& block, Event& failed);
  bool LeadsTo(uint64_t at, uint64_t goal, std::unordered_set<uint64_t>& dead) const;

  Input& input_;
  uint64_t file_size_;
  const Codecs& codecs_;
  const uint64_t most_decoded_;
  Proof* proof_ = nullptr;
  uint64_t prove_before_ = 0;
  uint64_t position_ = 0;  // of the input
  uint64_t next_ = 0;      // where the next chunk is looked for
  bool is_sure_ = true;    // that one begins there, or the file ends
  std::vector<uint64_t> expected_;
  Chunk current_;
  // What the window showed behind position_: found and hashed together, told one by one.
  std::vector<Chunk> ahead_;
  size_t told_ = 0;
  std::vector<Bytes> pieces_;  // borrow the window while LookAhead() runs
  highway::BatchHasher hasher_{kHashKey};
  ByteBuffer gathered_, decoded_;
  DecodeScratch scratch_;
  std::vector<uint64_t> sizes_;
};

}  // namespace bowerbird::riegeli

#endif  // BOWERBIRD_CORE_RECORDS_CHUNK_SCAN_H_
