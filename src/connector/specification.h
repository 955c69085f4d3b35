#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connector/connector.h"
#include "connector/yaml.h"

namespace rowcall::connector {

/// The mistakes of one file.
class Report {
 public:
  Report(std::string file, std::vector<Finding>& findings) : file_(std::move(file)), findings_(findings) {}
  void Add(int line, std::string message) { findings_.push_back({file_, line, std::move(message)}); }

 private:
  std::string file_;
  std::vector<Finding>& findings_;
};

enum class Need { optional, required };

struct Section;

/// One key that a section of a connector file may have. Loader, linter and, from the same table, the documents.
struct Key {
  std::string name;
  Need need = Need::optional;
  std::string description;          ///< One line.
  std::string type;                 ///< For people: "text", "list of whole numbers".
  const Section* nested = nullptr;  ///< The keys below this one, if its value is a section.
  std::function<void(const YamlNode&, void* owner, Report&)> read;
};

/// A set of keys, read into one struct.
struct Section {
  std::string title;
  std::vector<Key> keys;
};

/// The keys of the section that is read into a T. Defined in sections.cc for: Connector, ObjectSpec and all that these
/// are made of.
template <typename T>
const Section& SectionOf();

/// Reads a map into `owner`, a struct of the section's type. Reports unknown keys with their closest neighbour, missing
/// ones, and values of a wrong type; keeps what is right.
void ReadSection(const Section& section, const YamlNode& node, void* owner, Report& report);

/// How a value of type T is called, and read. The primary template is for sections.
template <typename T>
struct Type {
  static std::string Name() { return SectionOf<T>().title; }
  static const Section* Nested() { return &SectionOf<T>(); }
  static void Read(const YamlNode& node, T& value, Report& report) {
    ReadSection(SectionOf<T>(), node, &value, report);
  }
};

/// A type that is written as one word or text.
template <typename T>
struct ScalarType {
  static const Section* Nested() { return nullptr; }
  static std::string Name();
  static void Read(const YamlNode& node, T& value, Report& report);
};
template <>
struct Type<std::string> : ScalarType<std::string> {};
template <>
struct Type<int> : ScalarType<int> {};
template <>
struct Type<std::size_t> : ScalarType<std::size_t> {};
template <>
struct Type<bool> : ScalarType<bool> {};
template <>
struct Type<Duration> : ScalarType<Duration> {};
template <>
struct Type<Pattern> : ScalarType<Pattern> {};
template <>
struct Type<Meaning> : ScalarType<Meaning> {};
template <>
struct Type<KeyClass> : ScalarType<KeyClass> {};
template <>
struct Type<model::FieldType> : ScalarType<model::FieldType> {};

/// A call is written as "METHOD /path", or as a section where it needs more.
template <>
struct Type<CallTemplate> {
  static std::string Name();
  static const Section* Nested();
  static void Read(const YamlNode& node, CallTemplate& value, Report& report);
};

template <typename T>
struct Type<std::optional<T>> {
  static std::string Name() { return Type<T>::Name(); }
  static const Section* Nested() { return Type<T>::Nested(); }
  static void Read(const YamlNode& node, std::optional<T>& value, Report& report) {
    Type<T>::Read(node, value.emplace(), report);
  }
};

/// Which member holds the name, for things that are written as a map from name to section; null for plain lists.
template <typename T>
inline constexpr std::string T::* kNamedBy = nullptr;
template <>
inline constexpr std::string model::Field::* kNamedBy<model::Field> = &model::Field::path;
template <>
inline constexpr std::string SettingSpec::* kNamedBy<SettingSpec> = &SettingSpec::key;

template <typename T>
concept Named = std::is_class_v<T> && requires { requires kNamedBy<T> != nullptr; };

bool ExpectKind(const YamlNode& node, YamlNode::Kind kind, std::string_view type, Report& report);

template <typename T>
struct Type<std::vector<T>> {
  static std::string Name() { return (Named<T> ? "map from a name to " : "list of ") + Type<T>::Name(); }
  static const Section* Nested() { return Type<T>::Nested(); }
  static void Read(const YamlNode& node, std::vector<T>& values, Report& report) {
    if (node.kind == YamlNode::Kind::scalar && Nested() == nullptr)
      return Type<T>::Read(node, values.emplace_back(), report);
    if (!ExpectKind(node, Named<T> ? YamlNode::Kind::map : YamlNode::Kind::list, Name(), report)) return;
    values.reserve(node.children.size());
    for (const YamlNode& child : node.children) {
      T& value = values.emplace_back();
      if constexpr (Named<T>) value.*kNamedBy<T> = child.key;
      Type<T>::Read(child, value, report);
    }
  }
};

template <typename T>
struct Type<std::map<std::string, T>> {
  static std::string Name() { return "map from a name to " + Type<T>::Name(); }
  static const Section* Nested() { return Type<T>::Nested(); }
  static void Read(const YamlNode& node, std::map<std::string, T>& values, Report& report) {
    if (!ExpectKind(node, YamlNode::Kind::map, Name(), report)) return;
    for (const YamlNode& child : node.children) Type<T>::Read(child, values[child.key], report);
  }
};

template <>
struct Type<std::pair<std::string, std::string>> : ScalarType<std::string> {};

/// A map whose order counts.
template <>
struct Type<std::vector<std::pair<std::string, std::string>>> {
  static std::string Name() { return Type<std::map<std::string, std::string>>::Name(); }
  static const Section* Nested() { return nullptr; }
  static void Read(const YamlNode& node, std::vector<std::pair<std::string, std::string>>& values, Report& report) {
    if (!ExpectKind(node, YamlNode::Kind::map, Name(), report)) return;
    for (const YamlNode& child : node.children) {
      Type<std::string>::Read(child, values.emplace_back(child.key, "").second, report);
    }
  }
};

/// A key that is read into a member of Owner: `access` is a pointer to it, or a function from Owner& to it.
template <typename Owner, typename Access>
Key KeyFor(std::string name, Access access, std::string description, Need need = Need::optional) {
  using Member = std::remove_cvref_t<std::invoke_result_t<Access, Owner&>>;
  return {std::move(name),
          need,
          std::move(description),
          Type<Member>::Name(),
          Type<Member>::Nested(),
          [access](const YamlNode& node, void* owner, Report& report) {
            Type<Member>::Read(node, std::invoke(access, *static_cast<Owner*>(owner)), report);
          }};
}

}  // namespace rowcall::connector
