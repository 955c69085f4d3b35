#include "results/undo_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "base/clock.h"
#include "files/local_file_store.h"
#include "job/row_source.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::results {
namespace {

using model::OutcomeKind;

class UndoFileTest : public testing::Test {
 protected:
  UndoFileTest() {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    files_ = *files::OpenLocalFileStore(folder_, pool_);
    ledger_ = *ledger::OpenSqliteLedger(":memory:", clock_);
  }
  ~UndoFileTest() override { std::filesystem::remove_all(folder_); }

  async::Task<Result<std::string>> Store(std::string key, std::string text) {
    ASSIGN_OR_CO_RETURN(const auto writer, co_await files_->Create(key));
    CO_RETURN_IF_ERROR(co_await writer->Write(text));
    CO_RETURN_IF_ERROR(co_await writer->Commit());
    co_return key;
  }

  /// A job whose rows were all created.
  async::Task<Result<model::Job>> Load(std::string text) {
    model::Job job;
    job.order.tenant = TenantId{1};
    job.order.instance = InstanceId{3};
    job.order.object = "contact";
    job.order.metadata_json = "{}";
    ASSIGN_OR_CO_RETURN(job.order.file.key, co_await Store("loaded", std::move(text)));
    ASSIGN_OR_CO_RETURN(const auto source, co_await job::RowSource::Open(*files_, job.order.file));
    ASSIGN_OR_CO_RETURN(const ledger::CreatedJob created, co_await ledger_->CreateJob(job.order, {}));
    job.id = created.id;
    ASSIGN_OR_CO_RETURN(const ledger::Lease lease, co_await ledger_->TakeLease(job.order.tenant, job.order.instance));
    const ledger::JobStart start{"{}", "", {}, {}};
    CO_RETURN_IF_ERROR(co_await ledger_->StartJob(lease, job.id, start));
    std::vector<ledger::RowEnd> ends;
    for (;;) {
      ASSIGN_OR_CO_RETURN(const std::optional<model::Row> row, co_await source->Next());
      if (!row) break;
      model::Outcome outcome;
      outcome.row = row->number;
      outcome.byte_offset = row->byte_offset;
      outcome.kind = OutcomeKind::created;
      ends.push_back({std::move(outcome), {}});
    }
    CO_RETURN_IF_ERROR(co_await ledger_->RecordOutcomes(lease, job.id, ends));
    dialect_ = source->dialect();
    co_return job;
  }

  /// The file of its undo: how many rows were written, and its text.
  async::Task<Result<std::pair<std::int64_t, std::string>>> Undo(const model::Job& job) {
    ASSIGN_OR_CO_RETURN(const auto writer, co_await files_->Create("undo"));
    ResultRows rows(*ledger_, *files_, job, dialect_, {});
    ASSIGN_OR_CO_RETURN(const std::int64_t count, co_await WriteLastFirst(std::move(rows), dialect_, ResultFormat::csv,
                                                                          *files_, "scratch", *writer));
    CO_RETURN_IF_ERROR(co_await writer->Commit());
    ASSIGN_OR_CO_RETURN(const auto reader, co_await files_->Open("undo", 0));
    std::string text;
    for (;;) {
      ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await reader->Next());
      if (piece.empty()) break;
      text += piece;
    }
    co_return std::pair(count, text);
  }

  template <typename T>
  T Run(async::Task<T> task) {
    return async::RunToEnd(loop_, std::move(task));
  }

  std::string folder_ = std::filesystem::temp_directory_path() / "rowcall-undo-XXXXXX";
  SystemClock clock_;
  async::BlockingPool pool_{1};
  async::Loop loop_;
  std::unique_ptr<files::FileStore> files_;
  std::unique_ptr<ledger::Ledger> ledger_;
  formats::Dialect dialect_;
};

TEST_F(UndoFileTest, TheLastRowComesFirstAndARowOfSeveralLinesStaysWhole) {
  const model::Job job = *Run(Load("mail,name\na,\"two\nlines\"\nb,B\n"));
  const auto [count, text] = *Run(Undo(job));
  EXPECT_EQ(count, 2);
  EXPECT_EQ(text,
            "mail,name,_row,_outcome,_code,_reason,_hint,_vendor_id\n"
            "b,B,2,created,,,,\n"
            "a,\"two\nlines\",1,created,,,,\n");
}

TEST_F(UndoFileTest, AFileOfManyBlocksIsTurnedRoundAsAWholeAndNothingElseStays) {
  constexpr int kRows = 12'000;
  std::string file = "mail,name\n";
  for (int i = 1; i <= kRows; ++i) file += std::to_string(i) + "," + std::string(1'000, 'x') + "\n";
  const model::Job job = *Run(Load(file));
  const auto [count, text] = *Run(Undo(job));
  EXPECT_EQ(count, kRows);
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  for (int i = kRows; i >= 1; --i) {
    ASSERT_TRUE(std::getline(lines, line));
    ASSERT_TRUE(line.starts_with(std::to_string(i) + ",x")) << i;
  }
  EXPECT_FALSE(std::getline(lines, line));
  EXPECT_EQ(Run(files_->Stat("scratch")).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace rowcall::results
