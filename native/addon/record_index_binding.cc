// Functions about records that need no pass: proveRecords(), and walkRecords() over the headers of a plain TFRecord file, which reads
// a page a record and no payloads. src/native/native.ts holds their types.
#include <algorithm>
#include <vector>

#include "addon/values.h"
#include "core/hash/proof.h"
#include "core/records/header_walk.h"
#include "os/header_reader.h"

namespace bowerbird::addon {
namespace {

// walkRecords(fd, size, offset, most, every) -> { offset, records, fault, a, b, places: Float64Array }: steps over up to `most` records from
// `offset` on, of a file of `size` bytes. `places` are the offsets of every n-th, beginning with the first. Throws a system error.
Napi::Value WalkRecords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto number = [&](size_t i) { return info[i].IsNumber() ? info[i].As<Napi::Number>().Int64Value() : -1; };
  const int64_t given[] = {number(0), number(1), number(2), number(3), number(4)};
  if (std::ranges::any_of(given, [](int64_t value) { return value < 0; }) || given[4] == 0 || given[2] > given[1]) {
    return Misuse(env, "walkRecords(fd, size, offset, most, every)");
  }
  const auto count = [&](size_t i) { return static_cast<uint64_t>(given[i]); };
  os::HeaderReader reader(static_cast<int>(given[0]));
  const tfrecord::HeaderWalk walk = tfrecord::WalkHeaders(reader, count(1), count(2), count(3), count(4));
  if (reader.error() != 0) {
    SystemErrorOf(env, reader.error(), "").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Napi::Object o = Napi::Object::New(env);
  o.Set("offset", Count(env, walk.offset));
  o.Set("records", Count(env, walk.records));
  o.Set("fault", Napi::Number::New(env, static_cast<int>(walk.fault)));
  o.Set("a", Count(env, walk.a));
  o.Set("b", Count(env, walk.b));
  o.Set("places", Numbers(env, walk.places));
  return o;
}

// proveRecords(payloads: Uint8Array, lengths: Float64Array) -> 32 hex digits
Napi::Value ProveRecords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<uint64_t> lengths;
  if (!IsBytes(info[0]) || !ToCounts(info[1], lengths)) return Misuse(env, "proveRecords(payloads, lengths)");
  Bytes rest = BytesOf(info[0]);
  Proof proof;
  for (const uint64_t length : lengths) {
    if (length > rest.size()) return Misuse(env, "proveRecords(payloads, lengths)");
    proof.Add(rest.first(length));
    rest = rest.subspan(length);
  }
  return Napi::String::New(env, proof.Hex());
}

}  // namespace

void ExportRecordIndex(Napi::Env env, Napi::Object exports) {
  exports.Set("walkRecords", Napi::Function::New<WalkRecords>(env));
  exports.Set("proveRecords", Napi::Function::New<ProveRecords>(env));
}

}  // namespace bowerbird::addon
