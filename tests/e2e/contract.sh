#!/bin/bash
# contract.sh BUILD_DIR - a month after the contract's end what is recorded for the purposes named goes, told before, with a receipt (RET-02): a later
# end stops it, what is on hold and what is of other purposes stays. The clock of the daemon is moved.
set -euo pipefail
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins:$BUILD/tests/feed
. "$(dirname "$0")/../crash/daemon.sh"
DAY=86400
export CRASH_CLOCK_FILE=$E2E_DIR/clock
FEED=$E2E_DIR/feed
configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
purposes: {working-time: {keep: 1095d}, audit: {keep: 1095d}, activity: {keep: 400d}}
collectors: {com.example.feed: {path: "$FEED", isolation: core}}
connectors: {people: {}}
END
start_at() { # DAYS from today
    echo $(($1 * DAY)) >"$CRASH_CLOCK_FILE"
    start_kinmu env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$BUILD/tests/crash/unruly_system.so"
    wait_until 20 instance_is people health ok || kinmu_fail "people did not start"
}
rows() { sqlite3 -readonly "$KINMU_DATA/store.db" "$1"; }
counts() { # of U1, of U2, as they typed
    rows "SELECT sum(keys = 5) || ' ' || sum(keys = 7) FROM (SELECT keys FROM kinmu_input_minute_1 UNION ALL SELECT 0)"
}
told() {
    kinmu status | grep -c "$1" || true
}
day() {
    date -u -d "$1 days" +%F
}
refused() { # CODE WORDS…
    local code=$1
    shift
    if kinmu "$@" >"$E2E_DIR/answer" 2>&1; then fail "not refused: $*"; fi
    grep -qF -- "$code" "$E2E_DIR/answer" || fail "$*: $(cat "$E2E_DIR/answer")"
}

# ---- 70 days ago: two people work; what is of one of them is on hold ----
start_at -70
for id in 1 2; do
    kinmu person set "U$id" --employee_no "N$id" --name "U$id" --mail "u$id@example.com" >/dev/null
    kinmu account set "PC\\u$id" --person "U$id" >/dev/null
done
at=$(($(date +%s) - 70 * DAY))
printf '%s PC\\u1 input 5\n%s PC\\u2 input 7\n%s PC\\u1 change lock\n' "$at" "$at" "$at" >"$FEED.new"
mv "$FEED.new" "$FEED"
wait_until 10 test -e "$FEED.done" || kinmu_fail "the feed was not taken"
kinmu hold add "$(day -100)" dispute --person U2 >/dev/null
refused "access" setting set contract.erase 'activity;access'
refused "erase at once" setting set contract.end "$(day -110)"
refused "contract.end" setting set contract.end 2026-02-30
kinmu setting set contract.erase activity >/dev/null
kinmu setting set contract.end "$(day -35)" >/dev/null
expect "recorded" "1 1" "$(counts)"
expect "told long before" 0 "$(told contract)"
stop_kinmu

# ---- 20 days ago it is near, and the end is moved ----
start_at -20
kinmu setting set contract.erase activity >/dev/null
expect "told before" 1 "$(told "契約終了 $(day -35)、.* the contract ends $(day -35);.* activity are to be erased")"
expect "and logged" 1 "$(grep -c " warn .*a later contract.end stops it" "$KINMU_LOG")"
kinmu setting set contract.end "$(day 20)" >/dev/null
expect "not told any more" 0 "$(told contract)"
stop_kinmu
start_at 0
kinmu setting set contract.erase activity >/dev/null
expect "after the day that was, with a later end" "1 1" "$(counts)"
kinmu setting set contract.end "$(day -20)" >/dev/null
expect "told again" 1 "$(told "are to be erased")"
stop_kinmu

# ---- the day ----
start_at 20
kinmu setting set contract.erase activity >/dev/null
is_gone() { [ "$(counts)" = "0 1" ]; }
wait_until 20 is_gone || kinmu_fail "of both there are $(counts)"
expect "what is of another purpose" 1 "$(rows "SELECT count(*) FROM kinmu_session_change_1")"
expect "the certificate" 1 "$(kinmu journal receipts | grep -c "contract.end $(day -20)")"
expect "told" 1 "$(told "activity are erased")"
expect "the journal" 0 "$(kinmu journal cat --json | grep -c '"schema":"kinmu.input.minute/1","subject":"PC\\\\u1"' || true)"
stop_kinmu
