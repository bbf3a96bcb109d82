// LmdbEntries: the entries of an LMDB file in batches, into memory of JavaScript. src/native/lmdb.ts holds the types.
#include "addon/async_task.h"
#include "addon/lmdb/values.h"
#include "os/lmdb_batches.h"

namespace bowerbird::addon {
namespace {

// Places of the numbers of an entry.
enum EntryColumn : size_t { kKey = 0, kKeySize = 1, kValue = 2, kValueSize = 3, kEntryLength = 4 };
static_assert(sizeof(os::LmdbRow) == kEntryLength * sizeof(uint32_t) && offsetof(os::LmdbRow, value) == kValue * sizeof(uint32_t));

struct Batches {
  Batches(std::shared_ptr<const os::LmdbFile> file, bool values) : batches(std::move(file), values) {}
  os::LmdbBatches batches;
  size_t under_way = 0;  // on the JavaScript thread
};

struct NextTask {
  std::shared_ptr<Batches> of;
  std::string path;
  MutableBytes out;
  std::span<os::LmdbRow> rows;
  uint64_t turn = 0;
  os::LmdbBatch batch;

  void Work() { batch = of->batches.Fill(turn, out, rows); }
  Napi::Value Settle(Napi::Env env) const {
    --of->under_way;
    if (batch.error != 0 && batch.count == 0) {
      SystemErrorOf(env, batch.error, path).ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("count", Count(env, batch.count));
    o.Set("needed", Count(env, batch.needed));
    o.Set("done", Napi::Boolean::New(env, batch.ended));
    o.Set("finding", batch.finding.ok() ? env.Null() : LmdbFinding(env, batch.finding));
    return o;
  }
};

class LmdbEntries : public Napi::ObjectWrap<LmdbEntries> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "LmdbEntries",
                       {InstanceMethod<&LmdbEntries::Next>("next"), InstanceMethod<&LmdbEntries::NextNow>("nextNow"),
                        InstanceMethod<&LmdbEntries::GoOn>("goOn"),
                        InstanceMethod<&LmdbEntries::Close>("close")});
  }

  // new LmdbEntries(file: LmdbFile, from: Uint8Array, values: boolean): from the first key that is not less; of no bytes, from the first of
  // all. Without values nobody may look at theirs
  explicit LmdbEntries(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LmdbEntries>(info) {
    const OpenLmdbFile open = LmdbFileOf(info[0]);
    if (!open.file || !IsBytes(info[1]) || !info[2].IsBoolean()) {
      Misuse(info.Env(), "new LmdbEntries(file, from, values)");
      return;
    }
    if (IsEmpty()) return;
    path_ = open.path;
    batches_ = std::make_shared<Batches>(open.file, info[2].As<Napi::Boolean>());
    batches_->batches.Seek(BytesOf(info[1]));
  }

 private:
  bool Ready(const Napi::CallbackInfo& info, const char* signature) {
    const bool arguments = IsBytes(info[0]) && info[1].IsTypedArray() && info[1].As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array &&
                           info[1].As<Napi::Uint32Array>().ElementLength() >= kEntryLength;
    if (batches_ && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }
  NextTask Task(const Napi::CallbackInfo& info) {
    auto out = info[0].As<Napi::Uint8Array>();
    auto rows = info[1].As<Napi::Uint32Array>();
    // Places are counted in 32 bits.
    const size_t size = std::min<size_t>(out.ByteLength(), UINT32_MAX);
    ++batches_->under_way;
    return {.of = batches_,
            .path = path_,
            .out = MutableBytes(out.Data(), size),
            .rows = {reinterpret_cast<os::LmdbRow*>(rows.Data()), rows.ElementLength() / kEntryLength},
            .turn = batches_->batches.TakeTurn(),
            .batch = {}};
  }

  // next(out: Uint8Array, rows: Uint32Array) -> Promise<{ count, needed, done, finding | null }>; several may be under way
  Napi::Value Next(const Napi::CallbackInfo& info) {
    if (!Ready(info, "next(out, rows)")) return info.Env().Undefined();
    Napi::Array both = Napi::Array::New(info.Env(), 2);
    if (both.IsEmpty()) return {};
    both.Set(0u, info[0]);
    both.Set(1u, info[1]);
    const Napi::Value promise = AsyncTask<NextTask>::Start(info.Env(), Task(info), both);
    if (promise.IsEmpty()) {
      // Nobody would take its turn, and those that follow would wait for it.
      batches_->batches.GiveBackTurn();
      --batches_->under_way;
    }
    return promise;
  }

  // The same on this thread.
  Napi::Value NextNow(const Napi::CallbackInfo& info) {
    if (!Ready(info, "nextNow(out, rows)")) return info.Env().Undefined();
    NextTask task = Task(info);
    task.Work();
    return task.Settle(info.Env());
  }

  // goOn(): behind an entry that did not fit, when no call is under way
  Napi::Value GoOn(const Napi::CallbackInfo& info) {
    if (!batches_ || batches_->under_way != 0) return Misuse(info.Env(), "goOn()");
    batches_->batches.GoOnAfterNeed();
    return info.Env().Undefined();
  }

  void Close(const Napi::CallbackInfo&) { batches_.reset(); }

  std::shared_ptr<Batches> batches_;
  std::string path_;
};

}  // namespace

void ExportLmdbEntries(Napi::Env env, Napi::Object exports) { exports.Set("LmdbEntries", LmdbEntries::Define(env)); }

}  // namespace bowerbird::addon
