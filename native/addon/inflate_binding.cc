// Inflater: zlib's inflate() over blocks, which says after every call how much it took and made. Node's own streams throw away what they
// had inflated of a block when its end is damaged. The functions are those inside Node, else the system's: see codec_library.cc.
//
// unpack(): blocks of codecs that Node itself does not unpack in every version, for formats that TypeScript reads.
#include <dlfcn.h>

#include <algorithm>
#include <limits>

#include "addon/addon.h"
#include "core/records/codecs.h"
#include "os/codec_library.h"

namespace bowerbird::addon {
namespace {

// zlib.h. Its layout and numbers have not changed since 1.0 (1996), and its own functions check the size.
struct Stream {
  const uint8_t* next_in = nullptr;
  unsigned avail_in = 0;
  unsigned long total_in = 0;
  uint8_t* next_out = nullptr;
  unsigned avail_out = 0;
  unsigned long total_out = 0;
  const char* msg = nullptr;
  void* state = nullptr;
  void* (*zalloc)(void*, unsigned, unsigned) = nullptr;
  void (*zfree)(void*, void*) = nullptr;
  void* opaque = nullptr;
  int data_type = 0;
  unsigned long adler = 0;
  unsigned long reserved = 0;
};
constexpr int kNoFlush = 0, kOk = 0, kStreamEnd = 1, kNeedDictionary = 2, kMemError = -4, kBufError = -5;
constexpr int kZlibBits = 15, kGzipBits = 15 + 16;

struct Functions {
  bool found = false;
  const char* (*version)() = nullptr;
  int (*init)(Stream*, int, const char*, int) = nullptr;
  int (*inflate)(Stream*, int) = nullptr;
  int (*reset)(Stream*) = nullptr;
  int (*end)(Stream*) = nullptr;
};

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

bool FindAll(void* library, Functions& f) {
  return Find(library, "zlibVersion", f.version) && Find(library, "inflateInit2_", f.init) && Find(library, "inflate", f.inflate) &&
         Find(library, "inflateReset", f.reset) && Find(library, "inflateEnd", f.end);
}

const Functions& Zlib() {
  static const Functions functions = [] {
    Functions f;
    f.found = FindAll(RTLD_DEFAULT, f);
    for (const char* name : {"libz.so.1", "libz.1.dylib"}) {
      // Never closed: its functions are used until the process ends.
      if (void* library = f.found ? nullptr : dlopen(name, RTLD_NOW | RTLD_LOCAL)) f.found = FindAll(library, f);
    }
    return f;
  }();
  return functions;
}

// What inflate() did, for TypeScript.
enum class Outcome : int { kMore = 0, kEnd = 1, kDamaged = 2 };

class Inflater : public Napi::ObjectWrap<Inflater> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Inflater",
                       {InstanceMethod<&Inflater::Inflate>("inflate"), InstanceMethod<&Inflater::Reset>("reset"),
                        InstanceMethod<&Inflater::Message>("message"), InstanceMethod<&Inflater::Close>("close")});
  }

  // new Inflater(gzip: boolean)
  explicit Inflater(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Inflater>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsBoolean()) {
      Misuse(env, "new Inflater(gzip)");
      return;
    }
    const Functions& z = Zlib();
    if (!z.found) {
      Napi::Error::New(env, "zlib was found neither in node nor in the system").ThrowAsJavaScriptException();
      return;
    }
    const int bits = info[0].As<Napi::Boolean>() ? kGzipBits : kZlibBits;
    open_ = z.init(&stream_, bits, z.version(), sizeof(Stream)) == kOk;
    if (!open_) Napi::Error::New(env, "zlib has no memory").ThrowAsJavaScriptException();
  }
  ~Inflater() override { End(); }

 private:
  // inflate(input, at, out, did: Float64Array) -> Outcome; did[0] bytes taken from input[at...], did[1] bytes made at the start of out
  Napi::Value Inflate(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto is_counts = [](const Napi::Value& v) {
      return v.IsTypedArray() && v.As<Napi::TypedArray>().TypedArrayType() == napi_float64_array && v.As<Napi::Float64Array>().ElementLength() >= 2;
    };
    if (!open_ || !IsBytes(info[0]) || !info[1].IsNumber() || !IsBytes(info[2]) || !is_counts(info[3])) {
      return Misuse(env, "inflate(input, at, out, did)");
    }
    constexpr size_t kMost = std::numeric_limits<unsigned>::max();
    const Bytes input = BytesOf(info[0]);
    const auto at = static_cast<size_t>(std::clamp<int64_t>(info[1].As<Napi::Number>().Int64Value(), 0, static_cast<int64_t>(input.size())));
    auto out = info[2].As<Napi::Uint8Array>();
    const unsigned given = static_cast<unsigned>(std::min(input.size() - at, kMost));
    const unsigned room = static_cast<unsigned>(std::min(out.ByteLength(), kMost));
    if (room == 0) return Misuse(env, "inflate(input, at, out, did): no room");
    stream_.next_in = input.data() + at;
    stream_.avail_in = given;
    stream_.next_out = out.Data();
    stream_.avail_out = room;
    const int status = Zlib().inflate(&stream_, kNoFlush);
    double* const did = info[3].As<Napi::Float64Array>().Data();
    did[0] = given - stream_.avail_in;
    did[1] = room - stream_.avail_out;
    stream_.next_in = nullptr;
    stream_.next_out = nullptr;
    if (status == kMemError) {
      Napi::Error::New(env, "zlib has no memory").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    // Nothing could be done with what was given: more will be.
    const bool more = status == kOk || status == kBufError;
    const Outcome outcome = more ? Outcome::kMore : status == kStreamEnd ? Outcome::kEnd : Outcome::kDamaged;
    if (outcome == Outcome::kDamaged) message_ = stream_.msg != nullptr ? stream_.msg : status == kNeedDictionary ? "it needs a preset dictionary" : "damaged";
    return Napi::Number::New(env, static_cast<int>(outcome));
  }

  // reset(): for a stream that begins anew
  void Reset(const Napi::CallbackInfo& info) {
    if (!open_ || Zlib().reset(&stream_) != kOk) Misuse(info.Env(), "reset()");
  }

  // message() -> what zlib said about the damage
  Napi::Value Message(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), message_); }

  void Close(const Napi::CallbackInfo&) { End(); }

  void End() {
    if (open_) Zlib().end(&stream_);
    open_ = false;
  }

  Stream stream_;
  bool open_ = false;
  std::string message_;
};

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

void ExportInflate(Napi::Env env, Napi::Object exports) {
  exports.Set("Inflater", Inflater::Define(env));
  exports.Set("unpack", Napi::Function::New<Unpack>(env));
}

}  // namespace bowerbird::addon
