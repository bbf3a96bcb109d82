// One value by its key, in one crossing: into memory that the caller holds out in the hope that it is enough.
#ifndef BOWERBIRD_ADDON_LMDB_GET_H_
#define BOWERBIRD_ADDON_LMDB_GET_H_

#include <algorithm>
#include <memory>
#include <string>

#include "addon/addon.h"
#include "addon/lmdb/values.h"
#include "core/lmdb/cursor.h"

namespace bowerbird::addon {

// The numbers cross to TypeScript.
enum class GetOutcome : int {
  kNone = 0,     // there is no such key
  kFound = 1,
  kTooLarge = 2, // the memory is not enough
  kFinding = 3,
};

// Places of the numbers of the answer: where the value begins in the memory, or how much it takes; its size; and a finding.
enum GetColumn : size_t { kGetBegin = 0, kGetSize = 1, kGetFinding = 2, kGetLength = 7 };
static_assert(kGetLength == kGetFinding + size_t{kLength});

struct GetTask {
  std::shared_ptr<const os::LmdbFile> file;
  std::string path;
  std::string key;
  MutableBytes out;
  double* answer = nullptr;
  GetOutcome outcome = GetOutcome::kNone;
  int error = 0;

  void Work() {
    os::FilePages pages(*file);
    Get(pages);
  }

  void Get(os::FilePages& pages) {
    const lmdb::Meta& meta = file->meta();
    lmdb::Entry entry;
    lmdb::Finding finding;
    const lmdb::Cursor::Step step = lmdb::Find(pages, meta, meta.main, AsBytes(key), entry, finding);
    error = pages.error();
    if (error != 0 || step == lmdb::Cursor::Step::kEnd) return;
    if (!finding.ok()) return Tell(finding);
    // A value in pages of its own is read with the header of the first.
    const size_t lead = entry.first_page == 0 ? 0 : lmdb::kPageHeader;
    const bool fits = lead + entry.size <= out.size();
    outcome = fits ? GetOutcome::kFound : GetOutcome::kTooLarge;
    answer[kGetBegin] = static_cast<double>(fits ? lead : lead + entry.size);
    answer[kGetSize] = static_cast<double>(entry.size);
    if (!fits) return;
    if (entry.first_page == 0) {
      std::copy(entry.inlined.begin(), entry.inlined.end(), out.begin());
      return;
    }
    const uint64_t offset = meta.offset(entry.first_page);
    error = file->Read(offset, out.first(lead + entry.size));
    if (error != 0) return;
    finding = lmdb::CheckExtent(meta, lmdb::PageView(Bytes(out).first(lead)), entry.first_page, entry.extent_pages);
    if (!finding.ok()) Tell(finding);
  }

  Napi::Value Settle(Napi::Env env) const {
    if (error == 0) return Napi::Number::New(env, static_cast<int>(outcome));
    SystemErrorOf(env, error, path).ThrowAsJavaScriptException();
    return env.Undefined();
  }

 private:
  void Tell(const lmdb::Finding& finding) {
    outcome = GetOutcome::kFinding;
    WriteFinding(finding, answer + kGetFinding);
  }
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_LMDB_GET_H_
