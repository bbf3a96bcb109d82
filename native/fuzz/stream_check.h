// What must hold for any stream of records, whatever the bytes: shared by the targets that read files.
#ifndef BOWERBIRD_FUZZ_STREAM_CHECK_H_
#define BOWERBIRD_FUZZ_STREAM_CHECK_H_

#include "core/hash/crc32c.h"
#include "fuzz/fuzz.h"
#include "test/memory_input.h"

namespace bowerbird::fuzz {

inline bool SameFault(const FaultReport& a, const FaultReport& b) {
  return a.fault == b.fault && a.record == b.record && a.offset == b.offset && a.length == b.length && a.a == b.a && a.b == b.b &&
         a.text == b.text;
}

// Every record is one: length and both checksums, computed by the body that uses no special instructions.
inline void CheckRecords(const test::Said& said, Bytes file) {
  const auto portable = Crc32cImplementations()[0].extend;
  for (const test::Said::Record& record : said.records) {
    const uint64_t size = record.payload.size();
    CHECK(size + 16 <= file.size() && record.offset <= file.size() - size - 16);
    const uint8_t* at = file.data() + record.offset;
    CHECK(LoadLE64(at) == size);
    CHECK(Crc32cUnmask(LoadLE32(at + 8)) == portable(0, at, 8));
    CHECK(Crc32cUnmask(LoadLE32(at + 12 + size)) == portable(0, at + 12, size));
    CHECK(record.payload == AsText(file.subspan(record.offset + 12, size)));
  }
}

// Records and damaged stretches lie side by side in order of index; with salvage they fill the file.
inline void CheckPartition(const test::Said& said, uint64_t size, bool salvage) {
  CHECK(said.ended);
  uint64_t at = 0, index = 0;
  size_t record = 0, damage = 0;
  for (; record < said.records.size() || damage < said.damages.size(); ++index) {
    if (record < said.records.size() && said.records[record].index == index) {
      CHECK(said.records[record].offset == at);
      at += said.records[record++].payload.size() + 16;
    } else {
      CHECK(damage < said.damages.size() && said.damages[damage].record == index && said.damages[damage].offset == at);
      CHECK(IsDamage(said.damages[damage].fault) && said.damages[damage].length > 0);
      at += said.damages[damage++].length;
    }
  }
  CHECK(at == size || (!salvage && !said.damages.empty() && at < size));
  CHECK(salvage || said.damages.size() <= 1);
}

}  // namespace bowerbird::fuzz

#endif  // BOWERBIRD_FUZZ_STREAM_CHECK_H_
