#pragma once

#include <string>

#include "wire/status.h"

namespace rowcall::cli {

/// One line of at most `columns` characters (in UTF-8):
/// "█████████░░░░░  61%  6,112 of 10,000 rows  166/s  23 to 25 s left", and why nothing moves if so.
std::string ProgressLine(const wire::Status& status, int columns);

}  // namespace rowcall::cli
