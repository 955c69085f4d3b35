#pragma once

// Rules about the purge of jobs that have ended. See ledger_conformance.h.

#include "ledger/ledger_conformance.h"

namespace rowcall::ledger {

class RetentionConformance : public LedgerConformance {
 protected:
  /// A job of so many rows that has ended; of each row something is told.
  JobId EndedJob(RowNumber rows, const FinishOrder& finish = {}) {
    const JobId job = StartedJob();
    End(job, rows, finish);
    return job;
  }
  void End(JobId job, RowNumber rows, const FinishOrder& finish = {}) {
    for (RowNumber row = 1; row <= rows; ++row) {
      model::Outcome outcome = AnOutcome(row, model::OutcomeKind::failed);
      model::Reason reason;
      reason.message = "said of a cell";
      outcome.reasons.push_back(reason);
      Record(job, outcome);
    }
    Must(ledger().FinishReading(lease_, job, rows));
    Must(ledger().FinishJob(lease_, job, finish));
  }
  JobId RetryOf(JobId of, JobId root, std::size_t known) {
    model::JobOrder order = AnOrder();
    order.retry_of = of;
    order.retry_root = root;
    Submission submission;
    submission.retries_known = known;
    const JobId retry = Must(ledger().CreateJob(order, submission)).id;
    Must(ledger().StartJob(lease_, retry, {"{}", "", {}, {}}));
    return retry;
  }
  std::vector<JobId> Due(WallTime ended_by = WallTime::max()) {
    std::vector<JobId> jobs;
    for (const JobName& name : Must(ledger().JobsToPurge(ended_by, 100))) jobs.push_back(name.job);
    return jobs;
  }
  std::vector<JobId> ToForget(WallTime ended_by = WallTime::max()) {
    std::vector<JobId> jobs;
    for (const JobName& name : Must(ledger().JobsToForget(ended_by, 100))) jobs.push_back(name.job);
    return jobs;
  }
  void Purge(JobId job) {
    Must(ledger().BeginPurge(kTenant, job));
    while (Must(ledger().PurgeSlice(kTenant, job, 1'000)) > 0) {
    }
    Must(ledger().EndPurge(kTenant, job));
  }
  void ExpectKept(JobId job) {
    EXPECT_EQ(Due(), std::vector<JobId>{});
    EXPECT_EQ(Refused(ledger().BeginPurge(kTenant, job)), ErrorKind::conflict);
  }
};

TEST_P(RetentionConformance, OfAPurgedJobCountsAndTimesAreKeptAndNoWordOfTheSender) {
  FinishOrder finish;
  finish.status = model::JobStatus::aborted;
  finish.error = "the line \"ann@example.com\" is no header";
  const JobId id = EndedJob(3, finish);
  const model::Job before = Look(id);
  clock_.Advance(std::chrono::minutes(1));
  Purge(id);
  const model::Job after = Look(id);
  EXPECT_EQ(after.counts, before.counts);
  EXPECT_EQ(after.rows_in_file, 3);
  EXPECT_EQ(after.status, model::JobStatus::aborted);
  EXPECT_EQ(after.finished_at, before.finished_at);
  EXPECT_EQ(after.order.object, "contact");
  EXPECT_EQ(after.order.file.sha256, before.order.file.sha256);
  EXPECT_EQ(after.rows_purged_at, clock_.Now());
  EXPECT_EQ(after.error + after.plan_json + after.read_as + after.order.file.name + after.order.callback_url +
                after.order.mapping_json,
            "");
  EXPECT_EQ(after.order.metadata_json, "{}");
  EXPECT_TRUE(after.order.warnings.empty() && after.file_warnings.empty() && after.columns_not_loaded.empty());
  EXPECT_GT(after.revision, before.revision);
}

TEST_P(RetentionConformance, FromThePurgesBeginningNobodyIsShownARow) {
  const JobId id = EndedJob(3);
  EXPECT_EQ(AllRows(id).size(), 3u);
  Must(ledger().BeginPurge(kTenant, id));
  EXPECT_EQ(Refused(ledger().Rows(kTenant, id, {}, 0, 10)), ErrorKind::gone);
}

TEST_P(RetentionConformance, ASliceTakesAwayNoMoreThanItMay) {
  const JobId id = EndedJob(5);
  const JobId other = EndedJob(2);
  Must(ledger().BeginPurge(kTenant, id));
  EXPECT_EQ(Must(ledger().PurgeSlice(kTenant, id, 2)), 2);
  EXPECT_EQ(Refused(ledger().EndPurge(kTenant, id)), ErrorKind::internal);  // rows are left
  EXPECT_EQ(Must(ledger().PurgeSlice(kTenant, id, 2)), 2);
  EXPECT_EQ(Must(ledger().PurgeSlice(kTenant, id, 2)), 1);
  EXPECT_EQ(Must(ledger().PurgeSlice(kTenant, id, 2)), 0);
  EXPECT_EQ(AllRows(other).size(), 2u);
}

TEST_P(RetentionConformance, NothingIsPurgedBeforeItsPurgeWasBegun) {
  const JobId id = EndedJob(2);
  EXPECT_EQ(Refused(ledger().PurgeSlice(kTenant, id, 10)), ErrorKind::internal);
  EXPECT_EQ(Refused(ledger().EndPurge(kTenant, id)), ErrorKind::internal);
  EXPECT_EQ(Refused(ledger().ForgetJob(kTenant, id)), ErrorKind::internal);
  EXPECT_EQ(Refused(ledger().BeginPurge(kOtherTenant, id)), ErrorKind::not_found);
  EXPECT_EQ(AllRows(id).size(), 2u);
}

TEST_P(RetentionConformance, DueIsWhatEndedByThenTheOldestFirstAndBeforeAllWhatWasBegun) {
  const JobId first = EndedJob(1);
  const WallTime then = clock_.Now();
  clock_.Advance(std::chrono::hours(1));
  const JobId second = EndedJob(1);
  const JobId third = EndedJob(1);
  EXPECT_EQ(Due(then), std::vector{first});
  EXPECT_EQ(Due(then - std::chrono::seconds(1)), std::vector<JobId>{});
  Must(ledger().BeginPurge(kTenant, third));
  EXPECT_EQ(Due(), (std::vector{third, first, second}));
  EXPECT_EQ(Due(WallTime::min()), std::vector{third});
  Purge(third);
  EXPECT_EQ(Due(), (std::vector{first, second}));
}

TEST_P(RetentionConformance, AJobThatHasNotEndedIsKept) { ExpectKept(StartedJob()); }

TEST_P(RetentionConformance, AJobThatOwesACallbackIsKeptUntilItIsOver) {
  FinishOrder finish;
  finish.callback.emplace();
  const JobId id = EndedJob(1, finish);
  ExpectKept(id);
  const auto owed = Must(ledger().DueCallbacks(WallTime::max(), 1));
  Must(ledger().RecordCallbackAttempt(owed.at(0), CallbackResult::given_up, {}, "gone"));
  EXPECT_EQ(Due(), std::vector{id});
  Purge(id);
}

TEST_P(RetentionConformance, WhatARetryStandsOnIsKeptUntilThatHasEnded) {
  const JobId root = EndedJob(2);
  const JobId retry = RetryOf(root, root, 0);
  ExpectKept(root);
  End(retry, 1);
  EXPECT_EQ(Due().size(), 2u);
  const JobId again = RetryOf(retry, root, 1);
  ExpectKept(root);
  EXPECT_EQ(Refused(ledger().BeginPurge(kTenant, retry)), ErrorKind::conflict);
  End(again, 1);
  EXPECT_EQ(Due().size(), 3u);
}

TEST_P(RetentionConformance, WhatIsPurgedCannotBeTriedAgain) {
  const JobId root = EndedJob(2);
  Must(ledger().BeginPurge(kTenant, root));
  model::JobOrder order = AnOrder();
  order.retry_of = order.retry_root = root;
  EXPECT_EQ(Refused(ledger().CreateJob(order, {})), ErrorKind::gone);
}

TEST_P(RetentionConformance, KeysHeldForALateCallKeepTheRowsForAnHourAtMost) {
  const JobId id = StartedJob();
  Must(ledger().RecordOutcomes(lease_, id, {{AnOutcome(1), {}, {"contact:ann@example.com"}}}));
  Must(ledger().FinishReading(lease_, id, 1));
  Must(ledger().FinishJob(lease_, id, {}));
  ExpectKept(id);
  clock_.Advance(kHoldsKeepRows);
  EXPECT_EQ(Due(), std::vector{id});
  Purge(id);
  EXPECT_EQ(Must(ledger().HeldRows(kTenant, kInstance)).size(), 0u);
}

TEST_P(RetentionConformance, RowsThatShareAnOutcomeArePurgedToo) {
  const JobId id = StartedJob();
  model::Outcome rest = AnOutcome(1, model::OutcomeKind::cancelled);
  ASSERT_TRUE(EndWithRest(id, rest, 9));
  Purge(id);
  EXPECT_EQ(Look(id).counts[model::OutcomeKind::cancelled], 9);
}

TEST_P(RetentionConformance, AForgottenJobLeavesNothing) {
  const model::JobOrder order = AnOrder();
  lease_ = Must(ledger().TakeLease(kTenant, kInstance));
  const JobId id = Must(ledger().CreateJob(order, {"key", "digest"})).id;
  End(id, 2);
  EXPECT_EQ(ToForget(), std::vector<JobId>{});
  Purge(id);
  EXPECT_EQ(ToForget(clock_.Now() - std::chrono::seconds(1)), std::vector<JobId>{});
  EXPECT_EQ(ToForget(clock_.Now()), std::vector{id});
  Must(ledger().ForgetJob(kTenant, id));
  Must(ledger().ForgetJob(kTenant, id));
  EXPECT_EQ(Refused(ledger().GetJob(kTenant, id)), ErrorKind::not_found);
  EXPECT_EQ(ToForget(), std::vector<JobId>{});
  EXPECT_TRUE(Must(ledger().CreateJob(order, {"key", "digest"})).is_new);
}

}  // namespace rowcall::ledger
