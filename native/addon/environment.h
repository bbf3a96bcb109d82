// What belongs to one environment, the main thread's or a worker's: made with it, and given back when it ends.
#ifndef BOWERBIRD_ADDON_ENVIRONMENT_H_
#define BOWERBIRD_ADDON_ENVIRONMENT_H_

#include <unistd.h>

#include <memory>
#include <set>

#include "addon/addon.h"
#include "addon/warm_buffers.h"

namespace bowerbird::addon {

// Descriptors that hold locks. The kernel lets go of them with the process, and here they go with the thread: one that is terminated would
// else keep an output folder locked for all others.
class HeldLocks {
 public:
  HeldLocks() = default;
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;
  ~HeldLocks() {
    for (const int fd : held_) close(fd);
  }

  void Add(int fd) { held_.insert(fd); }
  void Remove(int fd) { held_.erase(fd); }

 private:
  std::set<int> held_;
};

struct Environment {
  // Node-API adopts it.
  static void Begin(Napi::Env env) { env.SetInstanceData(new Environment()); }
  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  // Passes that outlive the rest of this keep theirs.
  const std::shared_ptr<WarmBuffers> warm = std::make_shared<WarmBuffers>();
  HeldLocks locks;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ENVIRONMENT_H_
