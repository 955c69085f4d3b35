#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "model/row.h"

namespace rowcall::model {

/// No value: written, it clears what is there. No row has it, for a blank cell is not sent; only a record from before.
struct Null {
  bool operator==(const Null&) const = default;
};

/// A field's value as the service wants it.
using Value = std::variant<std::string, std::int64_t, double, bool, Null>;

struct RecordField {
  std::string path;  ///< As in the service's JSON, dots for nesting: "email", "custom_attributes.title".
  Value value;
  bool operator==(const RecordField&) const = default;
};

/// A record as the service wants it. Holds only what is to be written: a blank cell has no field.
struct Record {
  std::vector<RecordField> fields;
  const Value* Find(std::string_view path) const;
  bool operator==(const Record&) const = default;
};

/// A record of another object that travels in the same row, e.g. a contact's company.
struct RelatedRecord {
  std::string relation;  ///< The relation's name in the object's schema, e.g. "company".
  Record record;
  bool operator==(const RelatedRecord&) const = default;
};

/// What mapping made of a row: the record to send, or the reasons why it cannot be sent.
struct MappedRow {
  RowNumber number = 0;
  std::int64_t byte_offset = 0;
  Record record;                      ///< The object that was asked for.
  std::vector<RelatedRecord> related;
  std::vector<Reason> reasons;        ///< Errors (then nothing is sent) and warnings.
  bool ok() const;                    ///< No reason is an error.
};

/// The value as text, as it would stand in a key or in an address; "" for Null.
std::string ToText(const Value& value);

}  // namespace rowcall::model
