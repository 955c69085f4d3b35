#pragma once

namespace rowcall::async {

/// Asks the system to let the calling thread run soon after it has something to do, for a short turn, also where threads
/// that compute keep all processors busy. Its share of them stays what it is. For threads of which somebody awaits an
/// answer. Linux does so from 6.12 on (Documentation/scheduler/sched-eevdf.rst, sched_setattr(2)); an older one takes
/// no notice, and nothing is wrong then.
void AskForShortTurns();

}  // namespace rowcall::async
