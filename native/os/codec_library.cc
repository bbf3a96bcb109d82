// Node exports the C functions of its own Brotli (every version) and Zstandard (22.15 and later); Linux distributions install libzstd.so.1
// because their package managers use it. Both have kept these functions and numbers stable for years, so they are declared here
// and found at run time: nothing is downloaded, vendored or compiled, and what is used is kept current by others.
#include "os/codec_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <new>
#include <string_view>

namespace bowerbird::os {
namespace {

// zstd.h
using Context = void;
constexpr int kCompressionLevel = 100, kWindowLog = 101;
constexpr int kResetSessionAndParameters = 3;
struct ZstdIn {
  const void* bytes;
  size_t size, at;
};
struct ZstdOut {
  void* bytes;
  size_t size, at;
};

struct ZstdFunctions {
  const char* origin = "none";
  Context* (*createDCtx)() = nullptr;
  size_t (*freeDCtx)(Context*) = nullptr;
  size_t (*decompressDCtx)(Context*, void*, size_t, const void*, size_t) = nullptr;
  size_t (*decompressStream)(Context*, ZstdOut*, ZstdIn*) = nullptr;
  size_t (*findFrameCompressedSize)(const void*, size_t) = nullptr;
  Context* (*createCCtx)() = nullptr;
  size_t (*freeCCtx)(Context*) = nullptr;
  size_t (*CCtx_reset)(Context*, int) = nullptr;
  size_t (*CCtx_setParameter)(Context*, int, int) = nullptr;
  size_t (*compress2)(Context*, void*, size_t, const void*, size_t) = nullptr;
  size_t (*compressBound)(size_t) = nullptr;
  unsigned (*isError)(size_t) = nullptr;
};

// brotli/decode.h, brotli/encode.h
constexpr int kDecoderLargeWindow = 1, kDecoderSuccess = 1, kDecoderNeedsMoreOutput = 3;
constexpr int kQuality = 1, kLgWin = 2, kSizeHint = 5, kEncoderLargeWindow = 6, kFinish = 2;
constexpr int kLargestPlainWindow = 24;

struct BrotliFunctions {
  const char* origin = "none";
  Context* (*DecoderCreateInstance)(void*, void*, void*) = nullptr;
  void (*DecoderDestroyInstance)(Context*) = nullptr;
  int (*DecoderSetParameter)(Context*, int, uint32_t) = nullptr;
  int (*DecoderDecompressStream)(Context*, size_t*, const uint8_t**, size_t*, uint8_t**, size_t*) = nullptr;
  Context* (*EncoderCreateInstance)(void*, void*, void*) = nullptr;
  void (*EncoderDestroyInstance)(Context*) = nullptr;
  int (*EncoderSetParameter)(Context*, int, uint32_t) = nullptr;
  int (*EncoderCompressStream)(Context*, int, size_t*, const uint8_t**, size_t*, uint8_t**, size_t*) = nullptr;
  int (*EncoderIsFinished)(Context*) = nullptr;
};

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

bool FindZstd(void* library, ZstdFunctions& f) {
  return Find(library, "ZSTD_createDCtx", f.createDCtx) && Find(library, "ZSTD_freeDCtx", f.freeDCtx) &&
         Find(library, "ZSTD_decompressDCtx", f.decompressDCtx) &&
         Find(library, "ZSTD_decompressStream", f.decompressStream) &&
         Find(library, "ZSTD_findFrameCompressedSize", f.findFrameCompressedSize) && Find(library, "ZSTD_createCCtx", f.createCCtx) &&
         Find(library, "ZSTD_freeCCtx", f.freeCCtx) && Find(library, "ZSTD_CCtx_reset", f.CCtx_reset) &&
         Find(library, "ZSTD_CCtx_setParameter", f.CCtx_setParameter) && Find(library, "ZSTD_compress2", f.compress2) &&
         Find(library, "ZSTD_compressBound", f.compressBound) && Find(library, "ZSTD_isError", f.isError);
}

bool FindBrotli(void* decoder, void* encoder, BrotliFunctions& f) {
  return Find(decoder, "BrotliDecoderCreateInstance", f.DecoderCreateInstance) &&
         Find(decoder, "BrotliDecoderDestroyInstance", f.DecoderDestroyInstance) &&
         Find(decoder, "BrotliDecoderSetParameter", f.DecoderSetParameter) &&
         Find(decoder, "BrotliDecoderDecompressStream", f.DecoderDecompressStream) &&
         Find(encoder, "BrotliEncoderCreateInstance", f.EncoderCreateInstance) &&
         Find(encoder, "BrotliEncoderDestroyInstance", f.EncoderDestroyInstance) &&
         Find(encoder, "BrotliEncoderSetParameter", f.EncoderSetParameter) &&
         Find(encoder, "BrotliEncoderCompressStream", f.EncoderCompressStream) &&
         Find(encoder, "BrotliEncoderIsFinished", f.EncoderIsFinished);
}

// The first that is there. Never closed: its functions are used until the process ends.
void* OpenAny(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

const ZstdFunctions& Zstd() {
  static const ZstdFunctions functions = [] {
    ZstdFunctions f;
    if (FindZstd(RTLD_DEFAULT, f)) {
      f.origin = "node";
    } else if (void* library = OpenAny({"libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib"});
               library != nullptr && FindZstd(library, f)) {
      f.origin = "system";
    }
    return f;
  }();
  return functions;
}

const BrotliFunctions& Brotli() {
  static const BrotliFunctions functions = [] {
    BrotliFunctions f;
    if (FindBrotli(RTLD_DEFAULT, RTLD_DEFAULT, f)) {
      f.origin = "node";
      return f;
    }
    void* const decoder = OpenAny({"libbrotlidec.so.1", "libbrotlidec.1.dylib", "/opt/homebrew/lib/libbrotlidec.1.dylib"});
    void* const encoder = OpenAny({"libbrotlienc.so.1", "libbrotlienc.1.dylib", "/opt/homebrew/lib/libbrotlienc.1.dylib"});
    if (decoder != nullptr && encoder != nullptr && FindBrotli(decoder, encoder, f)) f.origin = "system";
    return f;
  }();
  return functions;
}

struct FreeContexts {
  void operator()(Context* c) const { free(c); }
  void (*free)(Context*) = nullptr;
};
using OwnedContext = std::unique_ptr<Context, FreeContexts>;

// One of each a thread: making one costs more than a small record.
Context* ThreadDecompressor() {
  thread_local OwnedContext context(Zstd().createDCtx(), {[](Context* c) { Zstd().freeDCtx(c); }});
  return context.get();
}
Context* ThreadCompressor() {
  thread_local OwnedContext context(Zstd().createCCtx(), {[](Context* c) { Zstd().freeCCtx(c); }});
  return context.get();
}

bool Unzstd(Bytes in, MutableBytes out) {
  const ZstdFunctions& z = Zstd();
  Context* const context = ThreadDecompressor();
  // Exactly one frame: the library would go on with a second.
  if (context == nullptr || z.findFrameCompressedSize(in.data(), in.size()) != in.size()) return false;
  // An empty span may have no address; the library wants one.
  uint8_t nothing;
  const size_t made = z.decompressDCtx(context, out.empty() ? &nothing : out.data(), out.size(), in.data(), in.size());
  return !z.isError(made) && made == out.size();
}

constexpr size_t kPiece = size_t{128} << 10;

Unpacked UnzstdPieces(Bytes in, Taker& taker) {
  const ZstdFunctions& z = Zstd();
  // One of its own: a thread need not keep the window of a giant.
  const OwnedContext context(z.createDCtx(), {[](Context* c) { Zstd().freeDCtx(c); }});
  const std::unique_ptr<uint8_t[]> piece(new (std::nothrow) uint8_t[kPiece]);
  if (!context || !piece || z.findFrameCompressedSize(in.data(), in.size()) != in.size()) return Unpacked::kFailed;
  ZstdIn from{in.data(), in.size(), 0};
  for (;;) {
    ZstdOut to{piece.get(), kPiece, 0};
    const size_t used = from.at, left = z.decompressStream(context.get(), &to, &from);
    if (z.isError(left)) return Unpacked::kFailed;
    if (to.at != 0 && !taker.Take({piece.get(), to.at})) return Unpacked::kStopped;
    if (left == 0) return from.at == in.size() ? Unpacked::kWhole : Unpacked::kFailed;
    if (to.at == 0 && from.at == used) return Unpacked::kFailed;
  }
}

bool CompressZstd(Bytes in, int level, int window_log, ByteBuffer& out) {
  const ZstdFunctions& z = Zstd();
  Context* const context = ThreadCompressor();
  if (context == nullptr) return false;
  z.CCtx_reset(context, kResetSessionAndParameters);
  if (z.isError(z.CCtx_setParameter(context, kCompressionLevel, level))) return false;
  if (window_log != 0 && z.isError(z.CCtx_setParameter(context, kWindowLog, window_log))) return false;
  const size_t at = out.size(), bound = z.compressBound(in.size());
  if (!out.Resize(at + bound)) return false;
  const size_t made = z.compress2(context, out.data() + at, bound, in.data(), in.size());
  return !z.isError(made) && out.Resize(at + made);
}

bool Unbrotli(Bytes in, MutableBytes out) {
  const BrotliFunctions& b = Brotli();
  const OwnedContext context(b.DecoderCreateInstance(nullptr, nullptr, nullptr), {b.DecoderDestroyInstance});
  if (!context || !b.DecoderSetParameter(context.get(), kDecoderLargeWindow, 1)) return false;
  size_t in_left = in.size(), out_left = out.size();
  const uint8_t* next_in = in.data();
  uint8_t* next_out = out.data();
  const int result = b.DecoderDecompressStream(context.get(), &in_left, &next_in, &out_left, &next_out, nullptr);
  return result == kDecoderSuccess && in_left == 0 && out_left == 0;
}

Unpacked UnbrotliPieces(Bytes in, Taker& taker) {
  const BrotliFunctions& b = Brotli();
  const OwnedContext context(b.DecoderCreateInstance(nullptr, nullptr, nullptr), {b.DecoderDestroyInstance});
  const std::unique_ptr<uint8_t[]> piece(new (std::nothrow) uint8_t[kPiece]);
  if (!context || !piece || !b.DecoderSetParameter(context.get(), kDecoderLargeWindow, 1)) return Unpacked::kFailed;
  size_t in_left = in.size();
  const uint8_t* next_in = in.data();
  for (;;) {
    size_t out_left = kPiece;
    uint8_t* next_out = piece.get();
    const int result = b.DecoderDecompressStream(context.get(), &in_left, &next_in, &out_left, &next_out, nullptr);
    if (result != kDecoderSuccess && result != kDecoderNeedsMoreOutput) return Unpacked::kFailed;
    if (out_left != kPiece && !taker.Take({piece.get(), kPiece - out_left})) return Unpacked::kStopped;
    if (result == kDecoderSuccess) return in_left == 0 ? Unpacked::kWhole : Unpacked::kFailed;
  }
}

bool CompressBrotli(Bytes in, int level, int window_log, ByteBuffer& out) {
  const BrotliFunctions& b = Brotli();
  const OwnedContext context(b.EncoderCreateInstance(nullptr, nullptr, nullptr), {b.EncoderDestroyInstance});
  if (!context) return false;
  const auto set = [&](int parameter, size_t value) {
    return b.EncoderSetParameter(context.get(), parameter, static_cast<uint32_t>(std::min<size_t>(value, UINT32_MAX))) != 0;
  };
  bool ok = set(kQuality, static_cast<size_t>(level)) && set(kSizeHint, in.size());
  if (window_log > kLargestPlainWindow) ok = ok && set(kEncoderLargeWindow, 1);
  if (window_log != 0) ok = ok && set(kLgWin, static_cast<size_t>(window_log));
  size_t in_left = in.size();
  const uint8_t* next_in = in.data();
  while (ok && !b.EncoderIsFinished(context.get())) {
    const size_t at = out.size(), room = std::max<size_t>(in_left / 2, 4096);
    if (!out.Resize(at + room)) return false;
    size_t out_left = room;
    uint8_t* next_out = out.data() + at;
    ok = b.EncoderCompressStream(context.get(), kFinish, &in_left, &next_in, &out_left, &next_out, nullptr) != 0;
    if (!out.Resize(at + room - out_left)) return false;
  }
  return ok;
}

}  // namespace

const Codecs& CodecLibrary() {
  static const Codecs codecs = [] {
    Codecs c;
    if (ZstdOrigin() != std::string_view("none")) {
      c.unzstd = Unzstd;
      c.unzstd_pieces = UnzstdPieces;
      c.zstd = CompressZstd;
    }
    if (BrotliOrigin() != std::string_view("none")) {
      c.unbrotli = Unbrotli;
      c.unbrotli_pieces = UnbrotliPieces;
      c.brotli = CompressBrotli;
    }
    return c;
  }();
  return codecs;
}

const char* ZstdOrigin() { return Zstd().origin; }
const char* BrotliOrigin() { return Brotli().origin; }

}  // namespace bowerbird::os
