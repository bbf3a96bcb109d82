// UTF-8 as bytes.decode("utf-8") takes it, JSON strings as json.dumps prints them, \w and \d as Python's re sees them.
#include "core/base/unicode.h"

#include <string>
#include <vector>

#include "test/test.h"

namespace {

using namespace bowerbird;
using std::string_view;
using namespace std::string_view_literals;

std::string Utf8(uint32_t c) {
  const auto tail = [](uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xc0 | c >> 6), tail(c)};
  if (c < 0x10000) return {static_cast<char>(0xe0 | c >> 12), tail(c >> 6), tail(c)};
  return {static_cast<char>(0xf0 | c >> 18), tail(c >> 12), tail(c >> 6), tail(c)};
}

TEST(DecodeUtf8ReadsEveryCodePoint) {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    const std::string text = Utf8(c);
    const CodePoint got = DecodeUtf8(text, 0);
    const bool surrogate = c >= 0xd800 && c < 0xe000;
    EXPECT_EQ(got.length, surrogate ? 0 : text.size()) << c;
    EXPECT_EQ(got.value, surrogate ? 0 : c);
    EXPECT_EQ(DecodeUtf8(string_view(text).substr(0, text.size() - 1), 0).length, 0) << c << " cut short";
  }
}

// The Unicode Standard, table 3-7: what is not in it is not UTF-8.
TEST(DecodeUtf8RefusesWhatIsNotUtf8) {
  for (const string_view bad : {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xc2"sv, "\xc2\x41"sv, "\xc2\xc2"sv, "\xe0\x80\x80"sv,
                                "\xe0\x9f\xbf"sv, "\xe1\x80"sv, "\xe1\x80\x41"sv, "\xe1\x41\x80"sv, "\xed\xa0\x80"sv, "\xed\xbf\xbf"sv,
                                "\xf0\x80\x80\x80"sv, "\xf0\x8f\xbf\xbf"sv, "\xf1\x80\x80"sv, "\xf1\x80\x80\x41"sv, "\xf4\x90\x80\x80"sv,
                                "\xf5\x80\x80\x80"sv, "\xf8\x88\x80\x80\x80"sv, "\xfe"sv, "\xff"sv}) {
    EXPECT_EQ(DecodeUtf8(bad, 0).length, 0) << bad;
    EXPECT_FALSE(IsUtf8(bad)) << bad;
    EXPECT_FALSE(IsUtf8("a" + std::string(bad) + "b")) << bad;
  }
  EXPECT_EQ(DecodeUtf8("a", 1).length, 0) << "at the end";
  EXPECT_EQ(DecodeUtf8("a", 9).length, 0) << "behind it";
  EXPECT_TRUE(IsUtf8(""));
}

// Expectations from json.dumps of Python 3.11, all defaults.
TEST(AppendJsonStringPrintsAsPythonDoes) {
  struct Case {
    string_view text, json;
  };
  for (const Case& c : {
           Case{"", "\"\""},
           {"plain ~", "\"plain ~\""},
           {"\"\\/", "\"\\\"\\\\/\""},
           {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
           {"\0\001\007\013\016\033\037"sv, "\"\\u0000\\u0001\\u0007\\u000b\\u000e\\u001b\\u001f\""},
           {"\x7f", "\"\\u007f\""},
           {"\u0080\u009f\u00a0", "\"\\u0080\\u009f\\u00a0\""},
           {"\u00e9\u00ff\u0100", "\"\\u00e9\\u00ff\\u0100\""},
           {"\u07ff\u0800\ud7ff\ue000\ufffd\uffff", "\"\\u07ff\\u0800\\ud7ff\\ue000\\ufffd\\uffff\""},
           {"\U00010000\U0001f600\U0010ffff", "\"\\ud800\\udc00\\ud83d\\ude00\\udbff\\udfff\""},
           {"a\u2028b\u2029", "\"a\\u2028b\\u2029\""},
           {"it's <b>&", "\"it's <b>&\""},
       }) {
    std::string out = "x";
    AppendJsonString(out, c.text);
    EXPECT_EQ(string_view(out), "x" + std::string(c.json));
  }
}

// The zeros of unicodedata.decimal() in Python 3.11 (Unicode 14), and the two scripts that Unicode 15 added.
constexpr uint32_t kZeros[] = {
    0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,   0xc66,   0xce6,   0xd66,   0xde6,
    0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,  0x1810,  0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,
    0x1c50,  0xa620,  0xa8d0,  0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136,
    0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0};

TEST(DigitValueKnowsTheDigitsOfEveryScript) {
  std::vector<int> expected(0x110000, -1);
  for (const uint32_t zero : kZeros) {
    for (int i = 0; i < 10; ++i) expected[zero + static_cast<uint32_t>(i)] = i;
  }
  for (uint32_t c = 0; c < 0x110000; ++c) EXPECT_EQ(DigitValue(c), expected[c]) << c;
}

TEST(IsWordTakesWhatPythonTakes) {
  for (uint32_t c = 0; c < 0x80; ++c) {
    constexpr string_view kWord = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    EXPECT_EQ(IsWord(c), kWord.find(static_cast<char>(c)) != string_view::npos);
  }
  // re.fullmatch(r'\w', c): letters, decimal digits, other digits and numbers; no marks, no dashes, no symbols.
  for (const uint32_t c : {0xaau, 0xb2u, 0xbcu, 0xe9u, 0x663u, 0x905u, 0x2166u, 0x2460u, 0x4e00u, 0xac00u, 0xff3au, 0x1d7ceu, 0x20000u}) {
    EXPECT_TRUE(IsWord(c)) << c;
  }
  for (const uint32_t c : {0xa0u, 0xabu, 0xd7u, 0x301u, 0x93eu, 0x2013u, 0x203fu, 0x20acu, 0x3000u, 0xfe0fu, 0xff3fu, 0x1f600u, 0x10ffffu}) {
    EXPECT_FALSE(IsWord(c)) << c;
  }
  for (const uint32_t zero : kZeros) EXPECT_TRUE(IsWord(zero) && IsWord(zero + 9)) << zero;
}

}  // namespace
