#include "mapping/match.h"

#include <algorithm>
#include <unordered_map>

#include "base/assert.h"
#include "mapping/mapper.h"

namespace rowcall::mapping {

namespace {

/// Words that are written apart in one place and together in another are the same: "E-mail", "EMAIL".
std::string Comparable(std::string_view name) {
  std::string folded = FoldHeader(name);
  std::erase(folded, ' ');
  return folded;
}

}  // namespace

Matcher::Matcher(const std::vector<std::string>& header, const model::ObjectSchema& schema)
    : header_(header), schema_(schema), taken_(header.size(), false) {
  for (const std::string& name : header) {
    const std::string_view bare = WithoutPrefix(name);
    readings_.push_back({Comparable(name), Comparable(bare), Comparable(WithoutNumber(bare))});
  }
}

int Matcher::ColumnNamed(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  return found == header_.end() ? -1 : static_cast<int>(found - header_.begin());
}

model::FieldRule& Matcher::RuleFor(const std::string& path) {
  ROWCALL_ASSERT(schema_.Find(path) != nullptr);
  model::FieldRule& rule = rules_[path];
  rule.path = path;
  return rule;
}

void Matcher::MatchAliases() {
  for (std::size_t reading = 0; reading < kReadings; ++reading) MatchDirectly(reading);
  for (const model::Field& field : schema_.fields) {
    if (!field.read_only && !rules_.contains(field.path)) MatchJoined(field);
  }
}

void Matcher::MatchDirectly(std::size_t reading) {
  std::unordered_map<std::string, const model::Field*> meanings;
  for (const model::Field& field : schema_.fields) {
    if (field.read_only || (field.custom && reading == kWithoutNumber)) continue;
    for (const std::string& alias : field.aliases) meanings.emplace(Comparable(alias), &field);
  }
  for (std::size_t column = 0; column < header_.size(); ++column) {
    const auto meaning = meanings.find(readings_[column][reading]);
    if (taken_[column] || meaning == meanings.end() || rules_.contains(meaning->second->path)) continue;
    RuleFor(meaning->second->path).columns.push_back(header_[column]);
    taken_[column] = true;
  }
}

/// The column that a group of aliases means, the most exact reading first; none.
std::optional<std::size_t> Matcher::ColumnOf(const std::vector<std::string>& group) const {
  for (std::size_t reading = 0; reading < kReadings; ++reading) {
    for (std::size_t column = 0; column < header_.size(); ++column) {
      const bool named = std::any_of(group.begin(), group.end(), [&](const std::string& alias) {
        return Comparable(alias) == readings_[column][reading];
      });
      if (named && !taken_[column]) return column;
    }
  }
  return std::nullopt;
}

void Matcher::MatchJoined(const model::Field& field) {
  for (const std::vector<std::string>& group : field.joined_from) {
    const std::optional<std::size_t> column = ColumnOf(group);
    if (!column) continue;
    RuleFor(field.path).columns.push_back(header_[*column]);
    taken_[*column] = true;
  }
}

model::Mapping Matcher::Finish() const {
  model::Mapping mapping;
  for (const model::Field& field : schema_.fields) {
    if (const auto rule = rules_.find(field.path); rule != rules_.end()) mapping.rules.push_back(rule->second);
  }
  for (std::size_t column = 0; column < header_.size(); ++column) {
    if (taken_[column]) continue;
    const std::string& name = header_[column];
    mapping.columns_not_loaded.push_back(name.empty() ? "column " + std::to_string(column + 1) : name);
  }
  return mapping;
}

model::Mapping MatchByAlias(const std::vector<std::string>& header, const model::ObjectSchema& schema) {
  Matcher matcher(header, schema);
  matcher.MatchAliases();
  return matcher.Finish();
}

}  // namespace rowcall::mapping
