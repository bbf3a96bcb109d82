// ResampleFilter (the coefficients of a ratio) and ResampleStream (one signal): core/sound/resample.h as two JavaScript classes, so that streams
// of one ratio share a filter. src/formats/audio/resample.ts owns both.
#include "core/sound/resample.h"

#include <utility>

#include "addon/values.h"

namespace bowerbird::addon {
namespace {

// Tells filters from every other object, before one is unwrapped.
constexpr napi_type_tag kFilterTag = {0x626f776572626972, 0x7265736d706c6674};

using resample::Filter;
using resample::Stream;

class ResampleFilter : public Napi::ObjectWrap<ResampleFilter> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "ResampleFilter",
                       {InstanceMethod<&ResampleFilter::Describe>("describe")});
  }

  // new ResampleFilter(from, to, quality: 0|1|2)
  explicit ResampleFilter(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ResampleFilter>(info) {
    const bool numbers = info[0].IsNumber() && info[1].IsNumber() && info[2].IsNumber();
    resample::Ratio ratio{.from = 0, .to = 0};
    uint32_t quality = 3;
    if (numbers) {
      ratio = {.from = info[0].As<Napi::Number>().Uint32Value(), .to = info[1].As<Napi::Number>().Uint32Value()};
      quality = info[2].As<Napi::Number>().Uint32Value();
    }
    if (!resample::IsSupported(ratio) || quality > 2) {
      Misuse(info.Env(), "new ResampleFilter(from, to, quality)");
      return;
    }
    filter_ = std::make_shared<const Filter>(ratio, static_cast<resample::Quality>(quality));
    info.This().As<Napi::Object>().TypeTag(&kFilterTag);
  }

  const std::shared_ptr<const Filter>& filter() const { return filter_; }

 private:
  // describe() -> { taps, exact, tableFloats }
  Napi::Value Describe(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!filter_) return Misuse(env, "describe()");
    const Napi::Object o = Napi::Object::New(env);
    o.Set("taps", Napi::Number::New(env, static_cast<double>(filter_->taps())));
    o.Set("exact", Napi::Boolean::New(env, filter_->exact()));
    o.Set("tableFloats", Napi::Number::New(env, static_cast<double>(filter_->table_floats())));
    return o;
  }

  std::shared_ptr<const Filter> filter_;
};

class ResampleStream : public Napi::ObjectWrap<ResampleStream> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "ResampleStream",
                       {InstanceMethod<&ResampleStream::Push>("push"), InstanceMethod<&ResampleStream::Flush>("flush")});
  }

  // new ResampleStream(filter, channels)
  explicit ResampleStream(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ResampleStream>(info) {
    const double channels = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : 0;
    const auto* const filter = Unwrapped<ResampleFilter>(info[0], kFilterTag);
    if (filter == nullptr || !(channels >= 1 && channels <= 65535)) {
      Misuse(info.Env(), "new ResampleStream(filter, channels)");
      return;
    }
    stream_ = std::make_unique<Stream>(filter->filter(), static_cast<size_t>(channels));
  }

 private:
  // push(interleaved: Float32Array) -> Float32Array
  Napi::Value Push(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const bool floats = info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float32_array;
    if (!stream_ || flushed_ || !floats) return Misuse(env, "push(interleaved)");
    const auto in = info[0].As<Napi::Float32Array>();
    if (in.ElementLength() % stream_->channels() != 0) return Misuse(env, "push(interleaved)");
    stream_->Push({in.Data(), in.ElementLength()}, out_);
    return Take(env);
  }

  // flush() -> Float32Array
  Napi::Value Flush(const Napi::CallbackInfo& info) {
    if (!stream_ || flushed_) return Misuse(info.Env(), "flush()");
    flushed_ = true;
    stream_->Flush(out_);
    return Take(info.Env());
  }

  Napi::Value Take(Napi::Env env) {
    const Napi::Value copy = CopyOf(env, std::span<const float>(out_));
    out_.clear();
    return copy;
  }

  std::unique_ptr<Stream> stream_;
  std::vector<float> out_;  // kept between calls for its memory
  bool flushed_ = false;
};

}  // namespace

void ExportResample(Napi::Env env, Napi::Object exports) {
  exports.Set("ResampleFilter", ResampleFilter::Define(env));
  exports.Set("ResampleStream", ResampleStream::Define(env));
}

}  // namespace bowerbird::addon
