#!/bin/bash
# daemon_input.sh BUILD_DIR - COL-10 from the keyboard to the CSV a person opens: the script typed by
# xdotool, the real daemon with the collector in its runner, `kinmu export csv`.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"

# total COLUMN: sum over the rows of the exported file.
total() {
    tail -n +2 "$CSV" | tr -d '\r' | awk -F, -v column="$1" '{sum += $column} END {print sum + 0}'
}

configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
journal: {flush_interval: 100ms}
collectors: {input: }
exporters: {csv: {encoding: utf8-bom}}
END
start_display ${KINMU_TEST_DISPLAY:-}
start_kinmu
wait_until 20 instance_is input health ok || kinmu_fail "input: $(instance_status input text)"
expect "where the collector runs" process "$(instance_status input isolation)"
col10_script
wait_until 20 instance_is input events_total 42 ||
    kinmu_fail "counted $(instance_status input events_total) of 42"
stop_kinmu

mkdir "$E2E_DIR/out"
kinmu export csv --from "$(yesterday)" --to "$(tomorrow)" --out "$E2E_DIR/out" >"$E2E_DIR/export.log" 2>&1 ||
    fail "export: $(cat "$E2E_DIR/export.log")"
CSV=$E2E_DIR/out/$(id -un)_pc.csv
[ -s "$CSV" ] || fail "no $CSV: $(ls "$E2E_DIR/out")"
cat "$CSV"
column=3 # behind 社員番号 and 日時
while read -r name number; do
    expect "$name" "$number" "$(total $column)"
    column=$((column + 1))
done <<END
letters 5
digits 4
keypad 3
symbols 2
others 1
left 7
right 6
wheel 5
moves 9
END
kinmu journal verify || fail "the journal does not verify"
echo "PASS"
