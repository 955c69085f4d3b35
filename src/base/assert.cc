#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace rowcall {

void AssertionFailed(const char* expression, std::source_location where) {
  std::fprintf(stderr, "rowcall: %s:%u: expected %s. This is a bug; the ledger holds what was done so far.\n",
               where.file_name(), where.line(), expression);
  std::abort();
}

}  // namespace rowcall
