// A small JSON reader for checking what the cores write: strict syntax, printable ASCII only.
#ifndef BOWERBIRD_FUZZ_JSON_CHECK_H_
#define BOWERBIRD_FUZZ_JSON_CHECK_H_

#include "core/base/unicode.h"
#include "fuzz/fuzz.h"

namespace bowerbird::fuzz {

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  // The number of objects of an array that is all of the text.
  uint64_t ArrayOfObjects() {
    uint64_t count = 0;
    Expect("[");
    if (!Skip("]")) {
      do {
        Object();
        ++count;
      } while (Skip(", "));
      Expect("]");
    }
    CHECK(at_ == text_.size());
    return count;
  }

  // A string and what it stands for, in UTF-8.
  std::string String() {
    std::string out;
    Expect("\"");
    while (!Skip("\"")) {
      CHECK(at_ < text_.size() && text_[at_] >= 0x20 && text_[at_] < 0x7f);
      if (text_[at_] != '\\') {
        out += text_[at_++];
      } else {
        Escape(out);
      }
    }
    return out;
  }
  bool AtEnd() const { return at_ == text_.size(); }

 private:
  bool Skip(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void Expect(std::string_view token) { CHECK(Skip(token)); }

  void Object() {
    Expect("{");
    do {
      String();
      Expect(": ");
      if (at_ < text_.size() && text_[at_] == '"') {
        String();
      } else if (!Skip("null")) {
        WholeNumber();
      }
    } while (Skip(", "));
    Expect("}");
  }
  void WholeNumber() {
    Skip("-");
    const size_t first = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    CHECK(at_ > first && (text_[first] != '0' || at_ == first + 1));
  }
  uint32_t Hex4() {
    Expect("\\u");
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const size_t digit = at_ < text_.size() ? std::string_view("0123456789abcdef").find(text_[at_++]) : std::string_view::npos;
      CHECK(digit != std::string_view::npos);
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    return value;
  }
  void Escape(std::string& out) {
    constexpr std::string_view kShort = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
    const size_t which = at_ + 1 < text_.size() ? kShort.find(text_[at_ + 1]) : std::string_view::npos;
    if (which != std::string_view::npos) {
      out += kMeaning[which];
      at_ += 2;
      return;
    }
    uint32_t c = Hex4();
    CHECK(c < 0xdc00 || c > 0xdfff);
    if (c >= 0xd800 && c <= 0xdbff) {
      const uint32_t low = Hex4();
      CHECK(low >= 0xdc00 && low <= 0xdfff);
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    if (c < 0x80) {
      out += static_cast<char>(c);
      return;
    }
    const int tails = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    out += static_cast<char>((0xff00u >> (tails + 1) & 0xff) | c >> 6 * tails);
    for (int i = tails - 1; i >= 0; --i) out += static_cast<char>(0x80 | (c >> 6 * i & 0x3f));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace bowerbird::fuzz

#endif  // BOWERBIRD_FUZZ_JSON_CHECK_H_
