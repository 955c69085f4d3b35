#include "dispatch/write_reasons.h"

#include "connector/answer.h"
#include "connector/request.h"

namespace rowcall::dispatch {

std::string MatchFieldOf(const WriteOrder& order) {
  if (!order.match_field.empty()) return order.match_field;
  for (const connector::KeySpec& key : order.object->keys) {
    if (order.record->Has(key.field) && order.object->FindBy(key.field) != nullptr) return key.field;
  }
  return {};
}

std::string WriteReasons::KeyNames() const {
  std::string names;
  for (const connector::KeyValue& key : connector::KeysOf(object_, record_)) {
    if (!names.empty()) names += " and ";
    names += key.field;
  }
  return names;
}

model::Reason WriteReasons::AlreadyExists() const {
  return model::Because("already_exists",
                        "A " + object_.schema.name + " with this " + KeyNames() + " exists already (id " + state_.id +
                            "), and the action is create.",
                        "Use the action upsert to update it.");
}

model::Reason WriteReasons::Archived() const {
  return model::Because("archived",
                        "The " + object_.schema.name + " with this " + KeyNames() + " is archived (id " + state_.id +
                            "). Somebody archived it on purpose, so it was left alone.",
                        "Send ifArchived: restore to bring archived records back.");
}

model::Reason WriteReasons::NotFound() const {
  const connector::FindSpec* find = object_.FindBy(MatchOrKeys());
  const bool lags = find != nullptr && find->lags;
  return model::Because("not_found", "There is no " + object_.schema.name + " with this " + MatchOrKeys() + ".",
                        lags ? "Use the action upsert to create it. One that was made in the last minutes may not be "
                               "found yet; then try again later."
                             : "Use the action upsert to create it.");
}

model::Reason WriteReasons::Several() const {
  return model::Because("ambiguous_match",
                        "Several " + object_.schema.name + " records match this row; none was written.",
                        "Add a column with the record's own key (" + object_.keys.front().field + ").");
}

model::Reason WriteReasons::FieldNotTaken(const std::string& field) const {
  const connector::KeylessSpec& keyless = *object_.keyless;
  return model::Because("field_not_taken",
                        "A " + object_.schema.name + " whose " + keyless.field + " is " + keyless.value +
                            " cannot have a value for " + field + ": the service would leave it out. Nothing was sent.",
                        "Leave " + field + " blank in this row, or give it another " + keyless.field + ".");
}

model::Reason WriteReasons::NoSearch() const { return Undecided("it has no field by which it could be searched for"); }

model::Reason WriteReasons::TooMany() const {
  return Undecided("the search gives more records than can be told apart");
}

model::Reason WriteReasons::Undecided(const std::string& why) const {
  return model::Because(
      "unresolved",
      "The row was sent, but no answer came, and whether it was carried out cannot be found out: " + why + ".",
      "Look at the service whether the record is there, then retry the row.");
}

model::Reason WriteReasons::MissingKey(const std::string& field) const {
  return model::Because("missing_key", "The row has no value for " + (field.empty() ? "any key field" : field) + ".",
                        "Fill it in, or match by another field.");
}

std::string WriteReasons::MatchOrKeys() const {
  const std::string match = MatchFieldOf(order_);
  return match.empty() ? KeyNames() : match;
}

model::Reason WriteReasons::KeyConflict() const {
  std::string fields;
  for (const std::string& field : connector::ConflictingKeys(object_, state_.existing, record_)) {
    if (!fields.empty()) fields += ", ";
    fields += field;
  }
  if (fields.empty()) fields = KeyNames();
  model::Reason reason =
      model::Because("key_conflict",
                     "The existing " + object_.schema.name + " (id " + state_.id + ") has another value in " + fields +
                         " than this row. Nothing was written.",
                     "Mend the row's keys, or the record's, so that both name the same " + object_.schema.name + ".");
  return reason;
}

}  // namespace rowcall::dispatch
