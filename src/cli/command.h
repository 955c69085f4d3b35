#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cli/program.h"

namespace rowcall::cli {

/// The end of a command's help.
inline std::string Examples(const std::vector<std::string>& lines) {
  std::string text = "Examples:";
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

/// If the command is the one on the line, `run` is called with its options once all of them are known.
template <typename Options>
void RunWith(CLI::App& command, Program& program, std::shared_ptr<Options> options,  // owners: the command, the run
             Result<ExitCode> (*run)(const Options&, Surroundings&)) {
  command.callback([options = std::move(options), &program, run] {
    program.run = [options, &program, run] { return run(*options, program.surroundings); };
  });
}

}  // namespace rowcall::cli
