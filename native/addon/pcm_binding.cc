// pcmToFloat, pcmToInt32, pcmToInt16, pcmFromFloat, deinterleave, pickChannel and shapeChannels: core/sound/pcm.h over typed arrays. Sizes are checked here, as memory
// safety is the skin's job; src/formats/audio/pcm.ts turns what users can do wrong into sentences.
#include "core/sound/pcm.h"

#include "addon/addon.h"
#include "addon/pcm_values.h"

namespace bowerbird::addon {
namespace {

template <typename Element>
struct ArrayType;
template <>
struct ArrayType<float> {
  static constexpr napi_typedarray_type value = napi_float32_array;
};
template <>
struct ArrayType<int32_t> {
  static constexpr napi_typedarray_type value = napi_int32_array;
};
template <>
struct ArrayType<int16_t> {
  static constexpr napi_typedarray_type value = napi_int16_array;
};

template <typename Element>
bool ReadArray(const Napi::Value& value, std::span<Element>& span) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != ArrayType<Element>::value) return false;
  auto array = value.As<Napi::TypedArrayOf<Element>>();
  span = std::span<Element>(array.Data(), array.ElementLength());
  return true;
}

// f(bytes, layout, out): fills out[0, whole samples of bytes)
template <typename Element, void (*Convert)(pcm::Layout, Bytes, Element*), int LeastBits, int MostBits>
Napi::Value Decode(const Napi::CallbackInfo& info, const char* signature) {
  pcm::Layout layout;
  std::span<Element> out;
  if (!IsBytes(info[0]) || !ReadLayout(info[1], layout) || !ReadArray(info[2], out)) return Misuse(info.Env(), signature);
  const Bytes in = BytesOf(info[0]);
  const int bits = pcm::IntegerBits(layout);
  if (in.size() / layout.bytes > out.size() || bits < LeastBits || bits > MostBits) return Misuse(info.Env(), signature);
  Convert(layout, in, out.data());
  return info.Env().Undefined();
}

Napi::Value ToFloat(const Napi::CallbackInfo& info) {
  return Decode<float, pcm::ToFloat, 0, 64>(info, "pcmToFloat(bytes, layout, out)");
}
Napi::Value ToInt32(const Napi::CallbackInfo& info) {
  return Decode<int32_t, pcm::ToInt32, 1, 64>(info, "pcmToInt32(bytes, layout, out)");
}
Napi::Value ToInt16(const Napi::CallbackInfo& info) {
  return Decode<int16_t, pcm::ToInt16, 1, 16>(info, "pcmToInt16(bytes, layout, out)");
}

// pcmFromFloat(samples, layout, out): fills out[0, samples.length * bytes)
Napi::Value FromFloat(const Napi::CallbackInfo& info) {
  pcm::Layout layout;
  std::span<float> in;
  const bool kinds = ReadArray(info[0], in) && ReadLayout(info[1], layout) && pcm::CanWrite(layout) && IsBytes(info[2]);
  if (!kinds || BytesOf(info[2]).size() / layout.bytes < in.size()) {
    return Misuse(info.Env(), "pcmFromFloat(samples, layout, out)");
  }
  pcm::FromFloat(layout, in.data(), in.size(), info[2].As<Napi::Uint8Array>().Data());
  return info.Env().Undefined();
}

// A whole number within the bounds, which are far below 2^53.
bool ReadSize(const Napi::Value& value, double least, double most, size_t* size) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= least && number <= most)) return false;
  *size = static_cast<size_t>(number);
  return true;
}

constexpr double kMostChannels = 65535;

// True when the arrays are of this type and hold what is asked for, and it is done.
template <typename Sample>
bool TryDeinterleave(const Napi::CallbackInfo& info) {
  std::span<Sample> in, out;
  size_t channels, at, plane;
  if (!ReadArray(info[0], in) || !ReadArray(info[2], out) || !ReadSize(info[1], 1, kMostChannels, &channels)) return false;
  const double length = static_cast<double>(out.size());
  if (!ReadSize(info[3], 0, length, &at) || !ReadSize(info[4], 0, length, &plane)) return false;
  const size_t frames = in.size() / channels;
  if (frames == 0) return true;
  if (plane < frames && channels > 1) return false;
  if (plane * (channels - 1) + frames > out.size() - at) return false;
  pcm::Deinterleave(in.data(), frames, channels, out.data() + at, plane);
  return true;
}

// deinterleave(interleaved, channels, out, at, plane): channel c to `out` from at + c * plane on; both arrays of one type
Napi::Value Deinterleave(const Napi::CallbackInfo& info) {
  if (!TryDeinterleave<float>(info) && !TryDeinterleave<int32_t>(info) && !TryDeinterleave<int16_t>(info)) {
    return Misuse(info.Env(), "deinterleave(interleaved, channels, out, at, plane)");
  }
  return info.Env().Undefined();
}

template <typename Sample>
bool TryPickChannel(const Napi::CallbackInfo& info) {
  std::span<Sample> in, out;
  size_t channels, channel;
  if (!ReadArray(info[0], in) || !ReadArray(info[3], out) || !ReadSize(info[1], 1, kMostChannels, &channels)) return false;
  if (!ReadSize(info[2], 0, static_cast<double>(channels - 1), &channel)) return false;
  const size_t frames = in.size() / channels;
  if (frames > out.size()) return false;
  pcm::PickChannel(in.data(), frames, channels, channel, out.data());
  return true;
}

// pickChannel(interleaved, channels, channel, out): both arrays of one type
Napi::Value PickChannel(const Napi::CallbackInfo& info) {
  if (!TryPickChannel<float>(info) && !TryPickChannel<int32_t>(info) && !TryPickChannel<int16_t>(info)) {
    return Misuse(info.Env(), "pickChannel(interleaved, channels, channel, out)");
  }
  return info.Env().Undefined();
}

// Modes of shapeChannels() that are no channel.
constexpr int64_t kPlanar = -2;
constexpr int64_t kMean = -1;

// shapeChannels(interleaved, channels, mode, out): mode kPlanar, kMean, else that channel
Napi::Value ShapeChannels(const Napi::CallbackInfo& info) {
  constexpr const char* kSignature = "shapeChannels(interleaved, channels, mode, out)";
  std::span<float> in, out;
  if (!ReadArray(info[0], in) || !info[1].IsNumber() || !info[2].IsNumber() || !ReadArray(info[3], out)) {
    return Misuse(info.Env(), kSignature);
  }
  const int64_t channels = info[1].As<Napi::Number>().Int64Value(), mode = info[2].As<Napi::Number>().Int64Value();
  if (channels < 1 || channels > 65535 || mode < kPlanar || mode >= channels) return Misuse(info.Env(), kSignature);
  const size_t frames = in.size() / static_cast<size_t>(channels);
  const size_t needed = mode == kPlanar ? frames * static_cast<size_t>(channels) : frames;
  if (out.size() < needed) return Misuse(info.Env(), kSignature);
  if (mode == kPlanar) {
    pcm::Deinterleave(in.data(), frames, static_cast<size_t>(channels), out.data(), frames);
  } else if (mode == kMean) {
    pcm::MixToMono(in.data(), frames, static_cast<size_t>(channels), out.data());
  } else {
    pcm::PickChannel(in.data(), frames, static_cast<size_t>(channels), static_cast<size_t>(mode), out.data());
  }
  return info.Env().Undefined();
}

}  // namespace

void ExportPcm(Napi::Env env, Napi::Object exports) {
  exports.Set("pcmToFloat", Napi::Function::New<ToFloat>(env, "pcmToFloat"));
  exports.Set("pcmToInt32", Napi::Function::New<ToInt32>(env, "pcmToInt32"));
  exports.Set("pcmToInt16", Napi::Function::New<ToInt16>(env, "pcmToInt16"));
  exports.Set("pcmFromFloat", Napi::Function::New<FromFloat>(env, "pcmFromFloat"));
  exports.Set("deinterleave", Napi::Function::New<Deinterleave>(env, "deinterleave"));
  exports.Set("pickChannel", Napi::Function::New<PickChannel>(env, "pickChannel"));
  exports.Set("shapeChannels", Napi::Function::New<ShapeChannels>(env, "shapeChannels"));
}

}  // namespace bowerbird::addon
