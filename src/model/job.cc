#include "model/job.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace rowcall::model {

namespace {

template <typename Kind>
struct Named {
  Kind kind;
  std::string_view name;
};

constexpr std::array kStatuses = {
    Named{JobStatus::created, "CREATED"},
    Named{JobStatus::running, "RUNNING"},
    Named{JobStatus::cancellation_pending, "CANCELLATION_PENDING"},
    Named{JobStatus::completed, "COMPLETED"},
    Named{JobStatus::aborted, "ABORTED"},
    Named{JobStatus::error, "ERROR"},
    Named{JobStatus::cancelled, "CANCELLED"},
};

constexpr std::array kPausers = {
    Named{PausedBy::nobody, ""},
    Named{PausedBy::user, "user"},
    Named{PausedBy::canary, "canary"},
};

constexpr std::array kActions = {
    Named{Action::upsert, "upsert"},
    Named{Action::create, "create"},
    Named{Action::update, "update"},
};

template <typename Table, typename Kind>
std::string_view NameIn(const Table& table, Kind kind) {
  return std::find_if(table.begin(), table.end(), [&](const auto& named) { return named.kind == kind; })->name;
}

template <typename Kind, typename Table>
std::optional<Kind> KindIn(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& named) { return named.name == name; });
  return found == table.end() ? std::nullopt : std::optional<Kind>(found->kind);
}

}  // namespace

std::string_view Name(JobStatus status) { return NameIn(kStatuses, status); }
std::optional<JobStatus> JobStatusNamed(std::string_view name) { return KindIn<JobStatus>(kStatuses, name); }

bool IsFinal(JobStatus status) {
  return status == JobStatus::completed || status == JobStatus::aborted || status == JobStatus::error ||
         status == JobStatus::cancelled;
}

std::string_view Name(PausedBy by) { return NameIn(kPausers, by); }
std::optional<PausedBy> PausedByNamed(std::string_view name) { return KindIn<PausedBy>(kPausers, name); }

std::string_view Name(Action action) { return NameIn(kActions, action); }
std::optional<Action> ActionNamed(std::string_view name) { return KindIn<Action>(kActions, name); }

std::string_view Name(FileFormat format) { return format == FileFormat::csv ? "csv" : "json"; }

std::int64_t OutcomeCounts::Total() const { return std::accumulate(by_kind.begin(), by_kind.end(), std::int64_t{0}); }

std::int64_t OutcomeCounts::Failed() const {
  return (*this)[OutcomeKind::rejected] + (*this)[OutcomeKind::failed] + (*this)[OutcomeKind::unresolved];
}

std::optional<int> RatePermille(std::string_view number) {
  double share = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), share);
  const bool is_share =
      parsed.ec == std::errc() && parsed.ptr == number.data() + number.size() && share > 0 && share <= 1;
  return is_share ? std::optional(std::max(1, static_cast<int>(std::lround(share * kWholeRate)))) : std::nullopt;
}

}  // namespace rowcall::model
