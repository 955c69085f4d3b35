#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall::files {

/// An open file of the operating system; closed at the end.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

  int descriptor() const { return descriptor_; }
  /// Writes all of it at the file's position. Fails with `unavailable`.
  Result<void> Append(std::string_view bytes) const;
  /// Exactly `size` bytes from `offset` on into `bytes`, whose memory is used again. Fails with `unavailable`, or with
  /// `corrupt` if the file ends before.
  Result<void> Read(std::int64_t offset, std::size_t size, std::string& bytes) const;
  /// In bytes.
  Result<std::int64_t> Size() const;
  /// fsync. Never to be called again for a file for which it has failed: the kernel would report success.
  Result<void> Sync() const;

 private:
  int descriptor_;
};

/// The folder of a local store. All its calls block; thread-safe. All failures are `unavailable` unless said otherwise.
class Folder {
 public:
  /// Opens the folder, or makes it and those above. Its name is durable when this returns.
  static Result<Folder> Open(const std::filesystem::path& path);

  /// Makes a file with mode 0600 that must not exist.
  Result<OpenFile> Make(const std::string& name) const;
  /// Fails with `not_found`.
  Result<OpenFile> OpenToRead(const std::string& name) const;
  /// Fails with `conflict` if `to` exists.
  Result<void> Rename(const std::string& from, const std::string& to) const;
  /// Returns whether there was such a file.
  Result<bool> Remove(const std::string& name) const;
  /// Makes names given and taken durable.
  Result<void> Sync() const { return file_.Sync(); }

 private:
  explicit Folder(OpenFile file) : file_(std::move(file)) {}

  OpenFile file_;
};

}  // namespace rowcall::files
