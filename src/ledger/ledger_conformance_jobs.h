#pragma once

// Rules about jobs, leases, callbacks and connector texts. See ledger_conformance.h.

#include "ledger/ledger_conformance.h"

namespace rowcall::ledger {

TEST_P(LedgerConformance, AJobReadsBackAsItWasOrdered) {
  const model::JobOrder order = AnOrder();
  const JobId id = Must(ledger().CreateJob(order, {})).id;
  const model::Job job = Look(id);
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.order.tenant, order.tenant);
  EXPECT_EQ(job.order.instance, order.instance);
  EXPECT_EQ(job.order.object, order.object);
  EXPECT_EQ(job.order.action, order.action);
  EXPECT_EQ(job.order.match_field, order.match_field);
  EXPECT_EQ(job.order.restore_archived, order.restore_archived);
  EXPECT_EQ(job.order.file, order.file);
  EXPECT_EQ(job.order.metadata_json, order.metadata_json);
  EXPECT_EQ(job.order.ignored_keys, order.ignored_keys);
  EXPECT_EQ(job.order.warnings, order.warnings);
  EXPECT_EQ(job.order.callback_url, order.callback_url);
  EXPECT_EQ(job.order.region, order.region);
  EXPECT_EQ(job.order.mapping_json, order.mapping_json);
  EXPECT_EQ(job.order.connector_digest, order.connector_digest);
  EXPECT_EQ(job.status, model::JobStatus::created);
  EXPECT_EQ(job.created_at, clock_.Now());
  EXPECT_EQ(job.started_at, WallTime{});
  EXPECT_EQ(job.counts, model::OutcomeCounts{});
}

TEST_P(LedgerConformance, WarningsOfTheEndComeBehindThoseOfTheFile) {
  const JobId id = StartedJob();
  Must(ledger().StartJob(lease_, id, {"{}", "", {}, {"Column 3 has no name."}}));
  Must(ledger().FinishReading(lease_, id, 0));
  FinishOrder order;
  order.warnings = {"Row 1 may stand there twice."};
  Must(ledger().FinishJob(lease_, id, order));
  EXPECT_EQ(Look(id).file_warnings,
            (std::vector<std::string>{"Column 3 has no name.", "Row 1 may stand there twice."}));
}

TEST_P(LedgerConformance, AStartedJobKeepsItsPlanAndRuns) {
  const JobId id = StartedJob();
  const JobStart start = {R"({"delimiter":","})", "comma; UTF-8", {"Fax", "Büro"}, {"Column 3 has no name."}};
  Must(ledger().StartJob(lease_, id, start));
  const model::Job job = Look(id);
  EXPECT_EQ(job.status, model::JobStatus::running);
  EXPECT_EQ(job.plan_json, start.plan_json);
  EXPECT_EQ(job.read_as, start.read_as);
  EXPECT_EQ(job.columns_not_loaded, start.columns_not_loaded);
  EXPECT_EQ(job.file_warnings, start.file_warnings);
  EXPECT_EQ(job.started_at, clock_.Now());
}

TEST_P(LedgerConformance, IdsGrow) {
  const model::JobOrder order = AnOrder();
  const JobId first = Must(ledger().CreateJob(order, {})).id;
  EXPECT_GT(Must(ledger().CreateJob(order, {})).id, first);
}

TEST_P(LedgerConformance, AnotherTenantsJobIsNotFound) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  EXPECT_EQ(Refused(ledger().GetJob(kOtherTenant, job)), ErrorKind::not_found);
  EXPECT_EQ(Refused(ledger().RequestCancel(kOtherTenant, job)), ErrorKind::not_found);
  EXPECT_EQ(Refused(ledger().Recover(kOtherTenant, job)), ErrorKind::not_found);
  EXPECT_TRUE(Must(ledger().ListJobs(kOtherTenant, kInstance, {}, 10)).empty());
  const RowFilter all;
  EXPECT_TRUE(Must(ledger().Rows(kOtherTenant, job, all, 0, 10)).empty());
  EXPECT_TRUE(Must(ledger().RowsWithOutcome(kOtherTenant, job, 1, 10)).empty());
  EXPECT_EQ(Look(job).status, model::JobStatus::running);
}

TEST_P(LedgerConformance, ASubmissionThatIsSentAgainWithinSevenDaysIsTheSameJob) {
  const model::JobOrder order = AnOrder();
  const Submission named{"k1", "digest"};
  const CreatedJob first = Must(ledger().CreateJob(order, named));
  EXPECT_TRUE(first.is_new);
  clock_.Advance(kSubmissionsKept - std::chrono::seconds(1));
  const CreatedJob again = Must(ledger().CreateJob(order, named));
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(Must(ledger().ListJobs(kTenant, kInstance, {}, 10)).size(), 1u);
  clock_.Advance(std::chrono::seconds(2));
  EXPECT_GT(Must(ledger().CreateJob(order, named)).id, first.id);
}

TEST_P(LedgerConformance, ASubmissionsNameStandsForOneDigestAndOneInstance) {
  const model::JobOrder order = AnOrder();
  const model::JobOrder elsewhere = AnOrder(kTenant, kOtherInstance);
  const model::JobOrder theirs = AnOrder(kOtherTenant, kInstance);
  const JobId job = Must(ledger().CreateJob(order, {"k1", "digest"})).id;
  EXPECT_EQ(Refused(ledger().CreateJob(order, {"k1", "other"})), ErrorKind::conflict);
  EXPECT_TRUE(Must(ledger().CreateJob(elsewhere, {"k1", "other"})).is_new);
  EXPECT_TRUE(Must(ledger().CreateJob(theirs, {"k1", "other"})).is_new);
  EXPECT_TRUE(Must(ledger().CreateJob(order, {"", "digest"})).is_new);
  EXPECT_TRUE(Must(ledger().CreateJob(order, {"", "digest"})).is_new);
  EXPECT_EQ(Must(ledger().CreateJob(order, {"k1", "digest"})).id, job);
}

TEST_P(LedgerConformance, TheNewestJobWithTheSameBytesForTheSameObjectIsFound) {
  const auto find = [this](TenantId tenant, InstanceId instance, const std::string& object, const std::string& sha256) {
    return Must(ledger().NewestJobWithFile(tenant, instance, object, sha256));
  };
  const model::JobOrder order = AnOrder();
  const std::string& bytes = order.file.sha256;
  EXPECT_EQ(find(kTenant, kInstance, "contact", bytes), std::nullopt);
  Must(ledger().CreateJob(order, {}));
  const JobId newest = Must(ledger().CreateJob(order, {})).id;
  EXPECT_EQ(find(kTenant, kInstance, "contact", bytes), newest);
  EXPECT_EQ(find(kTenant, kInstance, "company", bytes), std::nullopt);
  EXPECT_EQ(find(kTenant, kInstance, "contact", std::string(64, 'b')), std::nullopt);
  EXPECT_EQ(find(kTenant, kOtherInstance, "contact", bytes), std::nullopt);
  EXPECT_EQ(find(kOtherTenant, kInstance, "contact", bytes), std::nullopt);
}

TEST_P(LedgerConformance, JobsAreListedNewestFirstInPages) {
  const model::JobOrder order = AnOrder();
  const model::JobOrder elsewhere = AnOrder(kTenant, kOtherInstance);
  std::vector<JobId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(Must(ledger().CreateJob(order, {})).id);
    Must(ledger().CreateJob(elsewhere, {}));
  }
  std::vector<JobId> listed;
  for (JobId before; listed.size() < 10;) {
    const auto page = Must(ledger().ListJobs(kTenant, kInstance, before, 2));
    if (page.empty()) break;
    for (const model::Job& job : page) listed.push_back(job.id);
    before = listed.back();
  }
  EXPECT_EQ(listed, std::vector<JobId>(ids.rbegin(), ids.rend()));
}

TEST_P(LedgerConformance, UnfinishedJobsAreThoseOfAllTenantsOldestFirst) {
  const JobId ended = StartedJob();
  const model::JobOrder theirs_order = AnOrder(kOtherTenant, kOtherInstance);
  const JobId theirs = Must(ledger().CreateJob(theirs_order, {})).id;
  const model::JobOrder order = AnOrder();
  const JobId ours = Must(ledger().CreateJob(order, {})).id;
  Must(ledger().FinishReading(lease_, ended, 0));
  Must(ledger().FinishJob(lease_, ended, {}));
  std::vector<JobId> unfinished;
  for (const model::Job& job : Must(ledger().UnfinishedJobs())) unfinished.push_back(job.id);
  EXPECT_EQ(unfinished, (std::vector<JobId>{theirs, ours}));
}

TEST_P(LedgerConformance, TheRevisionGrowsWithEveryChangeAndOnlyThen) {
  const JobId job = StartedJob();
  std::int64_t revision = Look(job).revision;
  const auto grew = [&] { return Look(job).revision > std::exchange(revision, Look(job).revision); };
  Must(ledger().SetWaitReason(lease_, job, "the rate budget is used up"));
  EXPECT_TRUE(grew());
  EXPECT_EQ(Look(job).wait_reason, "the rate budget is used up");
  Must(ledger().SetWaitReason(lease_, job, "the rate budget is used up"));
  EXPECT_FALSE(grew());
  Record(job, AnOutcome(1));
  EXPECT_TRUE(grew());
  const WindowOrder window = AWindow(2, 3);
  Must(ledger().OpenWindow(lease_, job, window));
  EXPECT_TRUE(grew());
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(1), {}}})), ErrorKind::conflict);
  EXPECT_FALSE(grew());
}

TEST_P(LedgerConformance, ToCheckThatItIsWritableChangesNothing) {
  const JobId job = StartedJob();
  const std::int64_t revision = Look(job).revision;
  Must(ledger().CheckWritable());
  EXPECT_EQ(Look(job).revision, revision);
  EXPECT_EQ(Must(ledger().CreateJob(AnOrder(), {})).id.value, job.value + 1);
}

TEST_P(LedgerConformance, AJobIsPausedUntilItIsResumed) {
  const JobId job = StartedJob();
  EXPECT_EQ(Must(ledger().RequestResume(kTenant, job)).paused_by, model::PausedBy::nobody);
  EXPECT_EQ(Must(ledger().RequestPause(kTenant, job)).paused_by, model::PausedBy::user);
  const std::int64_t revision = Look(job).revision;
  EXPECT_EQ(Must(ledger().RequestPause(kTenant, job)).revision, revision);
  EXPECT_EQ(Look(job).status, model::JobStatus::running);
  EXPECT_EQ(Must(ledger().UnfinishedJobs()).front().paused_by, model::PausedBy::user);
  EXPECT_EQ(Must(ledger().RequestResume(kTenant, job)).paused_by, model::PausedBy::nobody);
  EXPECT_EQ(Refused(ledger().RequestPause(kOtherTenant, job)), ErrorKind::not_found);
  EXPECT_EQ(Refused(ledger().RequestResume(kOtherTenant, job)), ErrorKind::not_found);
}

TEST_P(LedgerConformance, ACanaryPausesOnce) {
  lease_ = Must(ledger().TakeLease(kTenant, kInstance));
  model::JobOrder order = AnOrder();
  order.canary_rows = 10;
  order.stop_after = 3;
  order.rate_permille = 250;
  const JobId job = Must(ledger().CreateJob(order, {})).id;
  EXPECT_EQ(Look(job).hold_after, 10);
  EXPECT_EQ(Look(job).order.canary_rows, 10);
  EXPECT_EQ(Look(job).order.stop_after, 3);
  EXPECT_EQ(Look(job).order.rate_permille, 250);
  Must(ledger().PauseForCanary(lease_, job));
  EXPECT_EQ(Look(job).paused_by, model::PausedBy::canary);
  EXPECT_EQ(Look(job).hold_after, 0);
  EXPECT_EQ(Must(ledger().RequestPause(kTenant, job)).paused_by, model::PausedBy::canary);
  Must(ledger().RequestResume(kTenant, job));
  Must(ledger().PauseForCanary(lease_, job));
  EXPECT_EQ(Look(job).paused_by, model::PausedBy::nobody);
}

TEST_P(LedgerConformance, AJobKeepsWhatItsRateIsToldFrom) {
  const WallTime start = clock_.Now();
  const JobId job = StartedJob();
  Must(ledger().OpenWindow(lease_, job, AWindow(1, 9)));
  EXPECT_EQ(Look(job).paced_from, (model::Milestone{start, 0}));
  EXPECT_EQ(Look(job).bytes_read, AWindow(1, 9).next->byte_offset);
  const auto at = [&](int second, RowNumber row) {
    clock_.Advance(start + std::chrono::seconds(second) - clock_.Now());
    Record(job, AnOutcome(row));
    return Look(job).paced_from;
  };
  EXPECT_EQ(at(9, 1), (model::Milestone{start, 0}));
  EXPECT_EQ(at(12, 2), (model::Milestone{start, 0}));
  EXPECT_EQ(at(23, 3), (model::Milestone{start + std::chrono::seconds(12), 2}));
  Must(ledger().RequestPause(kTenant, job));
  clock_.Advance(std::chrono::hours(1));
  Must(ledger().RequestResume(kTenant, job));
  EXPECT_EQ(Look(job).paced_from, (model::Milestone{clock_.Now(), 3}));
  clock_.JumpWall(-std::chrono::hours(2));
  Record(job, AnOutcome(4));
  EXPECT_EQ(Look(job).paced_from, (model::Milestone{clock_.Now(), 4}));
}

TEST_P(LedgerConformance, ACancelledJobIsNotPaused) {
  const JobId job = StartedJob();
  Must(ledger().RequestPause(kTenant, job));
  EXPECT_EQ(Must(ledger().RequestCancel(kTenant, job)).paused_by, model::PausedBy::nobody);
  EXPECT_EQ(Refused(ledger().RequestPause(kTenant, job)), ErrorKind::conflict);
  Must(ledger().FinishReading(lease_, job, 0));
  FinishOrder order;
  order.status = model::JobStatus::cancelled;
  Must(ledger().FinishJob(lease_, job, order));
  EXPECT_EQ(Refused(ledger().RequestPause(kTenant, job)), ErrorKind::conflict);
  EXPECT_EQ(Refused(ledger().RequestResume(kTenant, job)), ErrorKind::conflict);
}

TEST_P(LedgerConformance, AJobThatEndsWhileItIsPausedIsPausedNoMore) {
  const JobId job = StartedJob();
  Must(ledger().FinishReading(lease_, job, 0));
  Must(ledger().RequestPause(kTenant, job));
  Must(ledger().FinishJob(lease_, job, {}));
  EXPECT_EQ(Look(job).paused_by, model::PausedBy::nobody);
  EXPECT_EQ(Look(job).status, model::JobStatus::completed);
}

TEST_P(LedgerConformance, ACancelRequestIsRememberedOnce) {
  const JobId job = StartedJob();
  const model::Job cancelled = Must(ledger().RequestCancel(kTenant, job));
  EXPECT_EQ(cancelled.status, model::JobStatus::cancellation_pending);
  EXPECT_TRUE(cancelled.cancel_requested);
  EXPECT_EQ(Must(ledger().RequestCancel(kTenant, job)).revision, cancelled.revision);
  Must(ledger().StartJob(lease_, job, {"{}", "", {}, {}}));
  EXPECT_EQ(Look(job).status, model::JobStatus::cancellation_pending);
}

TEST_P(LedgerConformance, AJobThatHasEndedTakesNoFurtherWrite) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  Must(ledger().FinishReading(lease_, job, 1));
  clock_.Advance(std::chrono::seconds(5));
  Must(ledger().FinishJob(lease_, job,
                          {.status = model::JobStatus::error, .error = "gone", .rest = {}, .callback = {}}));
  const model::Job ended = Look(job);
  EXPECT_EQ(ended.status, model::JobStatus::error);
  EXPECT_EQ(ended.error, "gone");
  EXPECT_EQ(ended.finished_at, clock_.Now());
  const WindowOrder window = AWindow(2, 2);
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(2), {}}})), ErrorKind::conflict);
  EXPECT_EQ(Refused(ledger().OpenWindow(lease_, job, window)), ErrorKind::conflict);
  EXPECT_EQ(Refused(ledger().StartJob(lease_, job, {"{}", "", {}, {}})), ErrorKind::conflict);
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, {})), ErrorKind::conflict);
  EXPECT_EQ(Refused(ledger().RequestCancel(kTenant, job)), ErrorKind::conflict);
  EXPECT_EQ(Look(job).revision, ended.revision);
}

TEST_P(LedgerConformance, AJobDoesNotEndWhileARowOfItsFileHasNoOutcome) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  Record(job, AnOutcome(3));
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, {})), ErrorKind::internal);  // not read to the end
  Must(ledger().FinishReading(lease_, job, 3));
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, {})), ErrorKind::internal);
  EXPECT_EQ(Look(job).status, model::JobStatus::running);
  Record(job, AnOutcome(2));
  Must(ledger().FinishJob(lease_, job, {}));
  EXPECT_EQ(Look(job).status, model::JobStatus::completed);
}

TEST_P(LedgerConformance, TheRestGetsItsOutcomeWithTheEndOfTheJobOrNotAtAll) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  Must(ledger().FinishReading(lease_, job, 5));
  FinishOrder order;
  order.status = model::JobStatus::cancelled;
  order.rest = RestOrder{3, 5, AnOutcome(3, model::OutcomeKind::cancelled)};
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, order)), ErrorKind::internal);  // row 2
  EXPECT_EQ(Look(job).counts.Total(), 1);
  order.rest = RestOrder{2, 5, AnOutcome(2, model::OutcomeKind::cancelled)};
  Must(ledger().FinishJob(lease_, job, order));
  EXPECT_EQ(Look(job).status, model::JobStatus::cancelled);
  EXPECT_EQ(Look(job).counts[model::OutcomeKind::cancelled], 4);
}

TEST_P(LedgerConformance, AJobDoesNotEndWhileAWindowIsOpen) {
  const JobId job = StartedJob();
  const WindowOrder order = AWindow(1, 1);
  const WindowId window = Must(ledger().OpenWindow(lease_, job, order));
  Record(job, AnOutcome(1));
  Record(job, AnOutcome(2));
  Must(ledger().FinishReading(lease_, job, 3));
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, {})), ErrorKind::internal);
  Record(job, AnOutcome(3), window);
  Must(ledger().FinishJob(lease_, job, {}));
}

TEST_P(LedgerConformance, AStaleLeaseIsFencedAndLeavesNoTrace) {
  const JobId job = StartedJob();
  const Lease stale = lease_;
  lease_ = Must(ledger().TakeLease(kTenant, kInstance));
  EXPECT_GT(lease_.epoch, stale.epoch);
  const model::Job before = Look(job);
  const WindowOrder window = AWindow(1, 2);
  const model::Outcome outcome = AnOutcome(1);
  EXPECT_EQ(Refused(ledger().RecordOutcomes(stale, job, {{outcome, {}}})), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().OpenWindow(stale, job, window)), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().RecordDoubt(stale, job, ADoubt(1), {})), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().SetWaitReason(stale, job, "x")), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().RenewLease(stale)), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().FinishReading(stale, job, 0)), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().FinishJob(stale, job, {})), ErrorKind::fenced);
  EXPECT_EQ(Look(job).revision, before.revision);
  EXPECT_TRUE(AllRows(job).empty());
  Record(job, outcome);
}

TEST_P(LedgerConformance, ALeaseShowsThatItIsTakenAndRenewed) {
  EXPECT_EQ(Must(ledger().SeeLease(kTenant, kInstance)), LeaseSight{});
  const Lease lease = Must(ledger().TakeLease(kTenant, kInstance));
  EXPECT_EQ(Must(ledger().SeeLease(kTenant, kInstance)), (LeaseSight{false, lease.epoch, 0}));
  Must(ledger().RenewLease(lease));
  EXPECT_EQ(Must(ledger().SeeLease(kTenant, kInstance)), (LeaseSight{false, lease.epoch, 1}));
  EXPECT_EQ(Must(ledger().SeeLease(kOtherTenant, kInstance)), LeaseSight{});
}

TEST_P(LedgerConformance, WhoTakesEveryLeaseFencesAll) {
  const Lease one = Must(ledger().TakeLease(kTenant, kInstance));
  const Lease other = Must(ledger().TakeLease(kOtherTenant, kOtherInstance));
  const std::vector<Lease> all = Must(ledger().TakeEveryLease());
  ASSERT_EQ(all.size(), 2u);
  for (const Lease& lease : all) Must(ledger().RenewLease(lease));
  EXPECT_EQ(Refused(ledger().RenewLease(one)), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().RenewLease(other)), ErrorKind::fenced);
  EXPECT_EQ(Must(ledger().TakeLease(kTenant, kInstance)).epoch, one.epoch + 2);
  EXPECT_EQ(Must(ledger().TakeLease(kOtherTenant, kOtherInstance)).epoch, other.epoch + 2);
}

TEST_P(LedgerConformance, ALeaseThatNobodyGaveIsFenced) {
  const JobId job = StartedJob();
  const model::Outcome outcome = AnOutcome(1);
  EXPECT_EQ(Refused(ledger().RecordOutcomes({kTenant, kOtherInstance, 1}, job, {{outcome, {}}})), ErrorKind::fenced);
  EXPECT_EQ(Refused(ledger().RecordOutcomes({kOtherTenant, kInstance, 1}, job, {{outcome, {}}})), ErrorKind::fenced);
}

TEST_P(LedgerConformance, ALeaseIsOfOneTenantsInstance) {
  const JobId job = StartedJob();
  const Lease theirs = Must(ledger().TakeLease(kOtherTenant, kInstance));
  EXPECT_EQ(Refused(ledger().RecordOutcomes(theirs, job, {{AnOutcome(1), {}}})), ErrorKind::not_found);
  Record(job, AnOutcome(1));  // lease_ was not taken away
}

TEST_P(LedgerConformance, TheLeaseOfAnotherInstanceDoesNotOpenAJob) {
  const JobId job = StartedJob();
  const Lease other = Must(ledger().TakeLease(kTenant, kOtherInstance));
  const model::Outcome outcome = AnOutcome(1);
  EXPECT_EQ(Refused(ledger().RecordOutcomes(other, job, {{outcome, {}}})), ErrorKind::internal);
  EXPECT_TRUE(AllRows(job).empty());
}

TEST_P(LedgerConformance, ACallbackFallsDueWithTheEndOfItsJobAndNotBefore) {
  const JobId job = StartedJob();
  const WallTime due = clock_.Now() + std::chrono::seconds(10);
  model::Callback callback;
  callback.webhook_id = "msg_1";
  callback.url = "https://example.test/hook";
  callback.body = "{\"a\": \"\xC3\xA9\"}";
  callback.next_attempt_at = due;
  const FinishOrder order{.status = model::JobStatus::completed, .error = {}, .rest = {}, .callback = callback};
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, order)), ErrorKind::internal);
  EXPECT_EQ(Must(ledger().NextCallbackDue()), std::nullopt);

  Must(ledger().FinishReading(lease_, job, 0));
  Must(ledger().FinishJob(lease_, job, order));
  EXPECT_EQ(Must(ledger().NextCallbackDue()), due);
  EXPECT_TRUE(Must(ledger().DueCallbacks(due - std::chrono::milliseconds(1), 10)).empty());
  const auto owed = Must(ledger().DueCallbacks(due, 10));
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_TRUE(owed[0].id);
  EXPECT_EQ(owed[0].tenant, kTenant);
  EXPECT_EQ(owed[0].instance, kInstance);
  EXPECT_EQ(owed[0].job, job);
  EXPECT_EQ(owed[0].webhook_id, callback.webhook_id);
  EXPECT_EQ(owed[0].url, callback.url);
  EXPECT_EQ(owed[0].body, callback.body);
  EXPECT_EQ(owed[0].attempts, 0);
}

TEST_P(LedgerConformance, ACallbackIsOwedUntilItIsDeliveredOrGivenUp) {
  for (const int seconds : {30, 10, 20}) {
    const JobId job = StartedJob();
    Must(ledger().FinishReading(lease_, job, 0));
    FinishOrder order;
    order.callback.emplace().next_attempt_at = clock_.Now() + std::chrono::seconds(seconds);
    Must(ledger().FinishJob(lease_, job, order));
  }
  const WallTime later = clock_.Now() + std::chrono::hours(1);
  auto owed = Must(ledger().DueCallbacks(later, 10));
  ASSERT_EQ(owed.size(), 3u);
  EXPECT_LT(owed[0].next_attempt_at, owed[1].next_attempt_at);
  EXPECT_LT(owed[1].next_attempt_at, owed[2].next_attempt_at);
  EXPECT_EQ(Must(ledger().DueCallbacks(later, 2)).size(), 2u);

  Must(ledger().RecordCallbackAttempt(owed[0], CallbackResult::delivered, {}, "200"));
  Must(ledger().RecordCallbackAttempt(owed[1], CallbackResult::given_up, {}, "410"));
  Must(ledger().RecordCallbackAttempt(owed[2], CallbackResult::retry, later, "503"));
  EXPECT_EQ(Must(ledger().NextCallbackDue()), later);
  EXPECT_EQ(Refused(ledger().RecordCallbackAttempt(owed[0], CallbackResult::retry, later, "")), ErrorKind::conflict);
  owed = Must(ledger().DueCallbacks(later, 10));
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_EQ(owed[0].attempts, 1);
}

TEST_P(LedgerConformance, AnAttemptAtACallbackThatAnotherProcessMadeFirstIsNotRecorded) {
  const JobId job = StartedJob();
  Must(ledger().FinishReading(lease_, job, 0));
  FinishOrder order;
  order.callback.emplace().next_attempt_at = clock_.Now();
  Must(ledger().FinishJob(lease_, job, order));
  const WallTime later = clock_.Now() + std::chrono::hours(1);
  const model::Callback seen_by_both = Must(ledger().DueCallbacks(later, 10)).at(0);
  Must(ledger().RecordCallbackAttempt(seen_by_both, CallbackResult::retry, later, "503"));
  EXPECT_EQ(Refused(ledger().RecordCallbackAttempt(seen_by_both, CallbackResult::given_up, {}, "410")),
            ErrorKind::conflict);
  model::Callback of_nobody = Must(ledger().DueCallbacks(later, 10)).at(0);
  EXPECT_EQ(of_nobody.attempts, 1);
  of_nobody.tenant = kOtherTenant;
  EXPECT_EQ(Refused(ledger().RecordCallbackAttempt(of_nobody, CallbackResult::delivered, {}, "200")),
            ErrorKind::conflict);
  EXPECT_EQ(Must(ledger().NextCallbackDue()), later);
}

TEST_P(LedgerConformance, OpenWorkIsCountedOverAllTenants) {
  EXPECT_EQ(Must(ledger().CountOpenWork(clock_.Now())), OpenWork{});
  const JobId ended = StartedJob();
  Must(ledger().FinishReading(lease_, ended, 0));
  FinishOrder order;
  order.callback.emplace().next_attempt_at = clock_.Now() + std::chrono::seconds(30);
  Must(ledger().FinishJob(lease_, ended, order));
  const JobId running = StartedJob();
  const InDoubtRow doubt = ADoubt(4);
  Must(ledger().RecordDoubt(lease_, running, doubt, {}));
  const model::JobOrder of_other = AnOrder(kOtherTenant, kOtherInstance);
  Must(ledger().CreateJob(of_other, {}));
  const JobId cancelled = Must(ledger().CreateJob(of_other, {})).id;
  Must(ledger().RequestCancel(kOtherTenant, cancelled));

  OpenWork wanted{.jobs_created = 1,
                  .jobs_running = 1,
                  .jobs_being_cancelled = 1,
                  .rows_in_doubt = 1,
                  .callbacks_owed = 1,
                  .callbacks_due = 0};
  EXPECT_EQ(Must(ledger().CountOpenWork(clock_.Now())), wanted);
  wanted.callbacks_due = 1;
  EXPECT_EQ(Must(ledger().CountOpenWork(clock_.Now() + std::chrono::seconds(30))), wanted);
  Record(running, AnOutcome(4));
  wanted.rows_in_doubt = 0;
  EXPECT_EQ(Must(ledger().CountOpenWork(clock_.Now() + std::chrono::seconds(30))), wanted);
}

TEST_P(LedgerConformance, AConnectorTextIsKeptUnderItsDigest) {
  const std::string packed("a\0b\xFF", 4);
  Must(ledger().PutConnector("d1", packed));
  Must(ledger().PutConnector("d1", packed));
  EXPECT_EQ(Must(ledger().GetConnector("d1")), packed);
  EXPECT_EQ(Refused(ledger().GetConnector("d2")), ErrorKind::not_found);
}

}  // namespace rowcall::ledger
