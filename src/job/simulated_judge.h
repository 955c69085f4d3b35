#pragma once

#include <string>
#include <vector>

#include "job/simulated_world.h"

namespace rowcall::job {

/// What is wrong in a world that has run to its end: what the ledger says of each row, against what the service was
/// asked to do and by which row; what the service holds, against the file; and that nothing is left. Empty: nothing is.
std::vector<std::string> BreachesIn(SimulatedWorld& world);

}  // namespace rowcall::job
