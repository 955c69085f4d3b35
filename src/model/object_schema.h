#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rowcall::model {

enum class FieldType { text, email, phone, url, integer, number, boolean, epoch_seconds, choice };

std::string_view Name(FieldType type);
std::optional<FieldType> FieldTypeNamed(std::string_view name);

/// A field of an object, as the connector describes it or as it was discovered in the workspace.
struct Field {
  std::string path;    ///< Dots for nesting: "email", "custom_attributes.title". Related: "company.name".
  std::string title;   ///< For people, e.g. "E-mail".
  FieldType type = FieldType::text;
  bool required = false;
  bool read_only = false;
  bool personal = false;           ///< Personal data: never in logs, and in reasons only if the instance wants it.
  bool custom = false;             ///< Discovered in the workspace.
  std::size_t max_length = 0;      ///< In Unicode code points; 0 = no limit known.
  /// Where a record that is read shows it, if not at `path`; "" = nowhere, so it cannot be compared.
  std::optional<std::string> shown_at;
  std::string sent_with;           ///< The service takes it only beside this field; "" = alone too.
  std::vector<std::string> choices;  ///< For `choice`: the allowed values.
  /// Headers that mean this field, as a person would write them; compared by FoldHeader() in mapping/.
  std::vector<std::string> aliases;
  /// Groups of headers whose values are joined by one space, in this order, if no single header matches:
  /// {{"first name"}, {"last name"}}, each with its own aliases.
  std::vector<std::vector<std::string>> joined_from;
};

/// What can be written of an object: its own fields, and those of records related to it (path "relation.field").
struct ObjectSchema {
  std::string name;                  ///< Singular: "contact".
  std::vector<Field> fields;
  std::vector<std::string> relations;  ///< Names of relations, e.g. "company".
  /// A row must have a value in at least one of these; empty = no such rule.
  std::vector<std::string> needs_one_of;
  /// Relation → paths ("company.name") of which a related record needs a value in at least one; else it is left out.
  std::map<std::string, std::vector<std::string>> relation_needs;

  const Field* Find(std::string_view path) const;
};

}  // namespace rowcall::model
