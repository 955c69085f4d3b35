// What jemalloc reads at its start, in the program and in what bench/ measures of it (docs/decisions, 2026-11-26).
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf =
    "narenas:2,"  // two loops work; more arenas than that only keep memory apart
    "dirty_decay_ms:1000,"
    "tcache_gc_incr_bytes:1048576";  // what a hundred rows need; each sweep of a thread's blocks costs what it saves
}
