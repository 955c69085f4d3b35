#include "cli/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace rowcall::cli {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> FailByErrno(const std::string& path, const char* what) {
  const int error = errno;
  const ErrorKind kind = error == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable;
  return Fail(kind, path + " cannot be " + what + ": " + std::strerror(error));
}

Result<void> CheckPrivate(const Descriptor& file, const std::string& path) {
  if (file.get() < 0) return FailByErrno(path, "read");
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return FailByErrno(path, "read");
  if ((status.st_mode & 077) == 0) return {};
  return Fail(ErrorKind::forbidden, path + " holds secrets, but others than its owner may use it", "chmod 600 " + path);
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<void> WritePrivateFile(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new." + std::to_string(getpid());
  {
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return FailByErrno(temporary, "written");
    if (fchmod(file.get(), 0600) != 0 || !WriteAll(file.get(), text) || fsync(file.get()) != 0) {
      auto failure = FailByErrno(temporary, "written");
      unlink(temporary.c_str());
      return failure;
    }
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return FailByErrno(path, "written");
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor parent(open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || fsync(parent.get()) != 0) return FailByErrno(path, "made durable");
  return {};
}

Result<void> CheckPrivateFile(const std::string& path) {
  return CheckPrivate(Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)), path);
}

Result<std::string> ReadPrivateFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  RETURN_IF_ERROR(CheckPrivate(file, path));
  std::string text;
  char piece[4096];
  for (;;) {
    const ssize_t got = read(file.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailByErrno(path, "read");
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace rowcall::cli
