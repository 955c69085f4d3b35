#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rowcall::formats {

/// A key of a record with its value as text: numbers exactly as they are written, null as "". The keys of an object
/// inside the record have its key and a dot before them: "company.name".
struct JsonField {
  std::string name;
  std::string text;
  bool nested = false;  ///< The value is an array, or an object deeper inside: it has no text.
};

/// Why a record is no JSON object.
struct JsonError {
  std::size_t byte = 0;  ///< From the record's first byte.
  std::string what;
  bool not_an_object = false;  ///< Sound JSON all the same.
};

/// Parses single records. Nesting beyond 64 levels is an error. Not thread-safe.
class JsonRecordReader {
 public:
  JsonRecordReader();
  ~JsonRecordReader();
  JsonRecordReader(const JsonRecordReader&) = delete;
  JsonRecordReader& operator=(const JsonRecordReader&) = delete;

  /// Returns whether `record` is an object; if not, see error().
  bool Read(std::string_view record);
  /// What Read() found, in file order; valid until the next call.
  const std::vector<JsonField>& fields() const;
  const JsonError& error() const { return error_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  JsonError error_;
};

}  // namespace rowcall::formats
