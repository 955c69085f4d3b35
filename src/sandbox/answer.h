#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace rowcall::sandbox {

/// What an endpoint gives back when it did what was asked.
struct Answer {
  int status = 200;
  std::string body;  ///< JSON.
  std::string id;    ///< The record that was written, for the log; empty for reads.
};

/// What an endpoint gives back when it refuses: becomes Intercom's error envelope.
struct Refusal {
  int status = 400;
  std::string code;
  std::string message;
  std::string link;  ///< The Link header (merged contacts); "" = none.
};

template <typename T>
using OrRefusal = std::expected<T, Refusal>;

[[nodiscard]] inline std::unexpected<Refusal> Refuse(int status, std::string_view code, std::string message) {
  return std::unexpected<Refusal>(Refusal{status, std::string(code), std::move(message), {}});
}

/// 400 `parameter_invalid`, the commonest refusal.
[[nodiscard]] std::unexpected<Refusal> RefuseParameter(std::string message);
/// 404 `not_found` "User Not Found": what Intercom says of a contact that is absent, archived or deleted.
[[nodiscard]] std::unexpected<Refusal> UserNotFound();
/// 404 `company_not_found` "Company Not Found".
[[nodiscard]] std::unexpected<Refusal> CompanyNotFound();

/// {"type":"error.list","request_id":…,"errors":[{"code","message"}]}
std::string ErrorBody(const Refusal& refusal, std::string_view request_id);

}  // namespace rowcall::sandbox

/// `RETURN_IF_REFUSED(F());` leaves the function with F's refusal.
#define RETURN_IF_REFUSED(expression) \
  if (auto refused_call = (expression); !refused_call) return std::unexpected(std::move(refused_call).error())
/// `ASSIGN_OR_REFUSE(auto x, F());` leaves the function with F's refusal, or goes on with its value in x.
#define ASSIGN_OR_REFUSE(target, expression) \
  ROWCALL_ASSIGN_OR_REFUSE(target, ROWCALL_JOIN(answer_at_line_, __LINE__), expression)
#define ROWCALL_ASSIGN_OR_REFUSE(target, result, expression)      \
  auto result = (expression);                                     \
  if (!result) return std::unexpected(std::move(result).error()); \
  target = *std::move(result)
