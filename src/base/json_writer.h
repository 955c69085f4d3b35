#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rowcall {

/// Appends JSON to a string, with commas and escapes in the right places. The fastest way to write a body whose shape
/// is known; it checks nesting only by assertion. Text must be UTF-8; control characters are escaped.
///
///   std::string out;
///   JsonWriter json(out);
///   json.BeginObject().Key("email").String("a@b.c").Key("count").Int(3).EndObject();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view name);
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(std::int64_t number);
  /// Written so that it reads back as the same double. NaN and infinity, which JSON lacks, become null.
  JsonWriter& Double(double number);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  /// Appends `json`, a complete JSON value, as it stands.
  JsonWriter& Raw(std::string_view json);

 private:
  void Separate();

  std::string& out_;
  bool needs_comma_ = false;
};

/// Appends `text` as a JSON string, with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace rowcall
