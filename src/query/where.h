#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rowcall::query {

enum class Operator {
  equal,
  not_equal,
  less,
  greater,
  less_or_equal,
  greater_or_equal,
  like,
  in,
  is_null,
  is_not_null
};

/// One comparison, e.g. job_status = 'COMPLETED'.
struct Condition {
  std::string name;
  Operator op = Operator::equal;
  std::vector<std::string> values;  ///< One; several for `in`; none for the null tests.
  bool operator==(const Condition&) const = default;
};

/// The text of a `where` parameter, read: a condition, or all or any of several.
struct Where {
  enum class Kind { condition, all_of, any_of };
  Kind kind = Kind::all_of;      ///< all_of nothing: everything matches.
  Condition condition;
  std::vector<Where> parts;
};

/// Reads conditions joined by AND and OR (AND binds tighter), with parentheses. Operators: = != < > <= >= LIKE, IN
/// ('a','b'), IS NULL, IS NOT NULL. Values stand in single quotes, '' for a quote in them, or are numbers, true or
/// false. A name that is not a plain word stands in backquotes. Words of the language ignore case. An empty text
/// matches everything. Fails with `invalid` and the byte where it went wrong, also for more than 4,096 bytes, 64
/// conditions or 16 levels.
Result<Where> ParseWhere(std::string_view text);

/// The value of a name in one thing that may match; nullopt = it has none.
using ValueOf = std::function<std::optional<std::string>(std::string_view name)>;

/// Whether a thing matches. Two numbers compare as numbers, else texts byte by byte; LIKE knows % (any run) and ignores
/// ASCII case. A missing value matches IS NULL and != only.
bool Matches(const Where& where, const ValueOf& value_of);

/// All names that it asks for, each once, in order.
std::vector<std::string> NamesIn(const Where& where);

}  // namespace rowcall::query
