#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "model/row.h"

namespace rowcall::model {

/// What became of a row. Each row of a finished job has exactly one.
enum class OutcomeKind {
  created,     ///< The service made a new record for it.
  updated,     ///< An existing record was written.
  unchanged,   ///< The record was read and already held every value.
  skipped,     ///< Left out by the user's own rule.
  rejected,    ///< We did not send it: it cannot be read or mapped.
  failed,      ///< The service, or a rule about existing records, said no.
  cancelled,   ///< The job was cancelled or stopped before its turn.
  unresolved,  ///< Sent, but no definite answer could be had within the bounds.
};

inline constexpr std::array kAllOutcomes = {
    OutcomeKind::created,  OutcomeKind::updated, OutcomeKind::unchanged, OutcomeKind::skipped,
    OutcomeKind::rejected, OutcomeKind::failed,  OutcomeKind::cancelled, OutcomeKind::unresolved,
};

/// The word used everywhere: API, files, ledger.
std::string_view Name(OutcomeKind kind);
/// What it means of a row that was to be taken back, in a sentence: "taken back", "kept", …
std::string_view NameInUndo(OutcomeKind kind);
std::optional<OutcomeKind> OutcomeNamed(std::string_view name);
/// Counted in recordsFailedCount.
bool IsFailure(OutcomeKind kind);

/// A secondary step of a row that did not end well: the row keeps its outcome, and this is said beside it.
struct IncompleteStep {
  std::string step;
  Reason reason;
  bool operator==(const IncompleteStep&) const = default;
};

/// A related record that a step of a row has made.
struct MadeRecord {
  std::string step;
  std::string vendor_id;
  bool operator==(const MadeRecord&) const = default;
};

struct Outcome {
  RowNumber row = 0;
  std::int64_t byte_offset = 0;  ///< Of the row in the decoded file, so that the row can be found again.
  OutcomeKind kind = OutcomeKind::failed;
  std::string vendor_id;           ///< The record's id at the service; empty if unknown.
  std::uint64_t written_digest = 0;  ///< Digest of the fields that were written; 0 if none were.
  std::vector<Reason> reasons;     ///< Why it failed, and warnings.
  std::vector<IncompleteStep> incomplete;
  std::vector<MadeRecord> made;    ///< Kept for an undo alone: Ledger::Rows does not give them.
  bool operator==(const Outcome&) const = default;
};

/// The reason that a reader should see first: an error before an incomplete step before a warning; null if there is none.
const Reason* FirstReason(const Outcome& outcome);

}  // namespace rowcall::model
