#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/boxed.h"
#include "connector/connector.h"
#include "model/record.h"
#include "model/row.h"

namespace rowcall::connector {

/// An HTTP answer as this folder needs it; views into the caller's memory.
struct Answer {
  int status = 0;
  const std::vector<std::pair<std::string, std::string>>* headers = nullptr;  ///< Never null.
  std::string_view body;
};

/// What an answer means, and the words for the user if it is not `yes`. The service's own words are UTF-8, and cut where
/// they are long: 2,000 bytes of message, 200 of a code or a request id.
struct Verdict {
  Meaning meaning = Meaning::ambiguous;
  std::string id;  ///< yes: the record's id (empty if the call gives none). exists…, moved: the record's id.
  Boxed<model::Reason> reason;  ///< Filled if the meaning is not yes.
};

/// Decides by the connector's rules, then by the defaults: 2xx with the expected shape yes; 2xx without it, 5xx, 408,
/// 425 ambiguous; 429, 423 not processed; 401, 402 stop; 404 missing; other 4xx no; anything else ambiguous. A rule
/// of meaning exists or moved whose pattern gives no id does not match. A refusal whose body is missing, cut or no JSON
/// is ambiguous if a rule for its status would have read there that it is more than a no: a 409 of a record that exists,
/// say. Pure and thread-safe.
Verdict Classify(const Connector& connector, const CallTemplate& call, const Answer& answer);

/// Records in a good answer of a find or read: none, one, or all of a list, as JSON texts (views into `body`).
/// Fails with `unavailable` if it is not JSON of the expected shape.
Result<std::vector<std::string_view>> RecordsIn(const CallTemplate& call, std::string_view body);

/// The text of a scalar member at a dotted path; nullopt if absent, null or not a scalar.
std::optional<std::string> TextAt(std::string_view record_json, std::string_view path);
/// A whole number at a dotted path (a float is cut).
std::optional<std::int64_t> IntAt(std::string_view record_json, std::string_view path);

/// Whether every field of `record` that the service shows reads back equal: texts as they stand (keys without case where
/// the connector says so), numbers by value.
bool HoldsAll(const ObjectSpec& spec, std::string_view record_json, const model::Record& record);
/// The fields of `record` that read back neither as there nor as in `other`.
std::vector<std::string> DifferingFields(const ObjectSpec& spec, std::string_view record_json,
                                         const model::Record& record, const model::Record& other);
/// What the record that was read holds in the fields of `record` but for `leave_out`; Null where it has no value. A field
/// that is shown nowhere, or whose value is no scalar, is not among them.
model::Record FieldsBefore(const ObjectSpec& spec, std::string_view record_json, const model::Record& record,
                           const std::vector<std::string>& leave_out);

/// What the record that was read lists as joined to it by the steps of the object, as PreImage::joined_json has it.
std::string JoinedTo(const ObjectSpec& spec, std::string_view record_json);
/// Whether `joined_json` has the list of the step, and not that id in it.
bool WasNotJoined(std::string_view joined_json, std::string_view step, std::string_view id);

/// Whether the service shows every field of `record`: only then HoldsAll() means that nothing is left to write.
bool ShowsAll(const ObjectSpec& spec, const model::Record& record);

/// The fields among the record's keys whose existing value is not blank and differs from the record's.
std::vector<std::string> ConflictingKeys(const ObjectSpec& spec, std::string_view record_json,
                                         const model::Record& record);

}  // namespace rowcall::connector
