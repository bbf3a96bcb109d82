// Files of records that are written here, whatever their format: payloads in, an aligned OutputFile out.
#ifndef BOWERBIRD_ADDON_RECORD_WRITER_H_
#define BOWERBIRD_ADDON_RECORD_WRITER_H_

#include <string>
#include <vector>

#include "addon/output_file.h"
#include "core/arrayrecord.h"
#include "core/bytes.h"
#include "core/pcm.h"

namespace bowerbird::addon {

// Who opened the file names, flushes and closes it.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;

  // Copies. Errors are kept for error(): whoever writes looks there between blocks.
  virtual void Append(Bytes record) = 0;
  // One record of three parts. With a `layout` the middle is sample bytes that become float32 on their way. False: this format cannot.
  virtual bool AppendParts(Bytes /*head*/, Bytes /*body*/, const pcm::Layout* /*layout*/, Bytes /*tail*/) { return false; }
  // Writes what is left. Returns 0 or an errno. Nothing may be appended after it.
  virtual int Finish() = 0;

  int error() const { return error_ != 0 ? error_ : file_.error(); }
  uint64_t size() const { return file_.size(); }
  // Of the whole file. REQUIRES: Finish() returned 0.
  uint32_t crc() const { return file_.crc(); }

 protected:
  RecordWriter(int fd, bool flush_early) : file_(PageBuffer(), fd, 0, flush_early) {}

  OutputFile file_;
  int error_ = 0;
};

class TfRecordWriter : public RecordWriter {
 public:
  TfRecordWriter(int fd, bool flush_early) : RecordWriter(fd, flush_early) {}

  void Append(Bytes record) override;
  bool AppendParts(Bytes head, Bytes body, const pcm::Layout* layout, Bytes tail) override;
  int Finish() override { return file_.Finish({}); }

 private:
  uint32_t AppendFloats(uint32_t crc, Bytes samples, pcm::Layout layout);
};

class ArrayRecordWriter : public RecordWriter {
 public:
  // `options_text` is stored in the file as it is. `codecs` must live on and write options.compression.
  ArrayRecordWriter(int fd, bool flush_early, const arrayrecord::WriterOptions& options, std::string options_text, const Codecs& codecs);

  void Append(Bytes record) override;
  int Finish() override;

 private:
  void EncodeGroup(Bytes values, std::span<const uint64_t> sizes);
  void WriteChunks();
  void WriteOut(bool encoded);

  const arrayrecord::WriterOptions options_;
  const std::string options_text_;
  const Codecs& codecs_;
  arrayrecord::FileWriter writer_;
  // Of the group that is not full yet.
  ByteBuffer values_;
  std::vector<uint64_t> sizes_;
  // Encoded, and not written yet.
  ByteBuffer payloads_;
  std::vector<arrayrecord::EncodedChunk> chunks_;
  ByteBuffer out_;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_RECORD_WRITER_H_
