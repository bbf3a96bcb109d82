// crc32c(bytes, crc), crc32cCombine(a, b, lengthOfB) and crc32cTier(), in plain Node-API: for a call on twelve bytes the C++ wrapper
// would cost more than the work.
#include "core/hash/crc32c.h"

#include "addon/addon.h"

namespace bowerbird::addon {
namespace {

napi_value Refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

napi_value Number(napi_env env, uint32_t value) {
  napi_value result = nullptr;
  napi_create_uint32(env, value, &result);
  return result;
}

// A detached array looks like an empty one; only the buffer below it knows the difference. Shared memory is never detached.
bool IsDetached(napi_env env, napi_value buffer) {
  bool detached = false;
  return napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && detached;
}

// crc32c(bytes, crc) -> number
napi_value Crc32cCall(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  napi_typedarray_type type;
  size_t size = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  uint32_t crc = 0;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok ||
      napi_get_typedarray_info(env, arguments[0], &type, &size, &data, &buffer, nullptr) != napi_ok ||
      type != napi_uint8_array || napi_get_value_uint32(env, arguments[1], &crc) != napi_ok) {
    return Refuse(env, "Cannot call native crc32c(bytes, crc)");
  }
  if (size == 0 && IsDetached(env, buffer)) return Refuse(env, "Cannot call native crc32c(bytes, crc): bytes are detached");
  return Number(env, Crc32cExtend(crc, {static_cast<const uint8_t*>(data), size}));
}

// crc32cCombine(a, b, lengthOfB) -> number. REQUIRES: lengthOfB is an integer from 0 to 2^53
napi_value CombineCall(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  uint32_t a = 0, b = 0;
  int64_t length = 0;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok ||
      napi_get_value_uint32(env, arguments[0], &a) != napi_ok || napi_get_value_uint32(env, arguments[1], &b) != napi_ok ||
      napi_get_value_int64(env, arguments[2], &length) != napi_ok || length < 0) {
    return Refuse(env, "Cannot call native crc32cCombine(a, b, lengthOfB)");
  }
  return Number(env, Crc32cCombine(a, b, static_cast<uint64_t>(length)));
}

// crc32cTier() -> string
napi_value TierCall(napi_env env, napi_callback_info) {
  napi_value name = nullptr;
  napi_create_string_utf8(env, Crc32cTier(), NAPI_AUTO_LENGTH, &name);
  return name;
}

void Export(Napi::Env env, Napi::Object exports, const char* name, napi_callback call) {
  napi_value function = nullptr;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

void ExportCrc32c(Napi::Env env, Napi::Object exports) {
  Export(env, exports, "crc32c", Crc32cCall);
  Export(env, exports, "crc32cCombine", CombineCall);
  Export(env, exports, "crc32cTier", TierCall);
}

}  // namespace bowerbird::addon
