#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"

namespace rowcall::cli {

/// The multipart/form-data body of an upload: the part `metaData`, then the part `file`, read from disk as it is sent.
class UploadBody {
 public:
  /// `path` "-" is standard input. What is no regular file has no known length: it is read whole, at most 1 GiB, else
  /// `too_large`. A file that grows meanwhile is sent as long as it was.
  static Result<std::unique_ptr<UploadBody>> Open(const std::string& path, std::string_view metadata_json);
  ~UploadBody();
  UploadBody(const UploadBody&) = delete;
  UploadBody& operator=(const UploadBody&) = delete;

  std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }
  std::uint64_t size() const { return head_.size() + file_size_ + tail_.size(); }
  /// The next piece, valid until the next call; "" at the end. Fails with `unavailable` if the file became shorter.
  async::Task<Result<std::string_view>> Next();

 private:
  UploadBody(int fd, std::string held, std::uint64_t file_size);
  Result<std::string_view> NextOfFile();

  const int fd_;  ///< -1: the file is in `held_`.
  const std::string held_;
  const std::uint64_t file_size_;
  const std::string boundary_;
  std::string head_;
  std::string tail_;
  std::string piece_;
  std::uint64_t file_given_ = 0;
  enum class Place { head, file, end } place_ = Place::head;
};

/// A file name as it may stand between quotes in a part's header.
std::string QuotedFileName(std::string_view path);

}  // namespace rowcall::cli
