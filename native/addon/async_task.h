// The only way into asynchronous work: on a thread of libuv's pool, with a promise for its result.
#ifndef BOWERBIRD_ADDON_ASYNC_TASK_H_
#define BOWERBIRD_ADDON_ASYNC_TASK_H_

#include <memory>
#include <utility>

#include "addon/addon.h"

namespace bowerbird::addon {

// `State` is made on the JavaScript thread, its Work() runs on another and sees no JavaScript, and Settle(env) makes the value of the promise,
// back on the first; where it leaves an exception pending, the promise is rejected with that.
//
// The environment may end meanwhile. Node then waits until the work is done, so that the memory that it uses is there, and has it completed
// when no JavaScript may run any more: Settle() makes what it still can, nothing is told to anybody, and all is freed. That is why this is
// plain Node-API: the C++ wrappers of promises and workers go on with handles that were never made.
template <typename State>
class AsyncTask {
 public:
  AsyncTask(const AsyncTask&) = delete;
  AsyncTask& operator=(const AsyncTask&) = delete;
  ~AsyncTask() {
    if (pinned_ != nullptr) napi_delete_reference(env_, pinned_);
    if (work_ != nullptr) napi_delete_async_work(env_, work_);
  }

  // `pinned` stays alive until the work has ended: memory that it reads or writes. Nothing where the environment is ending.
  static Napi::Value Start(Napi::Env env, State state, Napi::Object pinned) {
    std::unique_ptr<AsyncTask> task(new AsyncTask(env, std::move(state)));
    const napi_value promise = task->Queue(pinned);
    if (promise == nullptr) {
      Napi::Error::New(env, "Cannot start asynchronous work").ThrowAsJavaScriptException();
      return {};
    }
    static_cast<void>(task.release());  // Complete() frees it
    return {env, promise};
  }

 private:
  AsyncTask(napi_env env, State state) : env_(env), state_(std::move(state)) {}

  napi_value Queue(napi_value pinned) {
    napi_value name = nullptr, promise = nullptr;
    const bool queued = napi_create_reference(env_, pinned, 1, &pinned_) == napi_ok &&
                        napi_create_string_utf8(env_, "bowerbird", NAPI_AUTO_LENGTH, &name) == napi_ok &&
                        napi_create_async_work(env_, nullptr, name, Execute, Complete, this, &work_) == napi_ok &&
                        napi_create_promise(env_, &deferred_, &promise) == napi_ok &&
                        napi_queue_async_work(env_, work_) == napi_ok;
    return queued ? promise : nullptr;
  }

  static void Execute(napi_env, void* task) { static_cast<AsyncTask*>(task)->state_.Work(); }

  static void Complete(napi_env, napi_status status, void* data) {
    const std::unique_ptr<AsyncTask> task(static_cast<AsyncTask*>(data));
    if (status == napi_ok) task->Tell();
  }

  // Neither settling succeeds where the environment is ending: the promise is nobody's.
  void Tell() {
    const Napi::Value value = state_.Settle(env_);
    napi_value error = nullptr;
    bool thrown = false;
    if (napi_is_exception_pending(env_, &thrown) == napi_ok && thrown) {
      if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_reject_deferred(env_, deferred_, error);
    } else if (!value.IsEmpty()) {
      napi_resolve_deferred(env_, deferred_, value);
    }
  }

  const napi_env env_;
  State state_;
  napi_ref pinned_ = nullptr;
  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ASYNC_TASK_H_
