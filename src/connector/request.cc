#include "connector/request.h"

#include <boost/container/small_vector.hpp>

#include <algorithm>

#include "base/crypto.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "connector/answer.h"
#include "connector/placeholder.h"

namespace rowcall::connector {

namespace {

void WriteValue(JsonWriter& json, const model::Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    json.String(*text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    json.Int(*integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    json.Double(*number);
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    json.Bool(*truth);
  } else {
    json.Null();
  }
}

using Fields = boost::container::small_vector<model::RecordField, 16>;

/// Writes the fields whose paths begin with `group` ("" or "a." or "a.b."), as one object.
void WriteGroup(JsonWriter& json, const Fields& fields, std::string_view group) {
  json.BeginObject();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view path = fields[i].path;
    if (!path.starts_with(group)) continue;
    const std::size_t dot = path.find('.', group.size());
    if (dot == std::string_view::npos) {
      json.Key(path.substr(group.size()));
      WriteValue(json, fields[i].value);
      continue;
    }
    const std::string_view inner = path.substr(0, dot + 1);
    const auto here = fields.begin() + static_cast<std::ptrdiff_t>(i);
    const bool done = std::any_of(fields.begin(), here, [&](const auto& f) { return f.path.starts_with(inner); });
    if (done) continue;
    json.Key(inner.substr(group.size(), inner.size() - group.size() - 1));
    WriteGroup(json, fields, inner);
  }
  json.EndObject();
}

void AppendEscaped(std::string& out, std::string_view text) {
  std::string quoted;
  AppendJsonString(quoted, text);
  out.append(quoted, 1, quoted.size() - 2);
}

/// Fills one text of a template; `append` writes a value in the escape of its place.
template <typename Append>
Result<std::string> FillText(std::string_view text, const ValueOf& value_of, Append append) {
  std::string out;
  std::string missing;
  const bool complete = WalkTemplate(
      text, [&](std::string_view piece) { out += piece; },
      [&](std::string_view name) {
        const std::optional<std::string> value = value_of(name);
        if (!value || value->empty()) {
          missing = name;
          return false;
        }
        append(out, *value);
        return true;
      });
  if (complete) return out;
  return Fail(ErrorKind::invalid, "there is no value for {" + missing + "} in " + std::string(text));
}

/// FNV-1a over the bytes, then mixed so that sums of these do not cancel out.
std::uint64_t Hash(std::string_view a, std::string_view b) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto feed = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u; };
  for (const char c : a) feed(c);
  feed('\0');
  for (const char c : b) feed(c);
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53u;
  return hash ^ (hash >> 33);
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::string RecordBody(const model::Record& record, const std::vector<std::string>& leave_out) {
  constexpr std::size_t kUsualField = 64;
  Fields fields;
  for (const model::RecordField field : record.Fields()) {
    if (std::find(leave_out.begin(), leave_out.end(), field.path) == leave_out.end()) fields.push_back(field);
  }
  std::string body;
  body.reserve(fields.size() * kUsualField);
  JsonWriter json(body);
  WriteGroup(json, fields, "");
  return body;
}

std::string FlatJson(const model::Record& record) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  for (const model::RecordField field : record.Fields()) {
    json.Key(field.path);
    WriteValue(json, field.value);
  }
  json.EndObject();
  return out;
}

Result<FilledCall> Fill(const CallTemplate& call, const ValueOf& value_of) {
  FilledCall filled;
  filled.method = call.method;
  bool climbs = false;
  ASSIGN_OR_RETURN(filled.target, FillText(call.path, value_of, [&](std::string& out, std::string_view value) {
                     const bool in_path = out.find('?') == std::string::npos;
                     climbs = climbs || (in_path && (value == "." || value == ".."));
                     out += PercentEncode(value);
                   }));
  if (climbs) return Fail(ErrorKind::invalid, "a value of dots alone cannot stand in the address " + call.path);
  ASSIGN_OR_RETURN(filled.body, FillText(call.body, value_of, AppendEscaped));
  return filled;
}

std::vector<KeyValue> KeysOf(const ObjectSpec& spec, const model::Record& record) {
  std::vector<KeyValue> keys;
  keys.reserve(spec.keys.size());
  for (const KeySpec& key : spec.keys) {
    const std::optional<model::Value> value = record.Find(key.field);
    if (!value) continue;
    std::string text = model::ToText(*value);
    keys.push_back({key.field, key.fold_lower ? AsciiLower(text) : std::move(text)});
  }
  return keys;
}

bool IsKeyless(const ObjectSpec& spec, const model::Record& record) {
  const std::optional<model::Value> value = spec.keyless ? record.Find(spec.keyless->field) : std::nullopt;
  return value && model::ToText(*value) == spec.keyless->value;
}

bool IsKeyless(const ObjectSpec& spec, std::string_view record_json) {
  return spec.keyless && TextAt(record_json, spec.keyless->field) == spec.keyless->value;
}

const FindSpec* SearchFor(const ObjectSpec& spec, const model::Record& record) {
  const auto found = std::ranges::find_if(spec.finds, [&](const FindSpec& find) { return record.Has(find.by); });
  return found == spec.finds.end() ? nullptr : &*found;
}

const KeySpec* StrongestKey(const ObjectSpec& spec, const model::Record& record) {
  if (IsKeyless(spec, record)) return nullptr;
  const auto found = std::ranges::find_if(spec.keys, [&](const KeySpec& key) { return record.Has(key.field); });
  return found == spec.keys.end() ? nullptr : &*found;
}

KeyClass ClassOf(const ObjectSpec& spec, const model::Record& record) {
  if (spec.upsert) return KeyClass::k1_upsert;
  if (const KeySpec* key = StrongestKey(spec, record)) return key->key_class;
  const FindSpec* find = SearchFor(spec, record);
  if (find == nullptr) return KeyClass::k5_nothing;
  return find->lags ? KeyClass::k4_lagging_index : KeyClass::k3_keyed_read;
}

std::string MadeKey(std::string_view source) {
  constexpr std::size_t kMostBytes = 255;
  std::string key;
  for (const char c : Trim(source)) {
    if (!IsBlank(c)) {
      key.push_back(c);
    } else if (key.back() != ' ') {
      key.push_back(' ');
    }
  }
  key = AsciiLower(key);
  return key.size() <= kMostBytes ? key : Hex(Bytes(Sha256Of(key)));
}

std::uint64_t WrittenDigest(const model::Record& record) {
  std::uint64_t sum = 0;
  for (const model::RecordField field : record.Fields()) {
    const auto* text = std::get_if<std::string_view>(&field.value);
    sum += text != nullptr ? Hash(field.path, *text) : Hash(field.path, model::ToText(field.value));
  }
  return sum == 0 && !record.empty() ? 1 : sum;
}

}  // namespace rowcall::connector
