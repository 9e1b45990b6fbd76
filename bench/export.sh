#!/usr/bin/env bash
# bench/export.sh BUILD [PEOPLE [DAYS]] - all files of the csv exporter for a month of so many people, out of the
# store: seconds and memory, beside plain SQL that reads the same rows. The rows are made by SQL from their numbers,
# the same each time: 8 hours of input and a new window every 5 minutes a day, a task and a business day.
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
"$BENCH_BIN/export_sites"
measure() { # name, files
    local begin=$EPOCHREALTIME
    /usr/bin/time -f %M -o memory "$KINMU" export csv --from 2026-10-01 --to 2026-10-31 --out "out-$1" --option "files=[$2]" \
        --conf conf --data data --plugins plugins >>log 2>&1
    awk -v name="export.$1" -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "%s %.2f\n", name, end - begin }'
    awk -v name="export.$1.rss" '{ printf "%s %.0f\n", name, $1 / 1024 }' memory
    rm -rf "out-$1"
}
measure all "kinmu, gyomu, aggregation, pc"
measure records "kinmu, gyomu"
python3 "$BENCH_TREE/bench/export_rows.py" data/store.db
