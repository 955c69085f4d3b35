#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include "ledger/json_text.h"
#include "ledger/reads.h"

namespace rowcall::ledger {

namespace {

using model::OutcomeKind;

// One kind a parameter, NULL where it is not wanted: ?5 to ?12. ?13: incomplete rows too.
const std::string kWanted = "(o.kind IN (?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) OR (?13 AND o.incomplete = 1)) ";
// As the index outcome_notable says it, word for word: so SQLite uses that index, which is small.
const std::string kNotable =
    "AND ((o.kind <> 'created' AND o.kind <> 'updated' AND o.kind <> 'unchanged') OR o.incomplete = 1) ";
const std::string kSelect = R"sql(
SELECT o.row, o.byte_offset, o.kind, o.vendor_id, o.written_digest, d.reasons, d.incomplete
FROM outcome o LEFT JOIN outcome_detail d ON d.tenant = o.tenant AND d.job = o.job AND d.row = o.row
WHERE o.tenant = ?1 AND o.job = ?2 AND o.row > ?3 AND )sql";
const std::string kInOrder = "ORDER BY o.row LIMIT ?4";

const std::string kSelectWanted = kSelect + kWanted + kInOrder;
const std::string kSelectNotable = kSelect + kWanted + kNotable + kInOrder;

// ?14: a code. Only rows that have reasons are looked at.
const std::string kSelectByCode = R"sql(
SELECT o.row, o.byte_offset, o.kind, o.vendor_id, o.written_digest, d.reasons, d.incomplete
FROM outcome_detail d CROSS JOIN outcome o ON o.tenant = d.tenant AND o.job = d.job AND o.row = d.row
WHERE d.tenant = ?1 AND d.job = ?2 AND d.row > ?3 AND (
  EXISTS (SELECT 1 FROM json_each(d.reasons) WHERE json_extract(value, '$.code') = ?14) OR
  EXISTS (SELECT 1 FROM json_each(d.incomplete) WHERE json_extract(value, '$.reason.code') = ?14)) AND )sql" +
                                  kWanted + "ORDER BY d.row LIMIT ?4";

constexpr const char* kSelectRanges = R"sql(
SELECT first, last, byte_offset, kind, reasons FROM outcome_range
WHERE tenant = ?1 AND job = ?2 AND last > ?3 AND kind IN (?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) AND
  (?14 = '' OR EXISTS (SELECT 1 FROM json_each(reasons) WHERE json_extract(value, '$.code') = ?14))
ORDER BY first LIMIT ?4)sql";

constexpr std::int64_t kUnknownOffset = -1;

using Wanted = std::array<std::optional<std::string_view>, model::kAllOutcomes.size()>;

Wanted WantedBy(const RowFilter& filter) {
  Wanted wanted;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const OutcomeKind kind = model::kAllOutcomes[i];
    const bool all = filter.kinds.empty();
    if (all || std::ranges::find(filter.kinds, kind) != filter.kinds.end()) wanted[i] = model::Name(kind);
  }
  return wanted;
}

bool OnlyNotable(const RowFilter& filter) {
  const auto plain = [](OutcomeKind kind) {
    return kind == OutcomeKind::created || kind == OutcomeKind::updated || kind == OutcomeKind::unchanged;
  };
  return !filter.kinds.empty() && std::ranges::none_of(filter.kinds, plain);
}

Result<OutcomeKind> KindIn(const Query& query, int column) {
  const auto kind = model::OutcomeNamed(query.Text(column));
  if (!kind) return Fail(ErrorKind::corrupt, "a row of the ledger has no outcome word");
  return *kind;
}

Result<model::Outcome> OutcomeIn(const Query& query) {
  model::Outcome outcome;
  outcome.row = query.Int(0);
  outcome.byte_offset = query.Int(1);
  ASSIGN_OR_RETURN(outcome.kind, KindIn(query, 2));
  outcome.vendor_id = query.Text(3);
  outcome.written_digest = std::bit_cast<std::uint64_t>(query.Int(4));
  if (query.IsNull(5)) return outcome;
  ASSIGN_OR_RETURN(outcome.reasons, ReasonsFromJson(query.Text(5)));
  ASSIGN_OR_RETURN(outcome.incomplete, StepsFromJson(query.Text(6)));
  return outcome;
}

struct Range {
  RowNumber last = 0;
  model::Outcome outcome;  // Of the range's first row.
};

Result<Range> RangeIn(const Query& query) {
  Range range;
  range.outcome.row = query.Int(0);
  range.last = query.Int(1);
  range.outcome.byte_offset = query.Int(2);
  ASSIGN_OR_RETURN(range.outcome.kind, KindIn(query, 3));
  ASSIGN_OR_RETURN(range.outcome.reasons, ReasonsFromJson(query.Text(4)));
  return range;
}

// The outcomes of single rows, as many as may be asked for.
Result<std::vector<model::Outcome>> SingleRows(Database& db, TenantId tenant, JobId job, const RowFilter& filter,
                                               RowNumber after, std::size_t limit) {
  const Wanted w = WantedBy(filter);
  const std::string& sql = OnlyNotable(filter) ? kSelectNotable : kSelectWanted;
  const auto most = static_cast<std::int64_t>(limit);
  Query query = filter.code.empty() ? db.Use(sql.c_str(), tenant, job, after, most, w[0], w[1], w[2], w[3], w[4], w[5],
                                             w[6], w[7], filter.or_incomplete)
                                    : db.Use(kSelectByCode.c_str(), tenant, job, after, most, w[0], w[1], w[2], w[3],
                                             w[4], w[5], w[6], w[7], filter.or_incomplete, filter.code);
  std::vector<model::Outcome> outcomes;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return outcomes;
    ASSIGN_OR_RETURN(model::Outcome outcome, OutcomeIn(query));
    outcomes.push_back(std::move(outcome));
  }
}

void SpellOut(const Range& range, RowNumber after, std::size_t limit, std::vector<model::Outcome>& into) {
  for (RowNumber row = std::max(range.outcome.row, after + 1); row <= range.last && into.size() < limit; ++row) {
    into.push_back(range.outcome);
    into.back().row = row;
    if (row != range.outcome.row) into.back().byte_offset = kUnknownOffset;
  }
}

// The rows of ranges, spelled out, as many as may be asked for.
Result<std::vector<model::Outcome>> RowsOfRanges(Database& db, TenantId tenant, JobId job, const RowFilter& filter,
                                                 RowNumber after, std::size_t limit) {
  const Wanted w = WantedBy(filter);
  Query query = db.Use(kSelectRanges, tenant, job, after, static_cast<std::int64_t>(limit), w[0], w[1], w[2], w[3],
                       w[4], w[5], w[6], w[7], false, filter.code);
  std::vector<model::Outcome> outcomes;
  while (outcomes.size() < limit) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) break;
    ASSIGN_OR_RETURN(const Range range, RangeIn(query));
    SpellOut(range, after, limit, outcomes);
  }
  return outcomes;
}

Result<std::vector<RowNumber>> Numbers(Query& query) {
  std::vector<RowNumber> numbers;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return numbers;
    for (RowNumber row = query.Int(0); row <= query.Int(1); ++row) numbers.push_back(row);
  }
}

}  // namespace

Result<std::vector<model::Outcome>> Rows(Database& db, TenantId tenant, JobId job, const RowFilter& filter,
                                         RowNumber after, std::size_t limit) {
  ASSIGN_OR_RETURN(const bool purged, IsBeingPurged(db, tenant, job));
  if (purged) return RowsArePurged(job);
  ASSIGN_OR_RETURN(std::vector<model::Outcome> singles, SingleRows(db, tenant, job, filter, after, limit));
  ASSIGN_OR_RETURN(std::vector<model::Outcome> spelled, RowsOfRanges(db, tenant, job, filter, after, limit));
  if (spelled.empty()) return singles;
  std::vector<model::Outcome> outcomes;
  std::merge(std::move_iterator(singles.begin()), std::move_iterator(singles.end()),
             std::move_iterator(spelled.begin()), std::move_iterator(spelled.end()), std::back_inserter(outcomes),
             [](const model::Outcome& a, const model::Outcome& b) { return a.row < b.row; });
  if (outcomes.size() > limit) outcomes.resize(limit);
  return outcomes;
}

Result<std::vector<RowNumber>> RowsWithOutcome(Database& db, TenantId tenant, JobId job, RowNumber first,
                                               RowNumber last) {
  Query query = db.Use(
      "SELECT row, row FROM outcome WHERE tenant = ?1 AND job = ?2 AND row BETWEEN ?3 AND ?4 "
      "UNION ALL SELECT max(first, ?3), min(last, ?4) FROM outcome_range "
      "WHERE tenant = ?1 AND job = ?2 AND first <= ?4 AND last >= ?3 ORDER BY 1",
      tenant, job, first, last);
  return Numbers(query);
}

Result<bool> IsHeldByOtherRow(Database& db, TenantId tenant, JobId job, RowNumber row, const std::string& vendor_id) {
  Query query = db.Use(
      "SELECT 1 FROM outcome INDEXED BY outcome_record WHERE tenant = ?1 AND vendor_id = ?4"
      " AND NOT (job = ?2 AND row = ?3) AND kind IN ('created', 'updated', 'unchanged') "
      "UNION ALL SELECT 1 FROM pre_image WHERE tenant = ?1 AND job = ?2 AND row = ?3 AND vendor_id = ?4 LIMIT 1",
      tenant, job, row, vendor_id);
  return query.Next();
}

Result<std::vector<std::string>> RecordsMade(Database& db, TenantId tenant, InstanceId instance,
                                             const std::string& object, std::size_t most) {
  // Of each job the newest outcomes alone are looked at: rows that are rejected run ahead of those that are sent.
  Query query = db.Use(
      "WITH newest AS (SELECT id FROM job WHERE tenant = ?1 AND instance = ?2 AND object = ?3 ORDER BY id DESC "
      "LIMIT 10),"
      " looked_at AS (SELECT newest.id AS job,"
      "   (SELECT min(row) FROM (SELECT row FROM outcome WHERE tenant = ?1 AND job = newest.id ORDER BY row DESC"
      "    LIMIT 5000)) AS first FROM newest)"
      " SELECT o.vendor_id FROM looked_at CROSS JOIN outcome o ON o.tenant = ?1 AND o.job = looked_at.job AND"
      " o.row >= looked_at.first"
      " WHERE o.kind = 'created' AND o.vendor_id IS NOT NULL ORDER BY o.job DESC, o.row DESC LIMIT ?4",
      tenant, instance, object, static_cast<std::int64_t>(most));
  std::vector<std::string> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return ids;
    ids.emplace_back(query.Text(0));
  }
}

Result<std::int64_t> RowsRead(Database& db, TenantId tenant, JobId job) {
  Query query = db.Use("SELECT rows_read FROM progress WHERE tenant = ?1 AND job = ?2", tenant, job);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return Fail(ErrorKind::not_found, "there is no job " + std::to_string(job.value));
  return query.Int(0);
}

Result<std::int64_t> CountOutcomes(Database& db, TenantId tenant, JobId job, RowNumber first, RowNumber last) {
  Query query = db.Use(
      "SELECT (SELECT count(*) FROM outcome WHERE tenant = ?1 AND job = ?2 AND row BETWEEN ?3 AND ?4) +"
      "       (SELECT coalesce(sum(min(last, ?4) - max(first, ?3) + 1), 0) FROM outcome_range"
      "        WHERE tenant = ?1 AND job = ?2 AND first <= ?4 AND last >= ?3)",
      tenant, job, first, last);
  ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Int(0) : 0;
}

}  // namespace rowcall::ledger
