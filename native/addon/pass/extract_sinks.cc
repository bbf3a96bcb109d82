#include "addon/pass/extract_sinks.h"

namespace bowerbird::addon {

RecordSink::Outcome ExtractSink::Take(Bytes payload, uint64_t index, uint64_t, FaultReport& report) {
  switch (extractor()->Take(payload, index, report)) {
    case embedding::Extractor::Outcome::kNeedName: return Outcome::kNeedName;
    case embedding::Extractor::Outcome::kRejected: return Outcome::kRejected;
    case embedding::Extractor::Outcome::kTaken: break;
  }
  return Outcome::kTaken;
}

ExtractToFiles::ExtractToFiles(std::shared_ptr<WarmBuffers> warm, embedding::Options options, OutputTarget npy, OutputTarget json,
                               bool flush_early)
    : warm_(std::move(warm)),
      npy_path_(std::move(npy.path)),
      json_path_(std::move(json.path)),
      npy_(std::move(warm_->rows), npy.fd, embedding::Extractor::kNpyHeadSize, flush_early),
      json_(std::move(warm_->json), json.fd, 0, flush_early),
      extractor_(std::move(options), npy_, json_) {}

ExtractToFiles::~ExtractToFiles() {
  warm_->rows = npy_.Release();
  warm_->json = json_.Release();
}

SystemFailure ExtractToFiles::failure() const {
  if (npy_.error() != 0) return {npy_.error(), npy_path_};
  if (json_.error() != 0) return {json_.error(), json_path_};
  return {};
}

SystemFailure ExtractToFiles::Finish() {
  finished_ = true;
  if (const int error = npy_.Finish(AsBytes(extractor_.NpyHead()))) return {error, npy_path_};
  if (const int error = json_.Finish({})) return {error, json_path_};
  return {};
}

}  // namespace bowerbird::addon
