#include "files/local_file_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "files/folder.h"
#include "files/local_file_reader.h"
#include "files/local_file_writer.h"

namespace rowcall::files {

namespace {

constexpr std::size_t kMaxKeyLength = 200;

Result<void> CheckKey(std::string_view key) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (!key.empty() && key.size() <= kMaxKeyLength && key.front() != '.' &&
      std::all_of(key.begin(), key.end(), allowed)) {
    return {};
  }
  return Fail(ErrorKind::invalid, "This is no key for a stored file.",
              "A key has 1 to 200 characters of a-z, 0-9, dot, underscore and hyphen, and does not start with a dot.");
}

class LocalFileStore final : public FileStore {
 public:
  LocalFileStore(Folder folder, async::BlockingPool& pool)
      : folder_(std::make_shared<const Folder>(std::move(folder))), pool_(pool) {}

  async::Task<Result<std::unique_ptr<FileWriter>>> Create(std::string key) override {
    CO_RETURN_IF_ERROR(CheckKey(key));
    std::move_only_function<Result<std::unique_ptr<Output>>()> make = [folder = folder_] {
      return Output::Make(folder);
    };
    ASSIGN_OR_CO_RETURN(auto output, co_await pool_.Run<Result<std::unique_ptr<Output>>>(std::move(make)));
    co_return std::make_unique<LocalFileWriter>(std::move(key), std::move(output), pool_);
  }

  async::Task<Result<std::unique_ptr<FileReader>>> Open(std::string key, std::int64_t from_offset) override {
    ASSIGN_OR_CO_RETURN(Input input, co_await OpenInput(std::move(key)));
    if (from_offset < 0 || from_offset > input.trailer.size_bytes) {
      co_return Fail(ErrorKind::invalid,
                     fmt::format("The stored file \"{}\" has {} bytes; it cannot be read from byte {} on.", input.key,
                                 input.trailer.size_bytes, from_offset));
    }
    co_return std::make_unique<LocalFileReader>(std::move(input), from_offset, pool_);
  }

  async::Task<Result<StoredFile>> Stat(std::string key) override {
    ASSIGN_OR_CO_RETURN(const Input input, co_await OpenInput(std::move(key)));
    co_return StoredFile{input.key, input.trailer.size_bytes, Hex(Bytes(input.trailer.sha256))};
  }

  async::Task<Result<void>> Remove(std::string key) override {
    CO_RETURN_IF_ERROR(CheckKey(key));
    std::move_only_function<Result<void>()> remove = [folder = folder_, key = std::move(key)]() -> Result<void> {
      RETURN_IF_ERROR(folder->Remove(key));
      return folder->Sync();  // also if it was gone: who removed it may have died before making that durable
    };
    co_return co_await pool_.Run<Result<void>>(std::move(remove));
  }

 private:
  async::Task<Result<Input>> OpenInput(std::string key) {
    CO_RETURN_IF_ERROR(CheckKey(key));
    std::move_only_function<Result<Input>()> open = [folder = folder_, key = std::move(key)] {
      return Input::Open(*folder, key);
    };
    co_return co_await pool_.Run<Result<Input>>(std::move(open));
  }

  const std::shared_ptr<const Folder> folder_;  // owners: this store, its writers, calls on the pool
  async::BlockingPool& pool_;
};

Result<void> RemoveLeftOvers(const std::filesystem::path& path, const Folder& folder) {
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(path, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    const std::string name = file->path().filename().string();
    if (name.starts_with(kTemporaryPrefix)) RETURN_IF_ERROR(folder.Remove(name));
  }
  if (!error) return {};
  return Fail(ErrorKind::unavailable,
              fmt::format("The file store cannot list the folder {}: {}.", path.string(), error.message()));
}

}  // namespace

Result<std::unique_ptr<FileStore>> OpenLocalFileStore(const std::filesystem::path& path, async::BlockingPool& pool) {
  ASSIGN_OR_RETURN(Folder folder, Folder::Open(path));
  RETURN_IF_ERROR(RemoveLeftOvers(path, folder));
  return std::make_unique<LocalFileStore>(std::move(folder), pool);
}

}  // namespace rowcall::files
