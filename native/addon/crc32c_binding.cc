#include "core/crc32c.h"

#include "addon/addon.h"

namespace bowerbird::addon {
namespace {

// crc32c(bytes, crc) -> number
Napi::Value Crc32cCall(const Napi::CallbackInfo& info) {
  if (!IsBytes(info[0]) || !info[1].IsNumber()) return Misuse(info.Env(), "crc32c(bytes, crc)");
  const uint32_t crc = info[1].As<Napi::Number>().Uint32Value();
  return Napi::Number::New(info.Env(), Crc32cExtend(crc, BytesOf(info[0])));
}

// crc32cCombine(a, b, lengthOfB) -> number
Napi::Value CombineCall(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber()) {
    return Misuse(info.Env(), "crc32cCombine(a, b, lengthOfB)");
  }
  return Napi::Number::New(info.Env(), Crc32cCombine(info[0].As<Napi::Number>().Uint32Value(),
                                                     info[1].As<Napi::Number>().Uint32Value(),
                                                     static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value())));
}

// crc32cTier() -> string
Napi::Value TierCall(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), Crc32cTier()); }

}  // namespace

void ExportCrc32c(Napi::Env env, Napi::Object exports) {
  exports.Set("crc32c", Napi::Function::New(env, Crc32cCall, "crc32c"));
  exports.Set("crc32cCombine", Napi::Function::New(env, CombineCall, "crc32cCombine"));
  exports.Set("crc32cTier", Napi::Function::New(env, TierCall, "crc32cTier"));
}

}  // namespace bowerbird::addon
