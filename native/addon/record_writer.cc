#include "addon/record_writer.h"

#include <algorithm>

#include "core/hash/crc32c.h"
#include "core/records/tfrecord.h"

namespace bowerbird::addon {
namespace {

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

}  // namespace bowerbird::addon
