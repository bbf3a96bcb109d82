// The export table of the addon.
#include "addon/addon.h"

#include "addon/environment.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  bowerbird::addon::Environment::Begin(env);
  bowerbird::addon::ExportCrc32c(env, exports);
  bowerbird::addon::ExportPass(env, exports);
  bowerbird::addon::ExportRecordWriter(env, exports);
  bowerbird::addon::ExportRecordIndex(env, exports);
  bowerbird::addon::ExportInflate(env, exports);
  bowerbird::addon::ExportLock(env, exports);
  bowerbird::addon::ExportPcm(env, exports);
  bowerbird::addon::ExportResample(env, exports);
  bowerbird::addon::ExportFeatures(env, exports);
  bowerbird::addon::ExportFlac(env, exports);
  bowerbird::addon::ExportArrayRecordReader(env, exports);
  bowerbird::addon::ExportArrayRecordWriter(env, exports);
  bowerbird::addon::ExportArrayRecordScan(env, exports);
  bowerbird::addon::ExportLmdb(env, exports);
  bowerbird::addon::ExportLmdbWriter(env, exports);
  bowerbird::addon::ExportMemory(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(bowerbird, Init)
