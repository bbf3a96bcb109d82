// How other bindings reach the writer behind a JavaScript RecordWriter.
#ifndef BOWERBIRD_ADDON_RECORD_WRITER_BINDING_H_
#define BOWERBIRD_ADDON_RECORD_WRITER_BINDING_H_

#include <memory>
#include <string>

#include "addon/addon.h"
#include "addon/record_writer.h"

namespace bowerbird::addon {

struct OpenRecordWriter {
  std::shared_ptr<RecordWriter> writer;  // null for anything but a RecordWriter that still writes
  std::string path;                      // for errors
};

OpenRecordWriter RecordWriterOf(const Napi::Value& value);

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_RECORD_WRITER_BINDING_H_
