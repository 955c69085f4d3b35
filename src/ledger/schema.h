#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "ledger/sqlite.h"

namespace rowcall::ledger {

/// What a database of ours holds, as numbered steps from nothing to now.
struct Schema {
  std::string_view name;           ///< For messages: "ledger".
  std::int32_t application_id;     ///< Stands in the file's header and tells our files from others.
  std::span<const char* const> migrations;  ///< Number n stands at n - 1. Never edited once released.
};

extern const Schema kLedgerSchema;
extern const Schema kCatalogueSchema;

/// Brings the file up to date, each step in one transaction with its number. Fails with `corrupt` if the file is
/// another program's, `conflict` if it was written by a newer program.
Result<void> Migrate(Database& db, const Schema& schema);

}  // namespace rowcall::ledger
