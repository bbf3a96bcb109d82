// LmdbEntries: the entries of an LMDB file in batches, into memory of JavaScript. src/native/lmdb.ts holds the types.
#include "addon/async_task.h"
#include "addon/lmdb_values.h"
#include "os/lmdb_batches.h"

namespace bowerbird::addon {
namespace {

// Places of the numbers of an entry.
enum EntryColumn : size_t { kKey = 0, kKeySize = 1, kValue = 2, kValueSize = 3, kEntryLength = 4 };

// What one next() works on, while nobody else may.
struct Batches {
  Batches(std::shared_ptr<const os::LmdbFile> file, bool values) : batches(std::move(file), values) {}
  os::LmdbBatches batches;
  bool busy = false;  // on the JavaScript thread
};

struct NextTask {
  std::shared_ptr<Batches> of;
  std::string path;
  MutableBytes out;

  void Work() { of->batches.Fill(out); }
  Napi::Value Settle(Napi::Env env) const {
    of->busy = false;
    const os::LmdbBatches& b = of->batches;
    if (b.error() != 0 && b.rows().empty()) {
      SystemErrorOf(env, b.error(), path).ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("rows", NewArray<double>(env, kEntryLength * b.rows().size(), [&](double* to) {
            for (const os::LmdbRow& row : b.rows()) {
              to[kKey] = static_cast<double>(row.key);
              to[kKeySize] = static_cast<double>(row.key_size);
              to[kValue] = static_cast<double>(row.value);
              to[kValueSize] = static_cast<double>(row.value_size);
              to += kEntryLength;
            }
          }));
    o.Set("needed", Count(env, b.needed()));
    o.Set("done", Napi::Boolean::New(env, b.ended()));
    o.Set("finding", b.finding().ok() ? env.Null() : LmdbFinding(env, b.finding()));
    return o;
  }
};

class LmdbEntries : public Napi::ObjectWrap<LmdbEntries> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "LmdbEntries",
                       {InstanceMethod<&LmdbEntries::Next>("next"), InstanceMethod<&LmdbEntries::NextNow>("nextNow"),
                        InstanceMethod<&LmdbEntries::Close>("close")});
  }

  // new LmdbEntries(file: LmdbFile, from: Uint8Array, values: boolean): from the first key that is not less; of no bytes, from the first of
  // all. Without values their places in the file stand in the rows
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
    if (batches_ && !batches_->busy && IsBytes(info[0])) return true;
    Misuse(info.Env(), signature);
    return false;
  }
  NextTask Task(const Napi::CallbackInfo& info) {
    auto out = info[0].As<Napi::Uint8Array>();
    return {batches_, path_, MutableBytes(out.Data(), out.ByteLength())};
  }

  // next(out: Uint8Array) -> Promise<{ rows: Float64Array, needed, done, finding | null }>, one call at a time
  Napi::Value Next(const Napi::CallbackInfo& info) {
    if (!Ready(info, "next(out)")) return info.Env().Undefined();
    batches_->busy = true;
    return AsyncTask<NextTask>::Start(info.Env(), Task(info), info[0].As<Napi::Object>());
  }

  // The same on this thread.
  Napi::Value NextNow(const Napi::CallbackInfo& info) {
    if (!Ready(info, "nextNow(out)")) return info.Env().Undefined();
    NextTask task = Task(info);
    task.Work();
    return task.Settle(info.Env());
  }

  void Close(const Napi::CallbackInfo&) { batches_.reset(); }

  std::shared_ptr<Batches> batches_;
  std::string path_;
};

}  // namespace

void ExportLmdbEntries(Napi::Env env, Napi::Object exports) { exports.Set("LmdbEntries", LmdbEntries::Define(env)); }

}  // namespace bowerbird::addon
