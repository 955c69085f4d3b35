#pragma once

#include <cstdint>
#include <string>

#include "cli/exit_code.h"
#include "wire/status.h"

namespace rowcall::cli {

/// 9812 → "9,812"
std::string WithCommas(std::int64_t number);

/// "9,812 created, 140 updated, 48 failed; 0 unaccounted". Outcomes that no row has are left out. Of a job
/// that runs, rows without an outcome are "on their way". Of an undo: "9,812 taken back, 12 kept".
std::string OutcomeSentence(const wire::Status& status);

/// Everything about a job that a person should see once it ended, or when asking: the sentence, and a line each for the
/// jobs that have to do with it, its error, columns without a place, warnings and incomplete rows.
std::string JobReport(const wire::Status& status);

/// The next useful command, e.g. "rowcall rows 17 --errors"; "" if there is nothing to do.
std::string NextCommand(const wire::Status& status);

/// For a job that is final.
ExitCode ExitCodeOf(const wire::Status& status);

}  // namespace rowcall::cli
