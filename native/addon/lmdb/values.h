// What the bindings of LMDB share: how findings cross to JavaScript, and how a file is reached through its object.
#ifndef BOWERBIRD_ADDON_LMDB_VALUES_H_
#define BOWERBIRD_ADDON_LMDB_VALUES_H_

#include <memory>
#include <string>

#include "addon/values.h"
#include "os/lmdb_file.h"

namespace bowerbird::addon {

struct OpenLmdbFile {
  std::shared_ptr<const os::LmdbFile> file;  // null for anything but an open LmdbFile whose meta pages hold
  std::string path;                          // for errors
};

OpenLmdbFile LmdbFileOf(const Napi::Value& value);
void ExportLmdbEntries(Napi::Env env, Napi::Object exports);

// Places of the numbers of a finding.
enum FindingColumn : size_t { kFault = 0, kPage = 1, kOffset = 2, kA = 3, kB = 4, kLength = 5 };

inline void WriteFinding(const lmdb::Finding& finding, double* to) {
  to[kFault] = static_cast<double>(finding.fault);
  to[kPage] = static_cast<double>(finding.page);
  to[kOffset] = static_cast<double>(finding.offset);
  to[kA] = static_cast<double>(finding.a);
  to[kB] = static_cast<double>(finding.b);
}

inline Napi::Value LmdbFindings(Napi::Env env, std::span<const lmdb::Finding> findings) {
  return NewArray<double>(env, kLength * findings.size(), [&](double* to) {
    for (const lmdb::Finding& finding : findings) {
      WriteFinding(finding, to);
      to += kLength;
    }
  });
}

inline Napi::Value LmdbFinding(Napi::Env env, const lmdb::Finding& finding) { return LmdbFindings(env, {&finding, 1}); }

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_LMDB_VALUES_H_
