#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace rowcall {

/// A value, or the reason why there is none. Every expected failure travels this way; exceptions are left to libraries
/// and are caught where the library is called.
template <typename T>
using Result = std::expected<T, Error>;

/// The failing side of a Result: `return Fail(ErrorKind::invalid, "row 3: …", "Quote the field.");`
[[nodiscard]] inline std::unexpected<Error> Fail(ErrorKind kind, std::string message, std::string hint = {}) {
  return std::unexpected<Error>(Error{kind, std::move(message), std::move(hint)});
}

/// Passes an error on from a Result of another type.
template <typename T>
[[nodiscard]] std::unexpected<Error> Failed(Result<T>&& result) {
  return std::unexpected<Error>(std::move(result).error());
}

}  // namespace rowcall

#define ROWCALL_JOIN_INNER(a, b) a##b
#define ROWCALL_JOIN(a, b) ROWCALL_JOIN_INNER(a, b)
#define ROWCALL_TRY(returns, target, result, expression)     \
  auto result = (expression);                                \
  if (!result) returns ::rowcall::Failed(std::move(result)); \
  target = *std::move(result)

/// `ASSIGN_OR_RETURN(auto x, F());` leaves the function with F's error, or goes on with its value in x.
#define ASSIGN_OR_RETURN(target, expression) \
  ROWCALL_TRY(return, target, ROWCALL_JOIN(result_at_line_, __LINE__), expression)
/// The same in a coroutine.
#define ASSIGN_OR_CO_RETURN(target, expression) \
  ROWCALL_TRY(co_return, target, ROWCALL_JOIN(result_at_line_, __LINE__), expression)
/// `RETURN_IF_ERROR(F());` leaves the function with F's error.
#define RETURN_IF_ERROR(expression) \
  if (auto result_of_call = (expression); !result_of_call) return ::rowcall::Failed(std::move(result_of_call))
/// The same in a coroutine.
#define CO_RETURN_IF_ERROR(expression) \
  if (auto result_of_call = (expression); !result_of_call) co_return ::rowcall::Failed(std::move(result_of_call))
