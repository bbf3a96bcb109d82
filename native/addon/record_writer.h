// Files of records that are written here, whatever their format: payloads in, an aligned OutputFile out. ArrayRecord: array_record_writer.h.
#ifndef BOWERBIRD_ADDON_RECORD_WRITER_H_
#define BOWERBIRD_ADDON_RECORD_WRITER_H_

#include "os/output_file.h"
#include "core/base/bytes.h"
#include "core/sound/pcm.h"

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
  // Ends all work on a file that is given up: afterwards nothing touches the descriptor. Safe to call twice.
  virtual void Stop() { file_.Stop(); }

  virtual int error() const { return file_.error(); }
  // REQUIRES: Finish() returned 0.
  uint64_t size() const { return file_.size(); }
  // Of the whole file. REQUIRES: Finish() returned 0.
  uint32_t crc() const { return file_.crc(); }

 protected:
  RecordWriter(int fd, bool flush_early) : file_(os::PageBuffer(), fd, 0, flush_early) {}

  os::OutputFile file_;
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

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_RECORD_WRITER_H_
