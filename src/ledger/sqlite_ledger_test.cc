#include "ledger/sqlite_ledger.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "ledger/ledger_conformance_jobs.h"
#include "ledger/ledger_conformance_rows.h"

namespace rowcall::ledger {
namespace {

std::unique_ptr<Ledger> InMemory(const Clock& clock) { return *OpenSqliteLedger(":memory:", clock); }

std::unique_ptr<Ledger> InFile(const Clock& clock) {
  std::string folder = std::filesystem::temp_directory_path() / "rowcall-ledger-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  auto ledger = OpenSqliteLedger(folder + "/ledger.db", clock);
  std::filesystem::remove_all(folder);  // the open files live on
  return *std::move(ledger);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerConformance,
                         ::testing::Values(StoreUnderTest{"InMemory", InMemory}, StoreUnderTest{"InFile", InFile}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rowcall::ledger
