#include "cli/upload_body.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/crypto.h"

namespace rowcall::cli {

namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kMaxHeld = std::size_t{1} << 30;

/// 0 at the end, -1 on an error.
ssize_t ReadSome(int fd, std::string& into) {
  into.resize(kPiece);
  ssize_t count = 0;
  do {
    count = read(fd, into.data(), into.size());
  } while (count < 0 && errno == EINTR);
  into.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return count;
}

std::unexpected<Error> FailByErrno(const std::string& path) {
  const int error = errno;
  return Fail(error == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable,
              path + " cannot be read: " + std::strerror(error));
}

Result<std::string> ReadWhole(int fd, const std::string& path) {
  std::string whole, piece;
  for (;;) {
    const ssize_t count = ReadSome(fd, piece);
    if (count < 0) return FailByErrno(path);
    if (count == 0) return whole;
    whole += piece;
    if (whole.size() > kMaxHeld) {
      return Fail(ErrorKind::too_large, "more than 1 GiB came from " + path + ", which has no known length",
                  "Save it to a file and upload that.");
    }
  }
}

}  // namespace

std::string QuotedFileName(std::string_view path) {
  const std::string_view name = path == "-" ? "stdin" : path.substr(path.find_last_of('/') + 1);
  std::string quoted;
  for (const char c : name) {
    switch (c) {
      case '"': quoted += "%22"; break;
      case '\r': quoted += "%0D"; break;
      case '\n': quoted += "%0A"; break;
      default: quoted += c;
    }
  }
  return quoted;
}

UploadBody::UploadBody(int fd, std::string held, std::uint64_t file_size)
    : fd_(fd), held_(std::move(held)), file_size_(file_size), boundary_("rowcall-" + Hex(RandomBytes(16))) {}

UploadBody::~UploadBody() {
  if (fd_ > STDIN_FILENO) close(fd_);
}

Result<std::unique_ptr<UploadBody>> UploadBody::Open(const std::string& path, std::string_view metadata_json) {
  const int fd = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || fstat(fd, &status) != 0) return FailByErrno(path);
  std::unique_ptr<UploadBody> body;
  if (path != "-" && S_ISREG(status.st_mode)) {
    body.reset(new UploadBody(fd, "", static_cast<std::uint64_t>(status.st_size)));
  } else {
    auto held = ReadWhole(fd, path == "-" ? "standard input" : path);
    if (fd > STDIN_FILENO) close(fd);
    if (!held.has_value()) return Failed(std::move(held));
    const std::size_t size = held->size();
    body.reset(new UploadBody(-1, *std::move(held), size));
  }
  const std::string delimiter = "--" + body->boundary_;
  body->head_ = delimiter + "\r\nContent-Disposition: form-data; name=\"metaData\"\r\n\r\n" +
                std::string(metadata_json) + "\r\n" + delimiter +
                "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + QuotedFileName(path) +
                "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
  body->tail_ = "\r\n" + delimiter + "--\r\n";
  return body;
}

Result<std::string_view> UploadBody::NextOfFile() {
  if (fd_ < 0) {
    file_given_ = held_.size();
    return held_;
  }
  if (ReadSome(fd_, piece_) <= 0) {
    return Fail(ErrorKind::unavailable, "the file became shorter, or cannot be read, while it was being sent");
  }
  // What was appended since the upload began is not of this upload.
  piece_.resize(std::min<std::uint64_t>(piece_.size(), file_size_ - file_given_));
  file_given_ += piece_.size();
  return piece_;
}

async::Task<Result<std::string_view>> UploadBody::Next() {
  if (place_ == Place::head) {
    place_ = Place::file;
    co_return head_;
  }
  if (place_ == Place::file && file_given_ < file_size_) co_return NextOfFile();
  if (place_ == Place::end) co_return std::string_view();
  place_ = Place::end;
  co_return tail_;
}

}  // namespace rowcall::cli
