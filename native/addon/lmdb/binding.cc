// LmdbFile: an LMDB file by its figures, values by their keys, and its verification. src/native/lmdb.ts holds the types.
#include <atomic>
#include <memory>

#include "addon/addon.h"
#include "addon/async_task.h"
#include "addon/lmdb/get.h"
#include "addon/lmdb/values.h"
#include "core/lmdb/cursor.h"
#include "core/lmdb/verify.h"

namespace bowerbird::addon {
namespace {

using lmdb::Finding;
using os::FilePages;
using os::LmdbFile;

constexpr napi_type_tag kFileTag = {0x626f776572626972, 0x646c6d646266696c};
// Layout of src/counters.ts, in bytes.
constexpr size_t kStopAt = 0, kBytesAt = 8, kSharedSize = 64;

Napi::Value DatabaseObject(Napi::Env env, const lmdb::Database& d) {
  const Napi::Object o = Napi::Object::New(env);
  o.Set("flags", Napi::Number::New(env, d.flags));
  o.Set("depth", Napi::Number::New(env, d.depth));
  o.Set("branchPages", Count(env, d.branch_pages));
  o.Set("leafPages", Count(env, d.leaf_pages));
  o.Set("overflowPages", Count(env, d.overflow_pages));
  o.Set("entries", Count(env, d.entries));
  o.Set("root", d.root == lmdb::kNoPage ? env.Null() : Napi::Value(Count(env, d.root)));
  return o;
}

Napi::Value StatOf(Napi::Env env, const lmdb::Meta& meta) {
  const Napi::Object o = Napi::Object::New(env);
  o.Set("pageSize", Napi::Number::New(env, meta.page_size));
  o.Set("fileSize", Count(env, meta.file_size));
  o.Set("mapSize", Count(env, meta.map_size));
  o.Set("lastPage", Count(env, meta.last_page));
  o.Set("transaction", Count(env, meta.transaction));
  o.Set("main", DatabaseObject(env, meta.main));
  o.Set("free", DatabaseObject(env, meta.free));
  return o;
}

// Finds where the values of keys are.
struct LocateTask {
  std::shared_ptr<const LmdbFile> file;
  std::string path;
  Bytes keys;
  std::vector<uint64_t> lengths;
  std::vector<uint64_t> places;
  Finding finding;
  int error = 0;

  void Work() {
    FilePages pages(*file);
    const lmdb::Meta& meta = file->meta();
    for (const uint64_t length : lengths) {
      lmdb::Entry entry;
      const lmdb::Cursor::Step step = lmdb::Find(pages, meta, meta.main, keys.first(length), entry, finding);
      keys = keys.subspan(length);
      const uint8_t* header = nullptr;
      if (step == lmdb::Cursor::Step::kEntry && entry.first_page != 0) {
        header = pages.Read(entry.first_page, lmdb::kValueSlot);
        if (header != nullptr) {
          finding = lmdb::CheckExtent(meta, lmdb::PageView({header, meta.page_size}), entry.first_page, entry.extent_pages);
        }
      }
      error = pages.error();
      if (error != 0 || !finding.ok()) return;
      const bool found = step == lmdb::Cursor::Step::kEntry;
      places.push_back(found ? entry.offset : 0);
      places.push_back(found ? entry.size : 0);
    }
  }

  Napi::Value Settle(Napi::Env env) const {
    if (error != 0) {
      SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("places", Numbers(env, places));
    o.Set("finding", finding.ok() ? env.Null() : LmdbFinding(env, finding));
    return o;
  }
};

// Reads values, one behind the other.
struct ReadTask {
  std::shared_ptr<const LmdbFile> file;
  std::string path;
  std::vector<uint64_t> places;
  MutableBytes out;
  int error = 0;

  void Work() {
    for (size_t i = 0; i < places.size() && error == 0; i += 2) {
      error = file->Read(places[i], out.first(places[i + 1]));
      out = out.subspan(places[i + 1]);
    }
  }
  Napi::Value Settle(Napi::Env env) const {
    if (error != 0) SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
    return env.Undefined();
  }
};

// Adds to the counter of bytes and looks for the flag that stops.
class SharedWatcher : public lmdb::Watcher {
 public:
  SharedWatcher(uint8_t* shared, uint64_t page_size) : shared_(shared), page_size_(page_size) {}
  bool Reached(uint64_t pages) override {
    if (shared_ == nullptr) return true;
    std::atomic_ref(*reinterpret_cast<uint64_t*>(shared_ + kBytesAt)).fetch_add(pages * page_size_, std::memory_order_relaxed);
    return std::atomic_ref(*reinterpret_cast<int32_t*>(shared_ + kStopAt)).load(std::memory_order_relaxed) == 0;
  }

 private:
  uint8_t* const shared_;
  const uint64_t page_size_;
};

struct VerifyTask {
  std::shared_ptr<const LmdbFile> file;
  std::string path;
  uint8_t* shared = nullptr;
  lmdb::Report report;
  int error = 0;

  void Work() {
    FilePages pages(*file);
    SharedWatcher watcher(shared, file->meta().page_size);
    report = lmdb::Verify(pages, file->meta(), &watcher);
    error = pages.error();
  }
  Napi::Value Settle(Napi::Env env) const {
    if (error != 0) {
      SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
      return env.Undefined();
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("findings", LmdbFindings(env, report.findings));
    o.Set("faults", Count(env, report.faults));
    o.Set("stopped", Napi::Boolean::New(env, report.stopped));
    o.Set("entries", Count(env, report.entries));
    o.Set("branchPages", Count(env, report.branch_pages));
    o.Set("leafPages", Count(env, report.leaf_pages));
    o.Set("overflowPages", Count(env, report.overflow_pages));
    o.Set("databases", Count(env, report.databases));
    o.Set("duplicateKeys", Count(env, report.duplicate_keys));
    o.Set("freePages", Count(env, report.free_pages));
    o.Set("longKeys", Count(env, report.long_keys));
    o.Set("leakedPages", Count(env, report.leaked_pages));
    o.Set("firstLeaked", Count(env, report.first_leaked));
    return o;
  }
};

class LmdbFileObject : public Napi::ObjectWrap<LmdbFileObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "LmdbFile",
                       {InstanceMethod<&LmdbFileObject::Stat>("stat"), InstanceMethod<&LmdbFileObject::Locate>("locate"),
                        InstanceMethod<&LmdbFileObject::Read>("read"), InstanceMethod<&LmdbFileObject::Get>("get"),
                        InstanceMethod<&LmdbFileObject::GetNow>("getNow"), InstanceMethod<&LmdbFileObject::Verify>("verify"),
                        InstanceMethod<&LmdbFileObject::Close>("close")});
  }

  // new LmdbFile(path); throws a system error
  explicit LmdbFileObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LmdbFileObject>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsString()) {
      Misuse(env, "new LmdbFile(path)");
      return;
    }
    path_ = info[0].As<Napi::String>();
    // Not held by its object where the environment is ending: nobody would close the file.
    if (IsEmpty()) return;
    auto file = std::make_shared<LmdbFile>();
    if (const int error = file->Open(path_)) {
      SystemErrorOf(env, error, path_).ThrowAsJavaScriptException();
      return;
    }
    info.This().As<Napi::Object>().TypeTag(&kFileTag);
    file_ = std::move(file);
  }

  // Null once it is closed, and where its meta pages do not hold.
  std::shared_ptr<const LmdbFile> readable() const { return file_ && file_->finding().ok() ? file_ : nullptr; }
  const std::string& path() const { return path_; }

 private:
  bool Ready(const Napi::CallbackInfo& info, bool arguments, const char* signature) {
    if (readable() && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }

  // stat() -> { pageSize, ..., main, free } | finding
  Napi::Value Stat(const Napi::CallbackInfo& info) {
    if (!file_) return Misuse(info.Env(), "stat()");
    return file_->finding().ok() ? StatOf(info.Env(), file_->meta()) : LmdbFinding(info.Env(), file_->finding());
  }

  bool ToLocate(const Napi::CallbackInfo& info, LocateTask& task) {
    if (!readable() || !IsBytes(info[0]) || !ToCounts(info[1], task.lengths)) return false;
    task.keys = BytesOf(info[0]);
    uint64_t left = task.keys.size();
    for (const uint64_t length : task.lengths) {
      if (length > left) return false;
      left -= length;
    }
    task.file = file_;
    task.path = path_;
    return true;
  }

  // locate(keys: Uint8Array, lengths: Float64Array) -> Promise<{ places: Float64Array of offset, size; 0 where there is none, finding | null }>
  Napi::Value Locate(const Napi::CallbackInfo& info) {
    LocateTask task;
    if (!Ready(info, ToLocate(info, task), "locate(keys, lengths)")) return info.Env().Undefined();
    return AsyncTask<LocateTask>::Start(info.Env(), std::move(task), info[0].As<Napi::Object>());
  }

  bool ToGet(const Napi::CallbackInfo& info, GetTask& task) {
    if (!readable() || !IsBytes(info[1]) || !info[2].IsTypedArray()) return false;
    if (info[2].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) return false;
    auto answer = info[2].As<Napi::Float64Array>();
    if (answer.ElementLength() < kGetLength) return false;
    if (info[0].IsString()) {
      task.key = info[0].As<Napi::String>();
    } else if (IsBytes(info[0])) {
      task.key = AsText(BytesOf(info[0]));
    } else {
      return false;
    }
    auto out = info[1].As<Napi::Uint8Array>();
    task.out = MutableBytes(out.Data(), out.ByteLength());
    task.answer = answer.Data();
    task.file = file_;
    task.path = path_;
    return true;
  }

  // get(key: string | Uint8Array, out: Uint8Array, answer: Float64Array) -> Promise<outcome>
  Napi::Value Get(const Napi::CallbackInfo& info) {
    GetTask task;
    if (!Ready(info, ToGet(info, task), "get(key, out, answer)")) return info.Env().Undefined();
    Napi::Array both = Napi::Array::New(info.Env(), 2);
    if (both.IsEmpty()) return {};
    both.Set(0u, info[1]);
    both.Set(1u, info[2]);
    return AsyncTask<GetTask>::Start(info.Env(), std::move(task), both);
  }

  // The same on this thread, which keeps the pages it goes through.
  Napi::Value GetNow(const Napi::CallbackInfo& info) {
    GetTask task;
    if (!Ready(info, ToGet(info, task), "getNow(key, out, answer)")) return info.Env().Undefined();
    if (!pages_) pages_ = std::make_unique<FilePages>(*file_);
    task.Get(*pages_);
    return task.Settle(info.Env());
  }

  bool ToRead(const Napi::CallbackInfo& info, ReadTask& task) {
    if (!readable() || !ToCounts(info[0], task.places) || task.places.size() % 2 != 0 || !IsBytes(info[1])) return false;
    auto out = info[1].As<Napi::Uint8Array>();
    task.out = MutableBytes(out.Data(), out.ByteLength());
    uint64_t left = task.out.size();
    for (size_t i = 0; i < task.places.size(); i += 2) {
      if (task.places[i + 1] > left) return false;
      left -= task.places[i + 1];
    }
    task.file = file_;
    task.path = path_;
    return true;
  }

  // read(places: Float64Array, out: Uint8Array) -> Promise<void>
  Napi::Value Read(const Napi::CallbackInfo& info) {
    ReadTask task;
    if (!Ready(info, ToRead(info, task), "read(places, out)")) return info.Env().Undefined();
    return AsyncTask<ReadTask>::Start(info.Env(), std::move(task), info[1].As<Napi::Object>());
  }

  // verify(shared: Uint8Array | null) -> Promise<report>
  Napi::Value Verify(const Napi::CallbackInfo& info) {
    const bool counted = IsBytes(info[0]) && BytesOf(info[0]).size() >= kSharedSize;
    if (!Ready(info, counted || info[0].IsNull(), "verify(shared)")) return info.Env().Undefined();
    VerifyTask task{.file = file_, .path = path_, .report = {}};
    if (counted) task.shared = info[0].As<Napi::Uint8Array>().Data();
    return AsyncTask<VerifyTask>::Start(info.Env(), std::move(task), counted ? info[0].As<Napi::Object>() : info.This().As<Napi::Object>());
  }

  // Work that is under way ends in peace: it holds the file.
  void Close(const Napi::CallbackInfo&) {
    pages_.reset();
    file_.reset();
  }

  std::shared_ptr<LmdbFile> file_;
  std::unique_ptr<FilePages> pages_;
  std::string path_;
};

// lmdbMeta(head, fileSize) -> { pageSize, ..., main, free } | finding
Napi::Value MetaOf(const Napi::CallbackInfo& info) {
  if (!IsBytes(info[0]) || !info[1].IsNumber() || !(info[1].As<Napi::Number>().DoubleValue() >= 0)) {
    return Misuse(info.Env(), "lmdbMeta(head, fileSize)");
  }
  lmdb::Meta meta;
  const Finding finding = lmdb::ReadMeta(BytesOf(info[0]), static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()), meta);
  return finding.ok() ? StatOf(info.Env(), meta) : LmdbFinding(info.Env(), finding);
}

}  // namespace

OpenLmdbFile LmdbFileOf(const Napi::Value& value) {
  const LmdbFileObject* const object = Unwrapped<LmdbFileObject>(value, kFileTag);
  return object == nullptr ? OpenLmdbFile() : OpenLmdbFile{object->readable(), object->path()};
}

void ExportLmdb(Napi::Env env, Napi::Object exports) {
  exports.Set("LmdbFile", LmdbFileObject::Define(env));
  exports.Set("lmdbMeta", Napi::Function::New<MetaOf>(env));
  ExportLmdbEntries(env, exports);
}

}  // namespace bowerbird::addon
