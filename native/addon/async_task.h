// Work on a thread of libuv's pool, with a promise for its result.
#ifndef BOWERBIRD_ADDON_ASYNC_TASK_H_
#define BOWERBIRD_ADDON_ASYNC_TASK_H_

#include <utility>

#include "addon/addon.h"

namespace bowerbird::addon {

// `State` is made on the JavaScript thread, its Work() runs on another and sees no JavaScript, and Settle(env) makes the value of the promise,
// back on the first; where it leaves an exception pending, the promise is rejected with that.
template <typename State>
class AsyncTask : public Napi::AsyncWorker {
 public:
  // `pinned` stays alive until the work has ended: memory that it reads or writes.
  static Napi::Promise Start(Napi::Env env, State state, Napi::Object pinned) {
    auto* task = new AsyncTask(env, std::move(state), pinned);  // deletes itself
    const Napi::Promise promise = task->deferred_.Promise();
    task->Queue();
    return promise;
  }

 protected:
  void Execute() override { state_.Work(); }
  void OnOK() override {
    const Napi::Env env = Env();
    const Napi::Value value = state_.Settle(env);
    if (env.IsExceptionPending()) {
      deferred_.Reject(env.GetAndClearPendingException().Value());
    } else {
      deferred_.Resolve(value);
    }
  }

 private:
  AsyncTask(Napi::Env env, State state, Napi::Object pinned)
      : Napi::AsyncWorker(env), state_(std::move(state)), pinned_(Napi::Persistent(pinned)), deferred_(env) {}

  State state_;
  Napi::ObjectReference pinned_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ASYNC_TASK_H_
