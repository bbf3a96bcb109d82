// Advisory locks on files: flock(2), which the kernel frees with the process, and this with the thread, so that no lock is ever stale.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "addon/environment.h"

namespace bowerbird::addon {
namespace {

int OpenForLocking(const std::string& path) {
  int fd;
  do {
    fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

int TryFlock(int fd, int kind) {
  int failed;
  do {
    failed = flock(fd, kind | LOCK_NB);
  } while (failed != 0 && errno == EINTR);
  return failed;
}

// False when the holder before us removed the file between our open and our flock.
bool StillNames(const std::string& path, int fd) {
  struct stat by_path;
  struct stat by_fd;
  return stat(path.c_str(), &by_path) == 0 && fstat(fd, &by_fd) == 0 && by_path.st_ino == by_fd.st_ino &&
         by_path.st_dev == by_fd.st_dev;
}

// Returns an open descriptor that holds the lock, or -errno; -EWOULDBLOCK means that another holds it.
int Lock(const std::string& path, bool shared) {
  for (;;) {
    const int fd = OpenForLocking(path);
    if (fd < 0) return -errno;
    if (TryFlock(fd, shared ? LOCK_SH : LOCK_EX) != 0) {
      const int error = errno;
      close(fd);
      return -error;
    }
    if (StillNames(path, fd)) return fd;
    close(fd);
  }
}

// Removes the file if nobody else holds it, then lets go. A sharer that leaves while others stay fails to become
// exclusive and leaves the file to them.
void Unlock(const std::string& path, int fd) {
  if (TryFlock(fd, LOCK_EX) == 0 && StillNames(path, fd)) unlink(path.c_str());
  close(fd);
}

// lockFile(path, shared) -> descriptor or -errno
Napi::Value LockCall(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsBoolean()) return Misuse(info.Env(), "lockFile(path, shared)");
  const int fd = Lock(info[0].As<Napi::String>(), info[1].As<Napi::Boolean>());
  if (fd >= 0) Environment::Of(info.Env()).locks.Add(fd);
  return Napi::Number::New(info.Env(), fd);
}

// shareLock(descriptor) -> 0 or -errno. From exclusive to shared; not atomic, another may come between (flock(2)).
Napi::Value ShareCall(const Napi::CallbackInfo& info) {
  if (!info[0].IsNumber()) return Misuse(info.Env(), "shareLock(descriptor)");
  const int failed = TryFlock(info[0].As<Napi::Number>().Int32Value(), LOCK_SH);
  return Napi::Number::New(info.Env(), failed ? -errno : 0);
}

// unlockFile(path, descriptor)
Napi::Value UnlockCall(const Napi::CallbackInfo& info) {
  if (!info[0].IsString() || !info[1].IsNumber()) return Misuse(info.Env(), "unlockFile(path, descriptor)");
  const int fd = info[1].As<Napi::Number>().Int32Value();
  Environment::Of(info.Env()).locks.Remove(fd);
  Unlock(info[0].As<Napi::String>(), fd);
  return info.Env().Undefined();
}

}  // namespace

void ExportLock(Napi::Env env, Napi::Object exports) {
  exports.Set("lockFile", Napi::Function::New<LockCall>(env, "lockFile"));
  exports.Set("shareLock", Napi::Function::New<ShareCall>(env, "shareLock"));
  exports.Set("unlockFile", Napi::Function::New<UnlockCall>(env, "unlockFile"));
}

}  // namespace bowerbird::addon
