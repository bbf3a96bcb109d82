// How numbers, bytes, errors and wrapped objects cross to JavaScript.
//
// Another thread may end the environment in the middle of a call (worker.terminate()), and work that was under way is completed when it has
// ended. From then on Node-API makes nothing any more: what should be a value is none, and to write to it, or to ask it for something, is the
// end of the process. So arrays are made and objects unwrapped here and nowhere else; properties and exceptions may be set everywhere, since
// that fails in peace. What has no value is nobody's to see: no JavaScript runs again.
#ifndef BOWERBIRD_ADDON_VALUES_H_
#define BOWERBIRD_ADDON_VALUES_H_

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "addon/addon.h"

namespace bowerbird::addon {

// An array in memory that JavaScript owns; `fill` gets its elements, where there is one.
template <typename Element, typename Fill>
Napi::Value NewArray(Napi::Env env, size_t length, Fill fill) {
  auto array = Napi::TypedArrayOf<Element>::New(env, length);
  if (array.IsEmpty()) return {};
  fill(array.Data());
  return array;
}

inline Napi::Value CopyOf(Napi::Env env, Bytes bytes) {
  return NewArray<uint8_t>(env, bytes.size(), [&](uint8_t* to) { std::copy(bytes.begin(), bytes.end(), to); });
}

inline Napi::Value CopyOf(Napi::Env env, std::span<const float> values) {
  return NewArray<float>(env, values.size(), [&](float* to) { std::copy(values.begin(), values.end(), to); });
}

inline Napi::Value Numbers(Napi::Env env, std::span<const double> values) {
  return NewArray<double>(env, values.size(), [&](double* to) { std::copy(values.begin(), values.end(), to); });
}

// Exact up to 2^53, which is 9 PB.
inline Napi::Value Numbers(Napi::Env env, std::span<const uint64_t> values) {
  return NewArray<double>(env, values.size(), [&](double* to) {
    std::transform(values.begin(), values.end(), to, [](uint64_t value) { return static_cast<double>(value); });
  });
}

// The same.
inline Napi::Number Count(Napi::Env env, uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

inline constexpr uint64_t kMostExact = uint64_t{1} << 53;

// Whole numbers from 0 to 2^53; false for anything else.
inline bool ToCounts(const Napi::Value& v, std::vector<uint64_t>& counts) {
  if (!v.IsTypedArray() || v.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) return false;
  const auto array = v.As<Napi::Float64Array>();
  counts.resize(array.ElementLength());
  for (size_t i = 0; i < counts.size(); ++i) {
    const double value = array.Data()[i];
    if (!(value >= 0 && value <= static_cast<double>(kMostExact))) return false;
    counts[i] = static_cast<uint64_t>(value);
  }
  return true;
}

inline Napi::Error SystemErrorOf(Napi::Env env, int error, const std::string& path) {
  Napi::Error e = Napi::Error::New(env, std::strerror(error));
  e.Set("errno", Napi::Number::New(env, error));
  e.Set("path", Napi::String::New(env, path));
  return e;
}

// What is behind an object that its constructor gave this tag; null for any other.
template <typename Class>
Class* Unwrapped(const Napi::Value& value, const napi_type_tag& tag) {
  if (!value.IsObject()) return nullptr;
  const auto object = value.As<Napi::Object>();
  return object.CheckTypeTag(&tag) ? Class::Unwrap(object) : nullptr;
}

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_VALUES_H_
