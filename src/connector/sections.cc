#include "connector/specification.h"

/// The one specification of connector files: every key, its type, whether it must be there, and what it is for. Loader,
/// linter and documents come from these tables.
namespace rowcall::connector {

template <>
const Section& SectionOf<CallTemplate>() {
  using Call = CallTemplate;
  static const Section kSection{
      "call",
      {{"send", Need::required, "The method and the path, e.g. \"GET /things/{id}\".", "text", nullptr,
        [](const YamlNode& node, void* owner, Report& report) {
          if (ExpectKind(node, YamlNode::Kind::scalar, "text", report)) {
            Type<Call>::Read(node, *static_cast<Call*>(owner), report);
          }
        }},
       KeyFor<Call>("body", &Call::body, "A JSON text with placeholders inside its strings."),
       KeyFor<Call>("id", &Call::id, "Where a good answer holds the record's id; \"\" = it holds none."),
       KeyFor<Call>("list", &Call::list, "The answer may be a list of records under this name.")}};
  return kSection;
}

template <>
const Section& SectionOf<AnswerRule>() {
  using Rule = AnswerRule;
  static const Section kSection{
      "answer rule",
      {KeyFor<Rule>("status", &Rule::statuses, "HTTP statuses it applies to; none = all but 2xx."),
       KeyFor<Rule>("error", &Rule::codes, "The service's error codes it applies to; none = all."),
       KeyFor<Rule>("message", &Rule::message, "Pattern in the service's message; group `id` is the record's id."),
       KeyFor<Rule>("link", &Rule::link, "Pattern in the header Link; group `id` is the record's id."),
       KeyFor<Rule>("means", &Rule::means, "What such an answer means.", Need::required),
       KeyFor<Rule>("code", &Rule::code, "The code of the reason; none = the service's own."),
       KeyFor<Rule>("hint", &Rule::hint, "What the user should do.")}};
  return kSection;
}

template <>
const Section& SectionOf<RateSpec>() {
  static const Section kSection{
      "rate",
      {KeyFor<RateSpec>("limit", &RateSpec::limit_header, "Header with the calls allowed in a window."),
       KeyFor<RateSpec>("remaining", &RateSpec::remaining_header, "Header with the calls left in this window."),
       KeyFor<RateSpec>("reset", &RateSpec::reset_header, "Header with the window's end, seconds since 1970."),
       KeyFor<RateSpec>("window", &RateSpec::window, "Length of a window.")}};
  return kSection;
}

template <>
const Section& SectionOf<SettingSpec>() {
  using Setting = SettingSpec;
  static const Section kSection{
      "setting",
      {KeyFor<Setting>("title", &Setting::title, "Its name for people.", Need::required),
       KeyFor<Setting>("secret", &Setting::secret, "Stored encrypted, never shown again."),
       KeyFor<Setting>("required", &Setting::required, "An instance cannot be made without it."),
       KeyFor<Setting>("default", &Setting::fallback, "Used where it is not given.")}};
  return kSection;
}

template <>
const Section& SectionOf<KeySpec>() {
  static const Section kSection{
      "key",
      {KeyFor<KeySpec>("field", &KeySpec::field, "The field that is a key.", Need::required),
       KeyFor<KeySpec>("class", &KeySpec::key_class, "What the service gives against doubles.", Need::required),
       KeyFor<KeySpec>("fold_lower", &KeySpec::fold_lower, "The service compares it without case."),
       KeyFor<KeySpec>("setting", &KeySpec::setting,
                       "The setting that keeps whether the service enforces it: class k2_once_shown."),
       KeyFor<KeySpec>("mark", &KeySpec::mark,
                       "The text field that marks a record made on trial: class k2_once_shown.")}};
  return kSection;
}

template <>
const Section& SectionOf<KeylessSpec>() {
  using Keyless = KeylessSpec;
  static const Section kSection{
      "records without key",
      {KeyFor<Keyless>("field", &Keyless::field, "The field that tells such a record.", Need::required),
       KeyFor<Keyless>("value", &Keyless::value, "The value that it has there.", Need::required),
       KeyFor<Keyless>("without", &Keyless::without, "Fields that the service does not take for such a record.")}};
  return kSection;
}

template <>
const Section& SectionOf<FindSpec>() {
  static const Section kSection{
      "find",
      {KeyFor<FindSpec>("by", &FindSpec::by, "The field whose value is looked for.", Need::required),
       KeyFor<FindSpec>("call", &FindSpec::call, "The call that looks.", Need::required),
       KeyFor<FindSpec>("lags", &FindSpec::lags, "Reads an index that may not show the newest records."),
       KeyFor<FindSpec>("at_most", &FindSpec::at_most,
                        "An answer with so many records may not show all; 0 = it always does.")}};
  return kSection;
}

template <>
const Section& SectionOf<LookupSpec>() {
  static const Section kSection{
      "lookup",
      {KeyFor<LookupSpec>("find", &LookupSpec::find, "How a record without key is looked for.", Need::required),
       KeyFor<LookupSpec>("make_key", &LookupSpec::make_key,
                          "The key field that gets the folded value if none is found.", Need::required)}};
  return kSection;
}

template <>
const Section& SectionOf<StepSpec>() {
  using Step = StepSpec;
  static const Section kSection{
      "step",
      {KeyFor<Step>("name", &Step::name, "Its name, for {NAME.id} in later steps.", Need::required),
       KeyFor<Step>("relation", &Step::relation, "Writes the row's related record of this name."),
       KeyFor<Step>("primary", &Step::primary, "Writes the object that was asked for."),
       KeyFor<Step>("call", &Step::call, "One call that is harmless to repeat."),
       KeyFor<Step>("undo", &Step::undo, "Takes back what the call joined."),
       KeyFor<Step>("listed", &Step::listed, "Where the primary record lists what is joined to it, by id."),
       KeyFor<Step>("listed_more", &Step::listed_more, "Where it says that the list is not whole."),
       KeyFor<Step>("needs", &Step::needs, "Steps that must have ended with an id before."),
       KeyFor<Step>("once_per_record", &Step::once_per_record, "Equal records are written once.")}};
  return kSection;
}

template <>
const Section& SectionOf<DiscoverSpec>() {
  using Discover = DiscoverSpec;
  static const Section kSection{
      "discovery",
      {KeyFor<Discover>("call", &Discover::call, "The call that lists the fields.", Need::required),
       KeyFor<Discover>("list", &Discover::list, "Where the list stands in the answer.", Need::required),
       KeyFor<Discover>("name", &Discover::name, "Member with a field's name.", Need::required),
       KeyFor<Discover>("title", &Discover::title, "Member with its name for people."),
       KeyFor<Discover>("type", &Discover::type, "Member with its type."),
       KeyFor<Discover>("options", &Discover::options, "Member with the allowed values."),
       KeyFor<Discover>("writable", &Discover::writable, "Member that tells whether it can be written."),
       KeyFor<Discover>("archived", &Discover::archived, "Member that tells whether it is out of use."),
       KeyFor<Discover>("custom", &Discover::custom, "Member that tells a field of the workspace's own making."),
       KeyFor<Discover>("prefix", &Discover::prefix, "Put before the name to make its path."),
       KeyFor<Discover>("types", &Discover::types, "The service's type names; an unknown one is text."),
       KeyFor<Discover>("max_length", &Discover::max_length, "Of texts, in code points.")}};
  return kSection;
}

template <>
const Section& SectionOf<ListSpec>() {
  static const Section kSection{
      "list",
      {KeyFor<ListSpec>("call", &ListSpec::call, "The call that reads a page.", Need::required),
       KeyFor<ListSpec>("cursor", &ListSpec::cursor, "Where an answer holds the next page's cursor."),
       KeyFor<ListSpec>("cursor_parameter", &ListSpec::cursor_parameter, "Query parameter that asks for that page."),
       KeyFor<ListSpec>("size_parameter", &ListSpec::size_parameter, "Query parameter with the size of a page."),
       KeyFor<ListSpec>("page_size", &ListSpec::page_size, "Records in a page.")}};
  return kSection;
}

template <>
const Section& SectionOf<BatchSpec>() {
  static const Section kSection{
      "batch",
      {KeyFor<BatchSpec>("call", &BatchSpec::call, "The call that writes many records.", Need::required),
       KeyFor<BatchSpec>("size", &BatchSpec::size, "Records in a call, at most.", Need::required)}};
  return kSection;
}

template <>
const Section& SectionOf<UndoSpec>() {
  static const Section kSection{
      "undo",
      {KeyFor<UndoSpec>("created", &UndoSpec::created, "Takes back a record that was created."),
       KeyFor<UndoSpec>("updated", &UndoSpec::updated, "Writes back what a record held before."),
       KeyFor<UndoSpec>("used_by", &UndoSpec::used_by, "Member that counts what uses a record: then it is left alone."),
       KeyFor<UndoSpec>("cannot", &UndoSpec::cannot, "What no undo takes back: sentences for the user.")}};
  return kSection;
}

template <>
const Section& SectionOf<model::Field>() {
  using model::Field;
  static const Section kSection{
      "field",
      {KeyFor<Field>("title", &Field::title, "Its name for people."),
       KeyFor<Field>("type", &Field::type, "What its values are; text unless said otherwise."),
       KeyFor<Field>("required", &Field::required, "Every record needs a value."),
       KeyFor<Field>("read_only", &Field::read_only, "Shown, but cannot be written."),
       KeyFor<Field>("personal", &Field::personal,
                     "Personal data: never in logs, and in reasons only if the instance wants it."),
       KeyFor<Field>("max_length", &Field::max_length, "In code points; none = no limit known."),
       KeyFor<Field>("shown_at", &Field::shown_at,
                     "Where a record that is read shows it, if elsewhere; \"\" = nowhere."),
       KeyFor<Field>("sent_with", &Field::sent_with, "The service takes it only beside this field."),
       KeyFor<Field>("choices", &Field::choices, "The allowed values."),
       KeyFor<Field>("aliases", &Field::aliases, "Headers that mean this field; case and separators do not count."),
       KeyFor<Field>("joined_from", &Field::joined_from, "Groups of headers whose values are joined by one space.")}};
  return kSection;
}

template <>
const Section& SectionOf<ObjectSpec>() {
  using Object = ObjectSpec;
  static const Section kSection{
      "object",
      {KeyFor<Object>(
           "object", [](Object& o) -> auto& { return o.schema.name; }, "Its name, singular.", Need::required),
       KeyFor<Object>("also", &Object::also, "Other names accepted for it."),
       KeyFor<Object>("relations", &Object::relations, "Records of other objects in the same row: relation to object."),
       KeyFor<Object>(
           "fields", [](Object& o) -> auto& { return o.schema.fields; },
           "Fields by path; related ones as relation.field.", Need::required),
       KeyFor<Object>(
           "needs_one_of", [](Object& o) -> auto& { return o.schema.needs_one_of; },
           "A row must have a value in one of these."),
       KeyFor<Object>("keys", &Object::keys, "Fields that tell one record from another, strongest first."),
       KeyFor<Object>("keyless", &Object::keyless, "Records that no key holds, so that the same may be made twice."),
       KeyFor<Object>("create", &Object::create, "Makes a record; its body is the record."),
       KeyFor<Object>("upsert", &Object::upsert, "Makes or changes a record by its key."),
       KeyFor<Object>("read", &Object::read, "Reads the record {id}."),
       KeyFor<Object>("update", &Object::update, "Changes the record {id}."),
       KeyFor<Object>("archive", &Object::archive, "Archives the record {id}."),
       KeyFor<Object>("restore", &Object::restore, "Takes the record {id} out of the archive."),
       KeyFor<Object>("finds", &Object::finds, "How a record is found by a field."),
       KeyFor<Object>("lookup", &Object::lookup, "What to do with a record that has no key."),
       KeyFor<Object>("steps", &Object::steps, "What is done for a row, in order.", Need::required),
       KeyFor<Object>("discover", &Object::discover, "Reads fields of the workspace's own making."),
       KeyFor<Object>("list", &Object::list, "Reads all records, page by page."),
       KeyFor<Object>("batch", &Object::batch, "Writes many records in one call."),
       KeyFor<Object>("undo", &Object::undo, "How a load is taken back."),
       KeyFor<Object>("created_at", &Object::created_at, "Where a record tells its birth, in epoch seconds."),
       KeyFor<Object>("updated_at", &Object::updated_at, "Where a record tells its last change, in epoch seconds.")}};
  return kSection;
}

template <>
const Section& SectionOf<Connector>() {
  using C = Connector;
  static const Section kSection{
      "connector",
      {KeyFor<C>("connector", &C::key, "Its key: the name of its folder.", Need::required),
       KeyFor<C>("title", &C::title, "The service's name.", Need::required),
       KeyFor<C>("hub", &C::hub, "The hub it belongs to.", Need::required),
       KeyFor<C>("hosts", &C::hosts, "Where it may be reached.", Need::required),
       KeyFor<C>("base_url", &C::base_url, "Where calls go unless a setting says otherwise.", Need::required),
       KeyFor<C>("base_url_setting", &C::base_url_setting, "The setting that may name another address."),
       KeyFor<C>("settings", &C::settings, "What an instance is configured with.", Need::required),
       KeyFor<C>("headers", &C::headers, "Sent with every call."),
       KeyFor<C>("bearer_setting", &C::bearer_setting, "The setting with the bearer token.", Need::required),
       KeyFor<C>("test", &C::test, "The connection test.", Need::required),
       KeyFor<C>("test_shows", &C::test_shows, "Members of its answer worth showing."),
       KeyFor<C>("answers", &C::answers, "What answers mean; first match wins.", Need::required),
       KeyFor<C>("error_list", &C::error_list, "Member of a refusal with the list of errors."),
       KeyFor<C>("error_code", &C::error_code, "Member of an error with its code."),
       KeyFor<C>("error_message", &C::error_message, "Member of an error with its message."),
       KeyFor<C>("request_id", &C::request_id, "Member of a refusal with the request's id."),
       KeyFor<C>("rate", &C::rate, "How the service tells its limit."),
       KeyFor<C>("deadline", &C::deadline, "Longest time for one call, at most 12s.", Need::required),
       KeyFor<C>("late", &C::late, "A call may still take effect this long after its deadline.", Need::required),
       KeyFor<C>("search_lag", &C::search_lag,
                 "A find that lags shows a record at the latest so long after it was made."),
       KeyFor<C>("first_in_flight", &C::first_in_flight, "Calls at the same time, until it is seen how many are good."),
       KeyFor<C>("max_in_flight", &C::max_in_flight, "Calls at the same time, at most."),
       KeyFor<C>("warn", &C::warn, "Said to the user before a load.")}};
  return kSection;
}

}  // namespace rowcall::connector
