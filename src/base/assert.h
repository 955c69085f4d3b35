#pragma once

#include <source_location>

namespace rowcall {

/// Prints what was expected and where, then aborts.
[[noreturn]] void AssertionFailed(const char* expression, std::source_location where = std::source_location::current());

}  // namespace rowcall

/// States what must be true if the code is right. On in every build: a broken promise stops the program before it can
/// write a false outcome. Not for input: wrong input is an Error.
#define ROWCALL_ASSERT(expression) \
  (static_cast<bool>(expression) ? static_cast<void>(0) : ::rowcall::AssertionFailed(#expression))
