#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connector/answer.h"
#include "connector/answer_json.h"
#include "connector/records.h"

namespace rowcall::connector {

namespace {

/// One error of a refusal.
struct ServiceError {
  std::string code;
  std::string message;
};

/// What the body of a refusal says; empty where it is not what the connector describes.
struct Refusal {
  bool is_readable = false;  ///< It is whole, and JSON.
  std::vector<ServiceError> errors;  ///< At least one.
  std::string request_id;
};

std::string TextIn(simdjson::dom::element root, std::string_view path) {
  simdjson::dom::element element;
  std::string text;
  if (path.empty() || At(root, path).get(element) || ScalarText(element).get(text)) return {};
  return text;
}

Refusal ReadRefusal(const Connector& connector, std::string_view body) {
  Refusal refusal;
  simdjson::dom::element root;
  if (Parse(body).get(root) == simdjson::SUCCESS) {
    refusal.is_readable = true;
    refusal.request_id = TextIn(root, connector.request_id);
    simdjson::dom::array list;
    if (!connector.error_list.empty() && At(root, connector.error_list).get_array().get(list) == simdjson::SUCCESS) {
      for (const simdjson::dom::element error : list) {
        refusal.errors.push_back({TextIn(error, connector.error_code), TextIn(error, connector.error_message)});
      }
    } else {
      refusal.errors.push_back({TextIn(root, connector.error_code), TextIn(root, connector.error_message)});
    }
  }
  if (refusal.errors.empty()) refusal.errors.emplace_back();
  return refusal;
}

// A service that answers at length to each of a million rows must not fill the disk.
constexpr std::size_t kLongestWord = 200;
constexpr std::size_t kLongestMessage = 2'000;

/// At most `most` bytes of UTF-8 text and a sign that more was there; no character is cut in two.
std::string Shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while ((static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  text.resize(most);
  return text + "…";
}

std::string_view Header(const Answer& answer, std::string_view name) {
  for (const auto& [key, value] : *answer.headers) {
    if (EqualsIgnoringAsciiCase(key, name)) return value;
  }
  return {};
}

bool IsGood(int status) { return status >= 200 && status <= 299; }

bool NamesId(Meaning meaning) {
  return meaning == Meaning::exists || meaning == Meaning::exists_archived || meaning == Meaning::moved;
}

/// Whether `pattern` is found in `text`. Its group `id`, where it has one, goes to `id`.
bool Search(const Pattern& pattern, std::string_view text, std::string& id) {
  if (!pattern.compiled) return true;
  const auto& groups = pattern.compiled->NamedCapturingGroups();
  const auto group = groups.find("id");
  constexpr int kMostGroups = 8;
  std::array<re2::StringPiece, kMostGroups> found;
  const int count = std::min(kMostGroups, pattern.compiled->NumberOfCapturingGroups() + 1);
  const re2::StringPiece searched(text.data(), text.size());
  if (!pattern.compiled->Match(searched, 0, text.size(), re2::RE2::UNANCHORED, found.data(), count)) return false;
  if (group != groups.end() && group->second < count) id = std::string(found[static_cast<std::size_t>(group->second)]);
  return true;
}

bool StatusMatches(const AnswerRule& rule, int status) {
  if (rule.statuses.empty()) return !IsGood(status);
  return std::find(rule.statuses.begin(), rule.statuses.end(), status) != rule.statuses.end();
}

/// What a rule, or a default, said.
struct Ruling {
  Meaning meaning;
  const AnswerRule* rule = nullptr;
  std::size_t error = 0;  ///< Which of the refusal's errors decided.
  std::string id = {};
};

bool Applies(const AnswerRule& rule, const ServiceError& error, std::string_view link, std::string& id) {
  if (!rule.codes.empty() && std::find(rule.codes.begin(), rule.codes.end(), error.code) == rule.codes.end()) {
    return false;
  }
  if (!Search(rule.message, error.message, id) || !Search(rule.link, link, id)) return false;
  return !NamesId(rule.means) || !id.empty();
}

std::optional<Ruling> RuleFor(const Connector& connector, const Answer& answer, const Refusal& refusal) {
  const std::string_view link = Header(answer, "Link");
  for (const AnswerRule& rule : connector.answers) {
    if (!StatusMatches(rule, answer.status)) continue;
    for (std::size_t i = 0; i < refusal.errors.size(); ++i) {
      std::string id;
      if (Applies(rule, refusal.errors[i], link, id)) return Ruling{rule.means, &rule, i, std::move(id)};
    }
  }
  return std::nullopt;
}

Meaning DefaultMeaning(int status) {
  switch (status) {
    case 401:
    case 402: return Meaning::stop;
    case 404: return Meaning::missing;
    case 408:
    case 425: return Meaning::ambiguous;
    case 423:
    case 429: return Meaning::not_processed;
    default: return status >= 400 && status <= 499 ? Meaning::no : Meaning::ambiguous;
  }
}

std::string_view DefaultCode(Meaning meaning) {
  switch (meaning) {
    case Meaning::exists: return "already_exists";
    case Meaning::exists_archived: return "archived";
    case Meaning::missing: return "not_found";
    case Meaning::moved: return "merged";
    case Meaning::no: return "refused";
    case Meaning::stop: return "instance_refused";
    case Meaning::not_processed: return "not_processed";
    case Meaning::ambiguous: return "no_definite_answer";
    case Meaning::yes: break;
  }
  return "";
}

std::string JoinMessages(const Refusal& refusal) {
  std::string joined;
  for (const ServiceError& error : refusal.errors) {
    if (!error.message.empty()) joined += (joined.empty() ? "" : "; ") + error.message;
  }
  return Shortened(std::move(joined), kLongestMessage);
}

/// The request's id at the service, in the body or else in a header, whose bytes need not be text.
std::string RequestIdOf(const Answer& answer, const Refusal& refusal) {
  if (!refusal.request_id.empty()) return Shortened(refusal.request_id, kLongestWord);
  const std::string_view id = Header(answer, "X-Request-Id");
  const bool is_word = std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7f'; });
  return is_word ? Shortened(std::string(id), kLongestWord) : "";
}

model::Reason ReasonFor(const Connector& connector, const Answer& answer, const Refusal& refusal,
                        const Ruling& ruling) {
  model::Reason reason;
  reason.service_status = answer.status;
  reason.service_code = Shortened(refusal.errors[ruling.error].code, kLongestWord);
  reason.service_message = JoinMessages(refusal);
  reason.service_request_id = RequestIdOf(answer, refusal);
  reason.code = ruling.rule != nullptr ? ruling.rule->code : std::string();
  if (reason.code.empty()) reason.code = reason.service_code;
  if (reason.code.empty()) reason.code = DefaultCode(ruling.meaning);
  if (ruling.rule != nullptr) reason.hint = ruling.rule->hint;
  reason.message = connector.title + " answered " + std::to_string(answer.status);
  if (!reason.service_message.empty()) reason.message += ": " + reason.service_message;
  return reason;
}

bool SomeRuleNames(const Connector& connector, int status) {
  return std::any_of(connector.answers.begin(), connector.answers.end(),
                     [&](const AnswerRule& rule) { return StatusMatches(rule, status); });
}

/// Whether a rule for this status reads the body to tell more than a plain no.
bool BodyMatters(const Connector& connector, int status) {
  return std::any_of(connector.answers.begin(), connector.answers.end(), [&](const AnswerRule& rule) {
    const bool reads_body = !rule.codes.empty() || rule.message.compiled != nullptr;
    return reads_body && rule.means != Meaning::no && !rule.statuses.empty() && StatusMatches(rule, status);
  });
}

}  // namespace

Verdict Classify(const Connector& connector, const CallTemplate& call, const Answer& answer) {
  const bool good = IsGood(answer.status);
  if (good && !SomeRuleNames(connector, answer.status)) {
    if (std::optional<std::string> id = IdIn(call, answer.body)) return {Meaning::yes, std::move(*id), {}};
  }
  const Refusal refusal = ReadRefusal(connector, answer.body);
  std::optional<Ruling> ruling = RuleFor(connector, answer, refusal);
  if (good && (!ruling || ruling->meaning == Meaning::yes)) {
    if (std::optional<std::string> id = IdIn(call, answer.body)) return {Meaning::yes, std::move(*id), {}};
    ruling = Ruling{Meaning::ambiguous};
  }
  if (!ruling) ruling = Ruling{DefaultMeaning(answer.status)};
  const bool is_plain_no = ruling->meaning == Meaning::no && ruling->rule == nullptr;
  if (is_plain_no && !refusal.is_readable && BodyMatters(connector, answer.status)) ruling = Ruling{Meaning::ambiguous};
  if (ruling->meaning == Meaning::yes) return {Meaning::yes, std::move(ruling->id), {}};
  return {ruling->meaning, ruling->id, ReasonFor(connector, answer, refusal, *ruling)};
}

}  // namespace rowcall::connector
