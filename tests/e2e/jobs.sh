#!/bin/bash
# jobs.sh BUILD_DIR: export jobs of a running daemon (EXP-01, EXP-02): queued, made by processes of their own from the
# store, the same bytes as `kinmu export`; a killed daemon takes its export with it and begins anew.
set -euo pipefail
build=$(realpath "$1")
kinmu=$build/kinmu
. "$(dirname "$0")/lib.sh"
cd "$E2E_DIR"
daemon= locker=
umask 077
end() {
    stop_process "$locker"
    stop_process "$daemon"
}
at_end end

mkdir -p conf plugins
cp "$build/tests/bad_plugins/good.so" "$build/plugins/exporters/"{csv,json,jobs}.so plugins/
cat >conf/10.yaml <<'YAML'
purposes: {inventory: {}, audit: {}}
exporters:
  com.example.good: {interval: 100ms, isolation: core}
  csv: {}
  jobs: {}
journal: {flush_interval: 100ms}
YAML
today=$(date +%F)
start_daemon() {
    "$kinmu" run --conf conf --plugins plugins --data data >>run.log 2>&1 &
    daemon=$!
    wait_until 30 "$kinmu" job list --data data || fail "no jobs: $(tail -5 run.log)"
}
state() { # of a job
    "$kinmu" job show "$1" --data data | grep -o '"state":"[a-z]*"' | cut -d'"' -f4
}
is() {
    [ "$(state "$1")" = "$2" ]
}
exports_of() { # processes that write into the job's folder
    pgrep -f -- "--out data/exports/$1 " || true
}

start_daemon
ticks() { # of which the first export is to have some
    [ "$(sqlite3 -readonly data/store.db 'SELECT count(*) FROM com_example_good_tick_1')" -gt 6 ]
}
wait_until 30 ticks || fail "nothing is recorded"
coproc LOCKER { python3 -c '
import sqlite3, sys
store = sqlite3.connect("data/store.db", timeout=20, isolation_level=None)
store.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
store.execute("ROLLBACK")'; }
locker=$LOCKER_PID
read -r said <&"${LOCKER[0]}"
expect "the store" locked "$said"
"$kinmu" job create csv "$today" "$today" --options "schemas=[com.example.good.tick/1]" --data data >order.json
expect "an order" '{"job":1,"state":"waiting","place":1}' "$(cat order.json)"
wait_until 10 is 1 running || fail "the first does not run: $(state 1)"
"$kinmu" job create csvv "$today" "$today" --data data >order.json
expect "one behind it" '{"job":2,"state":"waiting","place":1}' "$(cat order.json)"
wait_until 10 test -n "$(exports_of 1)" || fail "no process exports"
kill -9 "$daemon"
wait "$daemon" 2>/dev/null || true
gone() { [ -z "$(exports_of 1)" ]; }
wait_until 10 gone || fail "the export outlives its daemon"
echo >&"${LOCKER[1]}"
start_daemon
wait_until 30 is 1 done || fail "the first is $(state 1): $("$kinmu" job show 1 --data data)"
wait_until 10 is 2 failed || fail "the second is $(state 2)"
expect "why the second failed" 1 "$("$kinmu" job show 2 --data data | grep -c 'did you mean .*csv')"

# What has happened until the export began is there, and it is what `kinmu export` writes, row for row.
stop_process "$daemon"
daemon=
"$kinmu" export csv --from "$today" --to "$today" --out offline --option "schemas=[com.example.good.tick/1]" \
    --conf conf --plugins plugins --data data >/dev/null
name=com.example.good.tick-1.csv
rows=$(wc -l <"data/exports/1/$name")
[ "$rows" -gt 5 ] || fail "only $rows rows"
cmp <(head -n "$rows" "offline/$name") "data/exports/1/$name" || fail "a job writes other rows than kinmu export"
expect "in the audit" 2 "$(python3 -c 'import sqlite3
print(sqlite3.connect("data/store.db").execute("SELECT count(*) FROM kinmu_audit_change_1 WHERE action = ?", ("export",)).fetchone()[0])')"

start_daemon
expect "after a restart" done "$(state 1)"
"$kinmu" job remove 1 --data data >/dev/null
gone() { [ ! -e data/exports/1 ]; }
wait_until 10 gone || fail "the files of a removed job stay"
