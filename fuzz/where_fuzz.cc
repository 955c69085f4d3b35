// Any text as a `where`, and any value for its names: what was read, written out, reads as the same; the operators
// agree with each other; and only the names that NamesIn() tells are asked for.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/text.h"
#include "query/where.h"

namespace {

using rowcall::query::Condition;
using rowcall::query::Operator;
using rowcall::query::Where;
using Value = std::optional<std::string>;

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) quoted.append(c == quote ? 2 : 1, c);
  return quoted + quote;
}

std::string_view Symbol(Operator op) {
  switch (op) {
    case Operator::equal: return " = ";
    case Operator::not_equal: return " != ";
    case Operator::less: return " < ";
    case Operator::greater: return " > ";
    case Operator::less_or_equal: return " <= ";
    case Operator::greater_or_equal: return " >= ";
    case Operator::like: return " LIKE ";
    case Operator::in: return " IN ";
    case Operator::is_null: return " IS NULL";
    case Operator::is_not_null: return " IS NOT NULL";
  }
  return "";
}

std::string Print(const Condition& condition) {
  std::string text = Quoted(condition.name, '`') + std::string(Symbol(condition.op));
  std::string values;
  for (const std::string& value : condition.values) values += (values.empty() ? "" : ", ") + Quoted(value, '\'');
  return text + (condition.op == Operator::in ? "(" + values + ")" : values);
}

std::string Print(const Where& where) {
  if (where.kind == Where::Kind::condition) return Print(where.condition);
  const bool is_any = where.kind == Where::Kind::any_of;
  std::string text;
  for (const Where& part : where.parts) {
    const bool binds_tighter = part.kind == Where::Kind::condition || (is_any && part.kind == Where::Kind::all_of);
    if (!text.empty()) text += is_any ? " OR " : " AND ";
    text += binds_tighter ? Print(part) : "(" + Print(part) + ")";
  }
  return text;
}

bool Same(const Where& a, const Where& b) {
  if (a.kind != b.kind || a.condition != b.condition || a.parts.size() != b.parts.size()) return false;
  for (std::size_t i = 0; i < a.parts.size(); ++i) {
    if (!Same(a.parts[i], b.parts[i])) return false;
  }
  return true;
}

bool Holds(const Condition& condition, Operator op, const Value& value) {
  Where where{Where::Kind::condition, condition, {}};
  where.condition.op = op;
  return Matches(where, [&](std::string_view) { return value; });
}

/// The plainest LIKE: tries every run for each %.
bool IsLike(std::string_view text, std::string_view pattern) {
  std::vector<bool> reached(text.size() + 1);  // by what was read of the pattern
  reached[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t at = 0; at <= text.size(); ++at) {
      next[at] = c == '%' ? reached[at] || (at > 0 && next[at - 1]) : at > 0 && reached[at - 1] && text[at - 1] == c;
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

bool LooksLikeNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("+-.0123456789Ee") == std::string_view::npos;
}

void CheckComparison(const std::string& value, const Condition& condition) {
  Condition one = condition;
  one.values.resize(1);
  const bool less = Holds(one, Operator::less, value);
  const bool equal = Holds(one, Operator::equal, value);
  const bool greater = Holds(one, Operator::greater, value);
  ROWCALL_ASSERT(less + equal + greater == 1);
  ROWCALL_ASSERT(Holds(one, Operator::not_equal, value) == !equal);
  ROWCALL_ASSERT(Holds(one, Operator::less_or_equal, value) == !greater);
  ROWCALL_ASSERT(Holds(one, Operator::greater_or_equal, value) == !less);
  ROWCALL_ASSERT(Holds(one, Operator::in, value) == equal);
  const std::string& other = one.values[0];
  ROWCALL_ASSERT(!equal || value == other || (LooksLikeNumber(value) && LooksLikeNumber(other)));
  const Condition swapped{.name = one.name, .op = one.op, .values = {value}};
  ROWCALL_ASSERT(Holds(swapped, Operator::less, other) == greater);
  ROWCALL_ASSERT(Holds(one, Operator::like, value) == IsLike(rowcall::AsciiLower(value), rowcall::AsciiLower(other)));
}

void CheckCondition(const Value& value, const Condition& condition) {
  ROWCALL_ASSERT(Holds(condition, Operator::is_null, value) == !value);
  ROWCALL_ASSERT(Holds(condition, Operator::is_not_null, value) == value.has_value());
  if (condition.values.empty()) return;
  if (value) return CheckComparison(*value, condition);
  for (const Operator op : {Operator::equal, Operator::less, Operator::greater, Operator::less_or_equal,
                            Operator::greater_or_equal, Operator::like, Operator::in}) {
    ROWCALL_ASSERT(!Holds(condition, op, value));
  }
  ROWCALL_ASSERT(Holds(condition, Operator::not_equal, value));
}

/// Checks each condition in `where`, and joins their answers by hand.
bool Check(const Where& where, const rowcall::query::ValueOf& value_of) {
  if (where.kind == Where::Kind::condition) {
    const Value value = value_of(where.condition.name);
    CheckCondition(value, where.condition);
    return Holds(where.condition, where.condition.op, value);
  }
  const bool is_any = where.kind == Where::Kind::any_of;
  bool matches = !is_any;
  for (const Where& part : where.parts) {
    const bool holds = Check(part, value_of);
    matches = is_any ? matches || holds : matches && holds;
  }
  return matches;
}

void CheckOffset(const rowcall::Error& error, std::size_t size) {
  std::size_t offset = 0;
  const std::string& text = error.message;
  std::from_chars(text.data() + text.rfind(' ') + 1, text.data() + text.size(), offset);
  ROWCALL_ASSERT(error.kind == rowcall::ErrorKind::invalid && offset <= size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string value(input.substr(0, input.find('\n')));
  const std::string_view text = input.substr(std::min(value.size() + 1, size));

  const rowcall::Result<Where> where = rowcall::query::ParseWhere(text);
  if (!where) {
    CheckOffset(where.error(), text.size());
    return 0;
  }
  const std::string printed = Print(*where);
  constexpr std::size_t kMostBytes = 4096;
  if (printed.size() <= kMostBytes) {
    const rowcall::Result<Where> again = rowcall::query::ParseWhere(printed);
    ROWCALL_ASSERT(again.has_value() && Same(*where, *again));
  }

  const std::vector<std::string> names = NamesIn(*where);
  const auto value_of = [&](std::string_view name) {
    ROWCALL_ASSERT(std::find(names.begin(), names.end(), name) != names.end());
    return name.size() % 3 == 2 ? Value() : Value(value);
  };
  ROWCALL_ASSERT(Matches(*where, value_of) == Check(*where, value_of));
  return 0;
}
