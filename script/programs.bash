# Starts and stops build/release/rowcall, or the program that ROWCALL names, for the scripts that source this file.
# Everything started is stopped by its process id when the script ends, unless the script calls keep_running.

program_pids=()

# start NAME ARGUMENT ...: runs `rowcall ARGUMENT ... --listen 127.0.0.1:0` and waits until it says where it listens.
# Sets url and pid. Its output goes to $work/NAME.log.
start() {
  local name=$1 log=$work/$1.log
  shift
  : >"$log"  # there before it is read, however late the program begins
  setsid "${ROWCALL:-build/release/rowcall}" "$@" --listen 127.0.0.1:0 >"$log" 2>&1 </dev/null &
  pid=$!
  program_pids+=("$pid")
  for _ in $(seq 200); do
    url=$(sed -n 's#^listening on \(https\{0,1\}://[0-9.:]*\).*#\1#p' "$log")
    [ -z "$url" ] || return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  echo "rowcall $1 did not start:" >&2
  cat "$log" >&2
  return 1
}

# stop PID: ends one that start has started.
stop() {
  local each others=()
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  for each in "${program_pids[@]}"; do [ "$each" = "$1" ] || others+=("$each"); done
  program_pids=("${others[@]}")
}

keep_running() { program_pids=(); }

stop_programs() {
  local pid
  for pid in "${program_pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${program_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  program_pids=()
}
