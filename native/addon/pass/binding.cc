// RecordPass: the JavaScript class over Pass. src/native/native.ts holds its types; arguments arrive checked, kinds are checked again here.
#include <utility>

#include "addon/environment.h"
#include "addon/pass/extract_sinks.h"
#include "addon/pass/pass.h"
#include "addon/pass/payload_sinks.h"
#include "addon/record_writer_binding.h"
#include "addon/values.h"

namespace bowerbird::addon {
namespace {

// Layout of src/counters.ts, in bytes.
constexpr size_t kStopAt = 0, kBytesAt = 8, kRecordsAt = 16, kSharedSize = 64;

// Which sink a pass has. The numbers cross to TypeScript.
enum class Target : uint8_t { kCheck = 0, kCollect = 1, kWriter = 2, kMemory = 3, kFiles = 4 };

// feature, names, channel, hop, output type
bool ReadOptions(const Napi::CallbackInfo& info, size_t at, embedding::Options& options) {
  if (!info[at].IsString() || !info[at + 1].IsNumber() || !info[at + 2].IsNumber() || !info[at + 3].IsNumber() ||
      !info[at + 4].IsNumber()) {
    return false;
  }
  options.feature = info[at].As<Napi::String>();
  options.names = static_cast<embedding::Names>(info[at + 1].As<Napi::Number>().Uint32Value() % 4);
  options.channel = info[at + 2].As<Napi::Number>().Int64Value();
  options.hop = info[at + 3].As<Napi::Number>().DoubleValue();
  options.output = static_cast<embedding::OutputType>(info[at + 4].As<Napi::Number>().Uint32Value() % 2);
  return true;
}

// Bytes of a batch: at least one, so that a full one is told from an empty one.
bool ReadBatchBytes(const Napi::Value& value, uint64_t& bytes) {
  if (!value.IsNumber() || !(value.As<Napi::Number>().DoubleValue() >= 1)) return false;
  bytes = static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
  return true;
}

// npyFd, npyPath, jsonFd, jsonPath, flushEarly, then the options; null for other arguments
std::unique_ptr<ExtractToFiles> ReadFiles(const Napi::CallbackInfo& info, size_t at) {
  embedding::Options options;
  const bool arguments = info[at].IsNumber() && info[at + 1].IsString() && info[at + 2].IsNumber() && info[at + 3].IsString() &&
                         info[at + 4].IsBoolean() && ReadOptions(info, at + 5, options);
  if (!arguments) return nullptr;
  const auto target = [&](size_t i) {
    return OutputTarget{.fd = info[i].As<Napi::Number>().Int32Value(), .path = info[i + 1].As<Napi::String>()};
  };
  return std::make_unique<ExtractToFiles>(Environment::Of(info.Env()).warm, std::move(options), target(at), target(at + 2),
                                          info[at + 4].As<Napi::Boolean>());
}

class RecordPass : public Napi::ObjectWrap<RecordPass> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "RecordPass",
                       {InstanceMethod<&RecordPass::OpenFile>("openFile"), InstanceMethod<&RecordPass::Push>("push"),
                        InstanceMethod<&RecordPass::EndOfInput>("endOfInput"), InstanceMethod<&RecordPass::Slice>("slice"),
                        InstanceMethod<&RecordPass::NotePlaces>("notePlaces"), InstanceMethod<&RecordPass::Noted>("noted"),
                        InstanceMethod<&RecordPass::Prove>("prove"), InstanceMethod<&RecordPass::Proof>("proof"),
                        InstanceMethod<&RecordPass::Run>("run"), InstanceMethod<&RecordPass::PendingName>("pendingName"),
                        InstanceMethod<&RecordPass::GiveName>("giveName"), InstanceMethod<&RecordPass::RefuseName>("refuseName"),
                        InstanceMethod<&RecordPass::TakeFaults>("takeFaults"), InstanceMethod<&RecordPass::TakeBatch>("takeBatch"),
                        InstanceMethod<&RecordPass::Counts>("counts"), InstanceMethod<&RecordPass::Finish>("finish"),
                        InstanceMethod<&RecordPass::Close>("close")});
  }

  // new RecordPass(stopOn, maxRecord: number, shared: Uint8Array | null, target, ...): target and what follows it are
  //   check
  //   collect, batchBytes
  //   writer, writer: RecordWriter
  //   memory, batchBytes, feature, names, channel, hop, output
  //   files, npyFd, npyPath, jsonFd, jsonPath, flushEarly, feature, names, channel, hop, output
  explicit RecordPass(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RecordPass>(info) {
    const Napi::Env env = info.Env();
    const bool counted = IsBytes(info[2]) && BytesOf(info[2]).size() >= kSharedSize;
    const bool kinds = info[0].IsNumber() && info[1].IsNumber() && (counted || info[2].IsNull()) && info[3].IsNumber();
    // Not held by its object where the environment is ending: nobody would let go of a writer, whose threads wait for that.
    if (IsEmpty()) return;
    std::unique_ptr<RecordSink> sink = kinds ? ReadSink(info) : nullptr;
    if (!sink) {
      Misuse(env, "new RecordPass(stopOn, maxRecord, shared, target, ...)");
      return;
    }
    SharedCounters counters;
    if (counted) {
      // Keeps the memory alive as long as this pass may write to it.
      shared_ = Napi::Persistent(info[2].As<Napi::Object>());
      uint8_t* base = info[2].As<Napi::Uint8Array>().Data();
      counters = {.stop = reinterpret_cast<int32_t*>(base + kStopAt),
                  .bytes = reinterpret_cast<uint64_t*>(base + kBytesAt),
                  .records = reinterpret_cast<uint64_t*>(base + kRecordsAt)};
    }
    const auto stop_on = static_cast<StopOn>(info[0].As<Napi::Number>().Uint32Value() % 3);
    const double max_record = info[1].As<Napi::Number>().DoubleValue();
    pass_ = std::make_unique<Pass>(Environment::Of(env).warm, std::move(sink), stop_on, static_cast<uint64_t>(max_record), counters);
  }

 private:
  // Of the arguments behind the third; null where they are not one's.
  std::unique_ptr<RecordSink> ReadSink(const Napi::CallbackInfo& info) {
    uint64_t batch_bytes = 0;
    embedding::Options options;
    switch (static_cast<Target>(info[3].As<Napi::Number>().Uint32Value())) {
      case Target::kCheck: return std::make_unique<CheckSink>();
      case Target::kCollect:
        if (!ReadBatchBytes(info[4], batch_bytes)) return nullptr;
        return std::make_unique<CollectSink>(batch_bytes);
      case Target::kWriter: {
        OpenRecordWriter open = RecordWriterOf(info[4]);
        if (open.writer == nullptr) return nullptr;
        return std::make_unique<WriterSink>(std::move(open.writer), std::move(open.path));
      }
      case Target::kMemory:
        if (!ReadBatchBytes(info[4], batch_bytes) || !ReadOptions(info, 5, options)) return nullptr;
        return std::make_unique<ExtractToMemory>(std::move(options), batch_bytes);
      case Target::kFiles: {
        std::unique_ptr<ExtractToFiles> files = ReadFiles(info, 4);
        files_ = files.get();
        return files;
      }
    }
    return nullptr;
  }

  // Every method asks first: a closed pass, or one whose constructor failed, has nothing to work on.
  bool Ready(const Napi::CallbackInfo& info, bool arguments, const char* signature) {
    if (pass_ && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }

  // openFile(path, from?) -> size in bytes; throws a system error
  Napi::Value OpenFile(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, info[0].IsString(), "openFile(path)")) return env.Undefined();
    const std::string path = info[0].As<Napi::String>();
    const int64_t from = info[1].IsNumber() ? info[1].As<Napi::Number>().Int64Value() : 0;
    if (const int error = pass_->OpenFile(path, from > 0 ? static_cast<uint64_t>(from) : 0)) {
      SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
      return env.Undefined();
    }
    return Count(env, pass_->input().size());
  }

  // push(bytes): copies
  void Push(const Napi::CallbackInfo& info) {
    if (!Ready(info, IsBytes(info[0]), "push(bytes)")) return;
    if (!pass_->input().Push(BytesOf(info[0]))) SystemErrorOf(info.Env(), ENOMEM, "").ThrowAsJavaScriptException();
  }

  void EndOfInput(const Napi::CallbackInfo& info) {
    if (Ready(info, true, "endOfInput()")) pass_->input().EndOfInput();
  }

  // slice(index, offset, skip, take), take Infinity for all
  void Slice(const Napi::CallbackInfo& info) {
    double given[4] = {};
    for (size_t i = 0; i < 4; ++i) {
      if (!Ready(info, info[i].IsNumber() && info[i].As<Napi::Number>().DoubleValue() >= 0, "slice(index, offset, skip, take)")) return;
      given[i] = info[i].As<Napi::Number>().DoubleValue();
    }
    const auto count = [&](size_t i) { return given[i] < 0x1p53 ? static_cast<uint64_t>(given[i]) : Pass::kEverything; };
    pass_->Slice(count(0), count(1), count(2), count(3));
  }

  // notePlaces(every)
  void NotePlaces(const Napi::CallbackInfo& info) {
    if (Ready(info, info[0].IsNumber(), "notePlaces(every)")) pass_->NotePlaces(info[0].As<Napi::Number>().Uint32Value());
  }

  // noted() -> Float64Array: records before it and offset of each
  Napi::Value Noted(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "noted()")) return env.Undefined();
    return Numbers(env, pass_->noted());
  }

  void Prove(const Napi::CallbackInfo& info) {
    if (Ready(info, true, "prove()")) pass_->Prove();
  }

  // proof() -> 32 hex digits
  Napi::Value Proof(const Napi::CallbackInfo& info) {
    if (!Ready(info, true, "proof()")) return info.Env().Undefined();
    return Napi::String::New(info.Env(), pass_->proof().Hex());
  }

  // run() -> event; throws a system error
  Napi::Value Run(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "run()")) return env.Undefined();
    const Pass::Event event = pass_->Run();
    if (event == Pass::Event::kError) Throw(env, pass_->failure());
    return Napi::Number::New(env, static_cast<int>(event));
  }

  // Null for a sink that does not extract.
  embedding::Extractor* extractor() { return pass_ ? pass_->sink().extractor() : nullptr; }

  Napi::Value PendingName(const Napi::CallbackInfo& info) {
    if (!Ready(info, extractor() != nullptr, "pendingName()")) return info.Env().Undefined();
    return Napi::String::New(info.Env(), extractor()->pending_name());
  }

  // giveName(head, tail): JSON text around recording_offset_in_file
  void GiveName(const Napi::CallbackInfo& info) {
    if (!Ready(info, extractor() != nullptr && info[0].IsString() && info[1].IsString(), "giveName(head, tail)")) return;
    extractor()->GiveName(info[0].As<Napi::String>(), info[1].As<Napi::String>());
  }

  void RefuseName(const Napi::CallbackInfo& info) {
    if (Ready(info, extractor() != nullptr, "refuseName()")) extractor()->RefuseName();
  }

  // takeFaults() -> [{ fault, record, offset, length, a, b, text }]; there are never more than a few hundred
  Napi::Value TakeFaults(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "takeFaults()")) return env.Undefined();
    const std::vector<FaultReport> faults = pass_->TakeFaults();
    const Napi::Array list = Napi::Array::New(env, faults.size());
    for (size_t i = 0; i < faults.size(); ++i) {
      const FaultReport& f = faults[i];
      const Napi::Object o = Napi::Object::New(env);
      o.Set("fault", Napi::Number::New(env, static_cast<int>(f.fault)));
      o.Set("record", Count(env, f.record));
      o.Set("offset", Count(env, f.offset));
      o.Set("length", Count(env, f.length));
      o.Set("a", Count(env, f.a));
      o.Set("b", Count(env, f.b));
      o.Set("text", Napi::String::New(env, f.text));
      list.Set(static_cast<uint32_t>(i), o);
    }
    return list;
  }

  // takeBatch() -> { rows: Uint8Array, json: string, places: Float64Array }
  Napi::Value TakeBatch(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Batch* const taken = pass_ ? pass_->sink().batch() : nullptr;
    if (!Ready(info, taken != nullptr, "takeBatch()")) return env.Undefined();
    const Napi::Object batch = Napi::Object::New(env);
    batch.Set("rows", CopyOf(env, taken->rows.bytes()));
    batch.Set("json", Napi::String::New(env, std::string(AsText(taken->json.bytes()))));
    batch.Set("places", Numbers(env, taken->places));
    taken->Clear();
    return batch;
  }

  // counts() -> { records, payloadBytes, nextIndex, nextOffset, taken, rows, width, assumedUtc, withoutZone, overflowed }
  Napi::Value Counts(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "counts()")) return env.Undefined();
    const Pass::Counts counts = pass_->counts();
    const embedding::Extractor* const extracted = extractor();
    const Napi::Object o = Napi::Object::New(env);
    o.Set("records", Count(env, counts.records));
    o.Set("payloadBytes", Count(env, counts.payload_bytes));
    o.Set("nextIndex", Count(env, counts.next_index));
    o.Set("nextOffset", Count(env, counts.next_offset));
    o.Set("taken", Count(env, pass_->input().taken()));
    o.Set("rows", Count(env, extracted ? extracted->rows() : 0));
    o.Set("width", Count(env, extracted ? extracted->width() : 0));
    o.Set("assumedUtc", Count(env, extracted ? extracted->assumed_utc() : 0));
    o.Set("withoutZone", Count(env, extracted ? extracted->without_zone() : 0));
    o.Set("overflowed", Count(env, extracted ? extracted->overflowed() : 0));
    return o;
  }

  // finish() -> { npyBytes, npyCrc, jsonBytes, jsonCrc }, of a pass to files, once, after its end; throws a system error
  Napi::Value Finish(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, pass_ && files_ != nullptr && files_->may_finish(), "finish()")) return env.Undefined();
    if (const SystemFailure failure = files_->Finish(); failure.error != 0) {
      Throw(env, failure);
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("npyBytes", Count(env, files_->npy().size()));
    o.Set("npyCrc", Count(env, files_->npy().crc()));
    o.Set("jsonBytes", Count(env, files_->json().size()));
    o.Set("jsonCrc", Count(env, files_->json().crc()));
    return o;
  }

  void Close(const Napi::CallbackInfo&) {
    files_ = nullptr;
    pass_.reset();
    shared_.Reset();
  }

  static void Throw(Napi::Env env, const SystemFailure& failure) {
    SystemErrorOf(env, failure.error, failure.path).ThrowAsJavaScriptException();
  }

  std::unique_ptr<Pass> pass_;
  ExtractToFiles* files_ = nullptr;  // the sink of the pass, where it is one
  Napi::ObjectReference shared_;
};

}  // namespace

void ExportPass(Napi::Env env, Napi::Object exports) {
  exports.Set("RecordPass", RecordPass::Define(env));
}

}  // namespace bowerbird::addon
