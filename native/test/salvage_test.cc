// Salvage against an oracle that knows where the records were: frames inside payloads, several deep, and damage of every kind at every
// place. No frame of a payload may become a record, and every record that was not touched must come back.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/records/record_stream.h"
#include "test/memory_input.h"
#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using Manner = MemoryInput::Manner;

std::string Noise(size_t size, uint32_t seed) {
  std::string bytes(size, '\0');
  uint32_t state = seed * 2654435761u + 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

std::string Row(std::initializer_list<std::string> payloads) {
  std::string row;
  for (const std::string& payload : payloads) row += Framed(payload);
  return row;
}

struct File {
  std::vector<std::string> payloads;
  std::string bytes;
  std::vector<size_t> begins;  // of each record, and the end

  explicit File(std::vector<std::string> given) : payloads(std::move(given)) {
    for (const std::string& payload : payloads) {
      begins.push_back(bytes.size());
      bytes += Framed(payload);
    }
    begins.push_back(bytes.size());
  }
};

// Payloads that are rows of frames and nothing else.
File Pure() {
  const std::string inner = Row({Noise(9, 1), Noise(30, 2), Noise(3, 3)});
  return File({Noise(20, 4), inner, Noise(5, 5), Row({inner, Noise(11, 6), inner}), Row({Row({inner, inner})}), Row({""}), Noise(40, 7), Noise(1, 8), Noise(25, 9)});
}

// Payloads that hold frames among other bytes.
File Wrapped() {
  const std::string inner = "lead" + Row({Noise(9, 11), Noise(30, 12)}) + "between" + Framed(Noise(6, 13)) + "and the tail";
  return File({Noise(20, 14), inner, Noise(5, 15), "x" + Framed(inner) + Framed(inner) + "y", Noise(40, 17), Noise(1, 18), Noise(25, 19)});
}

struct Damage {
  size_t from = 0, to = 0;  // bytes of the file that were lost or changed; equal where bytes came in between
  std::string in;           // what stands there now
};

std::string Applied(const File& file, const Damage& damage) {
  return file.bytes.substr(0, damage.from) + damage.in + file.bytes.substr(damage.to);
}

// Empty, or what is wrong. `lenient`: frames of payloads may come up, since nothing tells them from records.
std::string Wrong(const File& file, const Damage& damage, const Said& said, bool lenient) {
  if (!said.ended) return "it did not end";
  std::map<size_t, size_t> where;  // offset now -> record
  const std::string bytes = Applied(file, damage);
  const size_t moved = damage.in.size() - (damage.to - damage.from);
  for (size_t i = 0; i < file.payloads.size(); ++i) {
    // A record may also have been made whole by what came in.
    const std::string frame = Framed(file.payloads[i]);
    for (const size_t at : {file.begins[i], file.begins[i] + moved}) {
      if (at < bytes.size() && bytes.compare(at, frame.size(), frame) == 0) where[at] = i;
    }
  }
  size_t found = 0;
  for (const Said::Record& record : said.records) {
    const auto known = where.find(record.offset);
    if (known != where.end() && file.payloads[known->second] == record.payload) {
      ++found;
    } else if (!lenient) {
      return "an invented record at " + std::to_string(record.offset);
    }
  }
  return found == where.size() ? "" : "only " + std::to_string(found) + " of " + std::to_string(where.size()) + " intact records";
}

void Expect(const File& file, const Damage& damage, const char* what, bool lenient = false) {
  const std::string bytes = Applied(file, damage);
  for (const auto& [block, manner] : {std::pair{uint64_t{1} << 20, Manner::kFile}, std::pair{uint64_t{7}, Manner::kPipe}}) {
    MemoryInput input(AsBytes(bytes), block, manner);
    const std::string wrong = Wrong(file, damage, ReadAll(input, true), lenient);
    EXPECT_TRUE(wrong.empty()) << what << " " << damage.from << " to " << damage.to << " (" << damage.in.size() << "): " << wrong;
  }
}

TEST(SalvageInventsNothingWhereBitsAreFlipped) {
  for (const File& file : {Pure(), Wrapped()}) {
    for (size_t bit = 0; bit < file.bytes.size() * 8; ++bit) {
      const char flipped = static_cast<char>(file.bytes[bit / 8] ^ 1 << bit % 8);
      Expect(file, {bit / 8, bit / 8 + 1, {flipped}}, "flipped bit");
    }
  }
}

// Two flips: the damaged header has to be read around, since its payload cannot vouch for it.
TEST(SalvageInventsNothingWhereHeaderAndPayloadAreFlipped) {
  for (const File& file : {Pure(), Wrapped()}) {
    for (size_t i = 0; i + 1 < file.payloads.size(); ++i) {
      const size_t begin = file.begins[i], end = file.begins[i + 1];
      for (size_t bit = 0; bit < 12 * 8; ++bit) {
        for (size_t other = begin + 12; other < end; other += 1 + (end - begin) / 9) {
          std::string in = file.bytes.substr(begin, end - begin);
          in[bit / 8] ^= static_cast<char>(1 << bit % 8);
          in[other - begin] ^= 4;
          Expect(file, {begin, end, in}, "two flips in record");
        }
      }
    }
  }
}

TEST(SalvageInventsNothingWhereTheNextRecordIsDamagedToo) {
  for (const File& file : {Pure(), Wrapped()}) {
    for (size_t i = 0; i + 1 < file.payloads.size(); ++i) {
      const size_t begin = file.begins[i], middle = file.begins[i + 1], end = file.begins[i + 2];
      for (size_t a = begin; a < middle; ++a) {
        for (size_t b = middle; b < end; b += b < middle + 12 ? 1 : 7) {
          std::string in = file.bytes.substr(begin, end - begin);
          in[a - begin] ^= 1;
          in[b - begin] ^= 1;
          Expect(file, {begin, end, in}, "flips in two records");
        }
      }
    }
  }
}

// Records without a payload are sixteen bytes, which could as well be four checksums.
TEST(SalvageLosesOnlyTheTwoRecordsThatAreDamaged) {
  const std::string inner = Row({Noise(9, 21), "", Noise(3, 23)});
  const File file({Noise(20, 24), "", Noise(120, 25), inner, "", "", Noise(5, 26), Row({inner, ""}), "", Noise(40, 27), Noise(1, 28), "", Noise(25, 29)});
  for (size_t i = 0; i < file.payloads.size(); ++i) {
    for (size_t j = i + 1; j < file.payloads.size(); ++j) {
      const size_t begin = file.begins[i], other = file.begins[j], end = file.begins[j + 1];
      for (const size_t a : {begin + 1, begin + 9, file.begins[i + 1] - 5, file.begins[i + 1] - 1}) {
        for (const size_t b : {other, other + 1, other + 10, end - 5, end - 2}) {
          std::string in = file.bytes.substr(begin, end - begin);
          in[a - begin] ^= 1;
          in[b - begin] ^= 8;
          Expect(file, {begin, end, in}, "flips in two records");
        }
      }
    }
  }
}

TEST(SalvageKeepsWhatStandsBeforeARecordThatWasCutBehindItsHeader) {
  const File file({Noise(20, 31), Noise(30, 32), "", Noise(9, 33)});
  std::string in = file.bytes.substr(0, file.begins[2] + 12);
  in[14] ^= 1;
  Expect(file, {0, file.bytes.size(), in}, "a flip and a cut");
}

// A few bytes that came in, or are left of a record, far behind the damage: they could be checksums, and are not.
TEST(SalvageLosesNoLongRowToAFewStrayBytes) {
  std::vector<std::string> payloads(100);
  for (uint32_t i = 0; i < payloads.size(); ++i) payloads[i] = Noise(100, 200 + i);
  const File file(payloads);
  for (const size_t j : {size_t{50}, size_t{90}}) {
    for (const size_t stray : {1, 4, 8, 12, 16}) {
      for (const size_t flipped : {file.begins[1] + 14, file.begins[1] + 1}) {
        std::string in = file.bytes.substr(file.begins[1], file.begins[j] - file.begins[1]);
        in[flipped - file.begins[1]] ^= 1;
        Expect(file, {file.begins[1], file.begins[j], in + std::string(stray, '\0')}, "a flip and stray bytes");
        Expect(file, {file.begins[1], file.begins[j + 1] - stray, in}, "a flip and the end of a record");
      }
    }
  }
}

TEST(SalvageInventsNothingWhereBytesAreOverwritten) {
  for (const bool pure : {true, false}) {
    const File file = pure ? Pure() : Wrapped();
    for (const size_t size : {1, 2, 3, 4, 8, 12, 13, 16, 30, 64, 150}) {
      for (size_t from = 0; from + size <= file.bytes.size(); ++from) {
        // Of a header that is gone together with a part of its payload nothing is left to prove what lies in the rest.
        bool lenient = false;
        for (size_t i = 0; !pure && i < file.payloads.size(); ++i) {
          lenient |= from < file.begins[i] + 12 && from + size > file.begins[i] + 12;
        }
        for (const std::string& in : {std::string(size, '\0'), std::string(size, '\xff'), Noise(size, static_cast<uint32_t>(from))}) {
          Expect(file, {from, from + size, in}, "overwritten", lenient);
        }
      }
    }
  }
}

TEST(SalvageInventsNothingWhereBytesCameIn) {
  for (const bool pure : {true, false}) {
    const File file = pure ? Pure() : Wrapped();
    for (const size_t size : {1, 2, 3, 4, 5, 8, 12, 16, 20, 50, 300}) {
      for (size_t at = 0; at <= file.bytes.size(); ++at) {
        // What stands in a header and is longer than the search for the payload's beginning.
        // What pushes a frame out of the length of its record, with other bytes behind it.
        bool lenient = !pure && size >= 50;
        for (const size_t begin : file.begins) lenient |= size > 20 && at > begin && at < begin + 12;
        for (const std::string& in : {std::string(size, '\0'), Noise(size, static_cast<uint32_t>(at))}) Expect(file, {at, at, in}, "bytes came in at", lenient);
      }
    }
  }
}

TEST(SalvageInventsNothingWhereBytesAreMissing) {
  for (const File& file : {Pure(), Wrapped()}) {
    for (const size_t size : {1, 2, 3, 4, 5, 8, 12, 16, 20, 50}) {
      for (size_t from = 0; from + size < file.bytes.size(); ++from) {
        // With the end of a record missing, the frames of its payload seem to be followed by the next record; without its header, by nothing.
        bool lenient = false;
        for (const size_t begin : file.begins) lenient |= from + size == begin || (from < begin + 12 && from + size > begin);
        Expect(file, {from, from + size, ""}, "missing", lenient);
      }
    }
  }
}

TEST(SalvageInventsNothingWhereTheFileIsCut) {
  // Frames that end exactly with a file could have been appended behind a record that was cut short.
  const auto ends_with_frame = [](const std::string& bytes) {
    for (size_t at = 0; at + 16 <= bytes.size(); ++at) {
      if (LoadLE64(AsBytes(bytes).data() + at) == bytes.size() - at - 16 && bytes.substr(at) == Framed(bytes.substr(at + 12, bytes.size() - at - 16))) return true;
    }
    return false;
  };
  for (const bool pure : {true, false}) {
    const File file = pure ? Pure() : Wrapped();
    for (size_t size = 0; size < file.bytes.size(); ++size) {
      const std::string left = file.bytes.substr(0, size);
      const bool is_whole = std::find(file.begins.begin(), file.begins.end(), size) != file.begins.end();
      Expect(file, {size, file.bytes.size(), ""}, "cut", !is_whole && ends_with_frame(left));
    }
  }
}

TEST(SalvageReadsWhatFollowsARecordThatWasCutShort) {
  const File file = Pure();
  for (size_t i = 0; i < file.payloads.size(); ++i) {
    for (size_t from = file.begins[i] + 1; from < file.begins[i + 1]; ++from) {
      // Where as much is missing as the next records have, the record seems to end where one of those does.
      const size_t seems = file.begins[i + 1] + (file.begins[i + 1] - from);
      if (std::find(file.begins.begin(), file.begins.end(), seems) != file.begins.end()) continue;
      Expect(file, {from, file.begins[i + 1], ""}, "the rest of a record is missing from", true);
    }
  }
}

}  // namespace
