// How findings, indices and chunk headers of ArrayRecord cross to JavaScript: numbers and Float64Arrays, exact up to 2^53.
#ifndef BOWERBIRD_ADDON_ARRAY_RECORD_VALUES_H_
#define BOWERBIRD_ADDON_ARRAY_RECORD_VALUES_H_

#include <cstring>
#include <string>
#include <vector>

#include "addon/addon.h"
#include "core/riegeli.h"

namespace bowerbird::addon {

inline Napi::Number Count(Napi::Env env, uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

// { fault, offset, a, b }
inline Napi::Object FindingObject(Napi::Env env, const riegeli::Finding& f) {
  const Napi::Object o = Napi::Object::New(env);
  o.Set("fault", Napi::Number::New(env, static_cast<int>(f.fault)));
  o.Set("offset", Count(env, f.offset));
  o.Set("a", Count(env, f.a));
  o.Set("b", Count(env, f.b));
  return o;
}

inline Napi::Error SystemErrorOf(Napi::Env env, int error, const std::string& path) {
  Napi::Error e = Napi::Error::New(env, std::strerror(error));
  e.Set("errno", Napi::Number::New(env, error));
  e.Set("path", Napi::String::New(env, path));
  return e;
}

inline Napi::Float64Array Numbers(Napi::Env env, std::span<const uint64_t> values) {
  Napi::Float64Array array = Napi::Float64Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) array.Data()[i] = static_cast<double>(values[i]);
  return array;
}

inline bool IsNumbers(const Napi::Value& v) {
  return v.IsTypedArray() && v.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array;
}

// Whole numbers from 0 to 2^53; false for anything else.
inline bool ToCounts(const Napi::Value& v, std::vector<uint64_t>& counts) {
  if (!IsNumbers(v)) return false;
  const auto array = v.As<Napi::Float64Array>();
  counts.resize(array.ElementLength());
  for (size_t i = 0; i < counts.size(); ++i) {
    const double value = array.Data()[i];
    if (!(value >= 0 && value <= static_cast<double>(riegeli::kMaxPosition))) return false;
    counts[i] = static_cast<uint64_t>(value);
  }
  return true;
}

// A copy in memory that JavaScript owns.
inline Napi::Value CopyOf(Napi::Env env, Bytes bytes) {
  Napi::Uint8Array copy = Napi::Uint8Array::New(env, bytes.size());
  if (!bytes.empty()) std::memcpy(copy.Data(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ARRAY_RECORD_VALUES_H_
