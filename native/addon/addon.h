// What the binding files share: each adds its functions to the export table, and checks kinds (not meanings) of arguments.
#ifndef BOWERBIRD_ADDON_ADDON_H_
#define BOWERBIRD_ADDON_ADDON_H_

#include <napi.h>

#include "core/base/bytes.h"

namespace bowerbird::addon {

// One per binding file; called once per environment (main thread and each worker).
void ExportCrc32c(Napi::Env env, Napi::Object exports);
void ExportPass(Napi::Env env, Napi::Object exports);
void ExportRecordWriter(Napi::Env env, Napi::Object exports);
void ExportRecordIndex(Napi::Env env, Napi::Object exports);
void ExportInflate(Napi::Env env, Napi::Object exports);
void ExportLock(Napi::Env env, Napi::Object exports);
void ExportPcm(Napi::Env env, Napi::Object exports);
void ExportResample(Napi::Env env, Napi::Object exports);
void ExportFeatures(Napi::Env env, Napi::Object exports);
void ExportFlac(Napi::Env env, Napi::Object exports);
void ExportArrayRecordReader(Napi::Env env, Napi::Object exports);
void ExportArrayRecordWriter(Napi::Env env, Napi::Object exports);
void ExportArrayRecordScan(Napi::Env env, Napi::Object exports);
void ExportLmdb(Napi::Env env, Napi::Object exports);
void ExportLmdbWriter(Napi::Env env, Napi::Object exports);
void ExportMemory(Napi::Env env, Napi::Object exports);

// Throws a TypeError that names the call; src/native/native.ts never lets a user see it.
inline Napi::Value Misuse(Napi::Env env, const char* signature) {
  Napi::TypeError::New(env, std::string("Cannot call native ") + signature).ThrowAsJavaScriptException();
  return env.Undefined();
}

inline bool IsBytes(const Napi::Value& v) {
  return v.IsTypedArray() && v.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

// Borrows; valid until the next call into JavaScript.
inline Bytes BytesOf(const Napi::Value& v) {
  const auto array = v.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ADDON_H_
