#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace rowcall::connector {

/// A value of a YAML text, with the line it stands on. Only plain trees: no anchors, aliases, tags or second documents.
struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  int line = 0;  ///< The first line is 1.
  std::string key;  ///< In a map: the name this value stands under.
  bool quoted = false;  ///< A scalar in quotes is a text, whatever it looks like.
  std::string text;  ///< Of a scalar, exactly as written.
  std::vector<YamlNode> children;  ///< Of a list or a map, in order.

  /// The value under `name`; null if this is not a map or has no such key.
  const YamlNode* Find(std::string_view name) const;
};

struct YamlFault {
  int line = 0;
  std::string message;
};

/// Refuses, with line: syntax errors, more than 1 MiB, more than 32 levels, bytes that are not UTF-8, control characters
/// but for tabs and line ends, duplicate keys, anchors, aliases, tags, more than one document. An empty text is a null
/// node on line 1.
std::expected<YamlNode, YamlFault> ParseYaml(std::string_view text);

}  // namespace rowcall::connector
