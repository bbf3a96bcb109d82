// ArrayRecordFile (chunks of a local file) and the functions that parse what any other source delivered: postscript, footer, chunk.
// src/native/native.ts holds their types.
#include <algorithm>
#include <memory>

#include "addon/addon.h"
#include "addon/array_record_values.h"
#include "addon/async_task.h"
#include "core/records/chunk_in_memory.h"
#include "os/chunk_file.h"
#include "os/codec_library.h"
#include "os/most_decoded.h"

namespace bowerbird::addon {
namespace {

using riegeli::ChunkHeader;
using riegeli::Finding;
using riegeli::Window;
using Outcome = os::ChunkFile::Outcome;

Napi::Value Settled(Napi::Env env, const Outcome& outcome, const std::string& path) {
  switch (outcome.kind) {
    case Outcome::Kind::kOk: return env.Undefined();
    case Outcome::Kind::kCold: return env.Null();
    case Outcome::Kind::kFinding: return FindingObject(env, outcome.finding);
    case Outcome::Kind::kSystem: break;
  }
  SystemErrorOf(env, outcome.error, path).ThrowAsJavaScriptException();
  return env.Undefined();
}

// Reads a range for whoever parses it.
struct ReadTask {
  std::shared_ptr<const os::ChunkFile> file;
  std::string path;
  uint64_t offset;
  MutableBytes out;
  int error = 0;

  void Work() { error = file->Read(offset, out); }
  Napi::Value Settle(Napi::Env env) const {
    if (error != 0) SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
    return env.Undefined();
  }
};

// Decodes chunks one behind the other into one block of memory.
struct DecodeTask {
  std::shared_ptr<const os::ChunkFile> file;
  std::string path;
  std::vector<uint64_t> chunks;
  MutableBytes out;
  bool only_first = false;  // records of the one chunk, as many as fit
  std::vector<uint64_t> sizes;
  Outcome outcome;

  void Work() {
    os::ChunkScratch& scratch = os::ThreadScratch();
    if (only_first) {
      outcome = file->DecodeFirst(chunks[0], scratch, out);
      sizes = scratch.sizes;
      return;
    }
    for (const uint64_t chunk : chunks) {
      const uint64_t size = file->entries()[chunk].decoded_size;
      outcome = file->Decode(chunk, os::ChunkFile::Wait::kForDisk, scratch, out.first(size));
      if (outcome.kind != Outcome::Kind::kOk) return;
      out = out.subspan(size);
      sizes.insert(sizes.end(), scratch.sizes.begin(), scratch.sizes.end());
    }
  }
  Napi::Value Settle(Napi::Env env) const {
    if (outcome.kind != Outcome::Kind::kOk) return Settled(env, outcome, path);
    return Numbers(env, sizes);
  }
};

class ArrayRecordFile : public Napi::ObjectWrap<ArrayRecordFile> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "ArrayRecordFile",
                       {InstanceMethod<&ArrayRecordFile::Size>("size"), InstanceMethod<&ArrayRecordFile::Read>("read"),
                        InstanceMethod<&ArrayRecordFile::SetIndex>("setIndex"), InstanceMethod<&ArrayRecordFile::Decode>("decode"),
                        InstanceMethod<&ArrayRecordFile::DecodeFirst>("decodeFirst"),
                        InstanceMethod<&ArrayRecordFile::DecodeNow>("decodeNow"), InstanceMethod<&ArrayRecordFile::Stored>("stored"),
                        InstanceMethod<&ArrayRecordFile::Close>("close")});
  }

  // new ArrayRecordFile(path); throws a system error
  explicit ArrayRecordFile(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ArrayRecordFile>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsString()) {
      Misuse(env, "new ArrayRecordFile(path)");
      return;
    }
    path_ = info[0].As<Napi::String>();
    auto file = std::make_shared<os::ChunkFile>();
    // Not held by its object where the environment is ending: nobody would close the file.
    if (IsEmpty()) return;
    if (const int error = file->Open(path_)) {
      SystemErrorOf(env, error, path_).ThrowAsJavaScriptException();
      return;
    }
    file_ = std::move(file);
  }

 private:
  bool Ready(const Napi::CallbackInfo& info, bool arguments, const char* signature) {
    if (file_ && arguments) return true;
    Misuse(info.Env(), signature);
    return false;
  }

  Napi::Value Size(const Napi::CallbackInfo& info) {
    if (!Ready(info, true, "size()")) return info.Env().Undefined();
    return Count(info.Env(), file_->size());
  }

  // read(offset, out: Uint8Array) -> Promise<void>
  Napi::Value Read(const Napi::CallbackInfo& info) {
    if (!Ready(info, info[0].IsNumber() && IsBytes(info[1]), "read(offset, out)")) return info.Env().Undefined();
    auto out = info[1].As<Napi::Uint8Array>();
    ReadTask task{file_, path_, static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()), {out.Data(), out.ByteLength()}};
    return AsyncTask<ReadTask>::Start(info.Env(), std::move(task), out);
  }

  // setIndex(index: Float64Array of offset, decoded size, records for each chunk, end), before any chunk is read
  void SetIndex(const Napi::CallbackInfo& info) {
    std::vector<uint64_t> counts;
    const bool arguments = ToCounts(info[0], counts) && counts.size() % 3 == 0 && info[1].IsNumber();
    if (!Ready(info, arguments && file_.use_count() == 1, "setIndex(index, end)")) return;
    const uint64_t end = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
    std::vector<arrayrecord::Entry> entries(counts.size() / 3);
    uint64_t next = 0;
    bool sound = end <= file_->size();
    for (size_t i = 0; i < entries.size(); ++i) {
      entries[i] = {counts[3 * i], counts[3 * i + 1], counts[3 * i + 2]};
      sound = sound && entries[i].offset >= next && entries[i].offset < end && riegeli::MayBegin(entries[i].offset) &&
              entries[i].num_records <= file_->size();
      next = entries[i].offset + riegeli::kChunkHeader;
    }
    if (Ready(info, sound, "setIndex(index, end)")) file_->SetIndex(std::move(entries), end);
  }

  // decode(chunks: Float64Array, out: Uint8Array) -> Promise<lengths: Float64Array | finding>
  Napi::Value Decode(const Napi::CallbackInfo& info) {
    DecodeTask task;
    if (!Ready(info, ToCounts(info[0], task.chunks) && IsBytes(info[1]), "decode(chunks, out)")) return info.Env().Undefined();
    auto out = info[1].As<Napi::Uint8Array>();
    uint64_t total = 0;
    for (const uint64_t chunk : task.chunks) {
      if (!Ready(info, chunk < file_->entries().size(), "decode(chunks, out)")) return info.Env().Undefined();
      total += file_->entries()[chunk].decoded_size;
      if (!Ready(info, total <= out.ByteLength(), "decode(chunks, out)")) return info.Env().Undefined();
    }
    task.file = file_;
    task.path = path_;
    task.out = {out.Data(), out.ByteLength()};
    return AsyncTask<DecodeTask>::Start(info.Env(), std::move(task), out);
  }

  // decodeFirst(chunk, out: Uint8Array) -> Promise<lengths: Float64Array | finding>: of the first records, as many as `out` holds
  Napi::Value DecodeFirst(const Napi::CallbackInfo& info) {
    const double chunk = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
    const bool arguments = file_ && IsBytes(info[1]) && chunk >= 0 && chunk < static_cast<double>(file_->entries().size());
    if (!Ready(info, arguments, "decodeFirst(chunk, out)")) return info.Env().Undefined();
    auto out = info[1].As<Napi::Uint8Array>();
    DecodeTask task;
    task.file = file_;
    task.path = path_;
    task.chunks = {static_cast<uint64_t>(chunk)};
    task.out = {out.Data(), out.ByteLength()};
    task.only_first = true;
    return AsyncTask<DecodeTask>::Start(info.Env(), std::move(task), out);
  }

  // decodeNow(chunk, out: Uint8Array) -> lengths: Float64Array (undefined for a single record) | finding | null when it is not in memory
  Napi::Value DecodeNow(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!Ready(info, info[0].IsNumber() && IsBytes(info[1]), "decodeNow(chunk, out)")) return env.Undefined();
    const int64_t chunk = info[0].As<Napi::Number>().Int64Value();
    auto out = info[1].As<Napi::Uint8Array>();
    const bool fits = chunk >= 0 && static_cast<uint64_t>(chunk) < file_->entries().size() &&
                      file_->entries()[static_cast<size_t>(chunk)].decoded_size == out.ByteLength();
    if (!Ready(info, fits, "decodeNow(chunk, out)")) return env.Undefined();
    os::ChunkScratch& scratch = os::ThreadScratch();
    const Outcome outcome =
        file_->Decode(static_cast<size_t>(chunk), os::ChunkFile::Wait::kNever, scratch, {out.Data(), out.ByteLength()});
    if (outcome.kind != Outcome::Kind::kOk) return Settled(env, outcome, path_);
    return scratch.sizes.size() == 1 ? env.Undefined() : Numbers(env, scratch.sizes);
  }

  // stored(chunk) -> { type, records, decodedSize, payload } | finding: the chunk as it is, verified
  Napi::Value Stored(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const int64_t chunk = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : -1;
    if (!Ready(info, file_ && chunk >= 0 && static_cast<uint64_t>(chunk) < file_->entries().size(), "stored(chunk)")) {
      return env.Undefined();
    }
    ChunkHeader header;
    Bytes payload;
    const Outcome outcome = file_->Payload(static_cast<size_t>(chunk), os::ChunkFile::Wait::kForDisk, os::ThreadScratch(), header, payload);
    if (outcome.kind != Outcome::Kind::kOk) return Settled(env, outcome, path_);
    const Napi::Object o = Napi::Object::New(env);
    o.Set("type", Napi::Number::New(env, header.type));
    o.Set("records", Count(env, header.num_records));
    o.Set("decodedSize", Count(env, header.decoded_size));
    o.Set("payload", CopyOf(env, payload));
    return o;
  }

  // Reads that are under way end in peace: they hold the file.
  void Close(const Napi::CallbackInfo&) { file_.reset(); }

  std::shared_ptr<os::ChunkFile> file_;
  std::string path_;
};

// bytes, position, fileSize
bool ToWindow(const Napi::CallbackInfo& info, Window& window) {
  if (!IsBytes(info[0]) || !info[1].IsNumber() || !info[2].IsNumber()) return false;
  const double position = info[1].As<Napi::Number>().DoubleValue(), size = info[2].As<Napi::Number>().DoubleValue();
  if (!(position >= 0 && position <= size && size <= static_cast<double>(riegeli::kMaxPosition))) return false;
  window = {BytesOf(info[0]), static_cast<uint64_t>(position), static_cast<uint64_t>(size)};
  return window.end() <= window.file_size;
}

// arrayRecordPostscript(bytes, position, fileSize) -> offset of the footer | finding
Napi::Value Postscript(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Window window;
  if (!ToWindow(info, window)) return Misuse(env, "arrayRecordPostscript(bytes, position, fileSize)");
  uint64_t footer = 0;
  const Finding finding = arrayrecord::ReadPostscript(window, os::CodecLibrary(), os::ThreadScratch(), footer);
  return finding.ok() ? Napi::Value(Count(env, footer)) : FindingObject(env, finding);
}

// arrayRecordFooter(bytes, position, fileSize) -> { records, options: string | undefined, index: Float64Array } | finding
Napi::Value FooterOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Window window;
  if (!ToWindow(info, window)) return Misuse(env, "arrayRecordFooter(bytes, position, fileSize)");
  ByteBuffer records;
  arrayrecord::Footer footer;
  const Finding finding = arrayrecord::ReadFooter(window, os::MostDecoded(), os::CodecLibrary(), os::ThreadScratch(), records, footer);
  if (!finding.ok()) return FindingObject(env, finding);
  const Napi::Value index = NewArray<double>(env, 3 * footer.entries.size(), [&](double* to) {
    for (const arrayrecord::Entry& entry : footer.entries) {
      *to++ = static_cast<double>(entry.offset);
      *to++ = static_cast<double>(entry.decoded_size);
      *to++ = static_cast<double>(entry.num_records);
    }
  });
  const Napi::Object o = Napi::Object::New(env);
  o.Set("records", Count(env, footer.num_records));
  if (footer.has_options) o.Set("options", Napi::String::New(env, std::string(footer.options)));
  o.Set("index", index);
  return o;
}

// arrayRecordChunk(bytes, position, fileSize, first?) -> { values: Uint8Array, lengths: Float64Array } | finding. `first`: bytes that suffice;
// then the first records, as many as they hold
Napi::Value ChunkOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Window window;
  if (!ToWindow(info, window)) return Misuse(env, "arrayRecordChunk(bytes, position, fileSize, first?)");
  riegeli::DecodeBounds bounds = {.most = os::MostDecoded()};
  if (info[3].IsNumber()) bounds.first = static_cast<uint64_t>(std::max<int64_t>(0, info[3].As<Napi::Number>().Int64Value()));
  ByteBuffer records;
  os::ChunkScratch& scratch = os::ThreadScratch();
  const Finding finding = riegeli::DecodeChunk(window, bounds, os::CodecLibrary(), scratch, records);
  if (!finding.ok()) return FindingObject(env, finding);
  uint64_t size = 0;
  for (const uint64_t length : scratch.sizes) size += length;
  const Napi::Object o = Napi::Object::New(env);
  o.Set("values", CopyOf(env, records.bytes().first(size)));
  o.Set("lengths", Numbers(env, scratch.sizes));
  return o;
}

// arrayRecordCodecs() -> { zstd, brotli }: "node", "system" or "none"
Napi::Value CodecOrigins(const Napi::CallbackInfo& info) {
  const Napi::Object o = Napi::Object::New(info.Env());
  o.Set("zstd", os::ZstdOrigin());
  o.Set("brotli", os::BrotliOrigin());
  return o;
}

// riegeliHash(bytes) -> bigint
Napi::Value RiegeliHash(const Napi::CallbackInfo& info) {
  if (!IsBytes(info[0])) return Misuse(info.Env(), "riegeliHash(bytes)");
  return Napi::BigInt::New(info.Env(), riegeli::Hash(BytesOf(info[0])));
}

}  // namespace

void ExportArrayRecordReader(Napi::Env env, Napi::Object exports) {
  exports.Set("ArrayRecordFile", ArrayRecordFile::Define(env));
  exports.Set("arrayRecordPostscript", Napi::Function::New<Postscript>(env));
  exports.Set("arrayRecordFooter", Napi::Function::New<FooterOf>(env));
  exports.Set("arrayRecordChunk", Napi::Function::New<ChunkOf>(env));
  exports.Set("arrayRecordCodecs", Napi::Function::New<CodecOrigins>(env));
  exports.Set("riegeliHash", Napi::Function::New<RiegeliHash>(env));
}

}  // namespace bowerbird::addon
