#include "connector/specification.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace rowcall::connector {

namespace {

std::string Join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string closest = Closest(word, candidates);
  return closest.empty() ? "" : "; did you mean '" + closest + "'?";
}

std::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "empty";
    case YamlNode::Kind::scalar: return "a single value";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a section of keys";
  }
  return "";
}

std::string Label(const YamlNode& node) { return node.key.empty() ? "this" : "'" + node.key + "'"; }

template <typename Number>
std::optional<Number> WholeNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "500ms", "10s", "5m", "1h"
std::optional<Duration> ReadDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    Duration length;
  };
  constexpr std::array<Unit, 4> kUnits = {{{"ms", std::chrono::milliseconds(1)},
                                           {"s", std::chrono::seconds(1)},
                                           {"m", std::chrono::minutes(1)},
                                           {"h", std::chrono::hours(1)}}};
  constexpr long long kMostUnits = 1'000'000;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto count = WholeNumber<long long>(text.substr(0, text.size() - unit.name.size()));
    if (count && *count >= 0 && *count <= kMostUnits) return *count * unit.length;
  }
  return std::nullopt;
}

template <typename Enum>
struct Words;
template <>
struct Words<Meaning> {
  static constexpr std::array kAll = {Meaning::yes,  Meaning::no,     Meaning::not_processed,   Meaning::ambiguous,
                                      Meaning::stop, Meaning::exists, Meaning::exists_archived, Meaning::missing,
                                      Meaning::moved};
};
template <>
struct Words<KeyClass> {
  static constexpr std::array kAll = {KeyClass::k0_idempotency_key, KeyClass::k1_upsert,     KeyClass::k2_strict_create,
                                      KeyClass::k2_once_shown,      KeyClass::k3_keyed_read, KeyClass::k4_lagging_index,
                                      KeyClass::k5_nothing};
};
template <>
struct Words<model::FieldType> {
  using enum model::FieldType;
  static constexpr std::array kAll = {text, email, phone, url, integer, number, boolean, epoch_seconds, choice};
};

template <typename Enum>
std::vector<std::string> AllWords() {
  std::vector<std::string> words;
  words.reserve(Words<Enum>::kAll.size());
  for (const Enum value : Words<Enum>::kAll) words.emplace_back(Name(value));
  return words;
}

template <typename Enum>
void ReadWord(const YamlNode& node, Enum& value, Report& report) {
  const auto& all = Words<Enum>::kAll;
  const auto found = std::find_if(all.begin(), all.end(), [&](Enum word) { return Name(word) == node.text; });
  if (found != all.end()) {
    value = *found;
    return;
  }
  const std::vector<std::string> words = AllWords<Enum>();
  report.Add(node.line, Label(node) + " cannot be '" + node.text + "'" + DidYouMean(node.text, words) +
                            " Allowed: " + Join(words) + ".");
}

template <typename T>
void Assign(const YamlNode& node, std::optional<T> parsed, std::string_view type, T& value, Report& report) {
  if (parsed && !node.quoted) {
    value = *parsed;
  } else {
    report.Add(node.line, Label(node) + " needs " + std::string(type) + ", not '" + node.text + "'");
  }
}

void ReadScalar(const YamlNode& node, std::string& value, Report&) { value = node.text; }
void ReadScalar(const YamlNode& node, int& value, Report& report) {
  Assign(node, WholeNumber<int>(node.text), "a whole number", value, report);
}
void ReadScalar(const YamlNode& node, std::size_t& value, Report& report) {
  Assign(node, WholeNumber<std::size_t>(node.text), "a whole number, not negative", value, report);
}
void ReadScalar(const YamlNode& node, bool& value, Report& report) {
  const bool truth = node.text == "true";
  Assign(node, truth || node.text == "false" ? std::optional(truth) : std::nullopt, "true or false", value, report);
}
void ReadScalar(const YamlNode& node, Duration& value, Report& report) {
  Assign(node, ReadDuration(node.text), "a duration such as 500ms, 10s, 5m or 1h", value, report);
}
void ReadScalar(const YamlNode& node, Pattern& value, Report& report) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  value.text = node.text;
  value.compiled = std::make_shared<const re2::RE2>(node.text, options);
  if (!value.compiled->ok()) report.Add(node.line, Label(node) + " is not a pattern: " + value.compiled->error());
}
template <typename Enum>
  requires std::is_enum_v<Enum>
void ReadScalar(const YamlNode& node, Enum& value, Report& report) {
  ReadWord(node, value, report);
}

template <typename T>
std::string ScalarName() {
  if constexpr (std::is_enum_v<T>) return "one of " + Join(AllWords<T>());
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, Duration>) return "duration";
  if constexpr (std::is_same_v<T, Pattern>) return "pattern";
  if constexpr (std::is_integral_v<T>) return "whole number";
  return "text";
}

std::vector<std::string> NamesOf(const Section& section) {
  std::vector<std::string> names;
  names.reserve(section.keys.size());
  for (const Key& key : section.keys) names.push_back(key.name);
  return names;
}

}  // namespace

bool ExpectKind(const YamlNode& node, YamlNode::Kind kind, std::string_view type, Report& report) {
  if (node.kind == kind) return true;
  report.Add(node.line, Label(node) + " needs a " + std::string(type) + " but is " + std::string(KindName(node)));
  return false;
}

template <typename T>
std::string ScalarType<T>::Name() {
  return ScalarName<T>();
}

template <typename T>
void ScalarType<T>::Read(const YamlNode& node, T& value, Report& report) {
  if (ExpectKind(node, YamlNode::Kind::scalar, ScalarName<T>(), report)) ReadScalar(node, value, report);
}

template struct ScalarType<std::string>;
template struct ScalarType<int>;
template struct ScalarType<std::size_t>;
template struct ScalarType<bool>;
template struct ScalarType<Duration>;
template struct ScalarType<Pattern>;
template struct ScalarType<Meaning>;
template struct ScalarType<KeyClass>;
template struct ScalarType<model::FieldType>;

void ReadSection(const Section& section, const YamlNode& node, void* owner, Report& report) {
  if (!ExpectKind(node, YamlNode::Kind::map, section.title, report)) return;
  for (const YamlNode& child : node.children) {
    const auto key = std::find_if(section.keys.begin(), section.keys.end(),
                                  [&](const Key& candidate) { return candidate.name == child.key; });
    if (key != section.keys.end()) {
      key->read(child, owner, report);
    } else {
      report.Add(child.line, "unknown key '" + child.key + "'" + DidYouMean(child.key, NamesOf(section)));
    }
  }
  for (const Key& key : section.keys) {
    if (key.need == Need::required && node.Find(key.name) == nullptr) {
      report.Add(node.line, "key '" + key.name + "' is missing: " + key.description);
    }
  }
}

std::string Type<CallTemplate>::Name() { return "call"; }
const Section* Type<CallTemplate>::Nested() { return &SectionOf<CallTemplate>(); }

void Type<CallTemplate>::Read(const YamlNode& node, CallTemplate& value, Report& report) {
  if (node.kind != YamlNode::Kind::scalar) return ReadSection(SectionOf<CallTemplate>(), node, &value, report);
  static const re2::RE2 kLine("(GET|POST|PUT|PATCH|DELETE) (/[^ ]*)");
  if (!re2::RE2::FullMatch(node.text, kLine, &value.method, &value.path)) {
    report.Add(node.line, Label(node) + " needs a method and a path, such as \"GET /me\", not '" + node.text + "'");
  }
}

}  // namespace rowcall::connector
