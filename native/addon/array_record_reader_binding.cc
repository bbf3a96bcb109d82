// ArrayRecordFile (chunks of a local file) and the functions that parse what any other source delivered: postscript, footer, chunk.
// src/native/native.ts holds their types.
#include <algorithm>
#include <memory>
#include <optional>

#include "addon/addon.h"
#include "addon/array_record_values.h"
#include "addon/async_task.h"
#include "os/chunk_file.h"
#include "os/codec_library.h"
#include "os/most_decoded.h"

namespace bowerbird::addon {
namespace {

using riegeli::ChunkHeader;
using riegeli::Fault;
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

// How much of a chunk may be decoded, and how much is wanted.
struct Bounds {
  uint64_t most;                          // memory
  uint64_t a_record = 0;                  // more of it for each record
  std::optional<uint64_t> first = {};     // bytes of the first records, where not all are wanted
};

// One chunk out of bytes that begin where it does. `window.bytes` may end before the chunk: then the finding says how much is needed.
Finding DecodeChunk(const Window& window, const Bounds& bounds, os::ChunkScratch& scratch, ByteBuffer& out) {
  ChunkHeader header;
  uint64_t end = 0;
  Bytes payload;
  const uint64_t begin = window.position;
  Finding finding = riegeli::ReadHeader(window, begin, header, end);
  if (!finding.ok()) return finding;
  if (!riegeli::HoldsRecords(header)) return {Fault::kChunkType, begin, header.type};
  // What a header promises is weighed before the bytes of the chunk are asked for.
  const uint64_t most = std::min(os::MostDecoded(), bounds.most + bounds.a_record * header.num_records);
  const bool in_part = bounds.first.has_value() && *bounds.first < header.decoded_size;
  if (!in_part && riegeli::MemoryOf(header) > most) return {Fault::kTooLarge, begin, riegeli::MemoryOf(header)};
  if (header.data_size > riegeli::MostStored(most, header.num_records)) return {Fault::kTooLarge, begin, header.data_size};
  finding = riegeli::ReadPayload(window, begin, header, end, false, scratch.gathered, &payload);
  if (!finding.ok()) return finding;
  const uint64_t wanted = in_part ? *bounds.first : header.decoded_size;
  if (!out.Resize(wanted)) return {Fault::kTooLarge, begin, wanted};
  const auto decode = in_part ? riegeli::DecodeFirst : riegeli::DecodeRecords;
  const Fault fault = decode(header, payload, os::CodecLibrary(), scratch.decode, out.span(), scratch.sizes);
  return {fault, begin, payload.empty() ? uint64_t{0} : payload[0]};
}

// bytes, position, fileSize
bool ToWindow(const Napi::CallbackInfo& info, Window& window) {
  if (!IsBytes(info[0]) || !info[1].IsNumber() || !info[2].IsNumber()) return false;
  const double position = info[1].As<Napi::Number>().DoubleValue(), size = info[2].As<Napi::Number>().DoubleValue();
  if (!(position >= 0 && position <= size && size <= static_cast<double>(riegeli::kMaxPosition))) return false;
  window = {BytesOf(info[0]), static_cast<uint64_t>(position), static_cast<uint64_t>(size)};
  return window.end() <= window.file_size;
}

// The chunk that JavaScript gave, or what is wrong with it.
struct GivenChunk {
  Window window;
  Finding finding;
  ByteBuffer records;
  std::span<const uint64_t> sizes;  // borrow this thread's scratch
};

// False after Misuse(): the arguments are not (bytes, position, fileSize).
bool DecodeGiven(const Napi::CallbackInfo& info, const char* signature, const Bounds& bounds, GivenChunk& given) {
  if (!ToWindow(info, given.window)) {
    Misuse(info.Env(), signature);
    return false;
  }
  os::ChunkScratch& scratch = os::ThreadScratch();
  given.finding = DecodeChunk(given.window, bounds, scratch, given.records);
  given.sizes = scratch.sizes;
  return true;
}

// arrayRecordPostscript(bytes, position, fileSize) -> offset of the footer | finding
Napi::Value Postscript(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  GivenChunk given;
  if (!DecodeGiven(info, "arrayRecordPostscript(bytes, position, fileSize)", {.most = riegeli::kBlock}, given)) return env.Undefined();
  if (!given.finding.ok()) return FindingObject(env, given.finding);
  const uint64_t position = given.window.position;
  uint64_t footer = 0;
  if (given.sizes.empty() || !arrayrecord::ParsePostscript(given.records.bytes().first(given.sizes[0]), footer)) {
    return FindingObject(env, {Fault::kPostscript, position});
  }
  if (footer > position || !riegeli::MayBegin(footer) || footer < riegeli::kSignatureEnd) {
    return FindingObject(env, {Fault::kFooterPlace, position, footer});
  }
  return Count(env, footer);
}

// An entry of the index takes 33 bytes, the text of the options some hundred.
constexpr Bounds kFooter = {.most = uint64_t{1} << 20, .a_record = 256};

// arrayRecordFooter(bytes, position, fileSize) -> { records, options: string | undefined, index: Float64Array } | finding
Napi::Value FooterOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  GivenChunk given;
  if (!DecodeGiven(info, "arrayRecordFooter(bytes, position, fileSize)", kFooter, given)) return env.Undefined();
  if (!given.finding.ok()) return FindingObject(env, given.finding);
  arrayrecord::Footer footer;
  const Finding finding = arrayrecord::ParseFooter(given.records.bytes(), given.sizes, given.window.position, footer);
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
  GivenChunk given;
  Bounds bounds = {.most = os::MostDecoded()};
  if (info[3].IsNumber()) bounds.first = static_cast<uint64_t>(std::max<int64_t>(0, info[3].As<Napi::Number>().Int64Value()));
  if (!DecodeGiven(info, "arrayRecordChunk(bytes, position, fileSize, first?)", bounds, given)) return env.Undefined();
  if (!given.finding.ok()) return FindingObject(env, given.finding);
  uint64_t size = 0;
  for (const uint64_t length : given.sizes) size += length;
  const Napi::Object o = Napi::Object::New(env);
  o.Set("values", CopyOf(env, given.records.bytes().first(size)));
  o.Set("lengths", Numbers(env, given.sizes));
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
