#include "addon/record_writer.h"

#include <algorithm>
#include <cerrno>

#include "core/crc32c.h"
#include "core/tfrecord.h"

namespace bowerbird::addon {
namespace {

// Memory that a single giant record made is not kept for the rest of the file.
constexpr size_t kKept = size_t{8} << 20;

// Enough chunks to hash them side by side, and few enough bytes that they are in the second cache still. Large ones are not waited for.
constexpr size_t kChunksAtOnce = 64;
constexpr size_t kBytesAtOnce = size_t{128} << 10;
constexpr size_t kMostBytes = size_t{1} << 20;

// Samples converted at a time: few enough to be in the first cache still when they are summed and copied.
constexpr size_t kSamplesAtOnce = 4096;

}  // namespace

void TfRecordWriter::Append(Bytes record) {
  uint8_t header[tfrecord::kHeaderSize], footer[tfrecord::kFooterSize];
  tfrecord::StoreHeader(record.size(), header);
  tfrecord::StoreFooter(record, footer);
  file_.Append(header);
  file_.Append(record);
  file_.Append(footer);
}

bool TfRecordWriter::AppendParts(Bytes head, Bytes body, const pcm::Layout* layout, Bytes tail) {
  const uint64_t middle = layout == nullptr ? body.size() : body.size() / layout->bytes * sizeof(float);
  uint8_t header[tfrecord::kHeaderSize], footer[tfrecord::kFooterSize];
  tfrecord::StoreHeader(head.size() + middle + tail.size(), header);
  file_.Append(header);
  file_.Append(head);
  uint32_t crc = Crc32c(head);
  if (layout == nullptr) {
    file_.Append(body);
    crc = Crc32cExtend(crc, body);
  } else {
    crc = AppendFloats(crc, body, *layout);
  }
  file_.Append(tail);
  StoreLE32(footer, Crc32cMask(Crc32cExtend(crc, tail)));
  file_.Append(footer);
  return true;
}

uint32_t TfRecordWriter::AppendFloats(uint32_t crc, Bytes samples, pcm::Layout layout) {
  alignas(64) float block[kSamplesAtOnce];
  while (samples.size() >= layout.bytes && error() == 0) {
    const size_t count = std::min(kSamplesAtOnce, samples.size() / layout.bytes);
    pcm::ToFloat(layout, samples.first(count * layout.bytes), block);
    const Bytes made(reinterpret_cast<const uint8_t*>(block), count * sizeof(float));
    crc = Crc32cExtend(crc, made);
    file_.Append(made);
    samples = samples.subspan(count * layout.bytes);
  }
  return crc;
}

ArrayRecordWriter::ArrayRecordWriter(int fd, bool flush_early, const arrayrecord::WriterOptions& options, std::string options_text,
                                 const Codecs& codecs)
    : RecordWriter(fd, flush_early), options_(options), options_text_(std::move(options_text)), codecs_(codecs), writer_(options) {
  WriteOut(writer_.Begin(out_));
}

void ArrayRecordWriter::Append(Bytes record) {
  if (error() != 0) return;
  const uint64_t size = record.size();
  if (options_.group_size == 1) {
    EncodeGroup(record, {&size, 1});
    return;
  }
  if (!values_.Append(record)) {
    error_ = ENOMEM;
    return;
  }
  sizes_.push_back(size);
  if (sizes_.size() < options_.group_size) return;
  EncodeGroup(values_.bytes(), sizes_);
  values_.Clear();
  values_.Trim(kKept);
  sizes_.clear();
}

void ArrayRecordWriter::EncodeGroup(Bytes values, std::span<const uint64_t> sizes) {
  if (!arrayrecord::EncodeGroups(values, sizes, options_, codecs_, payloads_, chunks_)) error_ = ENOMEM;
  const bool enough = chunks_.size() >= kChunksAtOnce || payloads_.size() >= kBytesAtOnce;
  if (payloads_.size() >= kMostBytes || (enough && chunks_.size() % highway::kLanes == 0)) WriteChunks();
}

void ArrayRecordWriter::WriteChunks() {
  arrayrecord::HashChunks(payloads_.bytes(), chunks_);
  for (const auto& [header, at] : chunks_) WriteOut(writer_.Add(header, payloads_.bytes().subspan(at, header.data_size), out_));
  payloads_.Clear();
  payloads_.Trim(kKept);
  chunks_.clear();
}

void ArrayRecordWriter::WriteOut(bool encoded) {
  if (!encoded) error_ = ENOMEM;
  if (error() == 0) file_.Append(out_.bytes());
  out_.Clear();
  out_.Trim(kKept);
}

int ArrayRecordWriter::Finish() {
  if (!sizes_.empty() && error() == 0) EncodeGroup(values_.bytes(), sizes_);
  if (error() == 0) WriteChunks();
  if (error() == 0) {
    const std::string_view text = options_text_;
    WriteOut(writer_.Finish(&text, codecs_, out_));
  }
  return error() != 0 ? error() : file_.Finish({});
}

}  // namespace bowerbird::addon
