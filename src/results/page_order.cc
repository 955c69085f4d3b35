#include <charconv>
#include <optional>

#include "base/text.h"
#include "results/page.h"

namespace rowcall::results {

namespace {

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

Result<PageOrder> ReadPageOrder(std::string_view page_size, std::string_view next_page) {
  PageOrder order;
  order.token = next_page;
  if (page_size.empty()) return order;
  const auto size = WholeNumber(page_size);
  if (!size || *size < 1 || *size > static_cast<std::int64_t>(kMaxPageSize)) {
    return Fail(ErrorKind::invalid, "pageSize must be a whole number from 1 to " + std::to_string(kMaxPageSize) + ".");
  }
  order.size = static_cast<std::size_t>(*size);
  return order;
}

std::string NextToken(std::int64_t list, std::int64_t last) {
  return std::to_string(list) + "-" + std::to_string(last);
}

Result<std::int64_t> BeginsBehind(const PageOrder& order, std::int64_t list) {
  if (order.token.empty()) return 0;
  const std::vector<std::string_view> parts = Split(order.token, '-');
  const auto last = parts.size() == 2 ? WholeNumber(parts[1]) : std::nullopt;
  if (!last || WholeNumber(parts[0]) != list) {
    return Fail(ErrorKind::invalid, "nextPage is not a token of this list.",
                "Send it as header Elements-Next-Page-Token gave it, or leave it out for the first page.");
  }
  return *last;
}

Result<std::vector<model::OutcomeKind>> ReadOutcomeList(std::string_view list) {
  std::vector<model::OutcomeKind> kinds;
  if (list.empty()) return kinds;
  std::vector<std::string> known;
  for (const model::OutcomeKind kind : model::kAllOutcomes) known.emplace_back(model::Name(kind));
  for (const std::string_view part : Split(list, ',')) {
    const std::string_view name = Trim(part);
    const auto kind = model::OutcomeNamed(name);
    if (!kind) {
      const std::string closest = Closest(name, known);
      return Fail(ErrorKind::invalid, "outcome names something that is no outcome.",
                  closest.empty() ? "Use created, updated, unchanged, skipped, rejected, failed, cancelled, unresolved."
                                  : "Did you mean \"" + closest + "\"?");
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

}  // namespace rowcall::results
