#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/mapping.h"
#include "model/object_schema.h"

namespace rowcall::mapping {

/// Gives the columns of one header to the fields of one object. A column and a field find each other at most once.
class Matcher {
 public:
  Matcher(const std::vector<std::string>& header, const model::ObjectSchema& schema);

  /// The first column of this name; -1 if there is none.
  int ColumnNamed(std::string_view name) const;
  /// By the user's word: the column has its place, or is left out on purpose.
  void Take(int column) { taken_[static_cast<std::size_t>(column)] = true; }
  /// The rule of a field, made on first use. The path must be in the schema.
  model::FieldRule& RuleFor(const std::string& path);

  /// Direct aliases first, then fields that are joined from several columns.
  void MatchAliases();
  /// The rules in the order of the schema, and the columns that are left.
  model::Mapping Finish() const;

 private:
  /// How a header's name is read: as it stands, without prefix, without prefix and number.
  static constexpr std::size_t kReadings = 3, kWithoutNumber = 2;

  void MatchDirectly(std::size_t reading);
  void MatchJoined(const model::Field& field);
  std::optional<std::size_t> ColumnOf(const std::vector<std::string>& group) const;

  const std::vector<std::string>& header_;
  const model::ObjectSchema& schema_;
  std::vector<std::array<std::string, kReadings>> readings_;  ///< The header's names as they are compared.
  std::vector<bool> taken_;
  std::map<std::string, model::FieldRule> rules_;  ///< By path.
};

}  // namespace rowcall::mapping
