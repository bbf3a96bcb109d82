// LMDB files: whatever the bytes, reading ends and stays inside them; keys come in order; and what the verifier calls intact can be read to
// the last entry, each of which is found by its key.
#include <memory>
#include <vector>

#include "core/lmdb/cursor.h"
#include "core/lmdb/verify.h"
#include "fuzz/fuzz.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
using namespace bowerbird::lmdb;

constexpr size_t kChoices = 4;

// Gives each page in memory of its own, which ends where the page ends and goes when its slot is used again.
class FreshPages : public Pages {
 public:
  FreshPages(Bytes file, const Meta& meta) : file_(file), meta_(meta), slots_(kSlots) {}

  const uint8_t* Read(uint64_t page, size_t slot) override {
    CHECK(slot < kSlots);
    CHECK(page < meta_.pages);
    ++reads_;
    const Bytes bytes = file_.subspan(meta_.offset(page), meta_.page_size);
    slots_[slot] = std::make_unique<uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), slots_[slot].get());
    return slots_[slot].get();
  }
  uint64_t reads() const { return reads_; }

 private:
  const Bytes file_;
  const Meta& meta_;
  std::vector<std::unique_ptr<uint8_t[]>> slots_;
  uint64_t reads_ = 0;
};

struct Place {
  std::string key;
  uint64_t offset, size;
};

// The entries up to the first failure, and whether there was one.
// `turns`: after which entries the cursor goes back, pauses, or takes many at once; 0: never.
std::vector<Place> ReadAll(Bytes file, const Meta& meta, Bytes from, uint64_t turns, bool& whole) {
  FreshPages pages(file, meta);
  Cursor cursor(pages, meta, meta.main);
  std::vector<Place> places;
  whole = false;
  if (!cursor.Seek(from).ok()) return places;
  uint64_t pauses = 0;
  std::vector<Placed> many(8);
  const Order order = KeyOrder(meta.main.flags);
  const auto add = [&](Bytes key, uint64_t offset, uint64_t size) {
    CHECK(from.empty() || Compare(order, key, from) >= 0);
    CHECK(places.empty() || Compare(order, AsBytes(places.back().key), key) < 0);
    places.push_back({std::string(AsText(key)), offset, size});
  };
  for (;;) {
    Entry entry;
    Cursor::Step step = cursor.Next(entry);
    const uint64_t turn = turns * (places.size() + 1) % 7;
    if (step == Cursor::Step::kEntry && turn == 1) {
      cursor.Back();
      CHECK(cursor.Next(entry) == step);
    }
    if (step == Cursor::Step::kEntry && turn == 2) {
      const std::string key(AsText(entry.key));
      cursor.Back();
      cursor.Pause();
      ++pauses;
      CHECK(cursor.Resume().ok());
      step = cursor.Next(entry);
      CHECK(step == Cursor::Step::kEntry && AsText(entry.key) == key);
    }
    CHECK((step == Cursor::Step::kFault) == !cursor.finding().ok());
    whole = step == Cursor::Step::kEnd;
    if (step != Cursor::Step::kEntry) break;
    CHECK(entry.offset <= file.size() && entry.size <= file.size() - entry.offset);
    CHECK(entry.first_page == 0 ? entry.inlined.size() == entry.size : entry.inlined.empty());
    if (entry.first_page != 0) {
      const Bytes header = file.subspan(meta.offset(entry.first_page), kPageHeader);
      if (!CheckExtent(meta, PageView(header), entry.first_page, entry.extent_pages).ok()) break;
    }
    add(entry.key, entry.offset, entry.size);
    if (turn != 3) continue;
    const Bytes leaf(cursor.leaf(), meta.page_size);
    const uint64_t at = meta.offset(PageView(leaf).number());
    const size_t taken = cursor.NextInLeaf(0, many);
    for (const Placed& placed : std::span(many).first(taken)) {
      add(leaf.subspan(placed.key, placed.key_size), at + placed.value, placed.value_size);
      CHECK(placed.value + size_t{placed.value_size} <= leaf.size());
    }
    cursor.Pause();
    ++pauses;
    CHECK(cursor.Resume().ok());
  }
  // Each page once, and as many entries as fit into them.
  CHECK(pages.reads() <= meta.pages + pauses);
  CHECK(places.size() <= file.size() / kNodeHeader);
  return places;
}

class Stopper : public Watcher {
 public:
  explicit Stopper(uint64_t after) : left_(after) {}
  bool Reached(uint64_t) override { return left_-- > 0; }

 private:
  uint64_t left_;
};

// Changes bytes, or one of the fields that everything hangs on.
std::string MutateFile(const std::string& input, size_t limit, Random& random, ByteMutator bytes) {
  std::string out = input;
  const auto word = [&](size_t at) { return LoadLE32(reinterpret_cast<const uint8_t*>(out.data()) + kChoices + at); };
  if (random() % 2 == 0 || out.size() < kChoices + 512) return bytes(input, limit, random);
  const size_t size = std::clamp<size_t>(word(kPageHeader + 24), kLeastPage, kMostPage), pages = (out.size() - kChoices) / size;
  if (pages == 0) return bytes(input, limit, random);
  const size_t begin = kChoices + random() % pages * size;
  const size_t lower = LoadLE16(reinterpret_cast<const uint8_t*>(out.data()) + begin + kLowerAt);
  size_t at = begin + random() % 8 * 2;
  if (random() % 2 == 0) at = begin + kPageHeader + random() % 8 * 2;
  if (random() % 3 == 0) at = begin + LoadLE16(reinterpret_cast<const uint8_t*>(out.data()) + std::min(at, out.size() - 2)) + random() % 10;
  const uint16_t values[] = {0, 1, 2, 4, 8, 16, 0x22, 0x42, 0x62, 0xffff, static_cast<uint16_t>(random() % pages), static_cast<uint16_t>(lower),
                             static_cast<uint16_t>(size), static_cast<uint16_t>(random())};
  const uint16_t value = values[random() % std::size(values)];
  if (at + 2 <= out.size()) std::memcpy(out.data() + at, &value, sizeof value);
  return out;
}

}  // namespace

FUZZ(lmdb, MutateFile) {
  Choices choices(input);
  const uint8_t key[2] = {static_cast<uint8_t>(choices.Byte()), static_cast<uint8_t>(choices.Byte())};
  const uint64_t stop_after = choices.Byte();
  const uint64_t turns = choices.Byte();
  Meta meta;
  uint32_t version = 0;
  const Format format = ReadFormat(input.first(std::min(input.size(), kFormatBytes)), version);
  if (!ReadMeta(input.first(std::min(input.size(), kMetaBytes)), input.size(), meta).ok()) return;
  CHECK(format == Format::kV1);
  CHECK(meta.pages * meta.page_size <= input.size() && meta.end() <= meta.pages);

  bool whole = false;
  const std::vector<Place> places = ReadAll(input, meta, {}, 0, whole);
  bool whole_in_turns = false;
  const std::vector<Place> in_turns = ReadAll(input, meta, {}, turns, whole_in_turns);
  CHECK(whole_in_turns == whole && in_turns.size() == places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    CHECK(in_turns[i].key == places[i].key && in_turns[i].offset == places[i].offset && in_turns[i].size == places[i].size);
  }
  bool whole_behind = false;
  const std::vector<Place> behind = ReadAll(input, meta, key, turns, whole_behind);

  FreshPages pages(input, meta);
  const Report report = Verify(pages, meta, nullptr);
  // Of the list of free pages every word is asked for, else every page once.
  CHECK(pages.reads() <= kMetaPages + meta.pages * (2 + meta.page_size / sizeof(uint64_t)));
  CHECK(report.findings.size() == std::min<uint64_t>(report.faults, kMostFindings));
  CHECK(report.branch_pages + report.leaf_pages + report.overflow_pages <= meta.pages);
  Stopper stopper(stop_after);
  FreshPages again(input, meta);
  const Report stopped = Verify(again, meta, &stopper);
  CHECK(stopped.stopped || stopped.faults == report.faults);

  if (report.faults != 0) return;
  if (report.databases != 0 || report.duplicate_keys != 0) {
    CHECK(!whole);
    return;
  }
  CHECK(whole && whole_behind && places.size() == report.entries && places.size() == meta.main.entries);
  const Order order = KeyOrder(meta.main.flags);
  const auto not_less = [&](const Place& place) { return Compare(order, AsBytes(place.key), key) >= 0; };
  CHECK(behind.size() == static_cast<size_t>(std::count_if(places.begin(), places.end(), not_less)));
  for (const Place& place : places) {
    FreshPages one(input, meta);
    Entry entry;
    Finding finding;
    CHECK(Find(one, meta, meta.main, AsBytes(place.key), entry, finding) == Cursor::Step::kEntry);
    CHECK(entry.offset == place.offset && entry.size == place.size);
  }
}
