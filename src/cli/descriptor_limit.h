#pragma once

#include <cstddef>

namespace rowcall::cli {

/// Lets this process open as many files and sockets as the system lets it, and returns how many that are. What it was
/// started with is often a thousand, for the sake of programs that still call select().
std::size_t RaiseDescriptorLimit();

}  // namespace rowcall::cli
