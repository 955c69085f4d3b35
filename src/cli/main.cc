#include <sys/stat.h>

#include "cli/program.h"

int main(int argc, char** argv) {
  umask(077);  // whatever this program writes belongs to its user alone
  rowcall::cli::Surroundings surroundings = rowcall::cli::OfThisProcess();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(rowcall::cli::RunProgram(arguments, surroundings));
}
