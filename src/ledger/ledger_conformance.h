#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "async/loop.h"
#include "base/clock.h"
#include "ledger/ledger.h"

namespace rowcall::ledger {

/// What every Ledger must do, whatever it stands on. A store joins by including the ledger_conformance_*.h in one test
/// file and by INSTANTIATE_TEST_SUITE_P(Name, LedgerConformance, ::testing::Values(StoreUnderTest{…})).
struct StoreUnderTest {
  std::string name;
  /// Makes an empty ledger; `clock` outlives it.
  std::function<std::unique_ptr<Ledger>(const Clock& clock)> make;
};

inline const TenantId kTenant{1};
inline const TenantId kOtherTenant{2};
inline const InstanceId kInstance{7};
inline const InstanceId kOtherInstance{8};

inline model::JobOrder AnOrder(TenantId tenant = kTenant, InstanceId instance = kInstance) {
  model::JobOrder order;
  order.tenant = tenant;
  order.instance = instance;
  order.object = "contact";
  order.action = model::Action::create;
  order.match_field = "email";
  order.restore_archived = true;
  order.file = {
      "k/1", "people \"2026\".csv", 12'345, std::string(64, 'a'), model::FileFormat::json, model::Encoding::utf16le};
  order.metadata_json = R"({"action":"create"})";
  order.ignored_keys = {"one", "zwei ü"};
  order.warnings = {"a \"quoted\" warning"};
  order.callback_url = "https://example.test/hook";
  order.region = "CH";
  order.mapping_json = "{}";
  order.connector_digest = "d1";
  return order;
}

inline model::Outcome AnOutcome(RowNumber row, model::OutcomeKind kind = model::OutcomeKind::created) {
  model::Outcome outcome;
  outcome.row = row;
  outcome.byte_offset = row * 10;
  outcome.kind = kind;
  return outcome;
}

inline InDoubtRow ADoubt(RowNumber row) {
  return {.place = {row, row * 10}, .step = "contact", .since = {}, .attempts = 0, .vendor_time = 0};
}

inline WindowOrder AWindow(RowNumber first, RowNumber last) {
  return {.window = {.id = {}, .first = first, .last = last, .byte_offset = first * 10, .vendor_time = 1'700'000'000},
          .next = RowPlace{last + 1, (last + 1) * 10},
          .waiting = {}};
}

class LedgerConformance : public ::testing::TestWithParam<StoreUnderTest> {
 protected:
  LedgerConformance() : ledger_(GetParam().make(clock_)) {}

  template <typename T>
  Result<T> Do(async::Task<Result<T>> task) {
    return async::RunToEnd(loop_, std::move(task));
  }
  /// The value; an error ends the test.
  template <typename T>
  T Must(async::Task<Result<T>> task) {
    Result<T> result = Do(std::move(task));
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
  /// The kind of the error; success ends the test.
  template <typename T>
  ErrorKind Refused(async::Task<Result<T>> task) {
    Result<T> result = Do(std::move(task));
    if (result) throw std::runtime_error("it was not refused");
    return result.error().kind;
  }

  Ledger& ledger() { return *ledger_; }
  /// A job of kTenant that was started under lease_.
  JobId StartedJob() {
    lease_ = Must(ledger().TakeLease(kTenant, kInstance));
    const model::JobOrder order = AnOrder();
    const JobId job = Must(ledger().CreateJob(order, {})).id;
    Must(ledger().StartJob(lease_, job, {"{}", "", {}, {}}));
    return job;
  }
  model::Job Look(JobId job) { return Must(ledger().GetJob(kTenant, job)); }
  void Record(JobId job, const model::Outcome& outcome, WindowId closes = {}) {
    Must(ledger().RecordOutcomes(lease_, job, {{outcome, closes}}));
  }
  /// Reads the file to its end and ends the job; the rows from `rest.row` to `last`, which is that end, share `rest`.
  Result<void> EndWithRest(JobId job, const model::Outcome& rest, RowNumber last) {
    Must(ledger().FinishReading(lease_, job, last));
    FinishOrder order;
    order.status = model::JobStatus::cancelled;
    order.rest = RestOrder{rest.row, last, rest};
    return Do(ledger().FinishJob(lease_, job, order));
  }
  std::vector<model::Outcome> AllRows(JobId job, RowNumber after = 0, std::size_t limit = 1'000) {
    return Must(ledger().Rows(kTenant, job, {}, after, limit));
  }

  FakeClock clock_;
  async::Loop loop_;
  std::unique_ptr<Ledger> ledger_;  // ends before the loop that its answers go to
  Lease lease_;
};

}  // namespace rowcall::ledger
