// Preloaded into the server by power_cut.test.mjs: notes what is done to the files below the folder POWER_CUT_BELOW, in
// the order in which it happens, at the end of the file POWER_CUT_RECORD. power_cut.mjs works out from it what a disk may
// hold after a power failure. A note is a line, behind a write the bytes that were written follow:
//
//   make FILE NAME      open FILE NAME      write FILE OFFSET LENGTH    size FILE SIZE
//   folder NAME         rename NAME NAME    link NAME NAME              unlink NAME
//   flush NUMBER FILE   flush NUMBER NAME/  flushed NUMBER
//
// FILE is the number of an inode, NAME a path below the folder. Calls for these files are made and noted one at a time,
// but for the flushes themselves. What is written through mapped memory is not noticed: the server does so nowhere but in
// SQLite's -shm files, which mean nothing after a power failure.
//
// The file POWER_CUT_CONTROL holds the numbers of Control; whoever lets the server die writes to it while it runs.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace {

using Number = std::atomic<std::int64_t>;

struct Control {
  /// Calls that were begun. The one behind so many as last_call says is not carried out: there the program dies.
  Number calls, last_call;
  /// The same for writes to databases, as checkpoints make them.
  Number moves, last_move;
  /// The same for flushes, which then are carried out, but nobody hears of it.
  Number flushes, last_flush;
  /// Whether a call is being made and noted.
  Number busy;
};

Control& TheControl() {
  static Control* const control = [] {
    const int fd =
        static_cast<int>(syscall(SYS_openat, AT_FDCWD, std::getenv("POWER_CUT_CONTROL"), O_RDWR | O_CLOEXEC));
    void* const mapped = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) std::abort();
    close(fd);
    return static_cast<Control*>(mapped);
  }();
  return *control;
}

int TheRecord() {
  static const int fd = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, std::getenv("POWER_CUT_RECORD"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  return fd;
}

// No memory is allocated in this file: the allocator may be what opens a file.
class Path {
 public:
  /// Of what is open.
  explicit Path(int fd) { Read(fd); }
  /// Of `name`, as the calls ending in "at" take it.
  Path(int folder, const char* name) {
    if (*name != '/') Read(folder);
    std::size_t size = *name != '/' ? std::strlen(text_) : 0;
    std::snprintf(text_ + size, sizeof text_ - size, "%s%s", size > 0 ? "/" : "", name);
  }
  bool IsBelow() const { return std::strncmp(text_, Root(), RootSize()) == 0 && std::strchr("/", text_[RootSize()]); }
  /// Below the folder; "" is the folder itself.
  const char* Name() const { return text_[RootSize()] == '/' ? text_ + RootSize() + 1 : ""; }
  bool IsDatabase() const {
    const char* const end = std::strrchr(text_, '.');
    return end != nullptr && std::strcmp(end, ".db") == 0;
  }

 private:
  static const char* Root() {
    static const char* const root = std::getenv("POWER_CUT_BELOW");
    return root;
  }
  static std::size_t RootSize() { return std::strlen(Root()); }
  void Read(int fd) {
    char link[64] = "/proc/self/cwd";
    if (fd != AT_FDCWD) std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(link, text_, sizeof text_ - 1);
    text_[size > 0 ? size : 0] = '\0';
  }

  char text_[2 * PATH_MAX];
};

/// The right to make a call, and to note it.
class Call {
 public:
  enum class Of { any, move, flushed };
  explicit Call(Of what = Of::any) : turn_(mutex_), control_(TheControl()) {
    control_.busy = 1;
    const bool is_last = control_.calls++ >= control_.last_call ||
                         (what == Of::move && control_.moves++ >= control_.last_move) ||
                         (what == Of::flushed && control_.flushes++ >= control_.last_flush);
    if (!is_last) return;
    control_.busy = 0;
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  ~Call() { control_.busy = 0; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[gnu::format(printf, 2, 3)]] void Note(const char* format, ...) {
    char line[3 * PATH_MAX];
    va_list values;
    va_start(values, format);
    const int size = std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    Write(line, static_cast<std::size_t>(size));
  }
  void NoteWrite(std::uint64_t file, std::int64_t offset, const void* bytes, ssize_t size) {
    Note("write %lu %ld %zd\n", file, offset, size);
    Write(bytes, static_cast<std::size_t>(size));
  }

 private:
  static void Write(const void* bytes, std::size_t size) {
    if (syscall(SYS_write, TheRecord(), bytes, size) != static_cast<long>(size)) std::abort();
  }

  inline static std::mutex mutex_;
  const std::lock_guard<std::mutex> turn_;
  Control& control_;
};

struct stat About(int fd) {
  struct stat about{};
  if (fstat(fd, &about) != 0) std::abort();
  return about;
}

int Open(int folder, const char* name, int flags, mode_t mode) {
  const auto open = [&] { return static_cast<int>(syscall(SYS_openat, folder, name, flags, mode)); };
  if (!Path(folder, name).IsBelow()) return open();
  Call call;
  struct stat before{};
  const bool is_new = fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) != 0;
  const int fd = open();
  if (fd < 0) return fd;
  const struct stat about = About(fd);
  if (S_ISDIR(about.st_mode)) return fd;
  call.Note("%s %lu %s\n", is_new ? "make" : "open", about.st_ino, Path(fd).Name());
  if ((flags & O_TRUNC) != 0) call.Note("size %lu 0\n", about.st_ino);
  return fd;
}

int Flush(long how, int fd) {
  static Number flushes;
  const Path path(fd);
  if (!path.IsBelow()) return static_cast<int>(syscall(how, fd));
  const struct stat about = About(fd);
  const std::int64_t number = flushes++;
  if (S_ISDIR(about.st_mode)) {
    Call().Note("flush %ld %s/\n", number, path.Name());
  } else {
    Call().Note("flush %ld %lu\n", number, about.st_ino);
  }
  const long status = syscall(how, fd);
  if (status == 0) Call(Call::Of::flushed).Note("flushed %ld\n", number);
  return static_cast<int>(status);
}

int Rename(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  const auto rename = [&] { return static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags)); };
  const Path old_path(from_folder, from), new_path(to_folder, to);
  if (!new_path.IsBelow()) return rename();
  Call call;
  const int status = rename();
  if (status == 0) call.Note("rename %s %s\n", old_path.Name(), new_path.Name());
  return status;
}

int Link(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  const auto link = [&] { return static_cast<int>(syscall(SYS_linkat, from_folder, from, to_folder, to, flags)); };
  const Path old_path(from_folder, from), new_path(to_folder, to);
  if (!new_path.IsBelow()) return link();
  Call call;
  const int status = link();
  if (status == 0) call.Note("link %s %s\n", old_path.Name(), new_path.Name());
  return status;
}

int Unlink(int folder, const char* name, int flags) {
  const auto unlink = [&] { return static_cast<int>(syscall(SYS_unlinkat, folder, name, flags)); };
  const Path path(folder, name);
  if (!path.IsBelow()) return unlink();
  Call call;
  const int status = unlink();
  if (status == 0) call.Note("unlink %s\n", path.Name());
  return status;
}

int MakeFolder(int folder, const char* name, mode_t mode) {
  const auto make = [&] { return static_cast<int>(syscall(SYS_mkdirat, folder, name, mode)); };
  const Path path(folder, name);
  if (!path.IsBelow()) return make();
  Call call;
  const int status = make();
  if (status == 0) call.Note("folder %s\n", path.Name());
  return status;
}

/// `offset`: -1 is where the file stands.
ssize_t Write(int fd, const void* bytes, std::size_t size, off_t offset) {
  const auto write = [&] {
    return offset < 0 ? syscall(SYS_write, fd, bytes, size) : syscall(SYS_pwrite64, fd, bytes, size, offset);
  };
  const Path path(fd);
  if (!path.IsBelow()) return write();
  Call call(path.IsDatabase() ? Call::Of::move : Call::Of::any);
  const off_t at = offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
  const ssize_t written = write();
  if (written >= 0) call.NoteWrite(About(fd).st_ino, at, bytes, written);
  return written;
}

int Resize(int fd, off_t size) {
  const Path path(fd);
  if (!path.IsBelow()) return static_cast<int>(syscall(SYS_ftruncate, fd, size));
  Call call;
  const int status = static_cast<int>(syscall(SYS_ftruncate, fd, size));
  if (status == 0) call.Note("size %lu %ld\n", About(fd).st_ino, size);
  return status;
}

mode_t ModeBehind(int flags, va_list values) { return (flags & O_CREAT) != 0 ? va_arg(values, mode_t) : 0; }

}  // namespace

// The names under which programs call these, SQLite and the C++ library among them.
extern "C" {

#define OPEN(folder)                             \
  va_list values;                                \
  va_start(values, flags);                       \
  const mode_t mode = ModeBehind(flags, values); \
  va_end(values);                                \
  return Open(folder, name, flags, mode)

int open(const char* name, int flags, ...) { OPEN(AT_FDCWD); }
int open64(const char* name, int flags, ...) { OPEN(AT_FDCWD); }
int openat(int folder, const char* name, int flags, ...) { OPEN(folder); }
int openat64(int folder, const char* name, int flags, ...) { OPEN(folder); }
int __open_2(const char* name, int flags) { return Open(AT_FDCWD, name, flags, 0); }
int __open64_2(const char* name, int flags) { return Open(AT_FDCWD, name, flags, 0); }
int __openat_2(int folder, const char* name, int flags) { return Open(folder, name, flags, 0); }
int __openat64_2(int folder, const char* name, int flags) { return Open(folder, name, flags, 0); }

int fsync(int fd) { return Flush(SYS_fsync, fd); }
int fdatasync(int fd) { return Flush(SYS_fdatasync, fd); }

int rename(const char* from, const char* to) noexcept { return Rename(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int folder, const char* from, int other, const char* to) noexcept {
  return Rename(folder, from, other, to, 0);
}
int renameat2(int folder, const char* from, int other, const char* to, unsigned flags) noexcept {
  return Rename(folder, from, other, to, flags);
}
int link(const char* from, const char* to) noexcept { return Link(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int folder, const char* from, int other, const char* to, int flags) noexcept {
  return Link(folder, from, other, to, flags);
}
int unlink(const char* name) noexcept { return Unlink(AT_FDCWD, name, 0); }
int unlinkat(int folder, const char* name, int flags) noexcept { return Unlink(folder, name, flags); }
int mkdir(const char* name, mode_t mode) noexcept { return MakeFolder(AT_FDCWD, name, mode); }
int mkdirat(int folder, const char* name, mode_t mode) noexcept { return MakeFolder(folder, name, mode); }

ssize_t write(int fd, const void* bytes, size_t size) { return Write(fd, bytes, size, -1); }
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) { return Write(fd, bytes, size, offset); }
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) { return Write(fd, bytes, size, offset); }
int ftruncate(int fd, off_t size) noexcept { return Resize(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return Resize(fd, size); }

}  // extern "C"
