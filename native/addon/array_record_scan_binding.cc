// ArrayRecordScan: every chunk of a local file, verified, in batches of numbers. src/native.ts holds its types.
#include <algorithm>
#include <memory>

#include "addon/addon.h"
#include "addon/array_record_values.h"
#include "addon/codec_library.h"
#include "addon/input_window.h"
#include "core/chunk_scan.h"

namespace bowerbird::addon {
namespace {

// Numbers a chunk: damaged (0 or 1), begin, end, type, records, decoded size, codec, fault, a, b.
constexpr size_t kRow = 10;
constexpr size_t kRowsAtOnce = 4096;
// Between two looks around by the caller.
constexpr uint64_t kBytesAtOnce = uint64_t{16} << 20;

class ArrayRecordScan : public Napi::ObjectWrap<ArrayRecordScan> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "ArrayRecordScan",
                       {InstanceMethod<&ArrayRecordScan::Run>("run"), InstanceMethod<&ArrayRecordScan::Close>("close")});
  }

  // new ArrayRecordScan(path, from, to): the chunks that begin from `from` on and before `to`; throws a system error
  explicit ArrayRecordScan(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ArrayRecordScan>(info) {
    const Napi::Env env = info.Env();
    const auto number = [&](size_t i) { return info[i].IsNumber() ? info[i].As<Napi::Number>().DoubleValue() : -1; };
    const double from = number(1), to = number(2);
    if (!info[0].IsString() || !(from >= 0 && from <= to && to <= static_cast<double>(riegeli::kMaxPosition))) {
      Misuse(env, "new ArrayRecordScan(path, from, to)");
      return;
    }
    to_ = static_cast<uint64_t>(to);
    path_ = info[0].As<Napi::String>();
    auto input = std::make_unique<InputWindow>(PageBuffer());
    if (const int error = input->Open(path_, static_cast<uint64_t>(from))) {
      SystemErrorOf(env, error, path_).ThrowAsJavaScriptException();
      return;
    }
    input_ = std::move(input);
    scan_ = std::make_unique<riegeli::ChunkScan>(*input_, input_->size(), CodecLibrary(), kMostDecoded);
    scan_->StartAt(std::min(static_cast<uint64_t>(from), input_->size()));
  }

 private:
  // run() -> { rows: Float64Array, position, done }
  Napi::Value Run(const Napi::CallbackInfo& info) {
    using Event = riegeli::ChunkScan::Event;
    const Napi::Env env = info.Env();
    if (!scan_) return Misuse(env, "run()");
    rows_.clear();
    const uint64_t stop = scan_->end() + kBytesAtOnce;
    bool done = scan_->end() >= to_;
    while (!done && rows_.size() < kRow * kRowsAtOnce && scan_->end() < stop) {
      const Event event = scan_->Next();
      if (event == Event::kError) {
        SystemErrorOf(env, input_->error(), path_).ThrowAsJavaScriptException();
        return env.Undefined();
      }
      if (event == Event::kEmpty) break;
      if (event == Event::kEnd) {
        done = true;
        break;
      }
      const riegeli::ChunkHeader header = event == Event::kChunk ? scan_->header() : riegeli::ChunkHeader();
      const riegeli::Finding& f = scan_->finding();
      for (const uint64_t value : {uint64_t{event == Event::kDamage}, scan_->begin(), scan_->end(), uint64_t{header.type},
                                   header.num_records, header.decoded_size, static_cast<uint64_t>(scan_->codec()),
                                   static_cast<uint64_t>(f.fault), f.a, f.b}) {
        rows_.push_back(value);
      }
      done = scan_->end() >= to_;
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("rows", Numbers(env, rows_));
    o.Set("position", Count(env, scan_->end()));
    o.Set("done", Napi::Boolean::New(env, done));
    return o;
  }

  void Close(const Napi::CallbackInfo&) {
    scan_.reset();
    input_.reset();
  }

  std::unique_ptr<InputWindow> input_;
  std::unique_ptr<riegeli::ChunkScan> scan_;
  std::vector<uint64_t> rows_;
  std::string path_;
  uint64_t to_ = 0;
};

}  // namespace

void ExportArrayRecordScan(Napi::Env env, Napi::Object exports) { exports.Set("ArrayRecordScan", ArrayRecordScan::Define(env)); }

}  // namespace bowerbird::addon
