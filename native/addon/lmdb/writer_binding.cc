// LmdbWriter: the JavaScript class over an LMDB file that is written, on libuv's threads. src/native/lmdb.ts holds its types.
#include "os/lmdb_writer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/addon.h"
#include "addon/async_task.h"
#include "addon/values.h"

namespace bowerbird::addon {
namespace {

using os::LmdbWriter;

// One call at a time: `busy` is read and written by the JavaScript thread alone.
struct Open {
  LmdbWriter writer;
  std::string path;
  bool busy = false;
};

// LMDB's own errors have no errno.
void ThrowError(Napi::Env env, int error, const std::string& path) {
  if (error > 0) return SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
  Napi::Error::New(env, LmdbWriter::TextOf(error)).ThrowAsJavaScriptException();
}

// BytesOf() and IsBytes() of one in very many, by a single call.
bool ToBytes(const Napi::Value& v, Bytes& bytes) {
  napi_typedarray_type type;
  size_t size = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(v.Env(), v, &type, &size, &data, nullptr, nullptr) != napi_ok || type != napi_uint8_array) return false;
  bytes = {static_cast<const uint8_t*>(data), size};
  return true;
}

struct WriteTask {
  std::shared_ptr<Open> open;
  // One behind the other, and how long each is; the values are JavaScript's.
  std::string keys = {};
  std::vector<size_t> key_sizes = {};
  std::vector<Bytes> values = {};
  bool taken = false;
  int error = 0;

  void Work() {
    Bytes rest = AsBytes(keys);
    for (size_t i = 0; i < values.size() && error == 0; ++i) {
      error = open->writer.Put(rest.first(key_sizes[i]), values[i]);
      rest = rest.subspan(key_sizes[i]);
    }
  }
  Napi::Value Settle(Napi::Env env) const {
    open->busy = false;
    if (error != 0) ThrowError(env, error, open->path);
    return env.Undefined();
  }
};

struct FinishTask {
  std::shared_ptr<Open> open;
  bool flush;
  LmdbWriter::Written written = {};
  int error = 0;

  void Work() { error = open->writer.Finish(flush, written); }
  Napi::Value Settle(Napi::Env env) const {
    open->busy = false;
    if (error != 0) {
      ThrowError(env, error, open->path);
      return {};
    }
    const Napi::Object o = Napi::Object::New(env);
    if (o.IsEmpty()) return {};
    o.Set("entries", Count(env, written.entries));
    o.Set("pages", Count(env, written.pages));
    o.Set("bytes", Count(env, written.bytes));
    return o;
  }
};

class LmdbWriterObject : public Napi::ObjectWrap<LmdbWriterObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "LmdbWriter",
                       {InstanceMethod<&LmdbWriterObject::Write>("write"), InstanceMethod<&LmdbWriterObject::WriteNow>("writeNow"),
                        InstanceMethod<&LmdbWriterObject::Finish>("finish"), InstanceMethod<&LmdbWriterObject::Close>("close")});
  }

  // new LmdbWriter(path): of a file that is empty or not there; throws a system error
  explicit LmdbWriterObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LmdbWriterObject>(info) {
    if (!info[0].IsString()) {
      Misuse(info.Env(), "new LmdbWriter(path)");
      return;
    }
    // Not held by its object where the environment is ending: nobody would close the file.
    if (IsEmpty()) return;
    auto open = std::make_shared<Open>();
    open->path = info[0].As<Napi::String>();
    if (const int error = open->writer.Open(open->path)) {
      ThrowError(info.Env(), error, open->path);
      return;
    }
    open_ = std::move(open);
  }

 private:
  bool Ready(const Napi::CallbackInfo& info, bool arguments, const char* signature) {
    if (open_ && !open_->busy && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }

  // write(keys: Uint8Array[], values: Uint8Array[]) -> promise, or { refusal, entry } at once, and then nothing of them is written.
  // The values must not change meanwhile; rejects with a system error, and after that the writer can only be closed
  Napi::Value Write(const Napi::CallbackInfo& info) {
    // A list of our own, which nobody can take anything out of, keeps the values alive.
    const Napi::Array kept = Napi::Array::New(info.Env());
    if (kept.IsEmpty()) return {};
    WriteTask task{.open = open_};
    const Napi::Value refused = Take(info, "write(keys, values)", task, kept);
    if (refused.IsEmpty() || !refused.IsUndefined() || !task.taken) return refused;
    return Start(info.Env(), std::move(task), kept);
  }

  // writeNow(keys, values): as write(), on this thread, and done when it returns; throws a system error
  Napi::Value WriteNow(const Napi::CallbackInfo& info) {
    WriteTask task{.open = open_};
    const Napi::Value refused = Take(info, "writeNow(keys, values)", task, {});
    if (refused.IsEmpty() || !refused.IsUndefined() || !task.taken) return refused;
    task.Work();
    return task.Settle(info.Env());
  }

  // Undefined where all of it is taken, or an exception is on its way. Values go into `kept`, where there is one.
  Napi::Value Take(const Napi::CallbackInfo& info, const char* signature, WriteTask& task, Napi::Array kept) {
    const Napi::Env env = info.Env();
    if (!Ready(info, info[0].IsArray() && info[1].IsArray(), signature)) return env.Undefined();
    const auto keys = info[0].As<Napi::Array>(), values = info[1].As<Napi::Array>();
    const uint32_t count = keys.Length();
    if (!Ready(info, values.Length() == count, signature)) return env.Undefined();

    task.key_sizes.reserve(count);
    task.values.reserve(count);
    std::optional<Bytes> before;
    if (written_) before = AsBytes(last_key_);
    for (uint32_t i = 0; i < count; ++i) {
      const Napi::Value key = keys.Get(i), value = values.Get(i);
      if (key.IsEmpty() || value.IsEmpty()) return {};
      Bytes k, v;
      if (!Ready(info, ToBytes(key, k) && ToBytes(value, v), signature)) return env.Undefined();
      const auto refusal = LmdbWriter::RefusalOf(before, k, v.size());
      if (refusal != LmdbWriter::Refusal::kNone) return Refused(env, refusal, i);
      before = k;
      task.keys.append(AsText(k));
      task.key_sizes.push_back(k.size());
      task.values.push_back(v);
      if (!kept.IsEmpty()) kept.Set(i, value);
    }
    if (count > 0) {
      last_key_ = AsText(*before);
      written_ = true;
    }
    task.taken = true;
    return env.Undefined();
  }

  Napi::Value Refused(Napi::Env env, LmdbWriter::Refusal refusal, uint32_t entry) {
    const Napi::Object o = Napi::Object::New(env);
    if (o.IsEmpty()) return {};
    o.Set("refusal", Count(env, static_cast<uint64_t>(refusal)));
    o.Set("entry", Count(env, entry));
    return o;
  }

  // finish(flush) -> promise of { entries, pages, bytes }, once; rejects with a system error
  Napi::Value Finish(const Napi::CallbackInfo& info) {
    if (!Ready(info, info[0].IsBoolean(), "finish(flush)")) return info.Env().Undefined();
    return Start(info.Env(), FinishTask{.open = std::exchange(open_, nullptr), .flush = info[0].As<Napi::Boolean>()},
                 info.This().As<Napi::Object>());
  }

  template <typename Task>
  Napi::Value Start(Napi::Env env, Task task, Napi::Object pinned) {
    const std::shared_ptr<Open> open = task.open;
    open->busy = true;
    return AsyncTask<Task>::Start(env, std::move(task), pinned);
  }

  // close(): gives the file up, which stays as it is. What is under way ends first. Safe to call twice
  void Close(const Napi::CallbackInfo&) { open_.reset(); }

  std::shared_ptr<Open> open_;
  std::string last_key_;
  bool written_ = false;
};

}  // namespace

void ExportLmdbWriter(Napi::Env env, Napi::Object exports) { exports.Set("LmdbWriter", LmdbWriterObject::Define(env)); }

}  // namespace bowerbird::addon
