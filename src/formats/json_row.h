#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "formats/json_record.h"
#include "model/row.h"

namespace rowcall::formats {

/// The columns of a JSON file.
class JsonColumns {
 public:
  explicit JsonColumns(const std::vector<std::string>& names);  ///< `names` must outlive it.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  /// The column of that name, or kNone. `guess` is tried first: records mostly keep the order of keys.
  std::size_t Find(const std::string& name, std::size_t guess) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  const std::vector<std::string>& names_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

/// Gathers the distinct names of records, in the order in which they come up.
class JsonNames {
 public:
  void Add(const std::vector<JsonField>& fields);
  std::size_t size() const { return names_.size(); }
  std::vector<std::string> Take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
  std::unordered_set<std::string> seen_;
};

/// Fills `row`, which has its number and offset, with a cell for each column.
///
///   a key is missing            blank
///   a key that is no column     warning `unknown_key`, unless its value is blank
///   an array, a deep object     fault `nested_value`
///   a key stands twice          fault `duplicate_key`; the first value is kept
///   a zero byte in a text       fault `zero_byte`
void FillJsonRow(const std::vector<JsonField>& fields, const JsonColumns& columns, model::Row& row);

}  // namespace rowcall::formats
