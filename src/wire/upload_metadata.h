#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"
#include "wire/problem.h"

namespace rowcall::wire {

/// The form part `metaData` of an upload: how the file is to be loaded.
struct UploadMetadata {
  std::optional<model::FileFormat> format;  ///< `format`; nullopt = not said.
  std::optional<model::Encoding> encoding;  ///< `encoding`; nullopt = not said.
  model::Action action = model::Action::upsert;
  std::string match_field;  ///< `identifierFieldName`, or `primaryKeyName`; "" = the connector's order.
  std::string mapping_json;  ///< `mapping`, if it is an object; else "".
  std::string mapping_name;  ///< `mapping`, if it is a text: the name of a saved one; else "". Both "" = by alias.
  std::string region;  ///< `region`: two capital letters; "" = none.
  bool restore_archived = false;  ///< `ifArchived`: "restore" or "fail".
  bool keep_pre_image = false;  ///< `keepPreImage`
  std::int64_t canary_rows = 0;  ///< `canary`: load so many rows, then pause; 0 = not said.
  std::int64_t stop_after = 0;  ///< `stopAfter`: so many failed rows end the job; 0 = not said.
  int rate_permille = model::kWholeRate;  ///< `rateShare`, in thousandths.
  std::vector<std::string> ignored;  ///< Keys of Open Connectors that do nothing here.
  std::vector<std::string> warnings;  ///< A sentence for each key that nobody knows.
};

/// The other keys that are known: `callback-payload`, any JSON, is echoed in the callback; with `strict: true` a key that
/// nobody knows is a fault instead of a warning.
Checked<UploadMetadata> ParseUploadMetadata(std::string_view json);

/// For the sender: only what differs from the defaults.
std::string UploadMetadataJson(const UploadMetadata& metadata);

}  // namespace rowcall::wire
