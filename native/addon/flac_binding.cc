// FlacMetadata, FlacDecoder, FlacOggPages and flacFindFrame: core/flac/flac.h over typed arrays. Sizes and kinds are checked here, as memory
// safety is the skin's job; src/formats/flac/ knows what to read next, and turns faults into sentences.
#include <algorithm>
#include <cstring>
#include <memory>

#include "addon/values.h"
#include "core/flac/flac.h"

namespace bowerbird::addon {
namespace {

using namespace flac;

bool ReadCount(const Napi::Value& value, uint64_t& count) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number < static_cast<double>(kMostExact))) return false;
  count = static_cast<uint64_t>(number);
  return true;
}

// STREAMINFO crosses as the 34 bytes that the file holds.
bool ReadInfo(const Napi::Value& value, StreamInfo& info) {
  return IsBytes(value) && ParseStreamInfo(BytesOf(value), &info) == Fault::kNone;
}

// Numbers come back in an array that the caller keeps from call to call.
std::span<double> NumbersOf(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) return {};
  auto array = value.As<Napi::Float64Array>();
  return {array.Data(), array.ElementLength()};
}

// Places in the arrays that decode() and unwrap() fill. The numbers cross to TypeScript.
namespace decoding {
enum Number : size_t { kConsumed = 0, kSamples = 1, kFrames = 2, kNeed = 3, kSample = 4, kOffset = 5, kFrame = 6, kNotes = 7, kLength = 8 };
}
namespace unwrapping {
enum Number : size_t { kConsumed = 0, kWritten = 1, kNeed = 2, kFault = 3, kDropped = 4, kOthers = 5, kLength = 6 };
}

class FlacMetadata : public Napi::ObjectWrap<FlacMetadata> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "FlacMetadata",
                       {InstanceMethod<&FlacMetadata::Next>("next"), InstanceMethod<&FlacMetadata::Info>("info")});
  }
  explicit FlacMetadata(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FlacMetadata>(info) {}

 private:
  // next(window, last) -> { kind, bytes, fault, type }. The payload of a block begins behind its header.
  Napi::Value Next(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!IsBytes(info[0]) || !info[1].IsBoolean()) return Misuse(env, "next(window, last)");
    const MetadataReader::Step step = reader_.Next(BytesOf(info[0]), info[1].As<Napi::Boolean>());
    const Napi::Object o = Napi::Object::New(env);
    o.Set("kind", Napi::Number::New(env, step.kind));
    o.Set("bytes", Count(env, step.bytes));
    o.Set("fault", Napi::Number::New(env, static_cast<int>(step.fault)));
    o.Set("type", Napi::Number::New(env, static_cast<int>(step.type)));
    return o;
  }

  Napi::Value Info(const Napi::CallbackInfo& call) {
    const Napi::Env env = call.Env();
    const StreamInfo& info = reader_.info();
    const Napi::Object o = Napi::Object::New(env);
    o.Set("minBlock", Count(env, info.min_block));
    o.Set("maxBlock", Count(env, info.max_block));
    o.Set("minFrame", Count(env, info.min_frame));
    o.Set("maxFrame", Count(env, info.max_frame));
    o.Set("sampleRate", Count(env, info.sample_rate));
    o.Set("channels", Count(env, info.channels));
    o.Set("bits", Count(env, info.bits));
    o.Set("totalSamples", Count(env, info.total_samples));
    o.Set("streamOffset", Count(env, reader_.stream_offset()));
    return o;
  }

  MetadataReader reader_;
};

// flacSeekPoints(block) -> Float64Array of sample, offset and number of samples of each
Napi::Value SeekPoints(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsBytes(info[0])) return Misuse(env, "flacSeekPoints(block)");
  const Bytes block = BytesOf(info[0]);
  const size_t count = CountSeekPoints(block);
  return NewArray<double>(env, count * 3, [&](double* points) {
    for (size_t i = 0; i < count; ++i) {
      const SeekPoint point = ReadSeekPoint(block, i);
      points[3 * i] = static_cast<double>(point.sample);
      points[3 * i + 1] = static_cast<double>(point.offset);
      points[3 * i + 2] = point.samples;
    }
  });
}

// flacComments(block) -> { vendor, texts, damaged }; bytes that are no UTF-8 become U+FFFD
Napi::Value Comments(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!IsBytes(info[0])) return Misuse(env, "flacComments(block)");
  CommentReader reader(BytesOf(info[0]));
  const auto text = [&](std::string_view view) { return Napi::String::New(env, view.data() == nullptr ? "" : view.data(), view.size()); };
  const Napi::Array texts = Napi::Array::New(env);
  const Napi::Object o = Napi::Object::New(env);
  o.Set("vendor", text(reader.vendor()));
  uint32_t count = 0;
  while (const auto next = reader.Next()) texts.Set(count++, text(*next));
  o.Set("texts", texts);
  o.Set("damaged", Napi::Boolean::New(env, reader.damaged()));
  return o;
}

// flacFindFrame(window, from, streamInfo) -> { offset, bytes, number, isVariable, samples } | null
Napi::Value FindProvenFrame(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint64_t from = 0;
  StreamInfo stream;
  if (!IsBytes(info[0]) || !ReadCount(info[1], from) || !ReadInfo(info[2], stream)) {
    return Misuse(env, "flacFindFrame(window, from, streamInfo)");
  }
  const auto found = FindFrame(BytesOf(info[0]), from, stream);
  if (!found) return env.Null();
  const Napi::Object o = Napi::Object::New(env);
  o.Set("offset", Count(env, found->offset));
  o.Set("bytes", Count(env, found->size));
  o.Set("number", Count(env, found->header.number));
  o.Set("isVariable", Napi::Boolean::New(env, found->header.variable));
  o.Set("samples", Count(env, found->header.block_size));
  return o;
}

// Where the samples of one call go: part of an array of the caller's.
struct Target {
  Output output;
  // at, capacity and plane are counts of values, frames and values; checked against the array's own length.
  bool Read(const Napi::CallbackInfo& info, size_t first, const StreamInfo& stream) {
    uint64_t at = 0;
    if (!info[first].IsTypedArray() || !ReadCount(info[first + 1], at) || !ReadCount(info[first + 2], output.capacity) ||
        !ReadCount(info[first + 3], output.plane)) {
      return false;
    }
    const auto array = info[first].As<Napi::TypedArray>();
    const uint64_t length = array.ElementLength();
    switch (array.TypedArrayType()) {
      case napi_int16_array:
        output.format = SampleFormat::kInt16;
        output.data = info[first].As<Napi::Int16Array>().Data() + std::min(at, length);
        if (stream.bits > 16) return false;
        break;
      case napi_int32_array:
        output.format = SampleFormat::kInt32;
        output.data = info[first].As<Napi::Int32Array>().Data() + std::min(at, length);
        break;
      case napi_float32_array:
        output.format = SampleFormat::kFloat32;
        output.data = info[first].As<Napi::Float32Array>().Data() + std::min(at, length);
        break;
      default: return false;
    }
    if (at > length || output.capacity > length || output.plane > length) return false;
    // Eight channels of numbers below 2^53 stay far from overflow.
    if (output.plane == 0) return output.capacity * stream.channels <= length - at;
    return output.capacity <= output.plane && output.plane * (stream.channels - 1) + output.capacity <= length - at;
  }
};

class FlacDecoder : public Napi::ObjectWrap<FlacDecoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "FlacDecoder",
                       {InstanceMethod<&FlacDecoder::Decode>("decode"), InstanceMethod<&FlacDecoder::Damage>("damage"),
                        InstanceMethod<&FlacDecoder::Seek>("seek"), InstanceMethod<&FlacDecoder::StopAt>("stopAt"),
                        InstanceMethod<&FlacDecoder::Md5>("md5"), InstanceMethod<&FlacDecoder::Close>("close")});
  }

  // new FlacDecoder(streamInfo, lenient, md5)
  explicit FlacDecoder(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FlacDecoder>(info) {
    if (!info[1].IsBoolean() || !info[2].IsBoolean() || !ReadInfo(info[0], stream_)) {
      Misuse(info.Env(), "new FlacDecoder(streamInfo, lenient, md5)");
      return;
    }
    md5_ = info[2].As<Napi::Boolean>();
    decoder_ = std::make_unique<Decoder>(stream_, DecoderOptions{.lenient = info[1].As<Napi::Boolean>(), .md5 = md5_});
  }

 private:
  // decode(window, last, out, at, capacity, plane, progress) -> status. `progress` becomes what decoding::Number says.
  Napi::Value Decode(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Target target;
    const std::span<double> numbers = NumbersOf(info[6]);
    if (!decoder_ || !IsBytes(info[0]) || !info[1].IsBoolean() || numbers.size() < decoding::kLength || !target.Read(info, 2, stream_)) {
      return Misuse(env, "decode(window, last, out, at, capacity, plane, progress)");
    }
    const Progress p = decoder_->Decode(BytesOf(info[0]), info[1].As<Napi::Boolean>(), target.output);
    const auto tell = [&](decoding::Number place, uint64_t value) { numbers[place] = static_cast<double>(value); };
    tell(decoding::kConsumed, p.consumed);
    tell(decoding::kSamples, p.samples);
    tell(decoding::kFrames, p.frames);
    tell(decoding::kNeed, p.need);
    tell(decoding::kSample, decoder_->sample());
    tell(decoding::kOffset, decoder_->offset());
    tell(decoding::kFrame, decoder_->frame());
    tell(decoding::kNotes, decoder_->notes());
    return Napi::Number::New(env, p.status);
  }

  // damage() -> { fault, frame, offset, length, sample, missing, missingKnown, rate }
  Napi::Value Damage(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!decoder_) return Misuse(env, "damage()");
    const flac::Damage& d = decoder_->damage();
    const Napi::Object o = Napi::Object::New(env);
    o.Set("fault", Napi::Number::New(env, static_cast<int>(d.fault)));
    o.Set("frame", Count(env, d.frame));
    o.Set("offset", Count(env, d.offset));
    o.Set("length", Count(env, d.length));
    o.Set("sample", Count(env, d.sample));
    o.Set("missing", Count(env, d.missing));
    o.Set("missingKnown", Napi::Boolean::New(env, d.missing_known));
    o.Set("rate", Napi::Number::New(env, d.rate));
    return o;
  }

  // seek(offset, sample)
  void Seek(const Napi::CallbackInfo& info) {
    uint64_t offset = 0, sample = 0;
    if (!decoder_ || !ReadCount(info[0], offset) || !ReadCount(info[1], sample)) {
      Misuse(info.Env(), "seek(offset, sample)");
      return;
    }
    decoder_->Seek(offset, sample);
  }

  // stopAt(sample)
  void StopAt(const Napi::CallbackInfo& info) {
    uint64_t sample = 0;
    if (!decoder_ || !ReadCount(info[0], sample)) {
      Misuse(info.Env(), "stopAt(sample)");
      return;
    }
    decoder_->StopAt(sample);
  }

  // md5() -> Uint8Array of 16
  Napi::Value Md5(const Napi::CallbackInfo& info) {
    if (!decoder_ || !md5_) return Misuse(info.Env(), "md5()");
    return CopyOf(info.Env(), Bytes(decoder_->Md5Digest()));
  }

  // Up to a few MiB that the garbage collector does not see.
  void Close(const Napi::CallbackInfo&) { decoder_.reset(); }

  StreamInfo stream_;
  bool md5_ = false;
  std::unique_ptr<Decoder> decoder_;
};

class FlacOggPages : public Napi::ObjectWrap<FlacOggPages> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "FlacOggPages", {InstanceMethod<&FlacOggPages::Take>("unwrap")});
  }

  // new FlacOggPages(lenient)
  explicit FlacOggPages(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FlacOggPages>(info) {
    if (!info[0].IsBoolean()) {
      Misuse(info.Env(), "new FlacOggPages(lenient)");
      return;
    }
    pages_ = std::make_unique<OggUnwrapper>(info[0].As<Napi::Boolean>());
  }

 private:
  // unwrap(window, last, out, progress) -> kind of the step that ended it. Takes every whole page of the window; `out` is as long as the
  // window. `progress` becomes what unwrapping::Number says.
  Napi::Value Take(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::span<double> numbers = NumbersOf(info[3]);
    const bool kinds = pages_ && IsBytes(info[0]) && info[1].IsBoolean() && IsBytes(info[2]) && numbers.size() >= unwrapping::kLength;
    if (!kinds || BytesOf(info[2]).size() < BytesOf(info[0]).size()) return Misuse(env, "unwrap(window, last, out, progress)");
    const Bytes window = BytesOf(info[0]);
    const bool last = info[1].As<Napi::Boolean>();
    uint8_t* const out = info[2].As<Napi::Uint8Array>().Data();
    size_t consumed = 0, written = 0;
    for (;;) {
      const OggUnwrapper::Step step = pages_->Next(window.subspan(consumed), last);
      consumed += step.consumed;
      if (step.kind != OggUnwrapper::Step::kPage) {
        const auto tell = [&](unwrapping::Number place, uint64_t value) { numbers[place] = static_cast<double>(value); };
        tell(unwrapping::kConsumed, consumed);
        tell(unwrapping::kWritten, written);
        tell(unwrapping::kNeed, step.need);
        tell(unwrapping::kFault, static_cast<uint64_t>(step.fault));
        tell(unwrapping::kDropped, pages_->dropped());
        tell(unwrapping::kOthers, pages_->others());
        return Napi::Number::New(env, step.kind);
      }
      // Payloads are parts of the window, so they fit together.
      if (!step.payload.empty()) std::memcpy(out + written, step.payload.data(), step.payload.size());
      written += step.payload.size();
    }
  }

  std::unique_ptr<OggUnwrapper> pages_;
};

}  // namespace

void ExportFlac(Napi::Env env, Napi::Object exports) {
  exports.Set("FlacMetadata", FlacMetadata::Define(env));
  exports.Set("FlacDecoder", FlacDecoder::Define(env));
  exports.Set("FlacOggPages", FlacOggPages::Define(env));
  exports.Set("flacSeekPoints", Napi::Function::New<SeekPoints>(env, "flacSeekPoints"));
  exports.Set("flacComments", Napi::Function::New<Comments>(env, "flacComments"));
  exports.Set("flacFindFrame", Napi::Function::New<FindProvenFrame>(env, "flacFindFrame"));
}

}  // namespace bowerbird::addon
