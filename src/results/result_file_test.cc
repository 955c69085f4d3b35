#include "results/result_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "base/clock.h"
#include "base/text.h"
#include "files/local_file_store.h"
#include "job/row_source.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::results {
namespace {

using model::OutcomeKind;

/// A job whose rows have ended as a test says.
class ResultFileTest : public testing::Test {
 protected:
  static constexpr TenantId kTenant{1};

  ResultFileTest() {
    folder_ = std::filesystem::temp_directory_path() / "rowcall-results-XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    files_ = *files::OpenLocalFileStore(folder_, pool_);
    ledger_ = *ledger::OpenSqliteLedger(":memory:", clock_);
  }
  ~ResultFileTest() override { std::filesystem::remove_all(folder_); }

  template <typename T>
  T Run(async::Task<T> task) {
    return async::RunToEnd(loop_, std::move(task));
  }

  /// The rows of `text` end with these, in their order; those that are not named are the rest, cancelled.
  void Load(std::string text, std::vector<model::Outcome> outcomes, model::FileFormat format = model::FileFormat::csv) {
    EXPECT_TRUE(Run(Store(std::move(text), format)));
    EXPECT_TRUE(Run(RecordAll(std::move(outcomes))));
  }

  static model::Outcome Ended(OutcomeKind kind, std::string vendor_id = "") {
    model::Outcome outcome;
    outcome.kind = kind;
    outcome.vendor_id = std::move(vendor_id);
    return outcome;
  }
  static model::Outcome Ended(OutcomeKind kind, model::Reason reason) {
    model::Outcome outcome = Ended(kind);
    outcome.reasons.push_back(std::move(reason));
    return outcome;
  }

  std::string Read(Selection selection, ResultFormat format = ResultFormat::csv) {
    ResultRows rows(*ledger_, *files_, job_, dialect_, {.kinds = KindsOf(selection)});
    const auto file = NewTextFile(std::move(rows), dialect_, format);
    std::string all;
    for (;;) {
      const Result<std::string> piece = Run(file->Next());
      EXPECT_TRUE(piece) << piece.error().message;
      if (!piece || piece->empty()) return all;
      all += *piece;
    }
  }

 private:
  async::Task<Result<void>> Store(std::string text, model::FileFormat format) {
    ASSIGN_OR_CO_RETURN(auto writer, co_await files_->Create("upload-1"));
    CO_RETURN_IF_ERROR(co_await writer->Write(text));
    ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await writer->Commit());
    job_.order.tenant = kTenant;
    job_.order.instance = InstanceId{3};
    job_.order.object = "contact";
    job_.order.metadata_json = "{}";
    job_.order.file.key = stored.key;
    job_.order.file.format = format;
    ASSIGN_OR_CO_RETURN(const auto source, co_await job::RowSource::Open(*files_, job_.order.file));
    for (;;) {
      ASSIGN_OR_CO_RETURN(const std::optional<model::Row> row, co_await source->Next());
      if (!row) break;
      offsets_.push_back(row->byte_offset);
    }
    dialect_ = source->dialect();
    co_return Result<void>();
  }

  async::Task<Result<void>> RecordAll(std::vector<model::Outcome> outcomes) {
    ASSIGN_OR_CO_RETURN(const ledger::CreatedJob created, co_await ledger_->CreateJob(job_.order, {}));
    job_.id = created.id;
    ASSIGN_OR_CO_RETURN(const ledger::Lease lease, co_await ledger_->TakeLease(kTenant, job_.order.instance));
    const ledger::JobStart start{"{}", "", {}, {}};
    CO_RETURN_IF_ERROR(co_await ledger_->StartJob(lease, job_.id, start));
    std::vector<ledger::RowEnd> ends;
    for (model::Outcome& outcome : outcomes) {
      outcome.row = std::ssize(ends) + 1;
      outcome.byte_offset = offsets_[ends.size()];
      ends.push_back({std::move(outcome), {}});
    }
    const auto rows = std::ssize(offsets_);
    CO_RETURN_IF_ERROR(co_await ledger_->RecordOutcomes(lease, job_.id, ends));
    CO_RETURN_IF_ERROR(co_await ledger_->FinishReading(lease, job_.id, rows));
    ledger::FinishOrder finish;
    if (std::ssize(ends) < rows) {
      finish.rest.emplace() = {std::ssize(ends) + 1, rows, Ended(OutcomeKind::cancelled)};
      finish.rest->outcome.byte_offset = offsets_[ends.size()];
    }
    co_return co_await ledger_->FinishJob(lease, job_.id, finish);
  }

  SystemClock clock_;
  async::Loop loop_;
  async::BlockingPool pool_{1};
  std::string folder_;
  std::unique_ptr<files::FileStore> files_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::vector<std::int64_t> offsets_;

 protected:
  model::Job job_;
  formats::Dialect dialect_;
};

model::Reason BadMail() {
  model::Reason reason = model::Because("invalid_email", "This is no e-mail address.", "Write it as name@example.com.");
  reason.column = "mail";
  return reason;
}

TEST_F(ResultFileTest, ItHasTheColumnsOfTheFileInItsOrderAndByteForByteAndOursBehindThem) {
  Load(
      "name\tmail\tnote\n"
      "Ann\tann@x.y\t\"two\nlines\"\n"
      "  Bob \tnot an address\t=1+1\n"
      "Cid\tcid@x.y\t\"say \"\"hi\"\"\"\n",
      {Ended(OutcomeKind::created, "id-1"), Ended(OutcomeKind::rejected, BadMail()),
       Ended(OutcomeKind::updated, "id-3")});
  EXPECT_EQ(Read(Selection::failed),
            "name\tmail\tnote\t_row\t_outcome\t_code\t_reason\t_hint\t_vendor_id\n"
            "\"  Bob \"\tnot an address\t=1+1\t2\trejected\tinvalid_email\tmail: This is no e-mail address.\t"
            "Write it as name@example.com.\t\n");
  EXPECT_EQ(Read(Selection::successful),
            "name\tmail\tnote\t_row\t_outcome\t_code\t_reason\t_hint\t_vendor_id\n"
            "Ann\tann@x.y\t\"two\nlines\"\t1\tcreated\t\t\t\tid-1\n"
            "Cid\tcid@x.y\t\"say \"\"hi\"\"\"\t3\tupdated\t\t\t\tid-3\n");
}

TEST_F(ResultFileTest, AFileFromASpreadsheetIsGivenBackAsSpreadsheetsReadIt) {
  const std::string ours = ",_row,_outcome,_code,_reason,_hint,_vendor_id\n";
  Load("\xEF\xBB\xBFmail,name\na@x.y,J\xC3\xB6rg\n", {Ended(OutcomeKind::failed)});
  EXPECT_EQ(Read(Selection::failed), "\xEF\xBB\xBFmail,name" + ours + "a@x.y,J\xC3\xB6rg,1,failed,,,,\n");
  EXPECT_EQ(Read(Selection::failed, ResultFormat::jsonl).front(), '{');
}

TEST_F(ResultFileTest, AFileInAnotherEncodingIsGivenBackInUtf8ThatSaysSo) {
  Load("mail,name\na@x.y,J\xF6rg\n", {Ended(OutcomeKind::failed)});
  EXPECT_TRUE(Read(Selection::failed).starts_with("\xEF\xBB\xBFmail,name,_row,"));
  EXPECT_NE(Read(Selection::failed).find("J\xC3\xB6rg"), std::string::npos);
}

TEST_F(ResultFileTest, EveryRowIsInExactlyOneOfThreeFilesAndInTheFileOfAll) {
  std::string csv = "mail,n\n";
  std::vector<model::Outcome> outcomes;
  for (int i = 0; i < 3 * std::ssize(model::kAllOutcomes); ++i) {
    csv += fmt::format("p{}@x.y,{}\n", i, i);
    outcomes.push_back(Ended(model::kAllOutcomes.at(static_cast<std::size_t>(i) % model::kAllOutcomes.size())));
  }
  csv += "last@x.y,24\n";
  Load(csv, std::move(outcomes));
  std::map<std::string, int> times;
  for (const Selection selection : {Selection::successful, Selection::failed, Selection::unprocessed}) {
    const std::string file = Read(selection, ResultFormat::jsonl);
    for (const std::string_view line : Split(file, '\n')) ++times[std::string(line)];
  }
  times.erase("");
  EXPECT_EQ(times.size(), 25u);
  for (const auto& [line, count] : times) EXPECT_EQ(count, 1) << line;
  const std::string all = Read(Selection::all, ResultFormat::jsonl);
  EXPECT_EQ(std::ranges::count(all, '\n'), 25);
  RowNumber row = 0;
  for (const std::string_view line : Split(all, '\n')) {
    if (line.empty()) continue;
    EXPECT_TRUE(times.contains(std::string(line))) << line;
    EXPECT_NE(line.find(fmt::format("\"_row\":{},", ++row)), std::string::npos) << line;
  }
}

TEST_F(ResultFileTest, RowsOfJsonGetTheirTexts) {
  Load("{\"mail\":\"ann@x.y\",\"age\":7}\n{\"mail\":\"é\",\"age\":null}\n",
       {Ended(OutcomeKind::created, "id-1"), Ended(OutcomeKind::failed, BadMail())}, model::FileFormat::json);
  EXPECT_EQ(Read(Selection::all, ResultFormat::jsonl),
            "{\"mail\":\"ann@x.y\",\"age\":\"7\",\"_row\":1,\"_outcome\":\"created\",\"_code\":\"\",\"_reason\":\"\","
            "\"_hint\":\"\",\"_vendor_id\":\"id-1\"}\n"
            "{\"mail\":\"é\",\"age\":\"\",\"_row\":2,\"_outcome\":\"failed\",\"_code\":\"invalid_email\",\"_reason\":"
            "\"mail: This is no e-mail address.\",\"_hint\":\"Write it as name@example.com.\",\"_vendor_id\":\"\"}\n");
}

TEST_F(ResultFileTest, ColumnsOfAnEarlierResultAreLeftOut) {
  Load("mail,_row,_reason,name\nann@x.y,7,old words,Ann\n", {Ended(OutcomeKind::created, "id-1")});
  EXPECT_EQ(Read(Selection::all),
            "mail,name,_row,_outcome,_code,_reason,_hint,_vendor_id\nann@x.y,Ann,1,created,,,,id-1\n");
}

TEST_F(ResultFileTest, TheServicesOwnWordsAndAllReasonsAreTold) {
  model::Reason refused = model::Because("refused", "The service refused it.");
  refused.service_message = "plan limit";
  refused.service_request_id = "req-9";
  model::Outcome outcome = Ended(OutcomeKind::failed, BadMail());
  outcome.reasons.push_back(refused);
  model::Reason warning = model::Because("odd", "An odd value.");
  warning.warning = true;
  outcome.reasons.insert(outcome.reasons.begin(), warning);
  const auto [kind, code, reasons, hint, vendor_id] = Tell(outcome);
  EXPECT_EQ(kind, "failed");
  EXPECT_EQ(code, "invalid_email");
  EXPECT_EQ(reasons,
            "mail: This is no e-mail address. The service refused it. (The service: plan limit; request req-9) An odd "
            "value.");
  EXPECT_EQ(hint, "Write it as name@example.com.");
  EXPECT_EQ(vendor_id, "");
}

TEST(ResultFileNameTest, ANameIsASelectionAndAFormat) {
  for (const ResultFileName& name : AllResultFiles()) {
    const auto read = ReadResultFileName(FileName(name));
    ASSERT_TRUE(read);
    EXPECT_EQ(FileName(*read), FileName(name));
  }
  EXPECT_EQ(ReadResultFileName("faild.csv").error().hint, "Did you mean \"failed.csv\"?");
  EXPECT_EQ(ReadResultFileName("").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace rowcall::results
