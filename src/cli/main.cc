#include <sys/stat.h>

#include "cli/program.h"

// jemalloc reads it at the start. Two loops work; more arenas than that only keep memory apart (docs/decisions).
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000,tcache_gc_incr_bytes:1048576";
}

int main(int argc, char** argv) {
  umask(077);  // whatever this program writes belongs to its user alone
  rowcall::cli::Surroundings surroundings = rowcall::cli::OfThisProcess();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(rowcall::cli::RunProgram(arguments, surroundings));
}
