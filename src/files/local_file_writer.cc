#include "files/local_file_writer.h"

#include <utility>

#include "base/crypto.h"
#include "base/failpoint.h"

namespace rowcall::files {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

}  // namespace

Result<std::unique_ptr<Output>> Output::Make(std::shared_ptr<const Folder> folder) {
  std::string name = std::string(kTemporaryPrefix) + Hex(RandomBytes(16));
  ASSIGN_OR_RETURN(OpenFile file, folder->Make(name));
  return std::make_unique<Output>(std::move(folder), std::move(file), std::move(name));
}

Output::Output(std::shared_ptr<const Folder> folder, OpenFile file, std::string temporary_name)
    : folder_(std::move(folder)), file_(std::move(file)), temporary_name_(std::move(temporary_name)) {}

Output::~Output() {
  // If the file stays behind, the next opening of the store removes it.
  if (!committed_) static_cast<void>(folder_->Remove(temporary_name_));
}

Result<void> Output::Append(std::string_view bytes) {
  trailer_.Append(bytes);
  return file_.Append(bytes);
}

Result<StoredFile> Output::Commit(const std::string& key) {
  const Trailer trailer = trailer_.Finish();
  RETURN_IF_ERROR(file_.Append(WriteTrailer(trailer)));
  Failpoint("file.written");
  RETURN_IF_ERROR(file_.Sync());
  Failpoint("file.flushed");
  RETURN_IF_ERROR(folder_->Rename(temporary_name_, key));
  Failpoint("file.renamed");
  committed_ = true;
  if (Result<void> synced = folder_->Sync(); !synced) {
    static_cast<void>(folder_->Remove(key));  // the caller was promised nothing; the failure to report is the first
    return Failed(std::move(synced));
  }
  return StoredFile{key, trailer.size_bytes, Hex(Bytes(trailer.sha256))};
}

struct LocalFileWriter::HandedOver {
  std::unique_ptr<Output> output;
  std::string bytes;
};

LocalFileWriter::LocalFileWriter(std::string key, std::unique_ptr<Output> output, async::BlockingPool& pool)
    : key_(std::move(key)),
      pool_(pool),
      handed_over_(std::make_shared<HandedOver>(HandedOver{std::move(output), {}})) {}

async::Task<Result<void>> LocalFileWriter::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kBufferBytes - gathered_.size());
    gathered_.append(part);
    bytes.remove_prefix(part.size());
    if (gathered_.size() == kBufferBytes) CO_RETURN_IF_ERROR(co_await HandOver());
  }
  co_return Result<void>();
}

async::Task<Result<StoredFile>> LocalFileWriter::Commit() {
  CO_RETURN_IF_ERROR(co_await HandOver());
  CO_RETURN_IF_ERROR(co_await Settle());
  std::move_only_function<Result<StoredFile>()> commit = [mine = handed_over_, key = key_] {
    return mine->output->Commit(key);
  };
  co_return co_await pool_.Run<Result<StoredFile>>(std::move(commit));
}

async::Task<Result<void>> LocalFileWriter::HandOver() {
  CO_RETURN_IF_ERROR(co_await Settle());
  std::swap(gathered_, handed_over_->bytes);
  gathered_.clear();
  gathered_.reserve(kBufferBytes);
  under_way_.emplace();
  pool_.Post([mine = handed_over_, done = *under_way_]() mutable { done.Set(mine->output->Append(mine->bytes)); });
  co_return Result<void>();
}

async::Task<Result<void>> LocalFileWriter::Settle() {
  if (!under_way_) co_return Result<void>();
  Result<void> result = co_await under_way_->Wait();
  under_way_.reset();
  co_return result;
}

}  // namespace rowcall::files
