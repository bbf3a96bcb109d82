// Names: views inside the name, fields as README.md describes them, and the wider rule never disagrees with the strict one.
#include "core/embedding/archive_name.h"

#include "core/base/unicode.h"
#include "fuzz/fuzz.h"

namespace {

using namespace bowerbird;

bool SameFields(const ArchiveName& a, const ArchiveName& b) {
  return a.timestamp == b.timestamp && a.seconds_since_midnight == b.seconds_since_midnight && a.site_id == b.site_id &&
         a.site_name == b.site_name && a.subsite_name == b.subsite_name && a.file_seq_id == b.file_seq_id && a.assumed_utc == b.assumed_utc &&
         a.without_zone == b.without_zone;
}

size_t CodePoints(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += DecodeUtf8(text, at).length;
  return count;
}

void CheckFields(const ArchiveName& fields, std::string_view name) {
  CHECK(fields.seconds_since_midnight < 86400);
  CHECK(fields.timestamp.has_value() != fields.without_zone);
  CHECK(!fields.assumed_utc || fields.timestamp.has_value());
  if (fields.timestamp) {
    // Years 1 to 9999, a day to either side for the zone.
    CHECK(*fields.timestamp >= -62135596800 - 86400 && *fields.timestamp < 253402300800 + 86400);
  }
  for (const auto& view : {fields.site_id, fields.site_name, fields.subsite_name}) CHECK(!view || (fuzz::Inside(*view, name) && IsUtf8(*view)));
  if (fields.subsite_name) {
    CHECK(fields.site_name.has_value());
    const std::string_view s = *fields.subsite_name;
    CHECK(s == "Wet-A" || s == "Wet-B" || s == "Dry-A" || s == "Dry-B");
  }
  for (const char c : fields.file_seq_id) CHECK(c >= '0' && c <= '9');
  CHECK(fields.file_seq_id.size() <= 1 || fields.file_seq_id[0] != '0');
}

}  // namespace

FUZZ(archive_name, nullptr) {
  const std::string_view name = AsText(input);
  if (!IsUtf8(name)) return;
  const auto strict = ParseArchiveName(name, NameRule::kStrict);
  const auto archive = ParseArchiveName(name, NameRule::kArchive);
  if (strict) {
    CHECK(archive && SameFields(*strict, *archive));
    CheckFields(*strict, name);
    CHECK(strict->timestamp && strict->site_name && strict->subsite_name && !strict->file_seq_id.empty());
    CHECK(strict->site_id && CodePoints(*strict->site_id) == 4);
    // findall looks at any place, so what stands around a match changes nothing; and two matches are none.
    const std::string framed = "x/" + std::string(name) + "/y";
    const auto again = ParseArchiveName(framed, NameRule::kStrict);
    CHECK(again && SameFields(*again, *strict));
    CHECK(!ParseArchiveName(std::string(name) + "/" + std::string(name), NameRule::kStrict));
  }
  if (archive) CheckFields(*archive, name);
}
