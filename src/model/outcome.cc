#include "model/outcome.h"

#include <algorithm>

#include "base/assert.h"

namespace rowcall::model {

std::string_view Name(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::created: return "created";
    case OutcomeKind::updated: return "updated";
    case OutcomeKind::unchanged: return "unchanged";
    case OutcomeKind::skipped: return "skipped";
    case OutcomeKind::rejected: return "rejected";
    case OutcomeKind::failed: return "failed";
    case OutcomeKind::cancelled: return "cancelled";
    case OutcomeKind::unresolved: return "unresolved";
  }
  ROWCALL_ASSERT(false);
  return "";
}

std::string_view NameInUndo(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::updated: return "taken back";
    case OutcomeKind::unchanged: return "back already";
    case OutcomeKind::skipped: return "kept";
    default: return Name(kind);
  }
}

std::optional<OutcomeKind> OutcomeNamed(std::string_view name) {
  for (const OutcomeKind kind : kAllOutcomes) {
    if (Name(kind) == name) return kind;
  }
  return std::nullopt;
}

bool IsFailure(OutcomeKind kind) {
  return kind == OutcomeKind::rejected || kind == OutcomeKind::failed || kind == OutcomeKind::unresolved;
}

const Reason* FirstReason(const Outcome& outcome) {
  const auto error = std::ranges::find_if(outcome.reasons, [](const Reason& reason) { return !reason.warning; });
  if (error != outcome.reasons.end()) return &*error;
  if (!outcome.incomplete.empty()) return &outcome.incomplete.front().reason;
  return outcome.reasons.empty() ? nullptr : &outcome.reasons.front();
}

}  // namespace rowcall::model
