#pragma once

#include <memory>
#include <string>

#include "async/blocking_pool.h"
#include "base/crypto.h"
#include "files/file_store.h"
#include "files/folder.h"
#include "files/trailer.h"

namespace rowcall::files {

/// A stored file, open, with the trailer that was read and checked. Its calls block.
struct Input {
  /// Fails with `not_found`, `corrupt`, `unavailable`.
  static Result<Input> Open(const Folder& folder, const std::string& key);
  /// Puts block `block` into `bytes` and compares it with its checksum.
  Result<void> ReadBlock(std::size_t block, std::string& bytes) const;

  std::string key;
  OpenFile file;
  Trailer trailer;
};

class LocalFileReader final : public FileReader {
 public:
  LocalFileReader(Input input, std::int64_t from_offset, async::BlockingPool& pool);

  async::Task<Result<std::string_view>> Next() override;

 private:
  /// What the call on the pool works with.
  struct State {
    /// Brings block `number` in; at the end of a whole reading the digest is compared too.
    Result<void> ReadBlock(std::size_t number);

    Input input;
    std::string block;
    std::unique_ptr<Sha256> digest;  ///< Of what was read so far; null where the start is left out.
  };

  const std::shared_ptr<State> state_;  // owners: this reader and the call on the pool that works for it
  std::int64_t offset_;
  async::BlockingPool& pool_;
};

}  // namespace rowcall::files
