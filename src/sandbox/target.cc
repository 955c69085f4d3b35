#include "sandbox/target.h"

#include "base/text.h"
#include "net/url.h"

namespace rowcall::sandbox {

std::optional<std::string_view> Query::Find(std::string_view name) const {
  for (const auto& [given, value] : parameters_) {
    if (given == name) return value;
  }
  return std::nullopt;
}

Result<Target> ParseTarget(std::string_view text) {
  Target target;
  const std::size_t question = text.find('?');
  const std::string_view path = text.substr(0, question);
  for (const std::string_view segment : Split(path, '/')) {
    if (segment.empty()) continue;
    ASSIGN_OR_RETURN(std::string decoded, net::PercentDecode(segment, false));
    target.segments.push_back(std::move(decoded));
  }
  if (question == std::string_view::npos) return target;
  for (const std::string_view parameter : Split(text.substr(question + 1), '&')) {
    if (parameter.empty()) continue;
    const std::size_t equals = parameter.find('=');
    ASSIGN_OR_RETURN(std::string name, net::PercentDecode(parameter.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      ASSIGN_OR_RETURN(value, net::PercentDecode(parameter.substr(equals + 1), true));
    }
    target.query.Add(std::move(name), std::move(value));
  }
  return target;
}

}  // namespace rowcall::sandbox
