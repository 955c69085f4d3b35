#include "files/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace rowcall::files {

namespace {

std::unexpected<Error> SystemFailed(std::string_view doing) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  return Fail(
      full ? ErrorKind::no_space : ErrorKind::unavailable,
      fmt::format("The file store cannot {}: {}.", doing, std::strerror(code)),
      full ? "Free space on the disk of the data folder." : "Look at the disk and the rights of the data folder.");
}

}  // namespace

OpenFile::OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> OpenFile::Append(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemFailed("write a file");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> OpenFile::Read(std::int64_t offset, std::size_t size, std::string& bytes) const {
  bytes.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + done, size - done, offset + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemFailed("read a file");
    if (got == 0) return Fail(ErrorKind::corrupt, "it has become shorter");
    done += static_cast<std::size_t>(got);
  }
  return {};
}

Result<std::int64_t> OpenFile::Size() const {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) return SystemFailed("look at a file");
  return status.st_size;
}

Result<void> OpenFile::Sync() const {
  if (::fsync(descriptor_) != 0) return SystemFailed("make a file durable");
  return {};
}

Result<Folder> Folder::Open(const std::filesystem::path& path) {
  const std::string name = path.string();
  const std::filesystem::path above = path.parent_path();
  if (!above.empty() && !std::filesystem::exists(above)) RETURN_IF_ERROR(Open(above));
  const bool made = ::mkdir(name.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return SystemFailed(fmt::format("make the folder {}", name));
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return SystemFailed(fmt::format("open the folder {}", name));
  Folder folder{OpenFile(descriptor)};
  const OpenFile parent(::openat(descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.descriptor() < 0 && !made && errno == EACCES) return folder;  // then it was not we who made it
  if (parent.descriptor() < 0) return SystemFailed(fmt::format("open the folder above {}", name));
  RETURN_IF_ERROR(parent.Sync());  // also if it was there: who made it may have died before making that durable
  return folder;
}

Result<OpenFile> Folder::Make(const std::string& name) const {
  const int descriptor =
      ::openat(file_.descriptor(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return SystemFailed("make a file");
  return OpenFile(descriptor);
}

Result<OpenFile> Folder::OpenToRead(const std::string& name) const {
  const int descriptor = ::openat(file_.descriptor(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor >= 0) return OpenFile(descriptor);
  if (errno == ENOENT) return Fail(ErrorKind::not_found, fmt::format("There is no stored file \"{}\".", name));
  return SystemFailed(fmt::format("open the file \"{}\"", name));
}

Result<void> Folder::Rename(const std::string& from, const std::string& to) const {
  const int folder = file_.descriptor();
  if (::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  const bool unsupported = errno == EINVAL || errno == ENOSYS;  // some file systems have no such rename
  if (unsupported && ::linkat(folder, from.c_str(), folder, to.c_str(), 0) == 0) {
    RETURN_IF_ERROR(Remove(from));
    return {};
  }
  if (errno == EEXIST) return Fail(ErrorKind::conflict, fmt::format("There is a stored file \"{}\" already.", to));
  return SystemFailed(fmt::format("give the file \"{}\" its name", to));
}

Result<bool> Folder::Remove(const std::string& name) const {
  if (::unlinkat(file_.descriptor(), name.c_str(), 0) == 0) return true;
  if (errno == ENOENT) return false;
  return SystemFailed(fmt::format("remove the file \"{}\"", name));
}

}  // namespace rowcall::files
