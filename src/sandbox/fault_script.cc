#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "sandbox/faults.h"
#include "sandbox/routes.h"

namespace rowcall::sandbox {

namespace {

namespace json = boost::json;

constexpr std::array kKinds = {FaultKind::reset_before,  FaultKind::reset_after, FaultKind::status,
                               FaultKind::timeout_after, FaultKind::late,        FaultKind::garbage,
                               FaultKind::html_200,      FaultKind::cut_json,    FaultKind::wrong_type};

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string closest = Closest(name, candidates);
  return closest.empty() ? std::string() : "Did you mean \"" + closest + "\"?";
}

Result<void> ReadOperation(const json::value& value, FaultRule& rule) {
  if (!value.is_string()) return Fail(ErrorKind::invalid, "\"operation\" is not a string");
  rule.operation = value.get_string();
  std::vector<std::string> known;
  for (const Route& route : Routes()) known.push_back(route.Operation());
  if (std::ranges::find(known, rule.operation) != known.end()) return {};
  return Fail(ErrorKind::invalid, "there is no operation \"" + rule.operation + "\"",
              DidYouMean(rule.operation, known));
}

Result<void> ReadKind(const json::value& value, FaultRule& rule) {
  if (!value.is_string()) return Fail(ErrorKind::invalid, "\"do\" is not a string");
  const std::string name(value.get_string());
  std::vector<std::string> known;
  for (const FaultKind kind : kKinds) known.emplace_back(Name(kind));
  const auto found = std::ranges::find(known, name);
  if (found == known.end()) {
    return Fail(ErrorKind::invalid, "there is no fault \"" + name + "\"", DidYouMean(name, known));
  }
  rule.kind = kKinds[static_cast<std::size_t>(found - known.begin())];
  return {};
}

Result<std::int64_t> ReadCount(std::string_view key, const json::value& value) {
  if (value.is_int64() && value.get_int64() >= 1) return value.get_int64();
  return Fail(ErrorKind::invalid, "\"" + std::string(key) + "\" is not a number of at least 1");
}

Result<void> ReadNth(const json::value& value, FaultRule& rule) {
  if (!value.is_array()) return Fail(ErrorKind::invalid, "\"nth\" is not an array");
  for (const json::value& one : value.get_array()) {
    ASSIGN_OR_RETURN(const std::int64_t number, ReadCount("nth", one));
    rule.nth.push_back(number);
  }
  return {};
}

Result<void> ReadProbability(const json::value& value, FaultRule& rule) {
  if (value.is_number()) rule.probability = value.to_number<double>();
  if (rule.probability.has_value() && *rule.probability >= 0 && *rule.probability <= 1) return {};
  return Fail(ErrorKind::invalid, "\"probability\" is not a number from 0 to 1");
}

Result<void> ReadStatus(const json::value& value, FaultRule& rule) {
  const bool fits = value.is_int64() && value.get_int64() >= 200 && value.get_int64() <= 599;
  if (!fits) return Fail(ErrorKind::invalid, "\"status\" is not a status from 200 to 599");
  rule.status = static_cast<int>(value.get_int64());
  return {};
}

Result<void> ReadField(std::string_view key, const json::value& value, FaultRule& rule) {
  if (key == "operation") return ReadOperation(value, rule);
  if (key == "do") return ReadKind(value, rule);
  if (key == "nth") return ReadNth(value, rule);
  if (key == "probability") return ReadProbability(value, rule);
  if (key == "status") return ReadStatus(value, rule);
  if (key == "every") {
    ASSIGN_OR_RETURN(rule.every, ReadCount(key, value));
    return {};
  }
  if (key == "retry_after") {
    ASSIGN_OR_RETURN(rule.retry_after, ReadCount(key, value));
    return {};
  }
  if (key == "first") {
    ASSIGN_OR_RETURN(rule.first, ReadCount(key, value));
    return {};
  }
  if (key == "contains" && value.is_string()) {
    rule.contains = value.get_string();
    return {};
  }
  if (key == "after_commit" && value.is_bool()) {
    rule.after_commit = value.get_bool();
    return {};
  }
  return Fail(ErrorKind::invalid, "there is no field \"" + std::string(key) + "\" with such a value",
              DidYouMean(key, {"operation", "contains", "do", "status", "retry_after", "after_commit", "every",
                               "probability", "nth", "first"}));
}

Result<FaultRule> ReadRule(const json::value& value) {
  if (!value.is_object()) return Fail(ErrorKind::invalid, "it is not an object");
  FaultRule rule;
  for (const auto& [key, field] : value.get_object()) RETURN_IF_ERROR(ReadField(key, field, rule));
  if (!value.get_object().contains("do")) return Fail(ErrorKind::invalid, "\"do\" is missing");
  const int triggers = (rule.every > 0) + rule.probability.has_value() + !rule.nth.empty() + (rule.first > 0);
  if (triggers != 1) {
    return Fail(ErrorKind::invalid, "exactly one of \"every\", \"probability\", \"nth\" and \"first\" must be there");
  }
  return rule;
}

}  // namespace

Result<std::vector<FaultRule>> ParseFaultScript(std::string_view text) {
  boost::system::error_code error;
  const json::value script = json::parse(text, error);
  if (error) return Fail(ErrorKind::invalid, "the fault script is not JSON: " + error.message());
  if (!script.is_array()) return Fail(ErrorKind::invalid, "the fault script is not an array of rules");
  std::vector<FaultRule> rules;
  for (const json::value& value : script.get_array()) {
    Result<FaultRule> rule = ReadRule(value);
    if (!rule.has_value()) {
      const std::string place = "rule " + std::to_string(rules.size() + 1) + " of the fault script: ";
      return Fail(rule.error().kind, place + rule.error().message, rule.error().hint);
    }
    rules.push_back(*std::move(rule));
  }
  return rules;
}

}  // namespace rowcall::sandbox
