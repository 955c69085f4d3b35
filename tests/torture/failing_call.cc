// Preloaded into the server by every_call.test.mjs: of the calls on a folder and what is in it, one fails and is not
// carried out. FAILING_FOLDER names the folder and FAILING_LOG a file, in which each such call becomes a line.
// FAILING_CALL="pwrite64 17 5" lets the 17th pwrite64 fail with error number 5, and has only these in the log; what an
// earlier process has written there counts too. Calls are counted over all threads, which strace does not.

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>

namespace {

std::string Given(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class Attack {
 public:
  Attack() : folder_(Given("FAILING_FOLDER")) {
    const std::string log = Given("FAILING_LOG");
    log_ = static_cast<int>(syscall(SYS_openat, AT_FDCWD, log.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (log_ < 0) std::abort();
    std::istringstream(Given("FAILING_CALL")) >> call_ >> nth_ >> error_;
    char piece[4096];
    for (long size = 0; (size = syscall(SYS_read, log_, piece, sizeof piece)) > 0;) {
      for (const char byte : std::string_view(piece, static_cast<std::size_t>(size))) seen_ += byte == '\n' ? 1 : 0;
    }
  }

  /// Notes the call. Whether it is to fail; then errno is set.
  bool Strikes(std::string_view call, const std::string& path) {
    const bool is_within = path == folder_ || path.starts_with(folder_ + "/");
    if (!is_within || (!call_.empty() && call != call_)) return false;
    const std::lock_guard lock(mutex_);
    const bool strikes = ++seen_ == nth_;
    const std::string line = std::string(call) + " " + path + (strikes ? " FAILED\n" : "\n");
    if (syscall(SYS_write, log_, line.data(), line.size()) < 0) std::abort();
    if (strikes) errno = error_;
    return strikes;
  }

 private:
  const std::string folder_;
  int log_ = -1;
  std::string call_;
  long nth_ = 0;
  int error_ = 0;
  std::mutex mutex_;
  long seen_ = 0;
};

std::string PathOf(int fd) {
  char path[4096];
  const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path, sizeof path);
  return {path, size < 0 ? 0 : static_cast<std::size_t>(size)};
}

std::string PathAt(int folder, std::string_view name) {
  const bool is_whole = name.starts_with('/') || folder == AT_FDCWD;
  return is_whole ? std::string(name) : PathOf(folder).append("/").append(name);
}

template <typename... Arguments>
long Call(std::string_view name, const std::string& path, long number, Arguments... arguments) {
  static Attack attack;
  return attack.Strikes(name, path) ? -1 : syscall(number, arguments...);
}

template <typename... Arguments>
int CallInt(std::string_view name, const std::string& path, long number, Arguments... arguments) {
  return static_cast<int>(Call(name, path, number, arguments...));
}

int Open(int folder, const char* name, int flags, mode_t mode) {
  return CallInt("openat", PathAt(folder, name), SYS_openat, folder, name, flags, mode);
}

mode_t ModeIn(std::va_list& rest, int flags) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; }

}  // namespace

extern "C" int open(const char* name, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = ModeIn(rest, flags);
  va_end(rest);
  return Open(AT_FDCWD, name, flags, mode);
}

extern "C" int open64(const char* name, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = ModeIn(rest, flags);
  va_end(rest);
  return Open(AT_FDCWD, name, flags, mode);
}

extern "C" int openat(int folder, const char* name, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const mode_t mode = ModeIn(rest, flags);
  va_end(rest);
  return Open(folder, name, flags, mode);
}

extern "C" ssize_t pread64(int fd, void* bytes, size_t size, off64_t at) {
  return Call("pread64", PathOf(fd), SYS_pread64, fd, bytes, size, at);
}
extern "C" ssize_t pread(int fd, void* bytes, size_t size, off_t at) { return pread64(fd, bytes, size, at); }

extern "C" ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return Call("pwrite64", PathOf(fd), SYS_pwrite64, fd, bytes, size, at);
}
extern "C" ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }

extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
  return Call("write", PathOf(fd), SYS_write, fd, bytes, size);
}

extern "C" int fsync(int fd) { return CallInt("fsync", PathOf(fd), SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return CallInt("fdatasync", PathOf(fd), SYS_fdatasync, fd); }

extern "C" int ftruncate64(int fd, off64_t size) noexcept {
  return CallInt("ftruncate", PathOf(fd), SYS_ftruncate, fd, size);
}
extern "C" int ftruncate(int fd, off_t size) noexcept { return ftruncate64(fd, size); }

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  const std::string path = PathAt(from_folder, from);
  return CallInt("renameat2", path, SYS_renameat2, from_folder, from, to_folder, to, flags);
}
extern "C" int rename(const char* from, const char* to) noexcept {
  return CallInt("rename", from, SYS_rename, from, to);
}
