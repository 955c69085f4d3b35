#!/usr/bin/env bash
# How many instructions each piece of a row's way takes, counted by callgrind: nearly the same in each run, where seconds
# are noise. Fails if a piece takes 5% more than bench/instructions.json has. script/bench --instructions runs it.
#
#   bench/instructions.sh           counts and compares (about a minute)
#   bench/instructions.sh --renew   counts, and writes bench/instructions.json anew
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# = 0 ] || [ "$*" = --renew ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }

script/setup --bench
cmake --preset release --log-level=WARNING >/dev/null
cmake --build --preset release --target row_benchmark -- --quiet >/dev/null

# instructions PIECE ROWS: of a whole run.
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null build/release/bench/row_benchmark "$@" 2>&1 |
    sed -n 's/.*Collected : //p'
}

# The start is the same in both runs, and falls out of the difference.
counted={}
for piece in parse map body request answer classify ledger; do
  few=$(instructions $piece 1000)
  many=$(instructions $piece 11000)
  counted=$(jq -c --arg piece $piece --argjson each $(((many - few) / 10000)) '.[$piece] = $each' <<<"$counted")
done

if [ "${1:-}" = --renew ]; then
  jq . <<<"$counted" | tee bench/instructions.json
  exit
fi
jq -rn --argjson counted "$counted" --slurpfile kept bench/instructions.json '
  [$counted | to_entries[] | . + {kept: $kept[0][.key]} | . + {grown: (.value / .kept - 1)}] |
  (.[] | "\(.key): \(.value) instructions a row, \(.grown * 1000 | round / 10 | if . < 0 then . else "+\(.)" end)%"),
  if any(.grown > 0.05) then
    "More than 5% more. If it is worth it: script/bench --instructions --renew, and commit bench/instructions.json.\n" |
    halt_error(1)
  else empty end'
