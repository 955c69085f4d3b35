#include "model/outcome.h"

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

std::optional<OutcomeKind> OutcomeNamed(std::string_view name) {
  for (const OutcomeKind kind : kAllOutcomes) {
    if (Name(kind) == name) return kind;
  }
  return std::nullopt;
}

bool IsFailure(OutcomeKind kind) {
  return kind == OutcomeKind::rejected || kind == OutcomeKind::failed || kind == OutcomeKind::unresolved;
}

}  // namespace rowcall::model
