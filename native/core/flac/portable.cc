// The engine for any processor: the same steps, one lane at a time.
#include "core/flac/predict.h"

namespace bowerbird::flac {
namespace {

void Residuals(Batch& batch) { DecodeResiduals<false>(batch); }

void Predict(Batch& batch) {
  for (size_t i = 0; i < batch.lane_count; ++i) {
    Lane& lane = batch.lanes[i];
    if (!lane.predicted) continue;
    PredictLane(lane, WidthOf(lane), lane.sub.order, lane.count);
    PutBackWasted(lane);
  }
}

bool Convert(const Sink& sink) { return ConvertFrame(sink); }

}  // namespace

const Engine& PortableEngine() {
  static constexpr Engine engine = {"portable", 16, Residuals, Predict, Convert};
  return engine;
}

}  // namespace bowerbird::flac
