#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/object_schema.h"

namespace re2 {
class RE2;
}

namespace rowcall::connector {

/// What an answer, or its absence, says about the row that was sent.
enum class Meaning {
  yes,              ///< Done.
  no,               ///< Refused for good: the same call would be refused again.
  not_processed,    ///< Not looked at (rate limit, lock): costs no attempt, send again later.
  ambiguous,        ///< May or may not have been done.
  stop,             ///< The whole instance is refused (token, plan): no row is at fault.
  exists,           ///< A record with this key exists; its id is known.
  exists_archived,  ///< The same, but archived.
  missing,          ///< The record addressed does not exist.
  moved,            ///< The record lives on under another id, which is known.
};

std::string_view Name(Meaning meaning);
std::optional<Meaning> MeaningNamed(std::string_view name);

/// What the service gives against doubles; decides how a row in doubt is resolved.
enum class KeyClass {
  k0_idempotency_key,
  k1_upsert,         ///< Writing again by the same key is harmless.
  k2_strict_create,  ///< A second create by the same key is refused and names the record.
  k2_once_shown,     ///< As k2_strict_create where it was shown that the service enforces the key, else none.
  k3_keyed_read,
  k4_lagging_index,
  k5_nothing,
};

std::string_view Name(KeyClass key_class);

/// A call to the service with {placeholders}. Placeholders: {id} (the record's id), {FIELD} (a field of the record),
/// {STEP.id} (the id that an earlier step of the row ended with).
struct CallTemplate {
  std::string method;  ///< "POST"
  std::string path;    ///< "/contacts/{id}"; values are percent-encoded when filled in.
  std::string body;    ///< A JSON text with placeholders inside its strings; "" = none, or the record for writes.
  std::string id = "id";  ///< Where a good answer holds the record's id; an answer without it is ambiguous. "" = no id.
  std::string list;  ///< The answer may be a list of records under this name; "" = always one record.
};

/// A pattern (RE2: linear time), compiled when the connector is loaded.
struct Pattern {
  std::string text;  ///< "" = no condition.
  std::shared_ptr<const re2::RE2> compiled;  // owners: the copies of the rule that it stands in
};

/// First match wins. An empty condition matches everything, but a rule without statuses never applies to a 2xx.
struct AnswerRule {
  std::vector<int> statuses;
  std::vector<std::string> codes;
  Pattern message;  ///< Searched in the service's message. A group named id gives the record's id.
  Meaning means = Meaning::no;
  std::string code;  ///< Our code for the reason; "" = the service's own.
  std::string hint;
  Pattern link;  ///< Searched in header `Link`; a group named id gives the record's id. For `moved`.
};

struct RateSpec {
  std::string limit_header, remaining_header, reset_header;  ///< reset = seconds since 1970 on the service's clock.
  Duration window{};
};

/// A setting of an instance's configuration.
struct SettingSpec {
  std::string key;  ///< "oauth.user.token"
  std::string title;
  bool secret = false;
  bool required = false;
  std::string fallback;
};

struct KeySpec {
  std::string field;  ///< A path of the object.
  KeyClass key_class = KeyClass::k5_nothing;
  bool fold_lower = false;  ///< The service compares without case.
  std::string setting{};  ///< For k2_once_shown: the instance's setting that says whether it was shown, "yes" or "no".
  std::string mark{};  ///< For k2_once_shown: a text field by which a record that was made on trial is known.
};

/// Records that no key holds: those with this value in this field. The service makes as many of them as are sent.
struct KeylessSpec {
  std::string field, value;
  std::vector<std::string> without;  ///< Fields that the service does not take for such a record.
};

/// Finds a record by a field's value. `missing` or an empty list = none.
struct FindSpec {
  std::string by;
  CallTemplate call;
  bool lags = false;  ///< Reads an index that may not show the newest records.
  std::size_t at_most = 0;  ///< Where an answer with so many records may not show all; 0 = it always does.
};

/// Used where a record has no key value: find by another field, or make a key from it.
struct LookupSpec {
  FindSpec find;
  std::string make_key;  ///< The key field that gets the folded value of find.by if none was found.
};

struct StepSpec {
  std::string name;
  std::string relation;  ///< Not "": writes the row's related record of this name.
  bool primary = false;  ///< Writes the object that was asked for.
  std::optional<CallTemplate> call;  ///< Neither of the above: one harmless-to-repeat call.
  std::vector<std::string> needs;  ///< Steps that must have ended with an id; otherwise this step does not apply.
  bool once_per_record = false;  ///< Equal records are written once and their id remembered.
  std::optional<CallTemplate> undo;  ///< Of a `call`: takes back what it joined.
  std::string listed;  ///< Where the primary record lists what is joined to it, each with its id.
  std::string listed_more;  ///< Where it says that the list is not whole.
};

/// Reads fields of the workspace's own making.
struct DiscoverSpec {
  CallTemplate call;
  std::string list;  ///< Where the list stands.
  std::string name, type, writable, archived, custom, options, title;  ///< Member names in each element; "" = none.
  std::string prefix;  ///< Put before the name: "custom_attributes."
  std::map<std::string, model::FieldType> types;  ///< Service's type name → ours; an unknown one is text.
  int max_length = 0;  ///< Of texts, in code points; 0 = no limit known.
};

/// Reads all records of an object, page by page.
struct ListSpec {
  CallTemplate call;
  std::string cursor;  ///< Where an answer holds the next page's cursor.
  std::string cursor_parameter;  ///< The query parameter that asks for that page.
  std::string size_parameter;
  int page_size = 0;
};

/// Writes many records in one call.
struct BatchSpec {
  CallTemplate call;
  int size = 0;
};

/// How a load is taken back.
struct UndoSpec {
  std::optional<CallTemplate> created, updated;
  std::string used_by;  ///< Where a record tells how many others use it: then it is left alone. "" = it does not.
  std::vector<std::string> cannot;  ///< What no undo takes back: sentences for the user.
};

struct ObjectSpec {
  model::ObjectSchema schema;  ///< Fields known beforehand, related ones as "relation.field".
  std::vector<std::string> also;  ///< Other names accepted for it (plural, older ones).
  std::map<std::string, std::string> relations;  ///< Relation → object name.
  std::vector<KeySpec> keys;  ///< Strongest first.
  std::optional<KeylessSpec> keyless;
  std::optional<CallTemplate> create, upsert, read, update, archive, restore;
  std::vector<FindSpec> finds;
  std::optional<LookupSpec> lookup;
  std::vector<StepSpec> steps;  ///< In order; exactly one is primary.
  std::optional<DiscoverSpec> discover;
  std::optional<ListSpec> list;
  std::optional<BatchSpec> batch;
  std::optional<UndoSpec> undo;
  std::string created_at, updated_at;  ///< Where a record tells these, in epoch seconds; "" = it does not.

  const StepSpec& PrimaryStep() const;
  /// Of a step that joins something to the primary record: the step that this comes from; "" = the step joins nothing.
  std::string JoinedBy(const StepSpec& step) const;
  const KeySpec* KeyOf(std::string_view field) const;
  const FindSpec* FindBy(std::string_view field) const;
};

/// The lease under which a call is begun must outlast it.
inline constexpr Duration kLongestDeadline = std::chrono::seconds(12);

/// A service, described. Immutable after loading; shared by all jobs that use this text of it.
struct Connector {
  std::string key;  ///< The folder's name
  std::string title;
  std::string hub;
  std::string digest;  ///< SHA-256 of the bundle, hex: names this text of the connector.
  std::vector<std::string> hosts;  ///< Where it may be reached; anything else only by the operator's allowance.
  std::string base_url_setting;  ///< The setting that may name another address.
  std::string base_url;
  std::vector<SettingSpec> settings;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string bearer_setting;  ///< Sign-in: Authorization: Bearer <this setting>.
  CallTemplate test;  ///< The connection test.
  std::vector<std::string> test_shows;  ///< Members of its answer worth showing.
  std::vector<AnswerRule> answers;
  std::string error_list, error_code, error_message, request_id;  ///< Members of the error envelope.
  RateSpec rate;
  Duration deadline{};  ///< Of one call; at most kLongestDeadline.
  Duration late{};  ///< A request may still take effect this long after its deadline.
  Duration search_lag{};  ///< A find that lags shows a record at the latest so long after it was made.
  int first_in_flight = 8;  ///< Calls at the same time, to begin with; `max_in_flight` if that is less.
  int max_in_flight = 16;
  std::vector<std::string> warn;  ///< Said to the user before a load.
  std::vector<ObjectSpec> objects;

  /// By name or other name, without ASCII case; null if unknown.
  const ObjectSpec* Find(std::string_view name) const;
  std::vector<std::string> ObjectNames() const;
};

/// The files of a connector by relative path ("connector.yaml", "objects/contact.yaml").
using Bundle = std::map<std::string, std::string>;

/// Reads DIR/connector.yaml and DIR/objects/*.yaml.
Result<Bundle> ReadBundle(const std::string& folder);
/// One text from a bundle and back; the form in which a job keeps the connector it runs with.
std::string PackBundle(const Bundle& bundle);
Result<Bundle> UnpackBundle(std::string_view packed);

/// A mistake in a connector file: "objects/contact.yaml:12: unknown key 'feilds'; did you mean 'fields'?"
struct Finding {
  std::string file;
  int line = 0;
  std::string message;
};
std::string ToText(const Finding& finding);

/// All mistakes in a bundle; empty = it can be loaded.
std::vector<Finding> Lint(const Bundle& bundle);
/// Fails with `invalid` and the findings, one a line.
Result<std::shared_ptr<const Connector>> Load(
    const Bundle& bundle);  // owners: the catalogue of connectors, running jobs

/// The schema with the workspace's own fields added, from the answer of `spec.discover`. Fails with `unavailable` if
/// the answer is not what the connector says.
Result<model::ObjectSchema> WithDiscovered(const ObjectSpec& spec, std::string_view answer_json);

}  // namespace rowcall::connector
