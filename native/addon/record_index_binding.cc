// Functions about records that need no pass: proveRecords(), and walkRecords() over the headers of a plain TFRecord file, which reads
// a page a record and no payloads. src/native/native.ts holds their types.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "addon/values.h"
#include "core/hash/crc32c.h"
#include "core/hash/proof.h"
#include "core/records/tfrecord.h"

namespace bowerbird::addon {
namespace {

// One page where records are larger than that, else enough for many headers.
constexpr size_t kPage = 4096, kMost = size_t{256} << 10;

// Bytes of a file from any place on, a piece at a time.
class HeaderReader {
 public:
  explicit HeaderReader(int fd) : fd_(fd), buffer_(std::make_unique<uint8_t[]>(kMost)) {}

  // The header at `offset`; null when it is not all there, or at an error(). `last` is the size of the record before it.
  const uint8_t* At(uint64_t offset, uint64_t last) {
    if (offset < begin_ || offset + tfrecord::kHeaderSize > begin_ + size_) {
      begin_ = offset;
      size_ = 0;
      const size_t wanted = last < kPage ? kMost : kPage;
      while (size_ < tfrecord::kHeaderSize) {
        const ssize_t got = pread(fd_, buffer_.get() + size_, wanted - size_, static_cast<off_t>(begin_ + size_));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) error_ = errno;
        if (got <= 0) return nullptr;
        size_ += static_cast<size_t>(got);
      }
    }
    return buffer_.get() + (offset - begin_);
  }
  int error() const { return error_; }

 private:
  const int fd_;
  const std::unique_ptr<uint8_t[]> buffer_;
  uint64_t begin_ = 0;
  size_t size_ = 0;
  int error_ = 0;
};

// walkRecords(fd, size, offset, most, every) -> { offset, records, fault, a, b, places: Float64Array }: steps over up to `most` records from
// `offset` on, of a file of `size` bytes. `places` are the offsets of every n-th, beginning with the first. Throws a system error.
Napi::Value WalkRecords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto number = [&](size_t i) { return info[i].IsNumber() ? info[i].As<Napi::Number>().Int64Value() : -1; };
  const int64_t given[] = {number(0), number(1), number(2), number(3), number(4)};
  if (std::ranges::any_of(given, [](int64_t value) { return value < 0; }) || given[4] == 0 || given[2] > given[1]) {
    return Misuse(env, "walkRecords(fd, size, offset, most, every)");
  }
  const uint64_t size = static_cast<uint64_t>(given[1]), most = static_cast<uint64_t>(given[3]), every = static_cast<uint64_t>(given[4]);
  HeaderReader reader(static_cast<int>(given[0]));
  uint64_t offset = static_cast<uint64_t>(given[2]), records = 0, last = kPage;
  std::vector<uint64_t> places;
  Fault fault = Fault::kNone;
  uint64_t a = 0, b = 0;
  while (records < most && offset < size) {
    const uint64_t left = size - offset;
    const uint8_t* const header = left < tfrecord::kHeaderSize ? nullptr : reader.At(offset, last);
    if (reader.error() != 0) {
      SystemErrorOf(env, reader.error(), "").ThrowAsJavaScriptException();
      return env.Undefined();
    }
    // A window of the header alone: whatever else the frame says, it cannot say that the payload is sound.
    const tfrecord::Frame frame = tfrecord::ReadFrame(header == nullptr ? Bytes() : Bytes(header, tfrecord::kHeaderSize),
                                                      header == nullptr ? std::min(left, tfrecord::kHeaderSize - 1) : left);
    if (frame.kind == tfrecord::Frame::Kind::kFault) {
      fault = frame.fault;
      a = frame.a;
      b = frame.b;
      break;
    }
    if (records % every == 0) places.push_back(offset);
    last = frame.need;
    offset += last;
    ++records;
  }
  const Napi::Object o = Napi::Object::New(env);
  o.Set("offset", Count(env, offset));
  o.Set("records", Count(env, records));
  o.Set("fault", Napi::Number::New(env, static_cast<int>(fault)));
  o.Set("a", Count(env, a));
  o.Set("b", Count(env, b));
  o.Set("places", Numbers(env, places));
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
