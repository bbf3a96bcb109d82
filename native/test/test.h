// All that the C++ tests need: TEST(name) registers a function, EXPECT_* report and go on, main() (test_main.cc) runs what matches its
// arguments. No framework, so that a fresh machine needs nothing but a compiler.
#ifndef BOWERBIRD_TEST_TEST_H_
#define BOWERBIRD_TEST_TEST_H_

#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bowerbird::test {

struct Test {
  std::string_view name;
  void (*run)();
};

inline std::vector<Test>& Registry() {
  static std::vector<Test> tests;
  return tests;
}

struct Registration {
  Registration(std::string_view name, void (*run)()) { Registry().push_back({name, run}); }
};

// Failed expectations of the running test. A loop over a million cases should not print a million lines.
inline int& Failures() {
  static int failures = 0;
  return failures;
}

// Collects what is streamed into it and prints it at the end of the statement.
class Failure {
 public:
  Failure(const char* file, int line) { text_ << "  " << file << ':' << line << ": "; }
  ~Failure() {
    if (++Failures() <= 10) std::cerr << text_.str() << '\n';
  }
  template <typename T>
  Failure& operator<<(const T& value) {
    if constexpr (std::is_same_v<T, uint8_t> || std::is_same_v<T, int8_t>) {
      text_ << int{value};
    } else if constexpr (requires { text_ << value; }) {
      text_ << value;
    } else if constexpr (std::is_enum_v<T>) {
      text_ << static_cast<long long>(value);
    } else {
      text_ << "(a value)";
    }
    return *this;
  }

 private:
  std::ostringstream text_;
};

// Integers compare by value, as in mathematics: EXPECT_EQ(v.size(), 3) needs no suffix.
template <typename T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

template <typename A, typename B>
bool Equal(const A& a, const B& b) {
  if constexpr (Integer<A> && Integer<B>) {
    return std::cmp_equal(a, b);
  } else {
    return a == b;
  }
}
template <typename A, typename B>
bool Less(const A& a, const B& b) {
  if constexpr (Integer<A> && Integer<B>) {
    return std::cmp_less(a, b);
  } else {
    return a < b;
  }
}
template <typename A, typename B>
bool Different(const A& a, const B& b) { return !Equal(a, b); }
template <typename A, typename B>
bool Greater(const A& a, const B& b) { return Less(b, a); }
template <typename A, typename B>
bool AtMost(const A& a, const B& b) { return !Less(b, a); }
template <typename A, typename B>
bool AtLeast(const A& a, const B& b) { return !Less(a, b); }

}  // namespace bowerbird::test

#define TEST(name)                                                                       \
  static void name();                                                                    \
  static const ::bowerbird::test::Registration registration_of_##name(#name, name);      \
  static void name()

// More can be streamed behind: EXPECT_EQ(a, b) << "length " << n;
#define EXPECT_TRUE(condition) \
  if (condition) {             \
  } else                       \
    ::bowerbird::test::Failure(__FILE__, __LINE__) << "expected " #condition ". "
#define EXPECT_FALSE(condition) EXPECT_TRUE(!(condition))

#define BOWERBIRD_EXPECT(left, right, op, compare)                                                      \
  if (const auto both_ = std::pair(left, right); ::bowerbird::test::compare(both_.first, both_.second)) {  \
  } else                                                                                                \
    ::bowerbird::test::Failure(__FILE__, __LINE__)                                                      \
        << "expected " #left " " #op " " #right ", got " << both_.first << " and " << both_.second << ". "
#define EXPECT_EQ(left, right) BOWERBIRD_EXPECT(left, right, ==, Equal)
#define EXPECT_NE(left, right) BOWERBIRD_EXPECT(left, right, !=, Different)
#define EXPECT_LT(left, right) BOWERBIRD_EXPECT(left, right, <, Less)
#define EXPECT_LE(left, right) BOWERBIRD_EXPECT(left, right, <=, AtMost)
#define EXPECT_GT(left, right) BOWERBIRD_EXPECT(left, right, >, Greater)
#define EXPECT_GE(left, right) BOWERBIRD_EXPECT(left, right, >=, AtLeast)

#endif  // BOWERBIRD_TEST_TEST_H_
