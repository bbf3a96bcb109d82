// UTF-8, and the two character classes of Python's regular expressions that the notebook's pattern uses.
#ifndef BOWERBIRD_CORE_BASE_UNICODE_H_
#define BOWERBIRD_CORE_BASE_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bowerbird {

struct CodePoint {
  uint32_t value;
  uint32_t length;  // bytes; 0 when the bytes are not UTF-8 or at the end
};

// Reads the code point at `at`: strict (no overlong forms, no surrogates), as bytes.decode("utf-8") is.
CodePoint DecodeUtf8(std::string_view text, size_t at);
bool IsUtf8(std::string_view text);

// Python's \w and \d in a str pattern: str.isalnum() or "_", and str.isdecimal().
bool IsWord(uint32_t code_point);
// The value 0 to 9 of a decimal digit of any script, or -1.
int DigitValue(uint32_t code_point);

// Appends `text` quoted as Python's json.dumps does by default: everything outside printable ASCII escaped. REQUIRES: IsUtf8(text).
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_BASE_UNICODE_H_
