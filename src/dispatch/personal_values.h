#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/object_schema.h"
#include "model/record.h"
#include "model/row.h"

namespace rowcall::dispatch {

/// What a row says of a person, so that it can be taken out of what the service said of the row: "[email]", the field's
/// path, stands where its value stood.
///
/// A value is found without ASCII case, as it stands, as JSON escapes it and as an address does; also its beginning at the
/// end of words that were cut. One of less than 8 bytes is found only where it is a word of its own, and one of less than 3
/// is left: it would be found in words that are nobody's. So are yes and no, which name nobody. Values that overlap leave
/// nothing of any of them; the longer one gives the name.
class PersonalValues {
 public:
  /// A value of the field, which is personal and outlives this.
  void Add(const model::Field& field, std::string_view text);
  /// The personal ones of a record's fields. With a relation, the schema calls them "relation.field".
  void Add(const model::ObjectSchema& schema, const model::Record& record, std::string_view relation = {});

  /// Takes them out of the service's words, wherever the reason has these.
  void Hide(model::Reason& reason) const;

 private:
  struct Value {
    std::string text;  ///< ASCII letters in lower case.
    const model::Field* field = nullptr;
  };
  /// Where a value stands.
  struct Place {
    std::size_t begin = 0, end = 0;
    const Value* value = nullptr;
  };

  void AddText(const model::Field& field, std::string_view text);
  std::vector<Place> PlacesIn(std::string_view text) const;
  std::string WithoutThem(const std::string& text) const;

  std::vector<Value> values_;
};

}  // namespace rowcall::dispatch
