#include "core/embedding/embedding.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>

#include "core/base/unicode.h"

namespace bowerbird::embedding {
namespace {

using example::FeatureView;
using example::Kind;
using example::Wanted;
using tensor::TensorView;

enum : size_t { kName, kTime, kTensor, kShape };  // places in the list of wanted features

constexpr size_t kMaxText = 200;  // of a name in an error

// Of the embeddings that the archive's models make: an array without rows can then be stacked on others.
constexpr uint64_t kWidthOfNoRows = 1280;

// NumPy 2 scalars: float32 + Python number stays float32; then int() cuts off the fraction.
float OffsetInFile(float seconds, double hop, uint64_t window) {
  return std::trunc(seconds + static_cast<float>(hop * static_cast<double>(window)));
}

void AppendNumber(std::string& out, double whole) {
  char digits[64];
  if (std::fabs(whole) < 9e15) {
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<int64_t>(whole)).ptr;
    out.append(digits, end);
  } else {
    out.append(digits, std::snprintf(digits, sizeof digits, "%.0f", whole));  // exact: a float has at most 39 digits
  }
}

// "key": "text" or "key": null
void AppendMember(std::string& out, const char* key, const std::optional<std::string_view>& value) {
  out += ", \"";
  out += key;
  out += "\": ";
  if (value) {
    AppendJsonString(out, *value);
  } else {
    out += "null";
  }
}

uint64_t Count(const FeatureView& feature, uint64_t values) {
  return feature.kind == Kind::kBroken || values == example::kBrokenList ? 0 : values;
}

}  // namespace

Extractor::Extractor(Options options, Sink& rows, Sink& json)
    : options_(std::move(options)), shape_feature_(options_.feature + "_shape"), rows_(rows), json_(json) {}

Extractor::Outcome Extractor::Take(Bytes record, uint64_t index, FaultReport& report) {
  Wanted wanted[] = {{.name = "filename"}, {.name = "timestamp_s"}, {.name = options_.feature}, {.name = shape_feature_}};
  if (!example::FindFeatures(record, wanted)) {
    report.fault = Fault::kNotExample;
    return Outcome::kRejected;
  }
  if (!ReadName(wanted[kName], report)) {
    return report.fault == Fault::kNone ? Outcome::kNeedName : Outcome::kRejected;
  }
  float seconds = 0;
  TensorView view;
  if (!ReadTimestamp(wanted[kTime], seconds, report) || !ReadTensor(wanted[kTensor], wanted[kShape], view, report)) {
    return Outcome::kRejected;
  }
  const uint64_t windows = view.dims[0], channels = view.dims[1], width = view.dims[2];
  if (windows > 0 && !std::isfinite(OffsetInFile(seconds, options_.hop, windows - 1))) {
    report.fault = Fault::kBadTimestamp;
    return Outcome::kRejected;
  }
  if (width_ == 0) {
    width_ = width;
    width_record_ = index;
  }

  WriteRows(view);
  WriteMetadata(seconds, windows, channels);
  assumed_utc_ += name_utc_;
  without_zone_ += name_without_zone_;
  return Outcome::kTaken;
}

// False with no fault set: the caller has to say what the name means.
bool Extractor::ReadName(const Wanted& wanted, FaultReport& report) {
  Bytes value;
  const FeatureView feature = wanted.found ? example::ReadFeature(wanted.value) : FeatureView{};
  const uint64_t values = feature.kind == Kind::kBytes ? Count(feature, ReadBytesList(feature, {&value, 1})) : 0;
  if (values != 1) {
    report.fault = Fault::kNoFilename;
    report.a = values;
    report.b = static_cast<uint64_t>(feature.kind);
    return false;
  }
  const std::string_view name = AsText(value);
  if (name_state_ == NameState::kNone || name != name_) {
    name_ = name;
    name_state_ = NameState::kNone;
    if (!IsUtf8(name)) {
      report.fault = Fault::kNameNotUtf8;
      report.text = name_.substr(0, kMaxText);
      return false;
    }
    ResolveName();
  }
  if (name_state_ == NameState::kBad) {
    report.fault = Fault::kNameMismatch;
    report.text = name_.size() <= kMaxText ? name_ : name_.substr(0, kMaxText) + "...";
  }
  return name_state_ == NameState::kGood;
}

void Extractor::ResolveName() {
  name_utc_ = name_without_zone_ = false;
  if (options_.names == Names::kCaller) {
    name_state_ = NameState::kWaiting;
    return;
  }
  head_.assign(1, '{');
  tail_.clear();
  if (options_.names != Names::kNone) {
    const NameRule rule = options_.names == Names::kStrict ? NameRule::kStrict : NameRule::kArchive;
    const std::optional<ArchiveName> fields = ParseArchiveName(name_, rule);
    if (!fields) {
      name_state_ = NameState::kBad;
      return;
    }
    head_ += "\"file_timestamp\": " + (fields->timestamp ? std::to_string(*fields->timestamp) : "null");
    head_ += ", \"file_seconds_since_midnight\": " + std::to_string(fields->seconds_since_midnight) + ", ";
    AppendMember(tail_, "site_id", fields->site_id);
    AppendMember(tail_, "site_name", fields->site_name);
    AppendMember(tail_, "subsite_name", fields->subsite_name);
    tail_ += ", \"file_seq_id\": " + (fields->file_seq_id.empty() ? "null" : fields->file_seq_id);
    name_utc_ = fields->assumed_utc;
    name_without_zone_ = fields->without_zone;
  }
  AppendMember(tail_, "filename", name_);
  tail_ += '}';
  name_state_ = NameState::kGood;
}

void Extractor::GiveName(std::string head, std::string tail) {
  head_ = std::move(head);
  tail_ = std::move(tail);
  name_state_ = NameState::kGood;
}

void Extractor::RefuseName() { name_state_ = NameState::kBad; }

bool Extractor::ReadTimestamp(const Wanted& wanted, float& seconds, FaultReport& report) {
  const FeatureView feature = wanted.found ? example::ReadFeature(wanted.value) : FeatureView{};
  const uint64_t values = feature.kind == Kind::kFloat ? Count(feature, ReadFloatList(feature, {&seconds, 1})) : 0;
  if (values != 1) {
    report.fault = Fault::kNoTimestamp;
    report.a = values;
    report.b = static_cast<uint64_t>(feature.kind);
    return false;
  }
  if (!std::isfinite(seconds)) report.fault = Fault::kBadTimestamp;
  return report.fault == Fault::kNone;
}

bool Extractor::ReadTensor(const Wanted& wanted, const Wanted& shape, TensorView& view, FaultReport& report) {
  const auto reject = [&](Fault fault, uint64_t a = 0, uint64_t b = 0, std::string text = {}) {
    report.fault = fault;
    report.a = a;
    report.b = b;
    report.text = std::move(text);
    return false;
  };
  Bytes message;
  const FeatureView feature = wanted.found ? example::ReadFeature(wanted.value) : FeatureView{};
  const uint64_t values = feature.kind == Kind::kBytes ? Count(feature, ReadBytesList(feature, {&message, 1})) : 0;
  if (values != 1) return reject(Fault::kNoTensor, values, static_cast<uint64_t>(feature.kind));

  switch (ParseTensor(message, view)) {
    case tensor::Status::kNotTensorProto: return reject(Fault::kNotTensorProto);
    case tensor::Status::kContentSize:
      return reject(Fault::kContentSize, view.content.size(), 0,
                    std::to_string(tensor::ElementSize(view.dtype)) + " " + tensor::ShapeText(view.dims, view.rank));
    case tensor::Status::kTooManyElements:
      return reject(Fault::kTooManyElements, view.values, 0, tensor::ShapeText(view.dims, view.rank));
    case tensor::Status::kOk: break;
  }
  if (tensor::ElementSize(view.dtype) == 0) return reject(Fault::kDtype, view.dtype);
  if (view.rank != 3) return reject(Fault::kRank, view.rank, 0, tensor::ShapeText(view.dims, view.rank));
  if (!CheckShapeFeature(shape, view, report)) return false;
  const uint64_t least = options_.channel == kAllChannels ? 1 : static_cast<uint64_t>(options_.channel) + 1;
  if (view.dims[1] < least) return reject(Fault::kChannel, view.dims[1]);
  if (view.dims[2] == 0) return reject(Fault::kWidthZero);
  if (width_ != 0 && view.dims[2] != width_) {
    return reject(Fault::kWidthChanged, view.dims[2], width_, std::to_string(width_record_));
  }
  return true;
}

bool Extractor::CheckShapeFeature(const Wanted& shape, const TensorView& view, FaultReport& report) {
  if (!shape.found) return true;
  const FeatureView feature = example::ReadFeature(shape.value);
  if (feature.kind == Kind::kNone) return true;  // an empty Feature is an absent one
  int64_t told[tensor::kDimsKept] = {};
  const uint64_t rank = feature.kind == Kind::kInt64 ? ReadInt64List(feature, told) : example::kBrokenList;
  if (rank == example::kBrokenList) {
    report.fault = Fault::kShapeFeatureKind;
    report.a = static_cast<uint64_t>(feature.kind);
    return false;
  }
  bool same = rank == view.rank;
  for (uint32_t i = 0; same && i < view.rank; ++i) same = told[i] >= 0 && static_cast<uint64_t>(told[i]) == view.dims[i];
  if (same) return true;

  report.fault = Fault::kShapeFeature;
  report.text = tensor::ShapeText(view.dims, view.rank) + " ";
  for (uint64_t i = 0; i < std::min<uint64_t>(rank, tensor::kDimsKept); ++i) {
    if (i != 0) report.text += 'x';
    report.text += std::to_string(told[i]);
  }
  if (rank > tensor::kDimsKept) report.text += "x...";
  if (rank == 0) report.text += "scalar";
  return false;
}

void Extractor::WriteRows(const TensorView& view) {
  const uint32_t size = tensor::ElementSize(view.dtype);
  const uint8_t* values = view.content.data();
  if (view.content.empty() && view.elements > 0) {
    expanded_.resize(view.elements * size);
    ExpandValues(view, expanded_.data());
    values = expanded_.data();
  }
  const uint64_t windows = view.dims[0], channels = view.dims[1], width = view.dims[2];
  if (options_.channel == kAllChannels || channels == 1) {
    WriteConverted(values, view.elements, view.dtype);
    row_count_ += windows * channels;
  } else {
    for (uint64_t w = 0; w < windows; ++w) {
      WriteConverted(values + (w * channels + static_cast<uint64_t>(options_.channel)) * width * size, width, view.dtype);
    }
    row_count_ += windows;
  }
  // A shape that only a hostile file declares must not keep its memory for the rest of the pass.
  constexpr size_t kKept = size_t{4} << 20;
  if (expanded_.capacity() > kKept) std::vector<uint8_t>().swap(expanded_);
}

void Extractor::WriteConverted(const uint8_t* values, uint64_t count, uint32_t dtype) {
  const bool half = options_.output == OutputType::kFloat16;
  const uint32_t size = tensor::ElementSize(dtype);
  const ConvertFn convert = half ? ConverterToHalf(dtype) : ConverterToFloat(dtype);
  if (convert == nullptr) {
    rows_.Append({values, count * size});
    return;
  }
  constexpr uint64_t kStep = 2048;  // values; both ends stay in the first-level cache
  uint8_t converted[kStep * 4];
  for (uint64_t done = 0; done < count; done += kStep) {
    const uint64_t now = std::min(kStep, count - done);
    convert(values + done * size, converted, now);
    const uint64_t infinite = CountInfinite(converted, now, half ? tensor::Dtype::kHalf : tensor::Dtype::kFloat);
    if (infinite > 0) overflowed_ += infinite - CountInfinite(values + done * size, now, static_cast<tensor::Dtype>(dtype));
    rows_.Append({converted, now * (half ? 2 : 4)});
  }
}

void Extractor::WriteMetadata(float seconds, uint64_t windows, uint64_t channels) {
  const bool all = options_.channel == kAllChannels;
  const uint64_t rows_each = all ? channels : 1;
  const uint64_t before = row_count_ - windows * rows_each;
  text_.clear();
  for (uint64_t w = 0; w < windows; ++w) {
    for (uint64_t c = 0; c < rows_each; ++c) {
      text_ += before == 0 && w == 0 && c == 0 ? "[" : ", ";
      text_ += head_;
      text_ += "\"recording_offset_in_file\": ";
      AppendNumber(text_, OffsetInFile(seconds, options_.hop, w));
      if (all) text_ += ", \"channel\": " + std::to_string(c);
      text_ += tail_;
      constexpr size_t kFlush = 64 << 10;
      if (text_.size() >= kFlush) {
        json_.Append(AsBytes(text_));
        text_.clear();
      }
    }
  }
  json_.Append(AsBytes(text_));
}

std::string Extractor::NpyHead() const {
  const char* descr = options_.output == OutputType::kFloat16 ? "<f2" : "<f4";
  return NpyHeader(descr, row_count_, width_ == 0 ? kWidthOfNoRows : width_);
}

void Extractor::Finish() { json_.Append(AsBytes(row_count_ == 0 ? "[]" : "]")); }

}  // namespace bowerbird::embedding
