#include "addon/record_writer.h"

#include <cerrno>

#include "core/tfrecord.h"

namespace bowerbird::addon {
namespace {

// Memory that a single giant record made is not kept for the rest of the file.
constexpr size_t kKept = size_t{8} << 20;

}  // namespace

void TfRecordWriter::Append(Bytes record) {
  uint8_t header[tfrecord::kHeaderSize], footer[tfrecord::kFooterSize];
  tfrecord::StoreHeader(record.size(), header);
  tfrecord::StoreFooter(record, footer);
  file_.Append(header);
  file_.Append(record);
  file_.Append(footer);
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
    WriteGroup(record, {&size, 1});
    return;
  }
  if (!values_.Append(record)) {
    error_ = ENOMEM;
    return;
  }
  sizes_.push_back(size);
  if (sizes_.size() < options_.group_size) return;
  WriteGroup(values_.bytes(), sizes_);
  values_.Clear();
  values_.Trim(kKept);
  sizes_.clear();
}

void ArrayRecordWriter::WriteGroup(Bytes values, std::span<const uint64_t> sizes) {
  payloads_.Clear();
  chunks_.clear();
  bool encoded = arrayrecord::EncodeGroups(values, sizes, options_, codecs_, payloads_, chunks_);
  for (const auto& [header, at] : chunks_) encoded = encoded && writer_.Add(header, payloads_.bytes().subspan(at, header.data_size), out_);
  WriteOut(encoded);
  payloads_.Trim(kKept);
}

void ArrayRecordWriter::WriteOut(bool encoded) {
  if (!encoded) error_ = ENOMEM;
  if (error() == 0) file_.Append(out_.bytes());
  out_.Clear();
  out_.Trim(kKept);
}

int ArrayRecordWriter::Finish() {
  if (!sizes_.empty() && error() == 0) WriteGroup(values_.bytes(), sizes_);
  if (error() == 0) {
    const std::string_view text = options_text_;
    WriteOut(writer_.Finish(&text, codecs_, out_));
  }
  return error() != 0 ? error() : file_.Finish({});
}

}  // namespace bowerbird::addon
