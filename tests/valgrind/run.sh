#!/usr/bin/env bash
# run.sh BUILD - valgrind's memcheck over the release build: the daemon with every shipped plugin, each in a
# runner of its own, works in a virtual display for some seconds, reloads and stops; then the exporters write
# the day. No error and no lost memory in any process. The sanitizers see the same code; this sees what they
# cannot: values never set, and the libraries.
set -uo pipefail
build=$(realpath "${1:?usage: run.sh BUILD, a release build}")
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$folder/../e2e/lib.sh"
[ -x "$build/kinmu" ] || fail "$build/kinmu is missing; build it: cmake --preset release && cmake --build --preset release"
command -v valgrind >/dev/null || fail "valgrind is missing"

conf=$E2E_DIR/conf data=$E2E_DIR/data logs=$E2E_DIR/logs
plugins=$build/plugins/collectors:$build/plugins/connectors:$build/plugins/exporters
mkdir -p "$conf" "$data" "$logs" "$E2E_DIR/out"
chmod 755 "$conf"
cp "$folder"/../../conf.d/standalone/*.yaml "$conf"
# The live exporter too, which the shipped configuration leaves out.
sed -i "s|^  json:.*|  json:\n    isolation: process\n    path: $E2E_DIR/live.ndjson|" "$conf/70-exporters.yaml"

# The program under memcheck; one log a process.
watched=(valgrind --quiet --trace-children=yes --leak-check=full --show-leak-kinds=definite
    --errors-for-leak-kinds=definite --num-callers=30 --child-silent-after-fork=yes --vgdb=no
    --log-file="$logs/%p.log" "$build/kinmu")
all_running() {
    local name
    for name in session input window json; do
        "$build/kinmu" status --data "$data" 2>/dev/null | grep -qw "$name" || return 1
    done
}

all_running_or_ended() {
    all_running || ! kill -0 "$daemon"
}

start_display
"${watched[@]}" run --conf "$conf" --data "$data" --plugins "$plugins" >"$E2E_DIR/run.log" 2>&1 &
daemon=$!
stop_daemon() {
    stop_process "$daemon"
}
at_end stop_daemon
wait_until 60 all_running_or_ended && all_running || fail "the daemon did not start: $(cat "$E2E_DIR/run.log")"
xdotool type --delay 20 'memcheck'
xdotool key Return
wait_until 30 grep -q '"kinmu.window.focus/1"' "$E2E_DIR/live.ndjson" || fail "no window was recorded: $(cat "$E2E_DIR/run.log")"
kill -HUP "$daemon"
wait_until 30 grep -q 'reloaded' "$E2E_DIR/run.log" || fail "no reload: $(cat "$E2E_DIR/run.log")"
kill -TERM "$daemon"
wait "$daemon"
expect "exit code of the daemon" 0 $?
daemon=
today=$(date +%F)
for exporter in csv json; do
    "${watched[@]}" export "$exporter" --conf "$conf" --data "$data" --plugins "$plugins" \
        --from "$today" --to "$today" --out "$E2E_DIR/out/$exporter" >"$E2E_DIR/export.log" 2>&1 ||
        fail "export $exporter: $(cat "$E2E_DIR/export.log")"
done
"${watched[@]}" journal verify --data "$data" >"$E2E_DIR/verify.log" 2>&1 || fail "verify: $(cat "$E2E_DIR/verify.log")"

processes=$(find "$logs" -name '*.log' | wc -l)
[ "$processes" -ge 7 ] || fail "only $processes processes were watched: $(cat "$E2E_DIR/run.log")"
if grep -l . "$logs"/*.log >"$E2E_DIR/bad"; then
    head -n 60 $(cat "$E2E_DIR/bad")
    fail "memcheck found errors in $(wc -l <"$E2E_DIR/bad") processes"
fi
echo "ok: $processes processes, no error, nothing lost"
