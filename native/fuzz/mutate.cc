#include "fuzz/mutate.h"

#include <utility>
#include <vector>

#include "core/base/wire.h"
#include "test/proto.h"

namespace bowerbird::fuzz {
namespace {

using test::Framed;
using test::Header;
using test::Join;
using test::Len;
using test::Raw32;
using wire::Cursor;
using wire::Field;
using wire::Type;

size_t Below(size_t n, Random& random) { return n == 0 ? 0 : random() % n; }

uint64_t Number(Random& random) {
  const uint64_t any = uint64_t{random()} << 32 | random();
  switch (random() % 6) {
    case 0: return random() % 16;
    case 1: return (uint64_t{1} << random() % 64) - random() % 3;
    case 2: return ~uint64_t{0} - random() % 32;
    case 3: return any;
    default: return any >> random() % 64;
  }
}

// The fields of a message, each with its tag; none when it does not parse.
std::vector<std::string> Split(const std::string& message) {
  std::vector<std::string> fields;
  Cursor cursor(AsBytes(message));
  size_t at = 0;
  for (Field field; cursor.Next(field);) {
    const size_t end = message.size() - cursor.rest().size();
    fields.push_back(message.substr(at, end - at));
    at = end;
  }
  if (!cursor.ok()) return {};
  if (at < message.size()) fields.push_back(message.substr(at));  // groups at the end
  return fields;
}

std::string MutateField(const std::string& raw, size_t limit, Random& random, ByteMutator bytes) {
  Cursor cursor(AsBytes(raw));
  Field field;
  if (!cursor.Next(field)) return bytes(raw, limit, random);
  const uint32_t number = random() % 8 == 0 ? 1 + random() % 16 : field.number;
  switch (field.type) {
    case Type::kVarint: return test::Int(number, Number(random));
    case Type::kFixed32: return test::Fixed32(number, static_cast<uint32_t>(Number(random)));
    case Type::kFixed64: return test::Fixed64(number, Number(random));
    default: break;
  }
  const std::string body(AsText(field.bytes));
  const bool message = body.size() >= 2 && !Split(body).empty();
  return Len(number, message && random() % 4 != 0 ? MutateMessage(body, limit, random, bytes) : bytes(body, limit, random));
}

std::string NewField(Random& random) {
  const uint32_t number = 1 + random() % 16;
  switch (random() % 5) {
    case 0: return test::Int(number, Number(random));
    case 1: return test::Fixed32(number, static_cast<uint32_t>(Number(random)));
    case 2: return test::Fixed64(number, Number(random));
    case 3: return Len(number, std::string(random() % 9, static_cast<char>(random())));
    default: break;
  }
  std::string nested;
  for (uint32_t depth = random() % 104; depth > 0; --depth) nested = test::Group(number, nested);
  return nested;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

// Frames of a file as the lengths in it say, whatever the checksums say; the last part is what is left.
std::vector<std::string> SplitRecords(const std::string& file) {
  std::vector<std::string> records;
  size_t at = 0;
  while (file.size() - at >= 16) {
    const uint64_t length = LoadLE64(AsBytes(file).data() + at);
    if (length > file.size() - at - 16) break;
    records.push_back(file.substr(at, length + 16));
    at += length + 16;
  }
  if (at < file.size()) records.push_back(file.substr(at));
  return records;
}

bool IsFrame(const std::string& record) {
  return record.size() >= 16 && LoadLE64(AsBytes(record).data()) == record.size() - 16;
}
std::string Payload(const std::string& record) { return IsFrame(record) ? record.substr(12, record.size() - 16) : record; }

std::string MutateRecord(const std::string& record, size_t limit, Random& random, ByteMutator bytes) {
  const std::string payload = Payload(record);
  switch (random() % 16) {
    case 0: return Header(Number(random)) + payload;          // a promise that a checksum vouches for
    case 1: return Header(payload.size() + random() % 64) + payload;
    case 2: return Header(payload.size()) + payload + Raw32(static_cast<uint32_t>(random()));
    case 3: return record.substr(0, Below(record.size() + 1, random));
    case 4: return Framed(Join({payload, Framed(payload), payload}));
    case 5: return Framed("");
    case 6: return bytes(record, limit, random);
    case 7: {
      std::string flipped = record;
      if (!flipped.empty()) flipped[Below(flipped.size(), random)] ^= static_cast<char>(1 << random() % 8);
      return flipped;
    }
    case 8:
    case 9: return Framed(bytes(payload, limit, random));
    default: return Framed(MutateMessage(payload, limit, random, bytes));
  }
}

std::string MutateRecords(const std::string& file, size_t limit, Random& random, ByteMutator bytes) {
  std::vector<std::string> records = SplitRecords(file);
  if (records.empty()) return Framed("");
  const size_t i = Below(records.size(), random), j = Below(records.size(), random);
  switch (random() % 10) {
    case 0: records.erase(records.begin() + static_cast<ptrdiff_t>(i)); break;
    case 1: records.insert(records.begin() + static_cast<ptrdiff_t>(i), records[j]); break;
    case 2: std::swap(records[i], records[j]); break;
    case 3: records.insert(records.begin() + static_cast<ptrdiff_t>(i), bytes(std::string(random() % 24, 'x'), 32, random)); break;
    case 4: return bytes(file, limit, random);
    default: records[i] = MutateRecord(records[i], limit, random, bytes); break;
  }
  return Joined(records);
}

template <typename Mutate>
std::string MutateBehindChoices(const std::string& input, size_t limit, Random& random, ByteMutator bytes, Mutate mutate) {
  std::string choices = input.substr(0, kChoices);
  choices.resize(kChoices);
  const std::string rest = input.size() > kChoices ? input.substr(kChoices) : std::string();
  if (random() % 8 == 0) {
    choices[random() % kChoices] = static_cast<char>(random());
    return choices + rest;
  }
  return (choices + mutate(rest, limit > kChoices ? limit - kChoices : 0, random, bytes)).substr(0, limit);
}

}  // namespace

std::string MutateMessage(const std::string& message, size_t limit, Random& random, ByteMutator bytes) {
  std::vector<std::string> fields = Split(message);
  if (fields.empty() || random() % 16 == 0) return bytes(message, limit, random);
  const size_t i = Below(fields.size(), random), j = Below(fields.size(), random);
  switch (random() % 12) {
    case 0: fields.erase(fields.begin() + static_cast<ptrdiff_t>(i)); break;
    case 1: fields.insert(fields.begin() + static_cast<ptrdiff_t>(i), fields[j]); break;
    case 2: std::swap(fields[i], fields[j]); break;
    case 3: fields.insert(fields.begin() + static_cast<ptrdiff_t>(i), NewField(random)); break;
    default: fields[i] = MutateField(fields[i], limit, random, bytes); break;
  }
  return Joined(fields).substr(0, limit);
}

std::string MutateChoicesAndMessage(const std::string& input, size_t limit, Random& random, ByteMutator bytes) {
  return MutateBehindChoices(input, limit, random, bytes, MutateMessage);
}

std::string MutateChoicesAndRecords(const std::string& input, size_t limit, Random& random, ByteMutator bytes) {
  return MutateBehindChoices(input, limit, random, bytes, MutateRecords);
}

std::string MutateBytes(const std::string& bytes, size_t limit, Random& random) {
  std::string out = bytes;
  for (size_t times = 1 + random() % 3; times > 0; --times) {
    const size_t at = Below(out.size() + 1, random);
    const size_t few = std::min<size_t>(1 + random() % 8, out.size() - at);
    switch (random() % 6) {
      case 0: out.erase(at, few); break;
      case 1: out.insert(at, 1 + random() % 8, static_cast<char>(random())); break;
      case 2: out.insert(at, out.substr(Below(out.size() + 1, random), random() % 32)); break;
      case 3: out.resize(at); break;
      default:
        if (at < out.size()) out[at] = static_cast<char>(random() % 2 == 0 ? out[at] ^ (1 << random() % 8) : random());
    }
  }
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace bowerbird::fuzz
