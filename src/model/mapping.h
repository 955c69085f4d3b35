#pragma once

#include <string>
#include <vector>

namespace rowcall::model {

/// How one field gets its value from the file.
struct FieldRule {
  std::string path;                  ///< The field, as in ObjectSchema.
  std::vector<std::string> columns;  ///< Header names as they stand in the file; several are joined by one space.
  std::string fallback;              ///< Used where all columns are blank; "" = none: the field is not sent.
  bool operator==(const FieldRule&) const = default;
};

/// How rows of one file become records of one object: resolved against the file's header, kept with the job, and so
/// enough to derive every record again.
struct Mapping {
  std::vector<FieldRule> rules;
  std::string region;  ///< Two letters (ISO 3166) for phones without a country code; "" = send them as they stand.
  /// Header columns without a place. Reported in the job's status, never dropped in silence.
  std::vector<std::string> columns_not_loaded;
  bool operator==(const Mapping&) const = default;
};

}  // namespace rowcall::model
