#pragma once

// Rules about what is kept so that a load can be taken back. See ledger_conformance.h.

#include "ledger/ledger_conformance.h"

namespace rowcall::ledger {

class UndoConformance : public LedgerConformance {
 protected:
  JobId JobLike(const model::JobOrder& order) {
    if (lease_.epoch == 0) lease_ = Must(ledger().TakeLease(kTenant, kInstance));
    Submission submission;
    if (order.retry_root) submission.retries_known = Must(ledger().RetriesUnder(kTenant, order.retry_root)).size();
    const JobId job = Must(ledger().CreateJob(order, submission)).id;
    Must(ledger().StartJob(lease_, job, {"{}", "", {}, {}}));
    return job;
  }
  JobId Behind(JobId job, bool undoes) {
    model::JobOrder order = AnOrder();
    order.retry_of = order.retry_root = job;
    order.undoes = undoes;
    return JobLike(order);
  }
  /// Ends the job with these outcomes of its rows 1, 2, ….
  void End(JobId job, const std::vector<std::pair<model::OutcomeKind, std::string>>& rows) {
    RowNumber row = 0;
    for (const auto& [kind, vendor_id] : rows) {
      model::Outcome outcome = AnOutcome(++row, kind);
      outcome.vendor_id = vendor_id;
      Record(job, outcome);
    }
    Must(ledger().FinishReading(lease_, job, row));
    Must(ledger().FinishJob(lease_, job, {}));
  }
  model::LoadedRow ToUndo(JobId job, RowNumber row) { return Must(ledger().RowToUndo(kTenant, job, row)); }
};

inline model::PreImage AnImage(std::string fields, std::string id = "p1", bool was_archived = false) {
  return {std::move(id), was_archived, std::move(fields), R"({"attach":["f1"]})"};
}

using model::OutcomeKind;

TEST_P(UndoConformance, AnOrderToUndoIsKept) {
  model::JobOrder order = AnOrder();
  order.keep_pre_image = true;
  const JobId job = JobLike(order);
  EXPECT_TRUE(Must(ledger().GetJob(kTenant, job)).order.keep_pre_image);
  End(job, {});
  EXPECT_TRUE(Must(ledger().GetJob(kTenant, Behind(job, true))).order.undoes);
}

TEST_P(UndoConformance, TheFirstPreImageOfARecordStays) {
  const JobId job = StartedJob();
  EXPECT_EQ(Must(ledger().KeepPreImage(lease_, job, 1, AnImage("first"))), AnImage("first"));
  EXPECT_EQ(Must(ledger().KeepPreImage(lease_, job, 1, AnImage("second"))), AnImage("first"));
  Must(ledger().KeepPreImage(lease_, job, 2, AnImage("", "p2", true)));
  Must(ledger().KeepPreImage(lease_, job, 2, AnImage("behind it", "p2")));
  Must(ledger().KeepPreImage(lease_, job, 3, AnImage("of another record", "p9")));
  End(job, {{OutcomeKind::updated, "p1"}, {OutcomeKind::updated, "p2"}, {OutcomeKind::updated, "p3"}});
  EXPECT_EQ(ToUndo(job, 1).pre_image, AnImage("first"));
  EXPECT_EQ(ToUndo(job, 2).pre_image, AnImage("behind it", "p2", true));
  EXPECT_EQ(ToUndo(job, 3).pre_image, std::nullopt);
  EXPECT_EQ(Must(ledger().CountPreImages(kTenant, job)), 2);
}

TEST_P(UndoConformance, ARecordOfWhichARowHasKeptThePreImageWasNotMadeByIt) {
  const JobId job = StartedJob();
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kTenant, job, 1, "p1")));
  Must(ledger().KeepPreImage(lease_, job, 1, AnImage("first")));
  EXPECT_TRUE(Must(ledger().IsHeldByOtherRow(kTenant, job, 1, "p1")));
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kTenant, job, 2, "p1")));
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kTenant, job, 1, "p2")));
}

TEST_P(UndoConformance, APreImageUnderAnOldLeaseIsFenced) {
  const JobId job = StartedJob();
  const Lease stale = lease_;
  lease_ = Must(ledger().TakeLease(kTenant, kInstance));
  EXPECT_EQ(Refused(ledger().KeepPreImage(stale, job, 1, AnImage("first"))), ErrorKind::fenced);
}

TEST_P(UndoConformance, KeysThatAreHeldBeforeACallAreToldUntilTheirHoldEnds) {
  const JobId job = StartedJob();
  const RowNumber first = Must(ledger().HoldKeys(lease_, job, {"firm name acme"}));
  const RowNumber second = Must(ledger().HoldKeys(lease_, job, {"firm name acme"}));
  EXPECT_NE(first, second);
  ASSERT_EQ(Must(ledger().HeldRows(kTenant, kInstance)).size(), 2u);
  Must(ledger().EndHold(kTenant, kInstance, job, first));
  const std::vector<HeldRow> held = Must(ledger().HeldRows(kTenant, kInstance));
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].job, job);
  EXPECT_EQ(held[0].row, second);
  EXPECT_EQ(held[0].keys, std::vector<std::string>{"firm name acme"});
  Must(ledger().EndHold(kTenant, kInstance, job, second));
  EXPECT_TRUE(Must(ledger().HeldRows(kTenant, kInstance)).empty());
  const Lease stale = lease_;
  lease_ = Must(ledger().TakeLease(kTenant, kInstance));
  EXPECT_EQ(Refused(ledger().HoldKeys(stale, job, {"firm name acme"})), ErrorKind::fenced);
}

TEST_P(UndoConformance, ARowKnowsWhatItWroteAndWhatItMade) {
  const JobId job = StartedJob();
  model::Outcome outcome = AnOutcome(1);
  outcome.vendor_id = "p1";
  outcome.written_digest = ~std::uint64_t{0};
  outcome.made = {{"firm", "f1"}};
  Record(job, outcome);
  const model::LoadedRow loaded = ToUndo(job, 1);
  EXPECT_EQ(loaded.kind, OutcomeKind::created);
  EXPECT_EQ(loaded.vendor_id, "p1");
  EXPECT_EQ(loaded.written_digest, outcome.written_digest);
  EXPECT_EQ(loaded.made, outcome.made);
  EXPECT_TRUE(loaded.is_ours);
  EXPECT_FALSE(loaded.is_used);
  EXPECT_EQ(Refused(ledger().RowToUndo(kTenant, job, 2)), ErrorKind::not_found);
}

TEST_P(UndoConformance, WhatRowsHaveMadeIsToldInOrderAndInParts) {
  const JobId job = StartedJob();
  for (const RowNumber row : {RowNumber{2}, RowNumber{5}}) {
    model::Outcome outcome = AnOutcome(row);
    outcome.made = {{"firm", "f" + std::to_string(row)}, {"join", "j" + std::to_string(row)}};
    Record(job, outcome);
  }
  std::vector<std::string> ids;
  for (RowMade last;;) {
    const std::vector<RowMade> page = Must(ledger().MadeRecords(kTenant, job, last, 3));
    if (page.empty()) break;
    for (const RowMade& one : page) ids.push_back(one.made.vendor_id);
    last = page.back();
    EXPECT_EQ(last.place, (RowPlace{last.place.row, last.place.row * 10}));
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"f2", "j2", "f5", "j5"}));
}

TEST_P(UndoConformance, ARecordIsUsedByOtherJobsUntilTheyAreTakenBack) {
  const JobId first = StartedJob();
  End(first, {{OutcomeKind::created, "p1"}, {OutcomeKind::created, "p2"}});
  const JobId other = StartedJob();
  End(other, {{OutcomeKind::updated, "p1"}, {OutcomeKind::failed, "p2"}});
  EXPECT_TRUE(ToUndo(first, 1).is_used);
  EXPECT_TRUE(Must(ledger().IsUsedByOtherJob(kTenant, first, "p1")));
  EXPECT_FALSE(ToUndo(first, 2).is_used);
  EXPECT_FALSE(Must(ledger().IsUsedByOtherJob(kTenant, first, "p2")));
  EXPECT_FALSE(ToUndo(other, 1).is_ours);
  End(Behind(other, true), {{OutcomeKind::skipped, "p1"}});
  EXPECT_TRUE(ToUndo(first, 1).is_used);
  End(Behind(other, true), {{OutcomeKind::updated, "p1"}});
  EXPECT_FALSE(ToUndo(first, 1).is_used);
  EXPECT_FALSE(Must(ledger().IsUsedByOtherJob(kTenant, first, "p1")));
}

TEST_P(UndoConformance, JobsThatHadEndedBeforeItWasMadeDoNotUseItsRecords) {
  const JobId running = StartedJob();
  Record(running, [] {
    model::Outcome outcome = AnOutcome(1);
    outcome.vendor_id = "p2";
    return outcome;
  }());
  const JobId before = StartedJob();
  End(before, {{OutcomeKind::created, "p1"}});
  clock_.Advance(std::chrono::seconds(1));
  const JobId job = StartedJob();
  End(job, {{OutcomeKind::updated, "p1"}, {OutcomeKind::updated, "p2"}});
  EXPECT_FALSE(ToUndo(job, 1).is_used);
  EXPECT_TRUE(ToUndo(job, 2).is_used);
  EXPECT_TRUE(ToUndo(before, 1).is_used);
  const JobId retry = Behind(job, false);
  End(retry, {{OutcomeKind::updated, "p1"}});
  EXPECT_FALSE(ToUndo(retry, 1).is_used);
}

TEST_P(UndoConformance, ARecordThatAnUndoOfTheFamilyKeptIsKnown) {
  const JobId job = StartedJob();
  End(job, {{OutcomeKind::created, "p1"}, {OutcomeKind::created, "p2"}});
  const JobId retry = Behind(job, false);
  End(retry, {{OutcomeKind::updated, "p1"}});
  EXPECT_FALSE(ToUndo(job, 1).is_kept);
  model::JobOrder order = AnOrder();
  order.retry_of = retry;
  order.retry_root = job;
  order.undoes = true;
  End(JobLike(order), {{OutcomeKind::skipped, "p1"}, {OutcomeKind::updated, "p2"}});
  EXPECT_TRUE(ToUndo(job, 1).is_kept);
  EXPECT_FALSE(ToUndo(job, 2).is_kept);
}

TEST_P(UndoConformance, RetriesOfAJobAreNoOthers) {
  const JobId job = StartedJob();
  End(job, {{OutcomeKind::created, "p1"}});
  const JobId retry = Behind(job, false);
  End(retry, {{OutcomeKind::updated, "p1"}});
  EXPECT_FALSE(ToUndo(job, 1).is_used);
  EXPECT_TRUE(ToUndo(retry, 1).is_ours);
}

TEST_P(UndoConformance, WhatAnUndoArchivedIsKnownUntilARowIsLoadedIntoItAgain) {
  const JobId job = StartedJob();
  End(job, {{OutcomeKind::created, "p1"}, {OutcomeKind::updated, "p2"}});
  EXPECT_FALSE(Must(ledger().WasArchivedByUndo(kTenant, "p1")));
  End(Behind(job, true), {{OutcomeKind::updated, "p2"}, {OutcomeKind::updated, "p1"}});
  EXPECT_TRUE(Must(ledger().WasArchivedByUndo(kTenant, "p1")));
  EXPECT_FALSE(Must(ledger().WasArchivedByUndo(kTenant, "p2")));  // it was put back
  EXPECT_FALSE(Must(ledger().WasArchivedByUndo(kOtherTenant, "p1")));
  End(StartedJob(), {{OutcomeKind::updated, "p1"}});
  EXPECT_FALSE(Must(ledger().WasArchivedByUndo(kTenant, "p1")));
}

TEST_P(UndoConformance, WhatWasArchivedWhenTheUndoCameWasNotArchivedByIt) {
  const JobId job = StartedJob();
  End(job, {{OutcomeKind::created, "p1"}, {OutcomeKind::created, "p2"}, {OutcomeKind::updated, "p2"}});
  End(Behind(job, true),
      {{OutcomeKind::updated, "p2"}, {OutcomeKind::unchanged, "p2"}, {OutcomeKind::unchanged, "p1"}});
  EXPECT_FALSE(Must(ledger().WasArchivedByUndo(kTenant, "p1")));
  EXPECT_TRUE(Must(ledger().WasArchivedByUndo(kTenant, "p2")));  // by its later row
}

TEST_P(UndoConformance, APurgeTakesWhatWasKeptForAnUndo) {
  const JobId job = StartedJob();
  Must(ledger().KeepPreImage(lease_, job, 1, AnImage("first")));
  Must(ledger().KeepPreImage(lease_, job, 9, AnImage("of a row that never ended")));
  model::Outcome outcome = AnOutcome(1, OutcomeKind::updated);
  outcome.vendor_id = "p1";
  outcome.made = {{"firm", "f1"}};
  Record(job, outcome);
  Must(ledger().FinishReading(lease_, job, 1));
  Must(ledger().FinishJob(lease_, job, {}));
  Must(ledger().BeginPurge(kTenant, job));
  EXPECT_EQ(Refused(ledger().RowToUndo(kTenant, job, 1)), ErrorKind::gone);
  EXPECT_EQ(Must(ledger().PurgeSlice(kTenant, job, 10)), 1);
  Must(ledger().EndPurge(kTenant, job));
  EXPECT_EQ(Must(ledger().CountPreImages(kTenant, job)), 0);
  Must(ledger().ForgetJob(kTenant, job));  // nothing refers to it any more
}

}  // namespace rowcall::ledger
