#include "results/causes.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/json_writer.h"
#include "results/page.h"

namespace rowcall::results {

namespace {

constexpr std::size_t kSlice = 2'000;

using Kind = std::tuple<model::OutcomeKind, std::string, std::string, std::string>;

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.Key(key).String(text);
}

}  // namespace

async::Task<Result<std::vector<Cause>>> CausesOf(ledger::Ledger& ledger, TenantId tenant, JobId job) {
  const ledger::RowFilter filter = RowsThatWantAttention();
  std::map<Kind, Cause> by_kind;
  for (RowNumber after = 0;;) {
    ASSIGN_OR_CO_RETURN(const std::vector<model::Outcome> rows,
                        co_await ledger.Rows(tenant, job, filter, after, kSlice));
    if (rows.empty()) break;
    after = rows.back().row;
    for (const model::Outcome& row : rows) {
      const model::Reason* first = model::FirstReason(row);
      const model::Reason reason = first == nullptr ? model::Reason() : *first;
      Cause& cause = by_kind[{row.kind, reason.code, reason.column, reason.service_code}];
      if (cause.rows++ == 0) cause = {row.kind, reason, row.row, 1};
    }
  }
  std::vector<Cause> causes;
  for (auto& [kind, cause] : by_kind) causes.push_back(std::move(cause));
  std::ranges::sort(causes, [](const Cause& a, const Cause& b) {
    return std::tuple(-a.rows, a.first_row) < std::tuple(-b.rows, b.first_row);
  });
  co_return causes;
}

void WriteCauses(std::string& out, const std::vector<Cause>& causes) {
  JsonWriter json(out);
  json.BeginArray();
  for (const Cause& cause : causes) {
    json.BeginObject().Key("rows").Int(cause.rows).Key("firstRow").Int(cause.first_row);
    json.Key("outcome").String(model::Name(cause.outcome));
    WriteText(json, "code", cause.reason.code);
    WriteText(json, "column", cause.reason.column);
    WriteText(json, "message", cause.reason.message);
    WriteText(json, "hint", cause.reason.hint);
    WriteText(json, "serviceCode", cause.reason.service_code);
    WriteText(json, "serviceMessage", cause.reason.service_message);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace rowcall::results
