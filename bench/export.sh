#!/usr/bin/env bash
# bench/export.sh BUILD [PEOPLE [DAYS]] - the csv exporter's files for a month of so many people, out of the store:
# seconds and memory, beside SQLite alone that reads the same log rows in the same order. The rows are made by SQL
# from their numbers, the same each time: a person-day has 480 minutes of input, 96 windows, a task and a business day.
set -euo pipefail
. "$(dirname "$0")/lib.sh" "${1:?bench/export.sh: needs the build folder}"
people=${2:-1000}
days=${3:-22}
cd "$BENCH_DIR"
mkdir conf plugins
cp "$BENCH_BUILD"/plugins/{connectors/{people,approval,workday},exporters/csv}.so plugins/
cat >conf/10.yaml <<'YAML'
purposes: {working-time: {}, activity: {}, presence: {}, audit: {}, directory: {}}
exporters: {csv: {}}
YAML
"$KINMU" run --conf conf --data data --plugins plugins --for 1 >>log 2>&1 # makes the tables
python3 "$BENCH_TREE/bench/export_rows.py" data/store.db "$people" "$days"

measure() { # name, files
    python3 - "export.$1" "$KINMU" export csv --from 2026-10-01 --to 2026-10-31 --out "out-$1" --option "files=[$2]" \
        --conf conf --data data --plugins plugins <<'END'
import resource, subprocess, sys, time
begin = time.monotonic()
subprocess.run(sys.argv[2:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(f"{sys.argv[1]} {time.monotonic() - begin:.2f}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{sys.argv[1]}.cpu {used.ru_utime + used.ru_stime:.2f}")
print(f"{sys.argv[1]}.rss {used.ru_maxrss / 1024:.0f}")
END
    rm -rf "out-$1"
}
"$BENCH_BIN/export_sites"
measure records "kinmu, gyomu" # of 12 files those that need no logs
measure all "kinmu, gyomu, aggregation, pc"
"$BENCH_BIN/export_limit" data/store.db
