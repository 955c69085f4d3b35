#include "results/page.h"

#include <gtest/gtest.h>

#include <map>

#include "async/loop.h"
#include "base/clock.h"
#include "ledger/sqlite_ledger.h"
#include "results/causes.h"
#include "wire/outcome.h"

namespace rowcall::results {
namespace {

TEST(PageOrderTest, TheDefaultIsTwoHundredFromTheStart) {
  const auto order = ReadPageOrder("", "");
  ASSERT_TRUE(order);
  EXPECT_EQ(order->size, 200u);
  EXPECT_EQ(BeginsBehind(*order, 7), 0);
}

TEST(PageOrderTest, ASizeOutsideItsLimitsIsRefused) {
  for (const std::string_view size : {"0", "5001", "-1", "ten", "1.5", "99999999999999999999", " 5"}) {
    EXPECT_FALSE(ReadPageOrder(size, "")) << size;
  }
  EXPECT_EQ(ReadPageOrder("1", "")->size, 1u);
  EXPECT_EQ(ReadPageOrder("5000", "")->size, 5000u);
}

TEST(PageOrderTest, ATokenIsGoodForItsOwnListOnly) {
  const auto order = ReadPageOrder("", NextToken(7, 200));
  EXPECT_EQ(BeginsBehind(*order, 7), 200);
  EXPECT_FALSE(BeginsBehind(*order, 8));
  for (const std::string_view token : {"7", "7-", "-200", "7-200-1", "x-200", "7-x", "7--200"}) {
    EXPECT_FALSE(BeginsBehind(*ReadPageOrder("", token), 7)) << token;
  }
}

TEST(OutcomeListTest, AWordThatIsNoOutcomeIsRefusedWithItsNeighbour) {
  EXPECT_EQ(ReadOutcomeList("")->size(), 0u);
  EXPECT_EQ(ReadOutcomeList("failed, rejected"),
            (std::vector{model::OutcomeKind::failed, model::OutcomeKind::rejected}));
  const auto wrong = ReadOutcomeList("failde");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().hint, "Did you mean \"failed\"?");
}

/// A job of seven rows in a ledger in memory: 1 created, 2 rejected, 3 failed, 4 created but incomplete, 5 unresolved,
/// 6 and 7 cancelled.
class PageTest : public testing::Test {
 protected:
  static constexpr TenantId kTenant{1};

  PageTest() : ledger_(*ledger::OpenSqliteLedger(":memory:", clock_)) { Run(Fill()); }

  template <typename T>
  T Run(async::Task<T> task) {
    return async::RunToEnd(loop_, std::move(task));
  }

  async::Task<bool> Fill() {
    model::JobOrder order;
    order.tenant = kTenant;
    order.instance = InstanceId{3};
    order.object = "contact";
    order.metadata_json = "{}";
    order.file.key = "upload-1";
    job_ = (co_await ledger_->CreateJob(order, {}))->id;
    const ledger::Lease lease = *co_await ledger_->TakeLease(order.tenant, order.instance);
    const ledger::JobStart start{"{}", "", {}, {}};
    EXPECT_TRUE(co_await ledger_->StartJob(lease, job_, start));
    for (RowNumber row = 1; row <= 5; ++row) {
      ledger::WindowOrder window;
      window.window.first = window.window.last = row;
      window.next = ledger::RowPlace{row + 1, row * 100};
      const WindowId id = *co_await ledger_->OpenWindow(lease, job_, window);
      const std::vector rows(1, ledger::RowEnd{OutcomeOf(row), id});
      EXPECT_TRUE(co_await ledger_->RecordOutcomes(lease, job_, rows));
    }
    EXPECT_TRUE(co_await ledger_->FinishReading(lease, job_, 7));
    ledger::FinishOrder finish;
    finish.status = model::JobStatus::cancelled;
    finish.rest.emplace() = {6, 7, {}};
    finish.rest->outcome.kind = model::OutcomeKind::cancelled;
    EXPECT_TRUE(co_await ledger_->FinishJob(lease, job_, finish));
    co_return true;
  }

  static model::Outcome OutcomeOf(RowNumber row) {
    static const std::map<RowNumber, model::OutcomeKind> kKinds = {
        {1, model::OutcomeKind::created}, {2, model::OutcomeKind::rejected},   {3, model::OutcomeKind::failed},
        {4, model::OutcomeKind::created}, {5, model::OutcomeKind::unresolved},
    };
    model::Outcome outcome;
    outcome.row = row;
    outcome.byte_offset = row * 100;
    outcome.kind = kKinds.at(row);
    model::Reason reason;
    reason.code = "because";
    reason.message = "Row " + std::to_string(row) + ".";
    if (model::IsFailure(outcome.kind)) outcome.reasons.push_back(reason);
    if (row == 4) outcome.incomplete.push_back({"attach", reason});
    return outcome;
  }

  static std::vector<RowNumber> RowsIn(const Page& page) {
    std::vector<RowNumber> rows;
    for (const model::Outcome& outcome : *wire::ParseOutcomes(page.json)) rows.push_back(outcome.row);
    return rows;
  }

  async::Loop loop_;
  FakeClock clock_;
  std::unique_ptr<ledger::Ledger> ledger_;
  JobId job_;
};

TEST_F(PageTest, ErrorsAreTheRowsThatWantAttentionOnceEach) {
  const auto page = Run(ErrorsPage(*ledger_, kTenant, job_, {}));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(RowsIn(*page), (std::vector<RowNumber>{2, 3, 4, 5}));
  EXPECT_EQ(page->count, 4u);
  EXPECT_EQ(page->next_token, "");
}

TEST_F(PageTest, TokensLeadThroughAllPagesAndTheLastHasNone) {
  std::vector<RowNumber> rows;
  std::vector<std::size_t> counts;
  PageOrder order{3, ""};
  do {
    const auto page = Run(ErrorsPage(*ledger_, kTenant, job_, order));
    ASSERT_TRUE(page) << page.error().message;
    for (const RowNumber row : RowsIn(*page)) rows.push_back(row);
    counts.push_back(page->count);
    order.token = page->next_token;
  } while (!order.token.empty());
  EXPECT_EQ(rows, (std::vector<RowNumber>{2, 3, 4, 5}));
  EXPECT_EQ(counts, (std::vector<std::size_t>{3, 1}));
}

TEST_F(PageTest, APageThatEndsWithTheListHasNoToken) {
  const auto page = Run(ErrorsPage(*ledger_, kTenant, job_, {4, ""}));
  EXPECT_EQ(page->count, 4u);
  EXPECT_EQ(page->next_token, "");
}

TEST_F(PageTest, RowsAreFilteredByOutcomeAndRangesAreSpelledOut) {
  EXPECT_EQ(RowsIn(*Run(RowsPage(*ledger_, kTenant, job_, {}, {}))), (std::vector<RowNumber>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(RowsIn(*Run(RowsPage(*ledger_, kTenant, job_, {.kinds = {model::OutcomeKind::cancelled}}, {}))),
            (std::vector<RowNumber>{6, 7}));
}

TEST_F(PageTest, ATokenOfAnotherJobIsRefused) {
  const auto page = Run(ErrorsPage(*ledger_, kTenant, job_, {3, NextToken(job_.value + 1, 2)}));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::invalid);
}

TEST_F(PageTest, LikeFailuresAreOneCauseAndTheLargestComesFirst) {
  const auto causes = Run(CausesOf(*ledger_, kTenant, job_));
  ASSERT_TRUE(causes) << causes.error().message;
  ASSERT_EQ(causes->size(), 4u);  // rejected, failed, unresolved, and created but incomplete
  std::string json;
  WriteCauses(json, {causes->front()});
  EXPECT_EQ(json, R"([{"rows":1,"firstRow":2,"outcome":"rejected","code":"because","message":"Row 2."}])");
}

}  // namespace
}  // namespace rowcall::results
