#include "query/where.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "query/lexer.h"

namespace rowcall::query {

namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr int kMostConditions = 64;
constexpr int kMostLevels = 16;

struct NamedOperator {
  std::string_view symbol;
  Operator op;
};
constexpr auto kSymbols = std::to_array<NamedOperator>({{"=", Operator::equal},
                                                        {"!=", Operator::not_equal},
                                                        {"<", Operator::less},
                                                        {">", Operator::greater},
                                                        {"<=", Operator::less_or_equal},
                                                        {">=", Operator::greater_or_equal}});

std::optional<double> AsNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && std::isfinite(number) ? std::optional(number) : std::nullopt;  // "nan" and "inf" are words
}

/// One token ahead, by recursive descent: any_of → all_of → condition or parentheses.
class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source) {}

  Result<Where> Parse() {
    RETURN_IF_ERROR(Advance());
    if (token_.kind == TokenKind::end) return Where{};
    ASSIGN_OR_RETURN(Where where, AnyOf(0));
    if (token_.kind != TokenKind::end) return SyntaxError(token_.offset, "expected AND, OR or the end");
    return where;
  }

 private:
  Result<void> Advance() {
    ASSIGN_OR_RETURN(token_, NextToken(source_, offset_));
    return {};
  }
  bool IsWord(std::string_view word) const {
    return token_.kind == TokenKind::word && EqualsIgnoringAsciiCase(token_.text, word);
  }
  bool IsSymbol(std::string_view symbol) const { return token_.kind == TokenKind::symbol && token_.text == symbol; }

  Result<void> Expect(bool is_there, const char* what) {
    if (!is_there) return SyntaxError(token_.offset, std::string("expected ") + what);
    return Advance();
  }

  Result<Where> AnyOf(int level) {
    if (level == kMostLevels) return SyntaxError(token_.offset, "too many parentheses within each other");
    Where any{Where::Kind::any_of, {}, {}};
    for (;;) {
      ASSIGN_OR_RETURN(Where part, AllOf(level));
      any.parts.push_back(std::move(part));
      if (!IsWord("or")) break;
      RETURN_IF_ERROR(Advance());
    }
    return any.parts.size() == 1 ? Where(any.parts.front()) : any;
  }

  Result<Where> AllOf(int level) {
    Where all{Where::Kind::all_of, {}, {}};
    for (;;) {
      ASSIGN_OR_RETURN(Where part, Primary(level));
      all.parts.push_back(std::move(part));
      if (!IsWord("and")) break;
      RETURN_IF_ERROR(Advance());
    }
    return all.parts.size() == 1 ? Where(all.parts.front()) : all;
  }

  Result<Where> Primary(int level) {
    if (!IsSymbol("(")) return Comparison();
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(Where inner, AnyOf(level + 1));
    RETURN_IF_ERROR(Expect(IsSymbol(")"), "')'"));
    return inner;
  }

  Result<Where> Comparison() {
    if (++conditions_ > kMostConditions) return SyntaxError(token_.offset, "more than 64 conditions");
    Where where{Where::Kind::condition, {}, {}};
    where.condition.name = token_.text;
    RETURN_IF_ERROR(Expect(token_.kind == TokenKind::word || token_.kind == TokenKind::name, "a name"));
    RETURN_IF_ERROR(Comparator(where.condition));
    return where;
  }

  Result<void> Comparator(Condition& condition) {
    if (IsWord("is")) return NullTest(condition);
    if (IsWord("in")) return List(condition);
    const auto symbol = std::find_if(kSymbols.begin(), kSymbols.end(),
                                     [&](const NamedOperator& named) { return IsSymbol(named.symbol); });
    if (symbol != kSymbols.end()) condition.op = symbol->op;
    if (IsWord("like")) condition.op = Operator::like;
    RETURN_IF_ERROR(Expect(symbol != kSymbols.end() || IsWord("like"), "one of = != < > <= >= LIKE IN IS"));
    return Value(condition);
  }

  Result<void> NullTest(Condition& condition) {
    RETURN_IF_ERROR(Advance());
    condition.op = IsWord("not") ? Operator::is_not_null : Operator::is_null;
    if (IsWord("not")) RETURN_IF_ERROR(Advance());
    return Expect(IsWord("null"), "NULL");
  }

  Result<void> List(Condition& condition) {
    condition.op = Operator::in;
    RETURN_IF_ERROR(Advance());
    RETURN_IF_ERROR(Expect(IsSymbol("("), "'('"));
    for (;;) {
      RETURN_IF_ERROR(Value(condition));
      if (!IsSymbol(",")) break;
      RETURN_IF_ERROR(Advance());
    }
    return Expect(IsSymbol(")"), "',' or ')'");
  }

  Result<void> Value(Condition& condition) {
    if (token_.kind == TokenKind::number && token_.text.starts_with('+')) token_.text.erase(0, 1);
    const bool is_number = token_.kind == TokenKind::number && AsNumber(token_.text);
    const bool is_truth = IsWord("true") || IsWord("false");
    condition.values.push_back(is_truth ? AsciiLower(token_.text) : token_.text);
    return Expect(token_.kind == TokenKind::text || is_number || is_truth, "a value in single quotes or a number");
  }

  std::string_view source_;
  std::size_t offset_ = 0;
  Token token_;
  int conditions_ = 0;
};

int Compare(std::string_view a, std::string_view b) {
  const std::optional<double> x = AsNumber(a);
  const std::optional<double> y = AsNumber(b);
  if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
  return a.compare(b);
}

/// `pattern` knows only %: any run of characters. Both in lower case.
bool Like(std::string_view text, std::string_view pattern) {
  const std::vector<std::string_view> pieces = Split(pattern, '%');
  if (pieces.size() == 1) return text == pattern;
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t at = text.find(pieces[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return text.ends_with(pieces.back());
}

bool Holds(const Condition& condition, const std::optional<std::string>& value) {
  if (condition.op == Operator::is_null) return !value;
  if (condition.op == Operator::is_not_null) return value.has_value();
  if (!value) return condition.op == Operator::not_equal;
  const auto compare = [&] { return Compare(*value, condition.values.front()); };
  switch (condition.op) {
    case Operator::equal: return compare() == 0;
    case Operator::not_equal: return compare() != 0;
    case Operator::less: return compare() < 0;
    case Operator::greater: return compare() > 0;
    case Operator::less_or_equal: return compare() <= 0;
    case Operator::greater_or_equal: return compare() >= 0;
    case Operator::like: return Like(AsciiLower(*value), AsciiLower(condition.values.front()));
    case Operator::in:
      return std::any_of(condition.values.begin(), condition.values.end(),
                         [&](const std::string& one) { return Compare(*value, one) == 0; });
    case Operator::is_null:
    case Operator::is_not_null: break;
  }
  return false;
}

void AddNames(const Where& where, std::vector<std::string>& names) {
  if (where.kind == Where::Kind::condition) {
    const bool known = std::find(names.begin(), names.end(), where.condition.name) != names.end();
    if (!known) names.push_back(where.condition.name);
  }
  for (const Where& part : where.parts) AddNames(part, names);
}

}  // namespace

Result<Where> ParseWhere(std::string_view text) {
  if (text.size() > kMostBytes) return SyntaxError(kMostBytes, "longer than 4096 bytes");
  return Parser(text).Parse();
}

bool Matches(const Where& where, const ValueOf& value_of) {
  const auto part_matches = [&](const Where& part) { return Matches(part, value_of); };
  switch (where.kind) {
    case Where::Kind::condition: return Holds(where.condition, value_of(where.condition.name));
    case Where::Kind::all_of: return std::all_of(where.parts.begin(), where.parts.end(), part_matches);
    case Where::Kind::any_of: return std::any_of(where.parts.begin(), where.parts.end(), part_matches);
  }
  return false;
}

std::vector<std::string> NamesIn(const Where& where) {
  std::vector<std::string> names;
  AddNames(where, names);
  return names;
}

}  // namespace rowcall::query
