#!/bin/bash
# daemon_erase.sh BUILD_DIR - erasing while the daemon runs: a window title, which stands in clear in
# store.db, is in no file of the data folder afterwards; the rest of the history is, verifies, and
# rebuilds to the tables the daemon had. Also: checkpoints beside a running daemon and without one.
# KINMU_TEST_DISPLAY names the display number to use; without it a free one is taken.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"

KINMU=$BUILD/kinmu
CANARY=canary-5be1-payslip
ACCOUNT=$(id -un)
DAEMON= CANARY_PID=
export KINMU_DATA=$E2E_DIR/data KINMU_CONF=$E2E_DIR/conf.d KINMU_PLUGINS=$BUILD/plugins
unset WAYLAND_DISPLAY

stop_daemon() {
    [ -n "$DAEMON" ] || return 0
    kill -TERM "$DAEMON"
    wait "$DAEMON" || fail "the daemon ended badly: $(tail -n 20 "$E2E_DIR/daemon.log")"
    DAEMON=
}

start_daemon() {
    "$KINMU" run 2>>"$E2E_DIR/daemon.log" &
    DAEMON=$!
    wait_until 20 "$KINMU" status || fail "no daemon: $(tail -n 20 "$E2E_DIR/daemon.log")"
}

end_all() {
    stop_process "$DAEMON"
    stop_process "$CANARY_PID"
}
at_end end_all

# files_with TEXT: names of the files of the data folder that hold these bytes.
files_with() {
    find "$KINMU_DATA" -type f -exec grep -laF -- "$1" {} + | sed 's|.*/||' | sort | tr '\n' ' '
}

in_store() {
    [ "$(store_rows "$1")" -gt 0 ]
}

# store_rows TITLE: how many rows of the window collector have it.
store_rows() {
    sqlite3 -readonly "$KINMU_DATA/store.db" \
        "SELECT count(*) FROM v_kinmu_window_focus_1 WHERE title LIKE '$1%'"
}

open_window() {
    xterm -geometry 40x5 -T "$1" -e cat >/dev/null 2>&1 &
    wait_until 15 xdotool search --onlyvisible --name "^$1\$" || fail "no window '$1'"
    xdotool windowactivate --sync "$(xdotool search --onlyvisible --name "^$1\$" | head -n 1)"
}

verify() {
    "$KINMU" journal verify "$@" >"$E2E_DIR/verify" || fail "verify: $(cat "$E2E_DIR/verify")"
    echo "ok: $(cat "$E2E_DIR/verify")"
}

mkdir -p "$KINMU_CONF"
cat >"$KINMU_CONF/test.yaml" <<END
purposes:
  working-time:
  activity:
    keep: 90d
privacy:
  title: on
collectors:
  window:
END

echo "-- a title is recorded: sealed in the journal, in clear in the store"
start_display ${KINMU_TEST_DISPLAY:-}
start_daemon
open_window "$CANARY"
CANARY_PID=$!
wait_until 20 in_store "$CANARY" || fail "no row: $("$KINMU" status; tail "$E2E_DIR/daemon.log")"
stop_process "$CANARY_PID" # else it would be recorded again
CANARY_PID=
wait_until 20 in_store kinmu-e2e || fail "the window behind it was not recorded"
case "$(files_with "$CANARY")" in
*store.db*) echo "ok: before: in $(files_with "$CANARY")" ;;
*) fail "the scan does not find the title in the store" ;;
esac
expect "before: in the journal's files" "" "$(files_with "$CANARY" | tr ' ' '\n' | grep journal)"

echo "-- checkpoint beside the daemon"
"$KINMU" journal checkpoint "$E2E_DIR/before.json" >/dev/null || fail "no checkpoint"
verify --checkpoint "$E2E_DIR/before.json"

echo "-- erase while it runs"
"$KINMU" journal erase --subject nobody-here >"$E2E_DIR/out" 2>&1 && fail "erased nobody"
grep -q 'nothing is kept of subject "nobody-here"' "$E2E_DIR/out" || fail "$(cat "$E2E_DIR/out")"
"$KINMU" journal erase --subject "$ACCOUNT" >"$E2E_DIR/receipt" ||
    fail "erase: $(cat "$E2E_DIR/receipt")"
grep -q "\"subject\":\"$ACCOUNT\"" "$E2E_DIR/receipt" || fail "receipt: $(cat "$E2E_DIR/receipt")"
expect "after: rows with the title" 0 "$(store_rows "$CANARY")"
expect "after: files with the title" "" "$(files_with "$CANARY")"
verify --checkpoint "$E2E_DIR/before.json"
"$KINMU" journal cat --json >"$E2E_DIR/cat"; grep -q '"request"' "$E2E_DIR/cat" || fail "the journal does not say why"

echo "-- life goes on under a new key"
open_window after-the-erasure
AFTER_PID=$!
wait_until 20 in_store after-the-erasure || fail "nothing is recorded after an erasure"
stop_process "$AFTER_PID"

echo "-- the store the daemon had is the store the journal gives"
stop_daemon
LIVE=$("$KINMU" store digest) || fail "no digest"
REBUILT=$("$KINMU" store rebuild | sed -n 's/^digest: //p')
expect "digest" "$LIVE" "$REBUILT"
expect "rebuilt: files with the title" "" "$(files_with "$CANARY")"

echo "-- checkpoint without a daemon"
"$KINMU" journal checkpoint "$E2E_DIR/after.json" >/dev/null || fail "no checkpoint"
verify --checkpoint "$E2E_DIR/after.json"
echo "PASS"
