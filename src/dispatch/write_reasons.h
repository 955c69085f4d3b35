#pragma once

#include <string>

#include "dispatch/record_write.h"
#include "model/row.h"

namespace rowcall::dispatch {

/// The field by which an update finds its record: as the order says, else the strongest key that the record has; "" =
/// there is none.
std::string MatchFieldOf(const WriteOrder& order);

/// Why a write ends as it does, in sentences for whoever mends the file. Order and state outlive it.
class WriteReasons {
 public:
  WriteReasons(const WriteOrder& order, const WriteState& state)
      : order_(order), object_(*order.object), record_(*order.record), state_(state) {}

  model::Reason AlreadyExists() const;
  model::Reason Archived() const;
  model::Reason NotFound() const;
  model::Reason Several() const;
  model::Reason FieldNotTaken(const std::string& field) const;
  model::Reason NoSearch() const;
  model::Reason TooMany() const;
  model::Reason Undecided(const std::string& why) const;
  model::Reason MissingKey(const std::string& field) const;
  model::Reason KeyConflict() const;

 private:
  std::string KeyNames() const;
  std::string MatchOrKeys() const;

  const WriteOrder& order_;
  const connector::ObjectSpec& object_;
  const model::Record& record_;
  const WriteState& state_;
};

}  // namespace rowcall::dispatch
