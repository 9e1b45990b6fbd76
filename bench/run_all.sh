#!/usr/bin/env bash
# bench/run_all.sh BUILD - runs every bench and prints each figure as one JSON line
# {name, value, unit, limit, ratio}; progress and what falls short go to stderr.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${1:?bench/run_all.sh: needs the build folder}
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for bench in journal agent http peers http_client postgres hub_ingest hub_latency hub_fleet hub_reconnect workday workday_fleet export search; do
    "bench/$bench.sh" "$build" >>"$lines" || echo "bench: $bench.sh did not finish" >&2
done
awk -f bench/summary.awk bench/figures "$lines"
