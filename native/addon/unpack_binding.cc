// unpack(codec, bytes, out): blocks of codecs that Node itself does not unpack in every version, for formats that TypeScript reads.
#include "addon/addon.h"
#include "core/records/codecs.h"
#include "os/codec_library.h"

namespace bowerbird::addon {
namespace {

// unpack(codec, bytes, out) -> whether `bytes` hold just what fills `out`; null where no library reads the codec, a type byte of codecs.h.
// A block of Snappy begins with its length. REQUIRES: bytes and out do not overlap
Napi::Value Unpack(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int64_t type = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : -1;
  if (type < 0 || type > 0xff || !IsCodec(static_cast<uint8_t>(type)) || !IsBytes(info[1]) || !IsBytes(info[2])) {
    return Misuse(env, "unpack(codec, bytes, out)");
  }
  const auto codec = static_cast<Codec>(type);
  if (!os::CodecLibrary().Reads(codec)) return env.Null();
  const Bytes in = BytesOf(info[1]);
  auto out = info[2].As<Napi::Uint8Array>();
  const MutableBytes to(out.Data(), out.ByteLength());
  if (codec == Codec::kNone && in.size() != to.size()) return Napi::Boolean::New(env, false);
  return Napi::Boolean::New(env, bowerbird::Unpack({codec, to.size(), in}, os::CodecLibrary(), to));
}

}  // namespace

void ExportUnpack(Napi::Env env, Napi::Object exports) { exports.Set("unpack", Napi::Function::New<Unpack>(env)); }

}  // namespace bowerbird::addon
