// preferLargePages: for arrays of many MiB that are about to be filled. The first touch of a page of 4 KiB costs more than to decode what
// goes into it; pages of 2 MiB cost a tenth of that.
#include <sys/mman.h>

#include "addon/addon.h"

namespace bowerbird::addon {
namespace {

// preferLargePages(bytes): advice, so nothing is said of whether it was taken
Napi::Value PreferLargePages(const Napi::CallbackInfo& info) {
  if (!IsBytes(info[0])) return Misuse(info.Env(), "preferLargePages(bytes)");
#if defined(MADV_HUGEPAGE)
  // Whole large pages only: others share the rest.
  constexpr uintptr_t kLargePage = 2 << 20;
  const Bytes bytes = BytesOf(info[0]);
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(bytes.data()) + kLargePage - 1) & ~(kLargePage - 1);
  const uintptr_t end = (reinterpret_cast<uintptr_t>(bytes.data()) + bytes.size()) & ~(kLargePage - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
  return info.Env().Undefined();
}

}  // namespace

void ExportMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("preferLargePages", Napi::Function::New<PreferLargePages>(env, "preferLargePages"));
}

}  // namespace bowerbird::addon
