#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/connector_folder.h"
#include "cli/exit_code.h"
#include "cli/surroundings.h"

namespace CLI {
class App;
}

namespace rowcall::cli {

/// What a command's options lead to, once the whole line was understood.
using Run = std::function<Result<ExitCode>()>;

/// One run of the program. Each command, in a file of its own, adds itself to the line's grammar and sets `run`.
struct Program {
  Surroundings& surroundings;
  ExampleWords words;
  Run run;
};

void AddServe(CLI::App& root, Program& program);
void AddSandbox(CLI::App& root, Program& program);
void AddConnect(CLI::App& root, Program& program);
void AddObjects(CLI::App& root, Program& program);
void AddFields(CLI::App& root, Program& program);
void AddUpload(CLI::App& root, Program& program);
void AddStatus(CLI::App& root, Program& program);
void AddWatch(CLI::App& root, Program& program);
void AddRows(CLI::App& root, Program& program);
void AddResults(CLI::App& root, Program& program);
void AddRetry(CLI::App& root, Program& program);
void AddUndo(CLI::App& root, Program& program);
void AddJobs(CLI::App& root, Program& program);
void AddPause(CLI::App& root, Program& program);
void AddResume(CLI::App& root, Program& program);
void AddCancel(CLI::App& root, Program& program);
void AddPurge(CLI::App& root, Program& program);
void AddKeys(CLI::App& root, Program& program);

/// Understands the arguments (without the program's own name), runs the command, says what went wrong.
ExitCode RunProgram(const std::vector<std::string>& arguments, Surroundings& surroundings);

}  // namespace rowcall::cli
