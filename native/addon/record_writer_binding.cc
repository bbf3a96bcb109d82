// RecordWriter: the JavaScript class over a file of records that is written. src/native/native.ts holds its types.
#include "addon/record_writer_binding.h"

#include <vector>

#include "addon/array_record_writer.h"
#include "os/codec_library.h"
#include "addon/pcm_values.h"
#include "addon/values.h"

namespace bowerbird::addon {
namespace {

constexpr napi_type_tag kWriterTag = {0x626f776572626972, 0x647265636f726431};

class RecordWriterObject : public Napi::ObjectWrap<RecordWriterObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "RecordWriter",
                       {InstanceMethod<&RecordWriterObject::Append>("append"), InstanceMethod<&RecordWriterObject::AppendParts>("appendParts"),
                        InstanceMethod<&RecordWriterObject::Finish>("finish"), InstanceMethod<&RecordWriterObject::Close>("close")});
  }

  // new RecordWriter(fd, path, flushEarly): a TFRecord file. With (..., groupSize, transpose, pad, codec, level, windowLog, optionsText,
  // threads) an ArrayRecord file; windowLog 0: the level's own
  explicit RecordWriterObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RecordWriterObject>(info) {
    const bool target = info[0].IsNumber() && info[1].IsString() && info[2].IsBoolean();
    arrayrecord::WriterOptions options;
    const bool indexed = info.Length() > 3;
    if (!target || (indexed && !ReadOptions(info, options))) {
      Misuse(info.Env(), "new RecordWriter(fd, path, flushEarly, ...options)");
      return;
    }
    // Not held by its object where the environment is ending: nobody would end the writer's threads.
    if (IsEmpty()) return;
    info.This().As<Napi::Object>().TypeTag(&kWriterTag);
    const int fd = info[0].As<Napi::Number>().Int32Value();
    const bool flush_early = info[2].As<Napi::Boolean>();
    path_ = info[1].As<Napi::String>();
    if (indexed) {
      const size_t threads = info[10].As<Napi::Number>().Uint32Value();
      writer_ = std::make_shared<ArrayRecordWriter>(fd, flush_early, options, info[9].As<Napi::String>(), os::CodecLibrary(), threads);
    } else {
      writer_ = std::make_shared<TfRecordWriter>(fd, flush_early);
    }
  }

  OpenRecordWriter open() const { return {writer_, path_}; }

 private:
  static bool ReadOptions(const Napi::CallbackInfo& info, arrayrecord::WriterOptions& options) {
    const auto number = [&](size_t i) { return info[i].IsNumber() ? info[i].As<Napi::Number>().Int64Value() : -1; };
    const int64_t codec = number(6);
    if (number(3) < 1 || !info[4].IsBoolean() || !info[5].IsBoolean() || codec < 0 || codec > 255) return false;
    if (!info[7].IsNumber() || !info[8].IsNumber() || !info[9].IsString() || number(10) < 1) return false;
    options = {.group_size = static_cast<uint64_t>(number(3)),
               .transpose = info[4].As<Napi::Boolean>(),
               .pad_to_block_boundary = info[5].As<Napi::Boolean>(),
               .compression = {.codec = static_cast<Codec>(codec),
                               .level = info[7].As<Napi::Number>().Int32Value(),
                               .window_log = info[8].As<Napi::Number>().Int32Value()}};
    return IsCodec(static_cast<uint8_t>(codec)) && os::CodecLibrary().Writes(options.compression.codec);
  }

  bool Ready(const Napi::CallbackInfo& info, bool arguments, const char* signature) {
    if (writer_ && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }

  // append(payloads: Uint8Array, lengths: Float64Array): records one behind the other; throws a system error
  void Append(const Napi::CallbackInfo& info) {
    std::vector<uint64_t> lengths;
    if (!Ready(info, IsBytes(info[0]) && ToCounts(info[1], lengths), "append(payloads, lengths)")) return;
    Bytes rest = BytesOf(info[0]);
    uint64_t total = 0;
    for (const uint64_t length : lengths) {
      if (!Ready(info, length <= rest.size() - total, "append(payloads, lengths)")) return;
      total += length;
    }
    for (const uint64_t length : lengths) {
      writer_->Append(rest.first(length));
      rest = rest.subspan(length);
    }
    if (writer_->error() != 0) SystemErrorOf(info.Env(), writer_->error(), path_).ThrowAsJavaScriptException();
  }

  // appendParts(head, body, layout, tail): one record; layout -1 takes the body as it is, else it is samples that become float32. TFRecord
  // only; throws a system error
  void AppendParts(const Napi::CallbackInfo& info) {
    constexpr const char* kSignature = "appendParts(head, body, layout, tail)";
    pcm::Layout layout;
    const bool raw = info[2].IsNumber() && info[2].As<Napi::Number>().Int32Value() == -1;
    const bool arguments = IsBytes(info[0]) && IsBytes(info[1]) && (raw || ReadLayout(info[2], layout)) && IsBytes(info[3]);
    if (!Ready(info, arguments, kSignature)) return;
    const bool taken = writer_->AppendParts(BytesOf(info[0]), BytesOf(info[1]), raw ? nullptr : &layout, BytesOf(info[3]));
    if (!Ready(info, taken, kSignature)) return;
    if (writer_->error() != 0) SystemErrorOf(info.Env(), writer_->error(), path_).ThrowAsJavaScriptException();
  }

  // finish() -> { bytes, crc }, once; throws a system error
  Napi::Value Finish(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "finish()")) return env.Undefined();
    const std::shared_ptr<RecordWriter> writer = std::move(writer_);
    if (const int error = writer->Finish()) {
      SystemErrorOf(env, error, path_).ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("bytes", Count(env, writer->size()));
    o.Set("crc", Count(env, writer->crc()));
    return o;
  }

  // close(): afterwards the descriptor is the caller's alone. Safe to call twice
  void Close(const Napi::CallbackInfo&) {
    if (writer_) writer_->Stop();
    writer_.reset();
  }

  std::shared_ptr<RecordWriter> writer_;
  std::string path_;
};

}  // namespace

OpenRecordWriter RecordWriterOf(const Napi::Value& value) {
  const auto* const object = Unwrapped<RecordWriterObject>(value, kWriterTag);
  return object == nullptr ? OpenRecordWriter() : object->open();
}

void ExportRecordWriter(Napi::Env env, Napi::Object exports) { exports.Set("RecordWriter", RecordWriterObject::Define(env)); }

}  // namespace bowerbird::addon
