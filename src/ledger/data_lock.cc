#include "ledger/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace rowcall::ledger {

namespace {

/// The id of the process that holds it; "" if that is not written there.
std::string Holder(int fd) {
  std::array<char, 32> text{};
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  return std::string(Trim(std::string_view(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0)));
}

bool MayJoin([[maybe_unused]] const std::string& holder) {
#ifdef ROWCALL_FAILPOINTS
  std::ifstream about("/proc/" + holder + "/stat");
  if (!about) return true;  // it joined one that was stopped, and could not begin
  const std::string text{std::istreambuf_iterator<char>(about), {}};
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end).starts_with(") T");  // stopped
#else
  return false;
#endif
}

}  // namespace

Result<DataLock> DataLock::Take(const std::string& folder) {
  const std::string path = folder + "/lock";
  DataLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.fd_ < 0) {
    return Fail(ErrorKind::unavailable, path + ": cannot be opened: " + std::strerror(errno),
                "Check that the folder exists and may be written.");
  }
  if (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Fail(ErrorKind::unavailable, path + ": cannot be locked: " + std::strerror(errno));
    const std::string holder = Holder(lock.fd_);
    if (!MayJoin(holder)) {
      const std::string who = holder.empty() ? "another process" : "process " + holder;
      return Fail(ErrorKind::conflict, folder + ": " + who + " works in this data folder",
                  "End it first, or name another folder with --data.");
    }
  }
  const std::string pid = std::to_string(getpid()) + "\n";  // for the message above; the lock itself is the kernel's
  if (ftruncate(lock.fd_, 0) != 0 || pwrite(lock.fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return Fail(ErrorKind::unavailable, path + ": cannot be written: " + std::strerror(errno),
                "Free space on the disk.");
  }
  return lock;
}

DataLock::DataLock(DataLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DataLock::~DataLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace rowcall::ledger
