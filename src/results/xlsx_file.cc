#include "results/xlsx_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "model/result_columns.h"

namespace rowcall::results {

namespace {

constexpr std::size_t kBatchOfRows = 200;
constexpr std::size_t kRead = 64 * 1024;

/// The file behind it, and the library's view of it. Its calls block.
class Workbook {
 public:
  Workbook(std::string folder, WallTime made_at, std::vector<std::string> columns)
      : folder_(std::move(folder)), made_at_(made_at), columns_(std::move(columns)) {}
  ~Workbook() {
    // Closing is the library's only way to give back what it holds.
    if (book_ != nullptr) static_cast<void>(workbook_close(book_));
    if (fd_ >= 0) close(fd_);
  }
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  Result<void> Add(const std::vector<ResultRow>& rows, const std::vector<std::size_t>& sent) {
    if (book_ == nullptr) RETURN_IF_ERROR(Begin());
    for (const ResultRow& row : rows) RETURN_IF_ERROR(AddRow(row, sent));
    return {};
  }

  Result<void> Finish() {
    if (book_ == nullptr) RETURN_IF_ERROR(Begin());
    const lxw_error error = workbook_close(std::exchange(book_, nullptr));
    if (error != LXW_NO_ERROR) return Failed(error);
    // It was written under the descriptor's own name, by another open file.
    if (lseek(fd_, 0, SEEK_SET) == 0) return {};
    return Fail(ErrorKind::unavailable, std::string("The spreadsheet cannot be read back: ") + std::strerror(errno));
  }

  Result<std::string> Read() {
    std::string piece(kRead, '\0');
    const ssize_t count = read(fd_, piece.data(), piece.size());
    if (count < 0) {
      return Fail(ErrorKind::unavailable, std::string("The spreadsheet cannot be read back: ") + std::strerror(errno));
    }
    piece.resize(static_cast<std::size_t>(count));
    return piece;
  }

 private:
  Result<void> Begin() {
    fd_ = open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ < 0) {
      return Fail(errno == ENOSPC ? ErrorKind::no_space : ErrorKind::unavailable,
                  folder_ + ": no file can be made there: " + std::strerror(errno));
    }
    lxw_workbook_options options{};
    options.constant_memory = 1;
    options.tmpdir = folder_.data();
    options.use_zip64 = 1;
    book_ = workbook_new_opt(fmt::format("/proc/self/fd/{}", fd_).c_str(), &options);
    if (book_ == nullptr) return Failed(LXW_ERROR_MEMORY_MALLOC_FAILED);
    lxw_doc_properties properties{};
    properties.created = std::chrono::system_clock::to_time_t(made_at_);
    workbook_set_properties(book_, &properties);
    return BeginSheet();
  }

  Result<void> BeginSheet() {
    sheet_ = workbook_add_worksheet(book_, nullptr);
    if (sheet_ == nullptr) return Failed(LXW_ERROR_MEMORY_MALLOC_FAILED);
    line_ = 0;
    lxw_col_t at = 0;
    for (const std::string& column : columns_) RETURN_IF_ERROR(Put(at++, column, 0));
    worksheet_freeze_panes(sheet_, 1, 0);
    ++line_;
    return {};
  }

  Result<void> AddRow(const ResultRow& row, const std::vector<std::size_t>& sent) {
    if (line_ == LXW_ROW_MAX) RETURN_IF_ERROR(BeginSheet());
    lxw_col_t at = 0;
    for (const std::size_t column : sent) {
      RETURN_IF_ERROR(Put(at++, std::string(CellOf(row.row, column)), row.outcome.row));
    }
    worksheet_write_number(sheet_, line_, at++, static_cast<double>(row.outcome.row), nullptr);
    for (const std::string& text : Tell(row.outcome)) RETURN_IF_ERROR(Put(at++, text, row.outcome.row));
    ++line_;
    return {};
  }

  /// `row` 0: of the header.
  Result<void> Put(lxw_col_t at, const std::string& text, RowNumber row) {
    if (text.empty()) return {};
    const lxw_error error = worksheet_write_string(sheet_, line_, at, text.c_str(), nullptr);
    if (error == LXW_NO_ERROR) return {};
    if (error == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED) {
      return Fail(ErrorKind::invalid,
                  fmt::format("Row {}, column \"{}\": the text is longer than a spreadsheet's cell can be.", row,
                              columns_.at(at)),
                  "Take the file as .csv or .jsonl.");
    }
    return Failed(error);
  }

  static std::unexpected<Error> Failed(lxw_error error) {
    return Fail(ErrorKind::unavailable, std::string("The spreadsheet cannot be written: ") + lxw_strerror(error));
  }

  std::string folder_;
  const WallTime made_at_;
  const std::vector<std::string> columns_;
  int fd_ = -1;
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
  lxw_row_t line_ = 0;
};

/// See NewXlsxFile().
class XlsxFile final : public ResultFile {
 public:
  XlsxFile(ResultRows rows, std::vector<std::size_t> sent, async::BlockingPool& pool,
           std::unique_ptr<Workbook> workbook)
      : rows_(std::move(rows)), sent_(std::move(sent)), pool_(pool), workbook_(std::move(workbook)) {}

  ~XlsxFile() override {
    // To give up a half-made one can take as long as to end it.
    pool_.Post([workbook = std::move(workbook_)]() mutable { workbook.reset(); });
  }
  XlsxFile(const XlsxFile&) = delete;
  XlsxFile& operator=(const XlsxFile&) = delete;

  async::Task<Result<std::string>> Next() override {
    if (!std::exchange(is_made_, true)) CO_RETURN_IF_ERROR(co_await Make());
    std::move_only_function<Result<std::string>()> read = [this] { return workbook_->Read(); };
    co_return co_await pool_.Run<Result<std::string>>(std::move(read));
  }

 private:
  async::Task<Result<void>> Make() {
    bool at_end = false;
    while (!at_end) {
      std::vector<ResultRow> batch;
      while (batch.size() < kBatchOfRows && !at_end) {
        ASSIGN_OR_CO_RETURN(std::optional<ResultRow> row, co_await rows_.Next());
        at_end = !row;
        if (row) batch.push_back(*std::move(row));
      }
      std::move_only_function<Result<void>()> add = [&] { return workbook_->Add(batch, sent_); };
      CO_RETURN_IF_ERROR(co_await pool_.Run<Result<void>>(std::move(add)));
    }
    std::move_only_function<Result<void>()> finish = [this] { return workbook_->Finish(); };
    co_return co_await pool_.Run<Result<void>>(std::move(finish));
  }

  ResultRows rows_;
  const std::vector<std::size_t> sent_;
  async::BlockingPool& pool_;
  std::unique_ptr<Workbook> workbook_;
  bool is_made_ = false;
};

}  // namespace

std::unique_ptr<ResultFile> NewXlsxFile(ResultRows rows, const formats::Dialect& dialect, async::BlockingPool& pool,
                                        std::string scratch_folder, WallTime made_at) {
  std::vector<std::size_t> sent = ColumnsSent(dialect.header);
  std::vector<std::string> columns;
  for (const std::size_t column : sent) columns.push_back(dialect.header[column]);
  for (const std::string_view column : model::kResultColumns) columns.emplace_back(column);
  auto workbook = std::make_unique<Workbook>(std::move(scratch_folder), made_at, std::move(columns));
  return std::make_unique<XlsxFile>(std::move(rows), std::move(sent), pool, std::move(workbook));
}

}  // namespace rowcall::results
