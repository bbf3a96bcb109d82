// File names of the Australian Acoustic Observatory: what they say about time and place.
// The rules stand in README.md, "The metadata".
#ifndef BOWERBIRD_CORE_EMBEDDING_ARCHIVE_NAME_H_
#define BOWERBIRD_CORE_EMBEDDING_ARCHIVE_NAME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bowerbird {

enum class NameRule : uint8_t {
  kStrict,   // exactly the names that the notebook's pattern and strptime take
  kArchive,  // these, with the same fields, and the archive's other names
};

// Views borrow the name.
struct ArchiveName {
  std::optional<int64_t> timestamp;  // Unix seconds; none when the name holds no zone
  uint32_t seconds_since_midnight = 0;
  std::optional<std::string_view> site_id;
  std::optional<std::string_view> site_name;
  std::optional<std::string_view> subsite_name;
  std::string file_seq_id;  // a decimal number without leading zeros; empty for none
  bool assumed_utc = false;
  bool without_zone = false;
};

// Takes time linear in the name's length, whatever it holds. REQUIRES: IsUtf8(name).
std::optional<ArchiveName> ParseArchiveName(std::string_view name, NameRule rule);

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_EMBEDDING_ARCHIVE_NAME_H_
