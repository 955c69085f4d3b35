#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/blocking_pool.h"
#include "files/file_store.h"
#include "files/folder.h"
#include "files/trailer.h"

namespace rowcall::files {

/// What names of files on their way in begin with.
inline constexpr std::string_view kTemporaryPrefix = ".tmp-";

/// The file on the disk that a writer fills. Used by one call on the pool at a time, or by its destructor.
class Output {
 public:
  static Result<std::unique_ptr<Output>> Make(std::shared_ptr<const Folder> folder);
  Output(std::shared_ptr<const Folder> folder, OpenFile file, std::string temporary_name);
  ~Output();  ///< Removes the file unless it was committed.

  Result<void> Append(std::string_view bytes);
  Result<StoredFile> Commit(const std::string& key);

 private:
  const std::shared_ptr<const Folder> folder_;  // owners: the store, its writers and readers, calls on the pool
  OpenFile file_;
  const std::string temporary_name_;
  TrailerBuilder trailer_;
  bool committed_ = false;
};

/// Gathers small pieces in one buffer while the pool hashes and writes the other.
class LocalFileWriter final : public FileWriter {
 public:
  LocalFileWriter(std::string key, std::unique_ptr<Output> output, async::BlockingPool& pool);

  async::Task<Result<void>> Write(std::string_view bytes) override;
  async::Task<Result<StoredFile>> Commit() override;

 private:
  struct HandedOver;

  async::Task<Result<void>> HandOver();
  async::Task<Result<void>> Settle();

  const std::string key_;
  async::BlockingPool& pool_;
  std::string gathered_;
  const std::shared_ptr<HandedOver> handed_over_;  // owners: this writer and the call on the pool that works for it
  std::optional<async::OneShot<Result<void>>> under_way_;
};

}  // namespace rowcall::files
