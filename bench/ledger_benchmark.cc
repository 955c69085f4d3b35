// An outcome to the disk.
#include <memory>

#include "async/loop.h"
#include "bench/pieces.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/temp_folder.h"

namespace rowcall::bench {

namespace {

async::Task<void> AtOnce() { co_return; }

/// A ledger in a folder of its own, with a job that has begun. It writes on the caller's thread.
class LedgerWithJob {
 public:
  LedgerWithJob() {
    const TenantId tenant(1);
    const InstanceId instance(1);
    lease_ = Do(ledger_->TakeLease(tenant, instance));
    model::JobOrder order;
    order.tenant = tenant;
    order.instance = instance;
    order.object = "contact";
    job_ = Do(ledger_->CreateJob(order, {})).id;
    Do(ledger_->StartJob(lease_, job_, {}));
  }

  void RecordBlock() {
    std::vector<ledger::RowEnd> ends(kBlock);
    for (ledger::RowEnd& end : ends) {
      end.outcome.row = ++row_;
      end.outcome.byte_offset = row_ * 64;
      end.outcome.kind = model::OutcomeKind::created;
      end.outcome.vendor_id = "6762f0dd1bb69f9f2193bb83";
      end.outcome.written_digest = static_cast<std::uint64_t>(row_) * 0x9E3779B97F4A7C15;
    }
    Do(ledger_->RecordOutcomes(lease_, job_, ends));
  }

 private:
  template <typename T>
  T Do(async::Task<Result<T>> task) {
    return Must(async::RunToEnd(loop_, std::move(task)));
  }

  SystemClock clock_;
  async::Loop loop_;
  ledger::TempFolder folder_;
  std::unique_ptr<ledger::Ledger> ledger_ =
      Must(ledger::OpenSqliteLedger(folder_ / "ledger.db", clock_, {.instead_of_threads = AtOnce}));
  ledger::Lease lease_;
  JobId job_;
  RowNumber row_ = 0;
};

}  // namespace

Piece Ledger() {
  return [ledger = std::make_unique<LedgerWithJob>()](std::size_t count) {
    for (; count > 0; count -= kBlock) ledger->RecordBlock();
  };
}

}  // namespace rowcall::bench
