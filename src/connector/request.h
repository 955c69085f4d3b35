#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"
#include "model/record.h"

namespace rowcall::connector {

/// A key value of a record that no other row may write at the same time.
struct KeyValue {
  std::string field;
  std::string folded;  ///< As the service compares it.
  bool operator==(const KeyValue&) const = default;
};

/// The record as a JSON body: dotted paths nested, in the order of the fields, nested groups together. Fields named in
/// `leave_out` are not written.
std::string RecordBody(const model::Record& record, const std::vector<std::string>& leave_out = {});

/// Its fields by path, in one JSON object without nesting, and back: the form in which a record is kept.
std::string FlatJson(const model::Record& record);
/// Fails with `corrupt`.
Result<model::Record> RecordFromFlatJson(std::string_view json);

/// A template with its placeholders filled; `value_of` gives the text for a name. Fails with `invalid`: it names the
/// placeholder that has no value, or a value of dots alone, which in a path would lead to another address.
using ValueOf = std::function<std::optional<std::string>(std::string_view name)>;
struct FilledCall {
  std::string method;
  std::string target;  ///< Path and query, percent-encoded.
  std::string body;
};
Result<FilledCall> Fill(const CallTemplate& call, const ValueOf& value_of);

/// The values of all key fields that the record has, folded.
std::vector<KeyValue> KeysOf(const ObjectSpec& spec, const model::Record& record);

/// The strongest of the keys that hold this record; null if none does, though it may have values in key fields.
const KeySpec* StrongestKey(const ObjectSpec& spec, const model::Record& record);
/// What the service gives against a second one of this record: by the strongest key that it has, or, if no key holds it,
/// by how it can be looked for.
KeyClass ClassOf(const ObjectSpec& spec, const model::Record& record);
/// Whether no key holds it, though it may have values in key fields.
bool IsKeyless(const ObjectSpec& spec, const model::Record& record);
/// The same of a record that was read, as JSON.
bool IsKeyless(const ObjectSpec& spec, std::string_view record_json);
/// How a record that no key holds is looked for: the first find by a field that it has; null if there is none.
const FindSpec* SearchFor(const ObjectSpec& spec, const model::Record& record);

/// The key that is made for a record without one: the source field trimmed, runs of spaces made one, ASCII lower case;
/// over 255 bytes its SHA-256 in hex.
std::string MadeKey(std::string_view source);

/// Eight bytes over path and value of each field, in any order of fields. Tells later whether a record still holds what
/// we wrote.
std::uint64_t WrittenDigest(const model::Record& record);

}  // namespace rowcall::connector
