// The wire cursor and tf.train.Example: progress, containment, and features that stay the same under changes that do not concern them.
#include <array>
#include <memory>
#include <vector>

#include "core/embedding/example.h"
#include "core/base/wire.h"
#include "fuzz/mutate.h"
#include "test/proto.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
using example::FeatureView;
using example::Kind;
using example::Wanted;

using WantedList = std::array<Wanted, 5>;
WantedList Names() {
  return {{{.name = "filename"}, {.name = "timestamp_s"}, {.name = "embedding"}, {.name = "embedding_shape"}, {.name = ""}}};
}

void CheckCursor(Bytes message) {
  wire::Cursor cursor(message);
  size_t left = message.size();
  for (wire::Field field; cursor.Next(field);) {
    CHECK(cursor.rest().size() < left);
    left = cursor.rest().size();
    CHECK(field.number >= 1 && field.number < 1u << 29);
    CHECK(field.type != wire::Type::kBytes || Inside(field.bytes, message));
  }
  CHECK(!cursor.ok() || cursor.rest().empty());
}

// The count must not depend on how much room there is, nor the values.
template <typename T, typename Read>
std::vector<T> ReadList(const FeatureView& view, Read read) {
  const uint64_t count = read(view, std::span<T>());
  if (count == example::kBrokenList) return {};
  CHECK(count <= view.lists.size());
  std::vector<T> all(count);
  CHECK(read(view, std::span<T>(all)) == count);
  if (count > 0) {
    T first{};
    CHECK(read(view, std::span<T>(&first, 1)) == count);
    CHECK(std::memcmp(&first, &all[0], sizeof first) == 0);
  }
  return all;
}

// What a feature holds, as one string.
std::string Contents(Bytes feature, Bytes whole) {
  const FeatureView view = example::ReadFeature(feature);
  CHECK(Inside(view.lists, feature));
  std::string out(1, static_cast<char>('0' + static_cast<int>(view.kind)));
  if (view.kind == Kind::kBytes) {
    for (const Bytes value : ReadList<Bytes>(view, example::ReadBytesList)) {
      CHECK(Inside(value, whole));
      out += test::Len(1, AsText(value));
    }
  } else if (view.kind == Kind::kFloat) {
    for (const float value : ReadList<float>(view, example::ReadFloatList)) out += test::RawFloat(value);
  } else if (view.kind == Kind::kInt64) {
    for (const int64_t value : ReadList<int64_t>(view, example::ReadInt64List)) out += test::Raw64(static_cast<uint64_t>(value));
  }
  return out;
}

bool Features(const std::string& text, std::vector<std::string>& contents) {
  const auto exact = std::make_unique<uint8_t[]>(text.size());
  std::copy(text.begin(), text.end(), exact.get());
  const Bytes record(exact.get(), text.size());
  WantedList wanted = Names();
  const bool ok = example::FindFeatures(record, wanted);
  contents.clear();
  for (const Wanted& w : wanted) {
    if (!ok) break;
    CHECK(w.found || w.value.empty());
    CHECK(Inside(w.value, record));
    contents.push_back(w.found ? Contents(w.value, record) : "absent");
  }
  return ok;
}

}  // namespace

FUZZ(wire_example, MutateChoicesAndMessage) {
  Choices choices(input);
  const uint32_t number = 2 + choices.Byte() % 100;
  for (size_t i = 1; i < kChoices; ++i) choices.Byte();
  CheckCursor(input);

  const std::string record(AsText(input));
  std::vector<std::string> plain, changed;
  const bool ok = Features(record, plain);
  if (!ok) return;
  // Unknown fields before and behind, and the whole message once more: nothing that a reader may notice.
  const std::string unknown = test::Join({test::Group(number, test::Int(1, 1)), test::Len(number, record), test::Fixed32(number, 7)});
  CHECK(Features(test::Join({unknown, record, unknown}), changed) && changed == plain);
  CHECK(Features(test::Join({record, record}), changed) && changed == plain);
  // A key given again replaces the feature, whatever it was.
  CHECK(Features(test::Join({record, test::Example(test::Entry("filename", test::BytesFeature("f")))}), changed));
  CHECK(changed[0] == test::Join({"1", test::Len(1, "f")}) && std::equal(changed.begin() + 1, changed.end(), plain.begin() + 1));
}
