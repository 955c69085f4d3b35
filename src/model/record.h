#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ranges>
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

/// A field's value as the service wants it. Texts stand elsewhere: those of a record live until it is changed or moved.
using Value = std::variant<std::string_view, std::int64_t, double, bool, Null>;

/// A field of a record; its texts are the record's.
struct RecordField {
  std::string_view path;  ///< As in the service's JSON, dots for nesting: "email", "custom_attributes.title".
  Value value;
  bool operator==(const RecordField&) const = default;
};

/// A record as the service wants it. Holds only what is to be written: a blank cell has no field. All its texts are in
/// one block, for a file makes many records of a few short values each; they may have 4 GiB together.
class Record {
 public:
  Record() = default;
  Record(std::initializer_list<RecordField> fields) {
    for (const RecordField& field : fields) Add(field.path, field.value);
  }

  /// Makes room for so many fields with so many bytes of paths and texts.
  void Reserve(std::size_t fields, std::size_t bytes);
  /// Appends a field. Neither of the two may be a view of this record.
  void Add(std::string_view path, const Value& value);
  /// The same for a text.
  void AddText(std::string_view path, std::string_view text) { Append(path, text, 0, 0); }

  std::size_t size() const { return Start().fields; }
  bool empty() const { return size() == 0; }
  RecordField operator[](std::size_t index) const;
  /// The fields, in the order in which they were added.
  auto Fields() const {
    return std::views::iota(std::size_t{0}, size()) |
           std::views::transform([this](std::size_t i) { return (*this)[i]; });
  }
  bool Has(std::string_view path) const { return IndexOf(path) < size(); }
  std::optional<Value> Find(std::string_view path) const;
  bool operator==(const Record& other) const;

 private:
  /// What the block begins with.
  struct Head {
    std::uint32_t fields = 0;
    std::uint32_t room = 0;  ///< For so many places.
  };
  /// Of a field: its path, and behind it, if the value is one, its text.
  struct Place {
    std::uint32_t begin, path_size, text_size;
    std::uint32_t kind;  ///< Value's index.
    std::uint64_t bits;  ///< A number's or truth's.
  };

  static std::size_t PlaceAt(std::size_t index) { return sizeof(Head) + index * sizeof(Place); }
  Head Start() const;
  Place PlaceOf(std::size_t index) const;
  std::string_view PathOf(const Place& place) const;
  void MakeRoom(std::size_t fields, std::size_t bytes);
  void Append(std::string_view path, std::string_view text, std::uint32_t kind, std::uint64_t bits);
  /// size() if there is none.
  std::size_t IndexOf(std::string_view path) const;

  std::string block_;  ///< Nothing, or a Head, places of its fields and room for more, then their texts.
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
  Record record;  ///< The object that was asked for.
  std::vector<RelatedRecord> related;
  std::vector<Reason> reasons;  ///< Errors (then nothing is sent) and warnings.
  bool ok() const;  ///< No reason is an error.
};

/// The value as text, as it would stand in a key or in an address; "" for Null.
std::string ToText(const Value& value);

}  // namespace rowcall::model
