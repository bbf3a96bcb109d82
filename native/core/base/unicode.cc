#include "core/base/unicode.h"

#include <algorithm>
#include <iterator>

namespace bowerbird {
namespace {

struct CodeRange {
  uint32_t first;
  uint32_t last;
};

#include "core/base/unicode_tables.inc"

template <size_t N>
const CodeRange* Find(const CodeRange (&ranges)[N], uint32_t value) {
  const CodeRange* range =
      std::lower_bound(std::begin(ranges), std::end(ranges), value, [](const CodeRange& r, uint32_t v) { return r.last < v; });
  return range != std::end(ranges) && range->first <= value ? range : nullptr;
}

void AppendEscape(std::string& out, uint32_t unit) {
  static constexpr char kHex[] = "0123456789abcdef";
  const char escape[] = {'\\', 'u', kHex[unit >> 12], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15], kHex[unit & 15]};
  out.append(escape, sizeof escape);
}

}  // namespace

CodePoint DecodeUtf8(std::string_view text, size_t at) {
  if (at >= text.size()) return {0, 0};
  const auto byte = [&](size_t i) -> uint32_t { return static_cast<uint8_t>(text[at + i]); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const uint32_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < length) return {0, 0};
  uint32_t value = lead & (0x7fu >> length);
  for (uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    value = value << 6 | (byte(i) & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {0, 0};
  return {value, length};
}

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.length == 0) return false;
    at += c.length;
  }
  return true;
}

bool IsWord(uint32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  return Find(kWordRanges, c) != nullptr;
}

int DigitValue(uint32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9' ? static_cast<int>(c - '0') : -1;
  // Digits come in runs of ten, zero first; one run holds five such rows.
  const CodeRange* range = Find(kDigitRanges, c);
  return range == nullptr ? -1 : static_cast<int>((c - range->first) % 10);
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.length == 0) break;
    at += c.length;
    switch (c.value) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (c.value >= 0x20 && c.value < 0x7f) {
          out += static_cast<char>(c.value);
        } else if (c.value < 0x10000) {
          AppendEscape(out, c.value);
        } else {
          AppendEscape(out, 0xd800 + ((c.value - 0x10000) >> 10));
          AppendEscape(out, 0xdc00 + ((c.value - 0x10000) & 0x3ff));
        }
    }
  }
  out += '"';
}

}  // namespace bowerbird
