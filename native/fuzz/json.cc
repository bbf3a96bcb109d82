// UTF-8 and JSON strings: progress, the same verdict as a slow reading of the standard, and text that comes back as it was.
#include "core/base/unicode.h"
#include "fuzz/json_check.h"

namespace {

using namespace bowerbird;

// The Unicode Standard, table 3-7, row by row.
size_t WellFormedLength(Bytes text) {
  struct Row {
    uint8_t first_low, first_high, second_low, second_high;
    size_t length;
  };
  static constexpr Row kRows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                  {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                                  {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  for (const Row& row : kRows) {
    if (text[0] < row.first_low || text[0] > row.first_high || text.size() < row.length) continue;
    if (row.length > 1 && (text[1] < row.second_low || text[1] > row.second_high)) return 0;
    for (size_t i = 2; i < row.length; ++i) {
      if ((text[i] & 0xc0) != 0x80) return 0;
    }
    return row.length;
  }
  return 0;
}

}  // namespace

FUZZ(json, nullptr) {
  const std::string_view text = AsText(input);
  bool valid = true;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    CHECK(c.length == WellFormedLength(input.subspan(at)));
    if (c.length == 0) {
      valid = false;
      break;
    }
    CHECK(c.value <= 0x10ffff && DigitValue(c.value) <= 9);
    CHECK(DigitValue(c.value) < 0 || IsWord(c.value));
    at += c.length;
  }
  CHECK(IsUtf8(text) == valid);
  if (!valid) return;
  std::string json;
  AppendJsonString(json, text);
  fuzz::JsonReader reader(json);
  CHECK(reader.String() == text);
  CHECK(reader.AtEnd());
}
