#include "connector/connector.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/text.h"

namespace rowcall::connector {

namespace {

template <typename Enum>
struct Named {
  Enum value;
  std::string_view name;
};

constexpr std::array<Named<Meaning>, 9> kMeanings = {{
    {Meaning::yes, "yes"},
    {Meaning::no, "no"},
    {Meaning::not_processed, "not_processed"},
    {Meaning::ambiguous, "ambiguous"},
    {Meaning::stop, "stop"},
    {Meaning::exists, "exists"},
    {Meaning::exists_archived, "exists_archived"},
    {Meaning::missing, "missing"},
    {Meaning::moved, "moved"},
}};

constexpr std::array<Named<KeyClass>, 7> kKeyClasses = {{
    {KeyClass::k0_idempotency_key, "k0_idempotency_key"},
    {KeyClass::k1_upsert, "k1_upsert"},
    {KeyClass::k2_strict_create, "k2_strict_create"},
    {KeyClass::k2_once_shown, "k2_once_shown"},
    {KeyClass::k3_keyed_read, "k3_keyed_read"},
    {KeyClass::k4_lagging_index, "k4_lagging_index"},
    {KeyClass::k5_nothing, "k5_nothing"},
}};

template <typename Table, typename Enum>
std::string_view NameIn(const Table& table, Enum value) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& named) { return named.value == value; });
  ROWCALL_ASSERT(found != table.end());
  return found->name;
}

}  // namespace

std::string_view Name(Meaning meaning) { return NameIn(kMeanings, meaning); }
std::string_view Name(KeyClass key_class) { return NameIn(kKeyClasses, key_class); }

std::optional<Meaning> MeaningNamed(std::string_view name) {
  for (const auto& meaning : kMeanings) {
    if (meaning.name == name) return meaning.value;
  }
  return std::nullopt;
}

const StepSpec& ObjectSpec::PrimaryStep() const {
  return *std::ranges::find_if(steps, [](const StepSpec& step) { return step.primary; });
}

std::string ObjectSpec::JoinedBy(const StepSpec& step) const {
  const std::string& primary = PrimaryStep().name;
  const auto other = std::ranges::find_if(step.needs, [&](const std::string& need) { return need != primary; });
  return other == step.needs.end() ? std::string() : *other;
}

const KeySpec* ObjectSpec::KeyOf(std::string_view field) const {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& key) { return key.field == field; });
  return found == keys.end() ? nullptr : &*found;
}

const FindSpec* ObjectSpec::FindBy(std::string_view field) const {
  const auto found = std::find_if(finds.begin(), finds.end(), [&](const FindSpec& find) { return find.by == field; });
  return found == finds.end() ? nullptr : &*found;
}

const ObjectSpec* Connector::Find(std::string_view name) const {
  const auto is_it = [&](const std::string& candidate) { return EqualsIgnoringAsciiCase(candidate, name); };
  const auto found = std::find_if(objects.begin(), objects.end(), [&](const ObjectSpec& object) {
    return is_it(object.schema.name) || std::any_of(object.also.begin(), object.also.end(), is_it);
  });
  return found == objects.end() ? nullptr : &*found;
}

std::vector<std::string> Connector::ObjectNames() const {
  std::vector<std::string> names;
  names.reserve(objects.size());
  for (const ObjectSpec& object : objects) names.push_back(object.schema.name);
  return names;
}

}  // namespace rowcall::connector
