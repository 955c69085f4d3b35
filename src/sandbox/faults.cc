#include "sandbox/faults.h"

#include <algorithm>

namespace rowcall::sandbox {

namespace {

bool IsAbout(const FaultRule& rule, std::string_view operation, std::string_view target, std::string_view body) {
  if (!rule.operation.empty() && rule.operation != operation) return false;
  return rule.contains.empty() || body.contains(rule.contains) || target.contains(rule.contains);
}

}  // namespace

std::string_view Name(FaultKind kind) {
  switch (kind) {
    case FaultKind::reset_before: return "reset_before";
    case FaultKind::reset_after: return "reset_after";
    case FaultKind::status: return "status";
    case FaultKind::timeout_after: return "timeout_after";
    case FaultKind::late: return "late";
    case FaultKind::garbage: return "garbage";
    case FaultKind::html_200: return "html_200";
    case FaultKind::wrong_type: return "wrong_type";
    case FaultKind::cut_json: break;
  }
  return "cut_json";
}

void Faults::SetRules(std::vector<FaultRule> rules) {
  rules_.clear();
  for (FaultRule& rule : rules) rules_.push_back({std::move(rule)});
}

bool Faults::Strikes(Counted& counted) {
  const FaultRule& rule = counted.rule;
  ++counted.seen;
  if (rule.every > 0) return counted.seen % rule.every == 0;
  if (rule.probability.has_value()) return random_.Unit() < *rule.probability;
  if (rule.first > 0) return counted.seen <= rule.first;
  return std::ranges::find(rule.nth, counted.seen) != rule.nth.end();
}

const FaultRule* Faults::Next(std::string_view operation, std::string_view target, std::string_view body) {
  Counted* striking = nullptr;
  for (Counted& counted : rules_) {
    if (!IsAbout(counted.rule, operation, target, body)) continue;
    const bool strikes = Strikes(counted);
    if (strikes && striking == nullptr) striking = &counted;
  }
  if (striking == nullptr) return nullptr;
  ++striking->struck;
  return &striking->rule;
}

void Faults::AppendTo(JsonWriter& json) const {
  json.BeginArray();
  for (const Counted& counted : rules_) {
    json.BeginObject().Key("operation").String(counted.rule.operation);
    if (!counted.rule.contains.empty()) json.Key("contains").String(counted.rule.contains);
    json.Key("do").String(Name(counted.rule.kind));
    json.Key("seen").Int(counted.seen).Key("struck").Int(counted.struck).EndObject();
  }
  json.EndArray();
}

}  // namespace rowcall::sandbox
