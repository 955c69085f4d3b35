#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/outcome.h"

namespace rowcall::model {

/// What a record held before a row was written over it: what it takes to put it back.
struct PreImage {
  std::string vendor_id;
  bool was_archived = false;  ///< The row took it out of the archive.
  /// The fields that the row wrote, with the values from before, as the JSON that writes them again; null where there was
  /// none. "" = it was not read yet, so nothing was written.
  std::string fields_json;
  /// What was joined to the record before, for each step that joins something: a JSON object of lists of ids. A step of
  /// which the record did not list all is not in it.
  std::string joined_json = "{}";
  bool operator==(const PreImage&) const = default;
};

/// A row that has been loaded, and what is known of it when it is to be taken back.
struct LoadedRow {
  RowNumber row = 0;
  OutcomeKind kind = OutcomeKind::failed;
  std::string vendor_id;
  std::uint64_t written_digest = 0;  ///< As Outcome says.
  std::optional<PreImage> pre_image;  ///< Of that record; nullopt if none was kept.
  std::vector<MadeRecord> made;
  bool is_ours = false;  ///< A row of the job, or of one that its retries began with, made the record.
  bool is_used = false;  ///< A row of another job, which was not taken back, was loaded into the record.
  bool is_kept = false;  ///< The record was left as it is when a later row of the load was to be taken back.
};

}  // namespace rowcall::model
