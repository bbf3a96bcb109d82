// RecordPass: the JavaScript class over Pass. src/native/native.ts holds its types; arguments arrive checked, kinds are checked again here.
#include <utility>

#include "addon/environment.h"
#include "addon/pass.h"
#include "addon/record_writer_binding.h"
#include "addon/values.h"

namespace bowerbird::addon {
namespace {

// Layout of src/counters.ts, in bytes.
constexpr size_t kStopAt = 0, kBytesAt = 8, kRecordsAt = 16, kSharedSize = 64;

class RecordPass : public Napi::ObjectWrap<RecordPass> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "RecordPass",
                       {InstanceMethod<&RecordPass::OpenFile>("openFile"), InstanceMethod<&RecordPass::Push>("push"),
                        InstanceMethod<&RecordPass::EndOfInput>("endOfInput"),
                        InstanceMethod<&RecordPass::Slice>("slice"), InstanceMethod<&RecordPass::NotePlaces>("notePlaces"),
                        InstanceMethod<&RecordPass::Noted>("noted"), InstanceMethod<&RecordPass::Prove>("prove"),
                        InstanceMethod<&RecordPass::Proof>("proof"), InstanceMethod<&RecordPass::WriteRecords>("writeRecords"),
                        InstanceMethod<&RecordPass::ExtractToFiles>("extractToFiles"),
                        InstanceMethod<&RecordPass::ExtractToMemory>("extractToMemory"),
                        InstanceMethod<&RecordPass::CollectRecords>("collectRecords"), InstanceMethod<&RecordPass::Run>("run"),
                        InstanceMethod<&RecordPass::PendingName>("pendingName"), InstanceMethod<&RecordPass::GiveName>("giveName"),
                        InstanceMethod<&RecordPass::RefuseName>("refuseName"), InstanceMethod<&RecordPass::TakeFaults>("takeFaults"),
                        InstanceMethod<&RecordPass::TakeBatch>("takeBatch"), InstanceMethod<&RecordPass::Counts>("counts"),
                        InstanceMethod<&RecordPass::Finish>("finish"), InstanceMethod<&RecordPass::Close>("close")});
  }

  // new RecordPass(stopOn: 0|1|2, maxRecord: number, shared: Uint8Array | null)
  explicit RecordPass(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RecordPass>(info) {
    const Napi::Env env = info.Env();
    const bool counted = IsBytes(info[2]) && BytesOf(info[2]).size() >= kSharedSize;
    if (!info[0].IsNumber() || !info[1].IsNumber() || !(counted || info[2].IsNull())) {
      Misuse(env, "new RecordPass(stopOn, maxRecord, shared)");
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
    pass_ = std::make_unique<Pass>(Environment::Of(env).warm, stop_on, static_cast<uint64_t>(max_record), counters);
  }

 private:
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

  // feature, names, channel, hop, output type
  static bool ReadOptions(const Napi::CallbackInfo& info, size_t at, embedding::Options& options) {
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

  // extractToFiles(npyFd, npyPath, jsonFd, jsonPath, flushEarly, feature, names, channel, hop, output)
  void ExtractToFiles(const Napi::CallbackInfo& info) {
    embedding::Options options;
    const bool arguments = info[0].IsNumber() && info[1].IsString() && info[2].IsNumber() && info[3].IsString() &&
                           info[4].IsBoolean() && ReadOptions(info, 5, options);
    if (!Ready(info, arguments, "extractToFiles(npyFd, npyPath, jsonFd, jsonPath, flushEarly, ...options)")) return;
    const auto target = [&](size_t at) {
      return Pass::Target{.fd = info[at].As<Napi::Number>().Int32Value(), .path = info[at + 1].As<Napi::String>()};
    };
    pass_->ExtractToFiles(std::move(options), target(0), target(2), info[4].As<Napi::Boolean>());
  }

  // extractToMemory(batchBytes, feature, names, channel, hop, output); 0 bytes: extract and throw away, to see what reading costs
  void ExtractToMemory(const Napi::CallbackInfo& info) {
    embedding::Options options;
    if (!Ready(info, info[0].IsNumber() && ReadOptions(info, 1, options), "extractToMemory(batchBytes, ...options)")) return;
    const uint64_t batch = static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value());
    if (batch == 0) {
      pass_->ExtractToNothing(std::move(options));
    } else {
      pass_->ExtractToMemory(std::move(options), batch);
    }
  }

  // collectRecords(batchBytes)
  void CollectRecords(const Napi::CallbackInfo& info) {
    if (!Ready(info, info[0].IsNumber(), "collectRecords(batchBytes)")) return;
    pass_->CollectRecords(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
  }

  // slice(index, offset, skip, take), take Infinity for all; not with extract...()
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

  // writeRecords(writer: RecordWriter)
  void WriteRecords(const Napi::CallbackInfo& info) {
    OpenRecordWriter open = RecordWriterOf(info[0]);
    if (Ready(info, open.writer != nullptr, "writeRecords(writer)")) pass_->WriteRecords(std::move(open.writer), std::move(open.path));
  }

  // run() -> event; throws a system error
  Napi::Value Run(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "run()")) return env.Undefined();
    const Pass::Event event = pass_->Run();
    if (event == Pass::Event::kError) ThrowSystem(env);
    return Napi::Number::New(env, static_cast<int>(event));
  }

  Napi::Value PendingName(const Napi::CallbackInfo& info) {
    if (!Ready(info, true, "pendingName()") || pass_->extractor() == nullptr) return info.Env().Undefined();
    return Napi::String::New(info.Env(), pass_->extractor()->pending_name());
  }

  // giveName(head, tail): JSON text around recording_offset_in_file
  void GiveName(const Napi::CallbackInfo& info) {
    if (!Ready(info, info[0].IsString() && info[1].IsString(), "giveName(head, tail)") || pass_->extractor() == nullptr) return;
    pass_->extractor()->GiveName(info[0].As<Napi::String>(), info[1].As<Napi::String>());
  }

  void RefuseName(const Napi::CallbackInfo& info) {
    if (Ready(info, true, "refuseName()") && pass_->extractor() != nullptr) pass_->extractor()->RefuseName();
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
    if (!Ready(info, true, "takeBatch()")) return env.Undefined();
    const Napi::Object batch = Napi::Object::New(env);
    batch.Set("rows", CopyOf(env, pass_->rows().bytes()));
    batch.Set("json", Napi::String::New(env, std::string(AsText(pass_->json().bytes()))));
    batch.Set("places", Numbers(env, pass_->places()));
    pass_->ClearBatch();
    return batch;
  }

  // counts() -> { records, payloadBytes, nextIndex, nextOffset, taken, rows, width, assumedUtc, withoutZone }
  Napi::Value Counts(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, true, "counts()")) return env.Undefined();
    const embedding::Extractor* extractor = pass_->extractor();
    const Napi::Object o = Napi::Object::New(env);
    o.Set("records", Count(env, pass_->records()));
    o.Set("payloadBytes", Count(env, pass_->payload_bytes()));
    o.Set("nextIndex", Count(env, pass_->next_index()));
    o.Set("nextOffset", Count(env, pass_->next_offset()));
    o.Set("taken", Count(env, pass_->input().taken()));
    o.Set("rows", Count(env, extractor ? extractor->rows() : 0));
    o.Set("width", Count(env, extractor ? extractor->width() : 0));
    o.Set("assumedUtc", Count(env, extractor ? extractor->assumed_utc() : 0));
    o.Set("withoutZone", Count(env, extractor ? extractor->without_zone() : 0));
    return o;
  }

  // finish() -> { npyBytes, npyCrc, jsonBytes, jsonCrc }, once, after run() returned 0 and extractToFiles(); throws a system error
  Napi::Value Finish(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, pass_ && pass_->may_finish(), "finish()")) return env.Undefined();
    if (pass_->Finish() != 0) {
      ThrowSystem(env);
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("npyBytes", Count(env, pass_->npy_file().size()));
    o.Set("npyCrc", Count(env, pass_->npy_file().crc()));
    o.Set("jsonBytes", Count(env, pass_->json_file().size()));
    o.Set("jsonCrc", Count(env, pass_->json_file().crc()));
    return o;
  }

  void Close(const Napi::CallbackInfo&) {
    pass_.reset();
    shared_.Reset();
  }

  void ThrowSystem(Napi::Env env) { SystemErrorOf(env, pass_->error(), pass_->error_path()).ThrowAsJavaScriptException(); }

  std::unique_ptr<Pass> pass_;
  Napi::ObjectReference shared_;
};

}  // namespace

void ExportPass(Napi::Env env, Napi::Object exports) {
  exports.Set("RecordPass", RecordPass::Define(env));
}

}  // namespace bowerbird::addon
