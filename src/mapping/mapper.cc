#include "mapping/mapper.h"

#include <algorithm>

#include "base/assert.h"
#include "base/text.h"
#include "mapping/convert.h"

namespace rowcall::mapping {

namespace {

std::size_t IndexOf(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  ROWCALL_ASSERT(found != names.end());
  return static_cast<std::size_t>(found - names.begin());
}

std::string Join(const std::vector<std::string>& words, std::string_view between) {
  std::string joined;
  for (const std::string& word : words) joined.append(joined.empty() ? "" : between).append(word);
  return joined;
}

using Room = boost::container::small_vector<char, 256>;

/// The cells of a rule: trimmed, blank ones left out, joined by one space. `joined` is room for the result.
std::string_view CellText(const model::Row& row, const std::vector<std::size_t>& columns, Room& joined) {
  std::string_view text;
  for (const std::size_t column : columns) {
    const std::string_view cell = column < row.cells.size() ? TrimCell(row.cells[column]) : std::string_view();
    if (cell.empty()) continue;
    if (text.empty()) {
      text = cell;
    } else {
      if (text.data() != joined.data()) joined.assign(text.begin(), text.end());
      const std::size_t end = joined.size();
      joined.resize(end + 1 + cell.size(), boost::container::default_init);
      joined[end] = ' ';
      std::ranges::copy(cell, joined.data() + end + 1);
      text = {joined.data(), joined.size()};
    }
  }
  return text;
}

}  // namespace

bool IsKnownRegion(std::string_view region) { return FindRegion(region) != nullptr; }

Result<void> CheckFits(const model::Mapping& mapping, const model::ObjectSchema& schema,
                       const std::vector<std::string>& header) {
  for (const model::FieldRule& rule : mapping.rules) {
    const model::Field* field = schema.Find(rule.path);
    if (field == nullptr || field->read_only) {
      return Fail(ErrorKind::invalid,
                  "mapping: " + schema.name + " has no field '" + rule.path + "' that can be written",
                  "The workspace's fields have changed. Load the file again.");
    }
    for (const std::string& column : rule.columns) {
      if (std::find(header.begin(), header.end(), column) == header.end()) {
        return Fail(ErrorKind::invalid, "mapping: the file has no column '" + column + "'");
      }
    }
  }
  return {};
}

Mapper::Mapper(const model::ObjectSchema& schema, model::Mapping mapping, const std::vector<std::string>& header)
    : schema_(schema), region_(FindRegion(mapping.region)), extents_(schema.relations.size()) {
  for (model::FieldRule& rule : mapping.rules) {
    BoundRule bound;
    bound.field = schema.Find(rule.path);
    ROWCALL_ASSERT(bound.field != nullptr);
    for (const std::string& column : rule.columns) bound.columns.push_back(IndexOf(header, column));
    bound.column_names = Join(rule.columns, " + ");
    bound.fallback = TrimCell(rule.fallback);
    bound.path_in_record = rule.path;
    for (std::size_t i = 0; i < schema.relations.size(); ++i) {
      const std::string prefix = schema.relations[i] + ".";
      if (!rule.path.starts_with(prefix)) continue;
      bound.relation = i;
      bound.path_in_record = rule.path.substr(prefix.size());
    }
    Extent& extent = bound.relation == kOwn ? own_extent_ : extents_[bound.relation];
    ++extent.fields;
    extent.path_bytes += bound.path_in_record.size();
    extent.columns.insert(extent.columns.end(), bound.columns.begin(), bound.columns.end());
    rules_.push_back(std::move(bound));
  }
  for (const model::Field& field : schema.fields) {
    if (field.required) needs_.push_back(NeedFor({field.path}));
  }
  if (!schema.needs_one_of.empty()) needs_.push_back(NeedFor(schema.needs_one_of));
  for (const std::string& relation : schema.relations) {
    const auto paths = schema.relation_needs.find(relation);
    relation_needs_.push_back(paths == schema.relation_needs.end() ? Need{} : NeedFor(paths->second));
  }
}

Mapper::Need Mapper::NeedFor(const std::vector<std::string>& paths) const {
  Need need;
  need.field_names = Join(paths, " or ");
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (std::find(paths.begin(), paths.end(), rules_[i].field->path) == paths.end()) continue;
    need.rules.push_back(i);
    need.column_names += (need.column_names.empty() ? "" : ", ") + rules_[i].column_names;
  }
  return need;
}

bool Mapper::AnyFilled(const std::vector<std::size_t>& rules, const Filled& filled) {
  return std::ranges::any_of(rules, [&](std::size_t rule) { return filled[rule]; });
}

model::MappedRow Mapper::Map(const model::Row& row, model::Personal personal) const {
  model::MappedRow mapped;
  mapped.number = row.number;
  mapped.byte_offset = row.byte_offset;
  if (!row.faults.empty()) mapped.reasons = row.faults;
  if (!mapped.ok()) return mapped;
  Filled filled(rules_.size(), false);
  MapFields(row, personal, filled, mapped);
  CheckNeeds(filled, mapped);
  DropKeyless(filled, mapped);
  return mapped;
}

std::vector<PersonalCell> Mapper::PersonalCells(const model::Cells& cells) const {
  std::vector<PersonalCell> personal;
  for (const BoundRule& rule : rules_) {
    if (!rule.field->personal) continue;
    for (const std::size_t column : rule.columns) {
      const std::string_view text = column < cells.size() ? TrimCell(cells[column]) : std::string_view();
      if (!text.empty()) personal.push_back({rule.field, text});
    }
  }
  return personal;
}

void Mapper::MapFields(const model::Row& row, model::Personal personal, Filled& filled,
                       model::MappedRow& mapped) const {
  MakeRoom(own_extent_, row.cells, mapped.record);
  Room joined;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const BoundRule& rule = rules_[i];
    std::string_view text = CellText(row, rule.columns, joined);
    if (text.empty()) text = rule.fallback;
    if (text.empty()) continue;
    filled[i] = true;
    model::Record& record = rule.relation == kOwn ? mapped.record : RelatedRecord(rule.relation, row.cells, mapped);
    std::optional<model::Reason> reason;
    AddConverted({*rule.field, text, personal}, region_, rule.path_in_record, record, reason);
    if (!reason) continue;
    reason->column = rule.column_names;
    mapped.reasons.push_back(std::move(*reason));
  }
}

void Mapper::MakeRoom(const Extent& extent, const model::Cells& cells, model::Record& record) {
  std::size_t bytes = extent.path_bytes;
  for (const std::size_t column : extent.columns) bytes += column < cells.size() ? cells[column].size() : 0;
  record.Reserve(extent.fields, bytes);
}

model::Record& Mapper::RelatedRecord(std::size_t relation, const model::Cells& cells, model::MappedRow& mapped) const {
  const std::string& name = schema_.relations[relation];
  auto related = std::ranges::find(mapped.related, name, &model::RelatedRecord::relation);
  if (related == mapped.related.end()) {
    related = mapped.related.insert(related, {name, {}});
    MakeRoom(extents_[relation], cells, related->record);
  }
  return related->record;
}

void Mapper::CheckNeeds(const Filled& filled, model::MappedRow& mapped) const {
  for (const Need& need : needs_) {
    if (AnyFilled(need.rules, filled)) continue;
    model::Reason reason =
        model::Because("missing_value", "the row has no value for " + need.field_names,
                       need.rules.empty() ? "The file has no column for it: add one, or name it in the mapping."
                                          : "Fill in " + need.column_names + ".");
    reason.column = need.column_names;
    mapped.reasons.push_back(std::move(reason));
  }
}

void Mapper::DropKeyless(const Filled& filled, model::MappedRow& mapped) const {
  std::erase_if(mapped.related, [&](const model::RelatedRecord& related) {
    const std::size_t relation = IndexOf(schema_.relations, related.relation);
    const Need& need = relation_needs_[relation];
    if (need.field_names.empty() || AnyFilled(need.rules, filled)) return false;
    model::Reason reason =
        model::Because("related_without_key",
                       "the row's " + related.relation + " has no value for " + need.field_names + "; it is not loaded",
                       need.rules.empty() ? "Add a column for it." : "Fill in " + need.column_names + ".");
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].relation != relation || !filled[i]) continue;
      reason.column += (reason.column.empty() ? "" : ", ") + rules_[i].column_names;
    }
    reason.warning = true;
    mapped.reasons.push_back(std::move(reason));
    return true;
  });
}

}  // namespace rowcall::mapping
