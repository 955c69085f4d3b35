#pragma once

// Rules about windows, doubt, outcomes and result pages. See ledger_conformance.h.

#include <algorithm>

#include "async/task_group.h"
#include "ledger/ledger_conformance.h"

namespace rowcall::ledger {

using model::OutcomeKind;

inline std::vector<RowNumber> Numbers(const std::vector<model::Outcome>& outcomes) {
  std::vector<RowNumber> rows;
  for (const model::Outcome& outcome : outcomes) rows.push_back(outcome.row);
  return rows;
}

TEST_P(LedgerConformance, AnOutcomeReadsBackAsItWasRecorded) {
  const JobId job = StartedJob();
  model::Outcome outcome = AnOutcome(4, OutcomeKind::updated);
  outcome.vendor_id = "6f00aa";
  outcome.written_digest = 0xfedc'ba98'7654'3210;
  outcome.reasons = {
      {"E-mail", "invalid_email", "no \"@\"\nin it", "add one", "sc", "service says ü", "rq", 422, false},
      {"", "w", "a warning", "", "", "", "", 0, true}};
  outcome.incomplete = {{"attach", {"", "not_found", "no company", "", "", "", "", 404, false}}};
  Record(job, outcome);
  EXPECT_EQ(AllRows(job), std::vector{outcome});
}

TEST_P(LedgerConformance, ARowHasOneOutcome) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(1, OutcomeKind::failed), {}}})),
            ErrorKind::conflict);
  EXPECT_EQ(AllRows(job), std::vector{AnOutcome(1)});
  EXPECT_EQ(Look(job).counts.Total(), 1);
}

TEST_P(LedgerConformance, OutcomesThatAreRecordedTogetherAreAllRecordedOrNone) {
  const JobId job = StartedJob();
  const WindowOrder order = AWindow(1, 3);
  const WindowId window = Must(ledger().OpenWindow(lease_, job, order));
  Must(ledger().RecordDoubt(lease_, job, ADoubt(2), {}));
  Record(job, AnOutcome(3));
  const std::vector<RowEnd> with_a_second{{AnOutcome(1), {}}, {AnOutcome(2), window}, {AnOutcome(3), {}}};
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, with_a_second)), ErrorKind::conflict);
  EXPECT_EQ(AllRows(job), std::vector{AnOutcome(3)});
  EXPECT_EQ(Look(job).counts.Total(), 1);
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).open_windows.size(), 1u);
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).in_doubt.size(), 1u);
  Must(ledger().RecordOutcomes(lease_, job, {{AnOutcome(1), {}}, {AnOutcome(2), window}}));
  EXPECT_EQ(AllRows(job), (std::vector{AnOutcome(1), AnOutcome(2), AnOutcome(3)}));
  EXPECT_EQ(Look(job).counts.Total(), 3);
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).open_windows.empty());
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).in_doubt.empty());
}

TEST_P(LedgerConformance, OfManyOutcomesTheOneThatIsASecondIsNamed) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(45));
  std::vector<RowEnd> many;
  for (RowNumber row = 1; row <= 50; ++row) many.push_back({AnOutcome(row), {}});
  const Result<void> recorded = Do(ledger().RecordOutcomes(lease_, job, many));
  ASSERT_FALSE(recorded);
  EXPECT_EQ(recorded.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(recorded.error().message.ends_with("row 45 has an outcome already")) << recorded.error().message;
  EXPECT_EQ(AllRows(job), std::vector{AnOutcome(45)});
  many.erase(many.begin() + 44);
  Must(ledger().RecordOutcomes(lease_, job, many));
  EXPECT_EQ(AllRows(job).size(), 50u);
  EXPECT_EQ(Look(job).counts.Total(), 50);
}

TEST_P(LedgerConformance, TheRestTakesInNoRowThatHasAnOutcome) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  Record(job, AnOutcome(4));
  for (const RowNumber first : {1, 2, 4}) {
    const Result<void> ended = EndWithRest(job, AnOutcome(first, OutcomeKind::cancelled), 6);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, ErrorKind::conflict) << first;
  }
  EXPECT_EQ(Look(job).counts.Total(), 2);
}

TEST_P(LedgerConformance, CountersAddUpToTheRowsWithAnOutcome) {
  const JobId job = StartedJob();
  RowNumber row = 0;
  model::OutcomeCounts expected;
  for (const OutcomeKind kind : model::kAllOutcomes) {
    for (int i = 0; i <= static_cast<int>(kind); ++i) {
      Record(job, AnOutcome(++row, kind));
      ++expected[kind];
    }
  }
  model::Outcome warned = AnOutcome(++row);
  warned.reasons.emplace_back().warning = true;
  warned.reasons.emplace_back().warning = true;
  warned.incomplete.emplace_back();
  Record(job, warned);
  ++expected[OutcomeKind::created];
  expected.incomplete = expected.warnings = 1;
  ASSERT_TRUE(EndWithRest(job, AnOutcome(row + 1, OutcomeKind::cancelled), row + 100));
  expected[OutcomeKind::cancelled] += 100;
  EXPECT_EQ(Look(job).counts, expected);
  EXPECT_EQ(Look(job).rows_in_file, row + 100);
}

TEST_P(LedgerConformance, RowsBeyondTheEndOfTheFileAreRefused) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(2));
  EXPECT_EQ(Refused(ledger().FinishReading(lease_, job, 1)), ErrorKind::internal);
  Must(ledger().FinishReading(lease_, job, 3));
  Must(ledger().FinishReading(lease_, job, 3));
  EXPECT_EQ(Refused(ledger().FinishReading(lease_, job, 4)), ErrorKind::internal);
  const WindowOrder window = AWindow(3, 4);
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(4), {}}})), ErrorKind::internal);
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(0), {}}})), ErrorKind::internal);
  EXPECT_EQ(Refused(ledger().OpenWindow(lease_, job, window)), ErrorKind::internal);
  EXPECT_TRUE(Look(job).all_rows_read);
  EXPECT_EQ(Look(job).rows_in_file, 3);
}

TEST_P(LedgerConformance, AWindowIsOpenUntilTheRowThatClosesIt) {
  const JobId job = StartedJob();
  const WindowOrder first_order = AWindow(1, 2);
  const WindowOrder second_order = AWindow(3, 5);
  const WindowId first = Must(ledger().OpenWindow(lease_, job, first_order));
  const WindowId second = Must(ledger().OpenWindow(lease_, job, second_order));
  EXPECT_GT(second, first);
  Recovery recovery = Must(ledger().Recover(kTenant, job));
  ASSERT_EQ(recovery.open_windows.size(), 2u);
  EXPECT_EQ(recovery.open_windows[1].id, second);
  EXPECT_EQ(recovery.open_windows[1].first, 3);
  EXPECT_EQ(recovery.open_windows[1].last, 5);
  EXPECT_EQ(recovery.open_windows[1].byte_offset, 30);
  EXPECT_EQ(recovery.open_windows[1].vendor_time, 1'700'000'000);
  EXPECT_EQ(recovery.next, (RowPlace{6, 60}));
  EXPECT_EQ(Look(job).rows_in_file, 5);

  Record(job, AnOutcome(2));
  Record(job, AnOutcome(1), first);
  recovery = Must(ledger().Recover(kTenant, job));
  ASSERT_EQ(recovery.open_windows.size(), 1u);
  EXPECT_EQ(recovery.open_windows[0].id, second);
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(3), first}})), ErrorKind::internal);
  EXPECT_EQ(Must(ledger().RowsWithOutcome(kTenant, job, 1, 5)), (std::vector<RowNumber>{1, 2}));
}

TEST_P(LedgerConformance, AWindowIsNotClosedWhileOfARowNothingIsKnown) {
  const JobId job = StartedJob();
  WindowOrder order = AWindow(1, 4);
  order.waiting = {{3, 30}};
  const WindowId window = Must(ledger().OpenWindow(lease_, job, order));
  EXPECT_EQ(Refused(ledger().RecordOutcomes(lease_, job, {{AnOutcome(1), window}})), ErrorKind::internal);
  EXPECT_TRUE(AllRows(job).empty());
  EXPECT_EQ(Refused(ledger().RecordDoubt(lease_, job, ADoubt(2), window)), ErrorKind::internal);
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).in_doubt.empty());
  WindowOrder of_waiting = AWindow(3, 3);
  of_waiting.next.reset();
  Must(ledger().OpenWindow(lease_, job, of_waiting));
  Must(ledger().RecordDoubt(lease_, job, ADoubt(2), {}));
  Must(ledger().RecordOutcomes(lease_, job, {{AnOutcome(1), {}}, {AnOutcome(4), window}}));
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).open_windows.size(), 1u);  // of row 3 alone
}

TEST_P(LedgerConformance, AJobBeginsAtTheFirstRow) {
  const JobId job = StartedJob();
  const Recovery recovery = Must(ledger().Recover(kTenant, job));
  EXPECT_EQ(recovery.next, (RowPlace{1, 0}));
  EXPECT_TRUE(recovery.open_windows.empty() && recovery.waiting.empty() && recovery.in_doubt.empty());
}

TEST_P(LedgerConformance, AJobOfManyRowsEndsWhenAllAreAccountedFor) {
  const JobId job = StartedJob();
  Record(job, AnOutcome(1));
  const Result<void> ended = EndWithRest(job, AnOutcome(3, OutcomeKind::cancelled), 45'000);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::internal);
  Record(job, AnOutcome(2));
  EXPECT_TRUE(EndWithRest(job, AnOutcome(3, OutcomeKind::cancelled), 45'000));
}

TEST_P(LedgerConformance, ARowThatWaitsLeavesTheListWithItsOwnWindowOrItsOutcome) {
  const JobId job = StartedJob();
  WindowOrder order = AWindow(1, 10);
  order.waiting = {{3, 30}, {5, 50}, {8, 80}};
  Must(ledger().OpenWindow(lease_, job, order));
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).waiting, order.waiting);

  WindowOrder own;
  own.window.first = own.window.last = 5;
  Must(ledger().OpenWindow(lease_, job, own));
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).waiting, (std::vector<RowPlace>{{3, 30}, {8, 80}}));
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).next.row, 11);

  Record(job, AnOutcome(3, OutcomeKind::failed));
  EXPECT_EQ(Must(ledger().Recover(kTenant, job)).waiting, (std::vector<RowPlace>{{8, 80}}));
  Record(job, AnOutcome(8, OutcomeKind::cancelled));
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).waiting.empty());
}

TEST_P(LedgerConformance, AWindowWhoseRowsAllWaitIsNotOpenedButReadingGoesOn) {
  const JobId job = StartedJob();
  WindowOrder order = AWindow(1, 2);
  order.waiting = {{1, 10}, {2, 20}};
  EXPECT_FALSE(Must(ledger().OpenWindow(lease_, job, order)));
  const Recovery recovery = Must(ledger().Recover(kTenant, job));
  EXPECT_TRUE(recovery.open_windows.empty());
  EXPECT_EQ(recovery.waiting, order.waiting);
  EXPECT_EQ(recovery.next.row, 3);
}

TEST_P(LedgerConformance, AWindowThatIsNoneIsRefused) {
  const JobId job = StartedJob();
  const WindowOrder backwards = AWindow(5, 4);
  EXPECT_EQ(Refused(ledger().OpenWindow(lease_, job, backwards)), ErrorKind::internal);
  WindowOrder outside = AWindow(1, 2);
  outside.waiting = {{3, 30}};
  EXPECT_EQ(Refused(ledger().OpenWindow(lease_, job, outside)), ErrorKind::internal);
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).open_windows.empty());
}

TEST_P(LedgerConformance, ARowInDoubtLeavesItsWindowAndEndsWithItsOutcome) {
  const JobId job = StartedJob();
  const WindowOrder order = AWindow(1, 1);
  const WindowId window = Must(ledger().OpenWindow(lease_, job, order));
  InDoubtRow doubt{.place = {1, 10}, .step = "contact", .since = clock_.Now(), .attempts = 1, .vendor_time = 1'700};
  Must(ledger().RecordDoubt(lease_, job, doubt, window));
  doubt.attempts = 2;
  Must(ledger().RecordDoubt(lease_, job, doubt, {}));

  Recovery recovery = Must(ledger().Recover(kTenant, job));
  EXPECT_TRUE(recovery.open_windows.empty());
  ASSERT_EQ(recovery.in_doubt.size(), 1u);
  EXPECT_EQ(recovery.in_doubt[0].place, doubt.place);
  EXPECT_EQ(recovery.in_doubt[0].step, "contact");
  EXPECT_EQ(recovery.in_doubt[0].since, doubt.since);
  EXPECT_EQ(recovery.in_doubt[0].attempts, 2);
  EXPECT_EQ(recovery.in_doubt[0].vendor_time, 1'700);
  Must(ledger().FinishReading(lease_, job, 1));
  EXPECT_EQ(Refused(ledger().FinishJob(lease_, job, {})), ErrorKind::internal);

  Record(job, AnOutcome(1));
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).in_doubt.empty());
  EXPECT_EQ(Refused(ledger().RecordDoubt(lease_, job, doubt, {})), ErrorKind::conflict);
  Must(ledger().FinishJob(lease_, job, {}));
}

TEST_P(LedgerConformance, KeysThatOutliveTheirRowAreToldUntilTheirHoldEndsAlsoBehindTheJobsEnd) {
  const JobId job = StartedJob();
  RowEnd end{AnOutcome(1), {}, {"contact e-mail a@x.y", "company \"1\""}};
  Must(ledger().RecordOutcomes(lease_, job, {end, {AnOutcome(2), {}}}));
  Must(ledger().FinishReading(lease_, job, 2));
  Must(ledger().FinishJob(lease_, job, {}));

  std::vector<HeldRow> held = Must(ledger().HeldRows(kTenant, kInstance));
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].job, job);
  EXPECT_EQ(held[0].row, 1);
  EXPECT_EQ(held[0].keys, end.held_keys);
  EXPECT_TRUE(Must(ledger().HeldRows(kTenant, InstanceId(kInstance.value + 1))).empty());

  for (int again = 0; again < 2; ++again) Must(ledger().EndHold(kTenant, kInstance, job, 1));
  EXPECT_TRUE(Must(ledger().HeldRows(kTenant, kInstance)).empty());
}

TEST_P(LedgerConformance, RowsOfOneCodeAreFoundByAnyOfTheirReasons) {
  const JobId job = StartedJob();
  const auto with = [](RowNumber row, OutcomeKind kind, std::vector<std::string> codes, const std::string& step = "") {
    model::Outcome outcome = AnOutcome(row, kind);
    for (std::string& code : codes) outcome.reasons.push_back(model::Because(std::move(code), "Because."));
    if (!step.empty()) outcome.incomplete.push_back({"attach", model::Because(step, "Because.")});
    return outcome;
  };
  Record(job, with(1, OutcomeKind::created, {}));
  Record(job, with(2, OutcomeKind::rejected, {"bad_mail"}));
  Record(job, with(3, OutcomeKind::failed, {"refused", "bad_mail"}));
  Record(job, with(4, OutcomeKind::created, {}, "bad_mail"));
  Record(job, with(5, OutcomeKind::failed, {"refused"}));
  EXPECT_TRUE(EndWithRest(job, with(6, OutcomeKind::rejected, {"bad_mail"}), 7));

  const auto rows = [&](RowFilter filter, RowNumber after = 0) {
    std::vector<RowNumber> numbers;
    for (const model::Outcome& row : Must(ledger().Rows(kTenant, job, filter, after, 100))) numbers.push_back(row.row);
    return numbers;
  };
  EXPECT_EQ(rows({.kinds = {}, .code = "bad_mail"}), (std::vector<RowNumber>{2, 3, 4, 6, 7}));
  EXPECT_EQ(rows({.kinds = {}, .code = "bad_mail"}, 3), (std::vector<RowNumber>{4, 6, 7}));
  EXPECT_EQ(rows({.kinds = {OutcomeKind::failed}, .code = "bad_mail"}), (std::vector<RowNumber>{3}));
  EXPECT_EQ(rows({.kinds = {}, .code = "refused"}), (std::vector<RowNumber>{3, 5}));
  EXPECT_EQ(rows({.kinds = {}, .code = "bad"}), std::vector<RowNumber>());
}

TEST_P(LedgerConformance, TheRestDoesNotSwallowARowInDoubt) {
  const JobId job = StartedJob();
  Must(ledger().RecordDoubt(lease_, job, ADoubt(5), {}));
  const Result<void> ended = EndWithRest(job, AnOutcome(1, OutcomeKind::cancelled), 9);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::conflict);
}

TEST_P(LedgerConformance, TheRestEndsTheWaitingOfItsRows) {
  const JobId job = StartedJob();
  WindowOrder order = AWindow(1, 2);
  order.waiting = {{1, 10}, {2, 20}};
  Must(ledger().OpenWindow(lease_, job, order));
  EXPECT_TRUE(EndWithRest(job, AnOutcome(1, OutcomeKind::cancelled), 9));
  EXPECT_TRUE(Must(ledger().Recover(kTenant, job)).waiting.empty());
}

TEST_P(LedgerConformance, TheRestIsSpelledOutRowByRowAndPaged) {
  const JobId job = StartedJob();
  for (const RowNumber row : {3, 1, 2}) Record(job, AnOutcome(row));
  model::Outcome rejected = AnOutcome(4, OutcomeKind::rejected);
  rejected.reasons = {{"", "aborted", "the file could not be read", "", "", "", "", 0, false}};
  ASSERT_TRUE(EndWithRest(job, rejected, 1'000'000));

  EXPECT_EQ(Numbers(AllRows(job, 0, 4)), (std::vector<RowNumber>{1, 2, 3, 4}));
  EXPECT_EQ(Numbers(AllRows(job, 4, 4)), (std::vector<RowNumber>{5, 6, 7, 8}));
  EXPECT_EQ(Numbers(AllRows(job, 999'998, 4)), (std::vector<RowNumber>{999'999, 1'000'000}));
  EXPECT_TRUE(AllRows(job, 1'000'000, 4).empty());
  const auto rows = AllRows(job, 3, 2);
  EXPECT_EQ(rows[0], rejected);
  EXPECT_EQ(rows[1].kind, OutcomeKind::rejected);
  EXPECT_EQ(rows[1].reasons, rejected.reasons);
  EXPECT_EQ(rows[1].byte_offset, -1);
  EXPECT_EQ(Must(ledger().RowsWithOutcome(kTenant, job, 2, 8)), (std::vector<RowNumber>{2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(Must(ledger().RowsWithOutcome(kTenant, job, 4, 4)), (std::vector<RowNumber>{4}));
}

TEST_P(LedgerConformance, AFilterGivesTheKindsThatItNames) {
  const JobId job = StartedJob();
  RowNumber row = 0;
  for (int round = 0; round < 2; ++round) {
    for (const OutcomeKind kind : model::kAllOutcomes) Record(job, AnOutcome(++row, kind));
  }
  model::Outcome incomplete = AnOutcome(17);
  incomplete.incomplete.emplace_back().step = "attach";
  Record(job, incomplete);
  ASSERT_TRUE(EndWithRest(job, AnOutcome(18, OutcomeKind::failed), 19));

  const auto rows = [&](RowFilter filter, RowNumber after = 0) {
    return Numbers(Must(ledger().Rows(kTenant, job, filter, after, 100)));
  };
  EXPECT_EQ(rows({}).size(), 19u);
  EXPECT_EQ(rows({.kinds = {OutcomeKind::failed}}), (std::vector<RowNumber>{6, 14, 18, 19}));
  EXPECT_EQ(rows({.kinds = {OutcomeKind::failed}}, 14), (std::vector<RowNumber>{18, 19}));
  EXPECT_EQ(rows({.kinds = {OutcomeKind::created}}), (std::vector<RowNumber>{1, 9, 17}));
  EXPECT_EQ(rows({.kinds = {OutcomeKind::rejected, OutcomeKind::unresolved}, .or_incomplete = true}),
            (std::vector<RowNumber>{5, 8, 13, 16, 17}));
  EXPECT_EQ(rows({.kinds = {OutcomeKind::updated, OutcomeKind::skipped}}), (std::vector<RowNumber>{2, 4, 10, 12}));
}

TEST_P(LedgerConformance, ARecordIsHeldByTheOtherRowThatEndedWithIt) {
  const JobId job = StartedJob();
  model::Outcome outcome = AnOutcome(1);
  outcome.vendor_id = "abc";
  Record(job, outcome);
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kTenant, job, 1, "abc")));
  EXPECT_TRUE(Must(ledger().IsHeldByOtherRow(kTenant, job, 2, "abc")));
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kTenant, job, 2, "abd")));
  EXPECT_TRUE(Must(ledger().IsHeldByOtherRow(kTenant, JobId(job.value + 1), 1, "abc")));
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kOtherTenant, JobId(job.value + 1), 1, "abc")));
  model::Outcome failed = AnOutcome(2, OutcomeKind::failed);  // names the record that it was refused for
  failed.vendor_id = "abd";
  Record(job, failed);
  EXPECT_FALSE(Must(ledger().IsHeldByOtherRow(kTenant, job, 3, "abd")));
}

TEST_P(LedgerConformance, RecordsThatAnInstanceMadeComeNewestFirst) {
  const auto made = [this](InstanceId instance, const std::string& object, std::size_t most = 10) {
    return Must(ledger().RecordsMade(kTenant, instance, object, most));
  };
  const model::JobOrder order = AnOrder();
  const JobId older = StartedJob();
  const JobId newer = StartedJob();
  for (const JobId job : {older, newer}) {
    for (const RowNumber row : {1, 2, 3}) {
      model::Outcome outcome = AnOutcome(row, row == 2 ? OutcomeKind::updated : OutcomeKind::created);
      outcome.vendor_id = std::to_string(job == older ? 10 + row : 20 + row);
      Record(job, outcome);
    }
  }
  using Ids = std::vector<std::string>;
  EXPECT_EQ(made(order.instance, order.object), (Ids{"23", "21", "13", "11"}));
  EXPECT_EQ(made(order.instance, order.object, 2), (Ids{"23", "21"}));
  Record(newer, AnOutcome(3'000, OutcomeKind::rejected));  // ahead of those that are being sent
  EXPECT_EQ(made(order.instance, order.object), (Ids{"23", "21", "13", "11"}));
  EXPECT_EQ(made(order.instance, "club"), Ids());
  EXPECT_EQ(made(InstanceId(order.instance.value + 1), order.object), Ids());
}

// Many writes in flight together, so that they share transactions.

struct Tally {
  int ok = 0, conflict = 0, fenced = 0, other = 0;
};

inline async::Task<void> RecordOne(Ledger& ledger, Lease lease, JobId job, RowNumber row, Tally& tally) {
  const std::vector rows(1, RowEnd{AnOutcome(row), {}});
  const Result<void> result = co_await ledger.RecordOutcomes(lease, job, rows);
  if (result)
    ++tally.ok;
  else if (result.error().kind == ErrorKind::conflict)
    ++tally.conflict;
  else if (result.error().kind == ErrorKind::fenced)
    ++tally.fenced;
  else
    ++tally.other;
}

inline async::Task<Result<Tally>> RecordTogether(async::Loop& loop, Ledger& ledger,
                                                 std::vector<std::tuple<Lease, JobId, RowNumber>> writes) {
  Tally tally;
  async::TaskGroup group(loop, writes.size());
  for (const auto& [lease, job, row] : writes) co_await group.Add(RecordOne(ledger, lease, job, row, tally));
  co_await group.Join();
  co_return tally;
}

TEST_P(LedgerConformance, ARefusedWriteDoesNotSpoilThoseBesideIt) {
  const JobId job = StartedJob();
  const Lease stale = lease_;
  const Lease other = Must(ledger().TakeLease(kTenant, kOtherInstance));
  const model::JobOrder order = AnOrder(kTenant, kOtherInstance);
  const JobId other_job = Must(ledger().CreateJob(order, {})).id;
  lease_ = Must(ledger().TakeLease(kTenant, kInstance));
  std::vector<std::tuple<Lease, JobId, RowNumber>> writes;
  for (RowNumber row = 1; row <= 300; ++row) {
    writes.emplace_back(lease_, job, row);
    writes.emplace_back(stale, job, row + 1'000);
    writes.emplace_back(other, other_job, row);
    if (row % 3 == 0) writes.emplace_back(lease_, job, row);
  }
  const Tally tally = Must(RecordTogether(loop_, ledger(), std::move(writes)));
  EXPECT_EQ(tally.ok, 600);
  EXPECT_EQ(tally.conflict, 100);
  EXPECT_EQ(tally.fenced, 300);
  EXPECT_EQ(tally.other, 0);
  EXPECT_EQ(Look(job).counts.Total(), 300);
  EXPECT_EQ(Look(job).rows_in_file, 300);
  EXPECT_EQ(AllRows(job).size(), 300u);
  EXPECT_EQ(Look(other_job).counts.Total(), 300);
}

}  // namespace rowcall::ledger
