// FeaturePlan: core/features/log_mel.h as a JavaScript class. Its parameters cross as an array of numbers; src/features/log-mel.ts says what they
// mean, and what users can do wrong.
#include <memory>

#include "addon/values.h"
#include "core/features/framing.h"
#include "core/features/log_mel.h"

namespace bowerbird::addon {
namespace {

using features::Params;

// Places in the array. Choices and switches are numbers too.
enum Param {
  kSampleRate,
  kFft,
  kWindowLength,
  kHop,
  kWindow,
  kPeriodic,
  kFraming,
  kPadTo,
  kDropLast,
  kScale,
  kRemoveMean,
  kPreEmphasis,
  kMagnitude,
  kBins,
  kLow,
  kHigh,
  kMelScale,
  kMelTriangles,
  kEqualArea,
  kLogarithm,
  kFloor,
  kOffset,
  kRange,
  kShift,
  kMultiplier,
  kFramesFirst,
  kEnergy,
  kLength,
};

// False for what is no whole number from 0 to `most`.
template <typename Whole>
bool ReadWhole(double from, double most, Whole& to) {
  if (!(from >= 0 && from <= most) || from != static_cast<double>(static_cast<uint64_t>(from))) return false;
  to = static_cast<Whole>(static_cast<uint64_t>(from));
  return true;
}

bool ReadParams(const Napi::Value& value, Params& p) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) return false;
  const auto array = value.As<Napi::Float64Array>();
  if (array.ElementLength() != kLength) return false;
  const double* const v = array.Data();
  p.sample_rate = v[kSampleRate];
  p.scale = v[kScale];
  p.pre_emphasis = v[kPreEmphasis];
  p.low = v[kLow];
  p.high = v[kHigh];
  p.floor = v[kFloor];
  p.offset = v[kOffset];
  p.range = v[kRange];
  p.shift = v[kShift];
  p.multiplier = v[kMultiplier];
  const auto most = static_cast<double>(uint64_t{1} << 40);
  return ReadWhole(v[kFft], most, p.fft) && ReadWhole(v[kWindowLength], most, p.window_length) && ReadWhole(v[kHop], most, p.hop) &&
         ReadWhole(v[kPadTo], most, p.pad_to) && ReadWhole(v[kBins], most, p.bins) && ReadWhole(v[kWindow], 3, p.window) &&
         ReadWhole(v[kFraming], 3, p.framing) && ReadWhole(v[kMelScale], 1, p.mel) && ReadWhole(v[kLogarithm], 3, p.logarithm) &&
         ReadWhole(v[kPeriodic], 1, p.periodic) && ReadWhole(v[kDropLast], 1, p.drop_last) && ReadWhole(v[kRemoveMean], 1, p.remove_mean) &&
         ReadWhole(v[kMagnitude], 1, p.magnitude) && ReadWhole(v[kMelTriangles], 1, p.mel_triangles) &&
         ReadWhole(v[kEqualArea], 1, p.equal_area) && ReadWhole(v[kFramesFirst], 1, p.frames_first) &&
         ReadWhole(v[kEnergy], 1, p.energy) && features::AreSound(p);
}

class FeaturePlan : public Napi::ObjectWrap<FeaturePlan> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "FeaturePlan",
                       {InstanceMethod<&FeaturePlan::Frames>("frames"), InstanceMethod<&FeaturePlan::Run>("run"),
                        InstanceMethod<&FeaturePlan::Describe>("describe")});
  }

  // new FeaturePlan(params: Float64Array)
  explicit FeaturePlan(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FeaturePlan>(info) {
    Params params;
    if (!ReadParams(info[0], params)) {
      Misuse(info.Env(), "new FeaturePlan(params)");
      return;
    }
    plan_ = std::make_unique<features::Plan>(params);
  }

 private:
  // frames(samples: number) -> of a signal of so many samples
  Napi::Value Frames(const Napi::CallbackInfo& info) {
    uint64_t samples = 0;
    if (!plan_ || !info[0].IsNumber() || !ReadWhole(info[0].As<Napi::Number>().DoubleValue(), static_cast<double>(kMostExact), samples)) {
      return Misuse(info.Env(), "frames(samples)");
    }
    return Count(info.Env(), features::FrameCount(plan_->tables().params, samples));
  }

  // run(samples: Float32Array) -> Float32Array, or the place of the first sample that is not finite
  Napi::Value Run(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!plan_ || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
      return Misuse(env, "run(samples)");
    }
    const auto array = info[0].As<Napi::Float32Array>();
    const std::span<const float> samples(array.Data(), array.ElementLength());
    const size_t bad = features::FirstNotFinite(samples);
    if (bad < samples.size()) return Count(env, bad);
    const uint64_t frames = features::FrameCount(plan_->tables().params, samples.size());
    const size_t width = features::Width(plan_->tables().params);
    // Arrays of V8 hold less than 2^33 values; a hop of one sample could ask for more.
    if (frames > (uint64_t{1} << 32) / width) return Misuse(env, "run(samples)");
    return NewArray<float>(env, static_cast<size_t>(frames) * width, [&](float* out) { plan_->Run(samples, out); });
  }

  // describe() -> { leastSamples, emptyBins, engine }
  Napi::Value Describe(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!plan_) return Misuse(env, "describe()");
    const Napi::Object o = Napi::Object::New(env);
    o.Set("leastSamples", Count(env, features::LeastSamples(plan_->tables().params)));
    o.Set("emptyBins", Count(env, plan_->tables().bank.Empty()));
    o.Set("engine", Napi::String::New(env, features::BestEngine().name));
    return o;
  }

  std::unique_ptr<features::Plan> plan_;
};

}  // namespace

void ExportFeatures(Napi::Env env, Napi::Object exports) { exports.Set("FeaturePlan", FeaturePlan::Define(env)); }

}  // namespace bowerbird::addon
