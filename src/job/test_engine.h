#pragma once

// For tests of this folder: the engine on a real ledger, real files and a toy service.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif
#endif

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "files/local_file_store.h"
#include "job/job_engine.h"
#include "job/toy_service.h"
#include "ledger/sqlite_ledger.h"

namespace rowcall::job {

/// Real time, ahead of it if told so, as behind a freeze.
class JumpingClock final : public Clock {
 public:
  WallTime Now() const override { return real_.Now(); }
  MonoTime MonotonicNow() const override { return real_.MonotonicNow() + Duration(ahead_); }
  void Jump(Duration by) { ahead_ += by.count(); }

 private:
  SystemClock real_;
  std::atomic<Duration::rep> ahead_{0};
};

/// A crash drops what waits on itself (a task whose frame holds the signal that it waits for), as a killed process does:
/// that is no leak of the program's.
class AbandonedTasks {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  __lsan::ScopedDisabler disabler_;
#endif
#endif
};

/// The engine on a real ledger, real files and a toy service. Crash() ends the process's memory, not its disk.
class JobEngineTest : public testing::Test {
 protected:
  JobEngineTest() {
    folder_ = std::filesystem::temp_directory_path() / "rowcall-job-XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    keyring_ = *ledger::Keyring::OpenOrCreate(folder_ + "/keys");
    catalogue_ = *ledger::OpenSqliteCatalogue(folder_ + "/catalogue.db", clock_, *keyring_);
    EXPECT_TRUE(catalogue_->FirstStart([](const ledger::FirstCredentials&) { return Result<void>(); }));
    model::Instance instance;
    instance.tenant = TenantId{1};
    instance.connector = "toy";
    instance.secrets["token"] = Secret("secret");
    instance_ = catalogue_->CreateInstance(std::move(instance))->instance;
    Boot();
  }
  ~JobEngineTest() override {
    Wait(Drained());  // a job is final in the ledger a moment before its task has ended
    Crash();
    std::filesystem::remove_all(folder_);
  }

  struct Process {
    async::Loop loop;
    std::unique_ptr<async::LoopTimers> timers;
    std::unique_ptr<async::BlockingPool> pool;
    std::unique_ptr<files::FileStore> files;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<JobEngine> engine;
  };

  void Boot() {
    process_ = std::make_unique<Process>();
    Process& p = *process_;
    p.timers = std::make_unique<async::LoopTimers>(p.loop, clock_);
    p.pool = std::make_unique<async::BlockingPool>(1);
    p.files = *files::OpenLocalFileStore(folder_ + "/files", *p.pool);
    p.ledger = *ledger::OpenSqliteLedger(folder_ + "/ledger.db", clock_);
    p.engine = std::make_unique<JobEngine>(EngineParts{p.loop, *p.timers, *p.pool, service_, *p.ledger, *catalogue_,
                                                       *p.files, [this] { ++callbacks_due_; }, lease_times_});
  }

  void Crash() {
    if (process_ == nullptr) return;
    process_->loop.Stop();
    process_->ledger.reset();  // its thread ends; what it had not committed is gone with the queue
    process_.reset();
  }

  template <typename T>
  T Wait(async::Task<T> task) {
    return async::RunToEnd(process_->loop, std::move(task));
  }

  async::Task<Result<JobId>> Store(std::string csv, model::JobOrder order) {
    order.file.key = fmt::format("upload-{}", ++uploads_);
    ASSIGN_OR_CO_RETURN(auto writer, co_await process_->files->Create(order.file.key));
    CO_RETURN_IF_ERROR(co_await writer->Write(csv));
    ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await writer->Commit());
    order.file.size_bytes = stored.size_bytes;
    order.file.sha256 = stored.sha256;
    ASSIGN_OR_CO_RETURN(const auto connector, connector::Load(ToyService::Connector()));
    order.connector_digest = connector->digest;
    CO_RETURN_IF_ERROR(
        co_await process_->ledger->PutConnector(connector->digest, connector::PackBundle(ToyService::Connector())));
    ASSIGN_OR_CO_RETURN(const ledger::CreatedJob created, co_await process_->ledger->CreateJob(order, {}));
    co_return created.id;
  }

  JobId NewJob(std::string csv, model::JobOrder order = {}) {
    order.tenant = TenantId{1};
    order.instance = instance_.id;
    order.object = "person";
    const Result<JobId> id = Wait(Store(std::move(csv), std::move(order)));
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(JobId{});
  }

  static async::Task<model::Job> UntilFinal(Process& process, JobId id) {
    for (;;) {
      model::Job job = *co_await process.ledger->GetJob(TenantId{1}, id);
      if (model::IsFinal(job.status)) co_return job;
      co_await process.timers->SleepFor(std::chrono::milliseconds(2));
    }
  }
  async::Task<model::Job> UntilFinal(JobId id) { return UntilFinal(*process_, id); }

  model::Job Run(JobId id) {
    process_->engine->Submit(TenantId{1}, id);
    return Wait(UntilFinal(id));
  }

  /// Where the file of that upload is kept; the first one is 1.
  std::string StoredFile(int upload) const { return fmt::format("{}/files/upload-{}", folder_, upload); }
  void FlipByte(int upload, std::int64_t offset) const {
    std::fstream file(StoredFile(upload), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(offset);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(offset);
    file.put(byte);
  }

  std::vector<model::Outcome> Rows(JobId id) { return *Wait(process_->ledger->Rows(TenantId{1}, id, {}, 0, 100'000)); }

  static std::string Words(const model::Outcome& row) {
    return row.reasons.empty() ? "" : row.reasons.front().code + ": " + row.reasons.front().message;
  }

  static async::Task<void> IgnoreResult(async::Task<Result<void>> task) {
    const Result<void> result = co_await std::move(task);
    EXPECT_TRUE(result);
  }

  async::Task<void> StopWhenFinal(JobId id) {
    co_await UntilFinal(id);
    process_->loop.Stop();
  }

  /// Begins with what the ledger knows, and goes on until the job has ended.
  model::Job GoOn(JobId id) {
    process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
    return Wait(UntilFinal(id));
  }

  /// Until the process ends by itself (the test stops its loop), or the job has ended.
  void RunUntilStopped(JobId id) {
    process_->loop.Spawn(IgnoreResult(process_->engine->Start()));
    process_->loop.Spawn(StopWhenFinal(id));
    process_->loop.Run();
  }

  static async::Task<bool> Drained(Process& process) {
    co_await process.engine->Drain(std::chrono::seconds(1));
    co_return true;
  }
  async::Task<bool> Drained() { return Drained(*process_); }

  async::Task<std::string> UntilItWaits(JobId id) {
    for (;;) {
      const model::Job job = *co_await process_->ledger->GetJob(TenantId{1}, id);
      if (!job.wait_reason.empty()) co_return job.wait_reason;
      co_await process_->timers->SleepFor(std::chrono::milliseconds(2));
    }
  }

  JumpingClock clock_;
  LeaseTimes lease_times_;
  ToyService service_{clock_, 1};
  std::string folder_;
  std::unique_ptr<ledger::Keyring> keyring_;
  std::unique_ptr<ledger::Catalogue> catalogue_;
  model::Instance instance_;
  std::unique_ptr<Process> process_;
  int uploads_ = 0;
  int callbacks_due_ = 0;
};

}  // namespace rowcall::job
