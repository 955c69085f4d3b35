#pragma once

#include <string>
#include <vector>

#include "cli/surroundings.h"

namespace rowcall::cli {

/// The folder that holds one folder per connector: `asked` if not "", else ROWCALL_CONNECTORS, else the installed share
/// folder beside this program (../share/rowcall/connectors), else that of the source tree which built it.
std::string FindConnectorFolder(const std::string& asked, const Environment& environment);

/// The connectors in it by name, sorted: sub-folders with a connector.yaml. Empty if the folder cannot be read.
std::vector<std::string> ConnectorsIn(const std::string& folder);

/// Names for the examples in the help, taken from the first connector found.
struct ExampleWords {
  std::string connector = "CONNECTOR";
  std::string object = "OBJECT";
};
ExampleWords ExampleWordsFrom(const std::string& folder);

}  // namespace rowcall::cli
