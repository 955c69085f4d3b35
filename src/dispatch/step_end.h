#pragma once

#include <string>
#include <vector>

#include "dispatch/row_sender.h"

namespace rowcall::dispatch {

/// What a related record is about: its key if it has one, else what it is found by.
std::string IdentityOf(const connector::ObjectSpec& object, const model::Record& record);

/// How one step of one attempt ended.
struct RowSender::StepEnd {
  enum class Kind { done, failed, doubt, refused, withdrawn };
  Kind kind = Kind::done;
  std::string id;
  model::OutcomeKind outcome = model::OutcomeKind::failed;  ///< Of the write, if done or failed.
  Boxed<model::Reason> reason;
  MonoTime deadline{};
  bool existed = false;  ///< As WriteState says.
  std::vector<std::string> free;  ///< Ids of those that WriteState says.
  bool again = false;  ///< As Sent says.
  bool made = false;  ///< As WriteState says; of a call, that it joined what was not joined before.
  std::int64_t created_at = 0;  ///< Of a related record, as the service tells it; 0 = not known.
  std::string made_id;  ///< Of what was made or joined.
  std::string joined_before;  ///< As RowProgress says.
};

}  // namespace rowcall::dispatch
