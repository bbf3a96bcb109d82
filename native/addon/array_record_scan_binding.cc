// ArrayRecordScan: every chunk of a local file, or of blocks that are pushed, verified, in batches of numbers. src/native/native.ts holds its types.
#include <algorithm>
#include <cerrno>
#include <memory>

#include "addon/addon.h"
#include "addon/array_record_values.h"
#include "os/codec_library.h"
#include "os/input_window.h"
#include "os/most_decoded.h"
#include "core/records/chunk_scan.h"

namespace bowerbird::addon {
namespace {

// Places of the numbers of a chunk, which cross to TypeScript. kDamaged is 0 or 1, the types are bytes.
enum Column : size_t {
  kDamaged = 0,
  kBegin = 1,
  kEnd = 2,
  kType = 3,
  kRecords = 4,
  kDecodedSize = 5,
  kCodec = 6,
  kFault = 7,
  kA = 8,
  kB = 9,
  kLength = 10,
};
constexpr size_t kRowsAtOnce = 4096;
// Between two looks around by the caller.
constexpr uint64_t kBytesAtOnce = uint64_t{16} << 20;

class ArrayRecordScan : public Napi::ObjectWrap<ArrayRecordScan> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "ArrayRecordScan",
                       {InstanceMethod<&ArrayRecordScan::Expect>("expect"), InstanceMethod<&ArrayRecordScan::Prove>("prove"), InstanceMethod<&ArrayRecordScan::Push>("push"),
                        InstanceMethod<&ArrayRecordScan::Run>("run"), InstanceMethod<&ArrayRecordScan::Proved>("proof"),
                        InstanceMethod<&ArrayRecordScan::Close>("close")});
  }

  // new ArrayRecordScan(path | size, from, to): the chunks that begin from `from` on and before `to`, of a file or of `size` bytes that are
  // pushed from `from` on; throws a system error
  explicit ArrayRecordScan(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ArrayRecordScan>(info) {
    const Napi::Env env = info.Env();
    const auto number = [&](size_t i) { return info[i].IsNumber() ? info[i].As<Napi::Number>().DoubleValue() : -1; };
    const double from = number(1), to = number(2), size = number(0);
    constexpr double kMost = static_cast<double>(riegeli::kMaxPosition);
    const bool pushed = size >= 0 && from <= size && size <= kMost;
    if (!(info[0].IsString() || pushed) || !(from >= 0 && from <= to && to <= kMost)) {
      Misuse(env, "new ArrayRecordScan(path | size, from, to)");
      return;
    }
    // Not held by its object where the environment is ending: nobody would close the file.
    if (IsEmpty()) return;
    to_ = static_cast<uint64_t>(to);
    auto input = std::make_unique<os::InputWindow>(os::PageBuffer());
    if (!pushed) {
      path_ = info[0].As<Napi::String>();
      if (const int error = input->Open(path_, static_cast<uint64_t>(from))) {
        SystemErrorOf(env, error, path_).ThrowAsJavaScriptException();
        return;
      }
    }
    input_ = std::move(input);
    const uint64_t file_size = pushed ? static_cast<uint64_t>(size) : input_->size();
    scan_ = std::make_unique<riegeli::ChunkScan>(*input_, file_size, os::CodecLibrary(), os::MostDecoded());
    scan_->StartAt(std::min(static_cast<uint64_t>(from), file_size));
  }

 private:
  // expect(places: Float64Array): before the first run(). Begins of the chunks in the index, in order, and of the footer
  void Expect(const Napi::CallbackInfo& info) {
    std::vector<uint64_t> places;
    if (!scan_ || !ToCounts(info[0], places) || !std::is_sorted(places.begin(), places.end())) {
      return static_cast<void>(Misuse(info.Env(), "expect(places)"));
    }
    scan_->Expect(std::move(places));
  }

  // prove(before): before the first run()
  void Prove(const Napi::CallbackInfo& info) {
    if (!scan_ || !info[0].IsNumber()) return static_cast<void>(Misuse(info.Env(), "prove(before)"));
    scan_->Prove(proof_, static_cast<uint64_t>(std::max<int64_t>(0, info[0].As<Napi::Number>().Int64Value())));
  }

  // push(block): copied; one of no bytes is the end
  void Push(const Napi::CallbackInfo& info) {
    if (!scan_ || input_->is_file() || !IsBytes(info[0])) return static_cast<void>(Misuse(info.Env(), "push(block)"));
    const Bytes block = BytesOf(info[0]);
    if (block.empty()) input_->EndOfInput();
    if (!input_->Push(block)) SystemErrorOf(info.Env(), ENOMEM, path_).ThrowAsJavaScriptException();
  }

  // proof() -> string: 32 digits
  Napi::Value Proved(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), proof_.Hex()); }

  // run() -> { rows: Float64Array, position, done, needsInput }
  Napi::Value Run(const Napi::CallbackInfo& info) {
    using Event = riegeli::ChunkScan::Event;
    const Napi::Env env = info.Env();
    if (!scan_) return Misuse(env, "run()");
    rows_.clear();
    const uint64_t stop = scan_->end() + kBytesAtOnce;
    bool done = scan_->end() >= to_, needs_input = false;
    while (!done && rows_.size() < kLength * kRowsAtOnce && scan_->end() < stop) {
      const Event event = scan_->Next();
      if (event == Event::kError) {
        SystemErrorOf(env, input_->error(), path_).ThrowAsJavaScriptException();
        return env.Undefined();
      }
      if (event == Event::kEmpty) {
        needs_input = !input_->is_file();
        break;
      }
      if (event == Event::kEnd) {
        done = true;
        break;
      }
      AddRow(event == Event::kDamage);
      done = scan_->end() >= to_;
    }
    const Napi::Object o = Napi::Object::New(env);
    o.Set("rows", Numbers(env, rows_));
    o.Set("position", Count(env, scan_->end()));
    o.Set("done", Napi::Boolean::New(env, done));
    o.Set("needsInput", Napi::Boolean::New(env, needs_input));
    return o;
  }

  void AddRow(bool damaged) {
    const riegeli::ChunkHeader header = damaged ? riegeli::ChunkHeader() : scan_->header();
    const riegeli::Finding& f = scan_->finding();
    rows_.resize(rows_.size() + kLength);
    uint64_t* const row = &rows_[rows_.size() - kLength];
    row[kDamaged] = damaged;
    row[kBegin] = scan_->begin();
    row[kEnd] = scan_->end();
    row[kType] = header.type;
    row[kRecords] = header.num_records;
    row[kDecodedSize] = header.decoded_size;
    row[kCodec] = static_cast<uint64_t>(scan_->codec());
    row[kFault] = static_cast<uint64_t>(f.fault);
    row[kA] = f.a;
    row[kB] = f.b;
  }

  void Close(const Napi::CallbackInfo&) {
    scan_.reset();
    input_.reset();
  }

  std::unique_ptr<os::InputWindow> input_;
  std::unique_ptr<riegeli::ChunkScan> scan_;
  Proof proof_;
  std::vector<uint64_t> rows_;
  std::string path_;
  uint64_t to_ = 0;
};

}  // namespace

void ExportArrayRecordScan(Napi::Env env, Napi::Object exports) { exports.Set("ArrayRecordScan", ArrayRecordScan::Define(env)); }

}  // namespace bowerbird::addon
