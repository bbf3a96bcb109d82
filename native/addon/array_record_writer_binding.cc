// ArrayRecordEncoder: records to the bytes of an ArrayRecord file. Compression runs on libuv's threads, layout where it is called.
// src/native/native.ts holds its types.
#include <map>
#include <memory>

#include "addon/addon.h"
#include "addon/array_record_values.h"
#include "addon/async_task.h"
#include "os/codec_library.h"
#include "core/records/arrayrecord.h"

namespace bowerbird::addon {
namespace {

// What encode() makes and layOut() takes. JavaScript has its number.
struct Batch {
  ByteBuffer payloads;
  std::vector<arrayrecord::EncodedChunk> chunks;
};

struct EncodeTask {
  arrayrecord::WriterOptions options;
  Bytes values;
  std::vector<uint64_t> sizes;
  std::shared_ptr<Batch> batch = std::make_shared<Batch>();
  uint32_t number = 0;
  bool ok = false;

  void Work() {
    ok = arrayrecord::EncodeGroups(values, sizes, options, os::CodecLibrary(), batch->payloads, batch->chunks);
    if (ok) arrayrecord::HashChunks(batch->payloads.bytes(), batch->chunks);
  }
  Napi::Value Settle(Napi::Env env) const {
    if (ok) return Napi::Number::New(env, number);
    *batch = Batch();
    SystemErrorOf(env, ENOMEM, "").ThrowAsJavaScriptException();
    return {};
  }
};

class ArrayRecordEncoder : public Napi::ObjectWrap<ArrayRecordEncoder> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(
        env, "ArrayRecordEncoder",
        {InstanceMethod<&ArrayRecordEncoder::Begin>("begin"), InstanceMethod<&ArrayRecordEncoder::Encode>("encode"),
         InstanceMethod<&ArrayRecordEncoder::EncodeNow>("encodeNow"), InstanceMethod<&ArrayRecordEncoder::LayOut>("layOut"),
         InstanceMethod<&ArrayRecordEncoder::Add>("add"), InstanceMethod<&ArrayRecordEncoder::Finish>("finish"),
         InstanceMethod<&ArrayRecordEncoder::Counts>("counts")});
  }

  // new ArrayRecordEncoder(groupSize, transpose, pad, codec, level, windowLog); windowLog 0: the level's own
  explicit ArrayRecordEncoder(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ArrayRecordEncoder>(info) {
    const auto number = [&](size_t i) { return info[i].IsNumber() ? info[i].As<Napi::Number>().Int64Value() : -1; };
    const int64_t codec = number(3);
    const bool kinds = info[1].IsBoolean() && info[2].IsBoolean() && info[4].IsNumber() && info[5].IsNumber();
    if (number(0) < 1 || !kinds || codec < 0 || codec > 255 || !IsCodec(static_cast<uint8_t>(codec)) ||
        !os::CodecLibrary().Writes(static_cast<Codec>(codec))) {
      Misuse(info.Env(), "new ArrayRecordEncoder(groupSize, transpose, pad, codec, level, windowLog)");
      return;
    }
    options_ = {.group_size = static_cast<uint64_t>(number(0)),
                .transpose = info[1].As<Napi::Boolean>(),
                .pad_to_block_boundary = info[2].As<Napi::Boolean>(),
                .compression = {.codec = static_cast<Codec>(codec),
                                .level = static_cast<int>(number(4)),
                                .window_log = static_cast<int>(number(5))}};
    writer_ = std::make_unique<arrayrecord::FileWriter>(options_);
  }

 private:
  bool Ready(const Napi::CallbackInfo& info, bool arguments, const char* signature) {
    if (writer_ && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }

  Napi::Value Made(Napi::Env env, bool ok) {
    if (!ok) {
      SystemErrorOf(env, ENOMEM, "").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const Napi::Value copy = CopyOf(env, out_.bytes());
    out_.Clear();
    out_.Trim(size_t{4} << 20);
    return copy;
  }

  // begin() -> Uint8Array: the first bytes of the file
  Napi::Value Begin(const Napi::CallbackInfo& info) {
    if (!Ready(info, writer_ && writer_->position() == 0, "begin()")) return info.Env().Undefined();
    return Made(info.Env(), writer_->Begin(out_));
  }

  bool ToTask(const Napi::CallbackInfo& info, EncodeTask& task) {
    if (!IsBytes(info[0]) || !ToCounts(info[1], task.sizes)) return false;
    task.values = BytesOf(info[0]);
    task.options = options_;
    uint64_t total = 0;
    for (const uint64_t size : task.sizes) {
      if (size > task.values.size() - total) return false;
      total += size;
    }
    return total == task.values.size();
  }

  // encode(values: Uint8Array, lengths: Float64Array) -> Promise<batch: number>
  Napi::Value Encode(const Napi::CallbackInfo& info) {
    EncodeTask task;
    if (!Ready(info, ToTask(info, task), "encode(values, lengths)")) return info.Env().Undefined();
    task.number = next_batch_++;
    batches_.emplace(task.number, task.batch);
    return AsyncTask<EncodeTask>::Start(info.Env(), std::move(task), info[0].As<Napi::Object>());
  }

  // encodeNow(values, lengths) -> Uint8Array: encoded and laid out in one step, for those who have a thread to spare
  Napi::Value EncodeNow(const Napi::CallbackInfo& info) {
    EncodeTask task;
    if (!Ready(info, writer_ && writer_->position() != 0 && ToTask(info, task), "encodeNow(values, lengths)")) {
      return info.Env().Undefined();
    }
    task.Work();
    return Made(info.Env(), task.ok && LayOutChunks(*task.batch));
  }

  bool LayOutChunks(const Batch& batch) {
    for (const arrayrecord::EncodedChunk& chunk : batch.chunks) {
      if (!writer_->Add(chunk.header, batch.payloads.bytes().subspan(chunk.payload_offset, chunk.header.data_size), out_)) return false;
    }
    return true;
  }

  // layOut(batch) -> Uint8Array: the next bytes of the file. Once for each batch, after its promise was fulfilled
  Napi::Value LayOut(const Napi::CallbackInfo& info) {
    const auto found = info[0].IsNumber() ? batches_.find(info[0].As<Napi::Number>().Uint32Value()) : batches_.end();
    // A task that is under way holds its batch too.
    const bool made = found != batches_.end() && found->second.use_count() == 1;
    if (!Ready(info, made && writer_ && writer_->position() != 0, "layOut(batch)")) return info.Env().Undefined();
    const bool ok = LayOutChunks(*found->second);
    batches_.erase(found);
    return Made(info.Env(), ok);
  }

  // add(type, records, decodedSize, payload) -> Uint8Array: a chunk of another file
  Napi::Value Add(const Napi::CallbackInfo& info) {
    const bool arguments = info[0].IsNumber() && info[1].IsNumber() && info[2].IsNumber() && IsBytes(info[3]);
    if (!Ready(info, arguments && writer_ && writer_->position() != 0, "add(type, records, decodedSize, payload)")) {
      return info.Env().Undefined();
    }
    const Bytes payload = BytesOf(info[3]);
    const riegeli::ChunkHeader header{.type = static_cast<uint8_t>(info[0].As<Napi::Number>().Uint32Value()),
                                      .num_records = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()),
                                      .data_size = payload.size(),
                                      .data_hash = riegeli::Hash(payload),
                                      .decoded_size = static_cast<uint64_t>(info[2].As<Napi::Number>().Int64Value())};
    return Made(info.Env(), writer_->Add(header, payload, out_));
  }

  // finish(optionsText: string | null) -> Uint8Array: the last bytes of the file
  Napi::Value Finish(const Napi::CallbackInfo& info) {
    const bool arguments = info[0].IsString() || info[0].IsNull();
    if (!Ready(info, arguments && writer_ && writer_->position() != 0, "finish(optionsText)")) return info.Env().Undefined();
    const std::string text = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : std::string();
    const std::string_view view = text;
    const bool ok = writer_->Finish(info[0].IsString() ? &view : nullptr, os::CodecLibrary(), out_);
    return Made(info.Env(), ok);
  }

  // counts() -> { position, records, chunks }
  Napi::Value Counts(const Napi::CallbackInfo& info) {
    if (!Ready(info, true, "counts()")) return info.Env().Undefined();
    const Napi::Object o = Napi::Object::New(info.Env());
    o.Set("position", Count(info.Env(), writer_->position()));
    o.Set("records", Count(info.Env(), writer_->num_records()));
    o.Set("chunks", Count(info.Env(), writer_->num_chunks()));
    return o;
  }

  arrayrecord::WriterOptions options_;
  std::unique_ptr<arrayrecord::FileWriter> writer_;
  std::map<uint32_t, std::shared_ptr<Batch>> batches_;  // encoded, or being so, and not laid out yet
  uint32_t next_batch_ = 0;
  ByteBuffer out_;
};

}  // namespace

void ExportArrayRecordWriter(Napi::Env env, Napi::Object exports) {
  exports.Set("ArrayRecordEncoder", ArrayRecordEncoder::Define(env));
}

}  // namespace bowerbird::addon
