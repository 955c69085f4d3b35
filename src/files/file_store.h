#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"

namespace rowcall::files {

/// What is known of a stored file.
struct StoredFile {
  std::string key;
  std::int64_t size_bytes = 0;
  std::string sha256;  ///< Lower-case hex.
};

/// A file on its way in. Nothing of it can be seen under its key until Commit() has returned; a writer that ends
/// without it leaves nothing behind.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  /// Appends. Fails with `unavailable` if the disk is full or broken; then only destruction is allowed.
  virtual async::Task<Result<void>> Write(std::string_view bytes) = 0;
  /// Makes the file durable under its key: bytes, length, digest and name survive a power failure once this returned.
  /// Fails with `conflict` if the key exists already (create-if-absent).
  virtual async::Task<Result<StoredFile>> Commit() = 0;
};

/// A file being read from a byte offset on.
class FileReader {
 public:
  virtual ~FileReader() = default;
  /// The next piece, valid until the next call; "" at the end. Each block's CRC-32C is checked before a byte of it is
  /// given out: fails with `corrupt` and names block and offset if it differs.
  virtual async::Task<Result<std::string_view>> Next() = 0;
};

/// Keeps uploaded and result files exactly, with length, SHA-256 and one CRC-32C per block of 1 MiB. One of the four
/// seams: a local folder today, an object store later, held to the same suite (file_store_conformance.h).
/// Used on one loop's thread at a time per object; the store itself is thread-safe.
class FileStore {
 public:
  virtual ~FileStore() = default;
  /// `key`: 1 to 200 characters of [a-z0-9._-], not starting with a dot. Anything else is `invalid`.
  virtual async::Task<Result<std::unique_ptr<FileWriter>>> Create(std::string key) = 0;
  /// Fails with `not_found`, or with `corrupt` if length or checksums are not whole.
  virtual async::Task<Result<std::unique_ptr<FileReader>>> Open(std::string key, std::int64_t from_offset) = 0;
  virtual async::Task<Result<StoredFile>> Stat(std::string key) = 0;
  /// Gone durably once it returned. Removing what is not there succeeds.
  virtual async::Task<Result<void>> Remove(std::string key) = 0;
};

}  // namespace rowcall::files
