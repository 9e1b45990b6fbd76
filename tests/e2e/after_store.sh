#!/bin/bash
# after_store.sh BUILD_DIR: an instance with `after: store` gets no event that the store has not applied; others get theirs
# meanwhile. The store is held up by another program's lock on its file. At a start no plugin begins before it is whole.
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
cp "$build/tests/bad_plugins/good.so" "$build/plugins/exporters/json.so" plugins/
cat >conf/10.yaml <<'YAML'
purposes: {inventory: {}}
exporters:
  com.example.good: {interval: 100ms, isolation: core}
  json/now: {path: now.ndjson, schemas: [com.example.good.tick/1]}
  json/after: {path: after.ndjson, schemas: [com.example.good.tick/1], after: store}
journal: {flush_interval: 100ms}
YAML
sed -i "s|path: |path: $PWD/|" conf/10.yaml

# with: lines of a file, at least so many
has_lines() {
    [ "$(wc -l <"$1")" -ge "$2" ]
}

printf 'store: {enabled: false}\n' >conf/20.yaml
code=0
"$kinmu" check --conf conf --plugins plugins >check.log 2>&1 || code=$?
expect "after: store without a store" 1 "$code"
grep -q "after: store needs the store" check.log || fail "$(cat check.log)"
rm conf/20.yaml

"$kinmu" run --conf conf --plugins plugins --data data >run.log 2>&1 &
daemon=$!
wait_until 30 has_lines after.ndjson 3 || fail "nothing is delivered: $(tail -5 run.log)"

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
sleep 0.3 # what the store had applied before may still be on its way
stood=$(wc -l <after.ndjson)
wait_until 30 has_lines now.ndjson $(($(wc -l <now.ndjson) + 5)) || fail "json/now waits for the store, too"
expect "events before the store has them" "$stood" "$(wc -l <after.ndjson)"
echo >&"${LOCKER[1]}"
wait_until 30 has_lines after.ndjson $((stood + 5)) || fail "json/after was not woken: $(tail -5 run.log)"
echo "ok: delivered after the store"

# A rebuild that was killed leaves a store that is behind: it is made whole before the first plugin judges by it.
stop_process "$daemon"
rm data/store.db*
"$kinmu" run --conf conf --plugins plugins --data data >again.log 2>&1 &
daemon=$!
wait_until 30 grep -q "recording; data in" again.log || fail "not started again: $(tail -5 again.log)"
grep "applied first\|recording; data in" again.log | head -n 1 | grep -q "at block 0 of" ||
    fail "plugins started on a store that is behind: $(cat again.log)"
echo "ok: a store that is behind is made whole first"
