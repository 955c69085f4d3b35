#pragma once

namespace rowcall {

/// A named place at which a test may kill the program, as a power failure would: with the environment variable
/// ROWCALL_FAILPOINT=NAME:N:kill it dies by SIGKILL when it comes to the place for the Nth time (counted from 1, all
/// threads together). Such a place is compiled in only where tests are (ROWCALL_FAILPOINTS); in the program that users run
/// there is nothing. Names are unique; `script/torture` finds them in the source and dies once at each. Thread-safe.
#ifdef ROWCALL_FAILPOINTS
void Failpoint(const char* name);
#else
inline void Failpoint(const char*) {}
#endif

}  // namespace rowcall
