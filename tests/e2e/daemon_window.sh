#!/bin/bash
# daemon_window.sh BUILD_DIR - COL-12 from the screen to the CSV: 100 changes of the active window are
# 100 rows, in order, through the real daemon and `kinmu export csv`.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"

declare -A WINDOW
WINDOW_PIDS=()

open_window() {
    xterm -geometry 40x5 -T "$1" -e cat >/dev/null 2>&1 &
    WINDOW_PIDS+=($!)
    wait_until 15 xdotool search --onlyvisible --name "^$1\$" || fail "no window '$1'"
    WINDOW[$1]=$(xdotool search --onlyvisible --name "^$1\$" | head -n 1)
    xdotool windowactivate --sync "${WINDOW[$1]}"
}

close_windows() {
    local pid
    for pid in "${WINDOW_PIDS[@]}"; do
        stop_process "$pid"
    done
}
at_end close_windows

configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
privacy: {title: on}
journal: {flush_interval: 100ms}
collectors: {window: }
exporters: {csv: {encoding: utf8-bom}}
END
unset WAYLAND_DISPLAY
start_server ${KINMU_TEST_DISPLAY:-}
openbox >"$E2E_DIR/openbox.log" 2>&1 &
OPENBOX_PID=$!
wait_until 15 xdotool get_desktop || fail "openbox did not start"
open_window alpha
open_window beta
start_kinmu
wait_until 20 instance_least window published 1 || kinmu_fail "window: $(instance_status window text)"
before=$(instance_status window published)
for number in $(seq 100); do
    title=$([ $((number % 2)) = 1 ] && echo alpha || echo beta)
    xdotool windowactivate --sync "${WINDOW[$title]}"
    echo "xterm,$title" >>"$E2E_DIR/expected"
    wait_until 20 instance_least window published $((before + number)) || # as fast as it is seen
        kinmu_fail "published $(instance_status window published) after $number changes"
done
stop_kinmu

mkdir "$E2E_DIR/out"
kinmu export csv --from "$(yesterday)" --to "$(tomorrow)" --out "$E2E_DIR/out" >"$E2E_DIR/export.log" 2>&1 ||
    fail "export: $(cat "$E2E_DIR/export.log")"
CSV=$E2E_DIR/out/$(id -un)_app.csv
[ -s "$CSV" ] || fail "no $CSV: $(ls "$E2E_DIR/out")"
head -n 4 "$CSV"
tail -n +2 "$CSV" | tr -d '\r' | cut -d, -f3- >"$E2E_DIR/rows"
expect "the row of the window that was active at the start" "xterm,beta" "$(head -n 1 "$E2E_DIR/rows")"
tail -n +2 "$E2E_DIR/rows" >"$E2E_DIR/changes"
expect "rows of 100 changes" 100 "$(wc -l <"$E2E_DIR/changes")"
cmp "$E2E_DIR/expected" "$E2E_DIR/changes" || fail "the rows are not in order"
kinmu journal verify || fail "the journal does not verify"
echo "PASS"
