#!/bin/bash
# slow_names.sh BUILD_DIR - a directory service that does not tell who asks at the control socket holds up nobody else;
# a name that was told is not asked for again.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
export CRASH_NAMES_FILE=$E2E_DIR/slow
configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}}
connectors:
  people:
END
start_kinmu env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$BUILD/tests/crash/unruly_system.so"
wait_until 10 instance_is people health ok || kinmu_fail "people did not start"
touch "$CRASH_NAMES_FILE"
kinmu person list >"$E2E_DIR/first" 2>&1 &
first=$!
wait_until 20 test -e "$CRASH_NAMES_FILE.asked" || kinmu_fail "nobody asks for a name: $(cat "$E2E_DIR/first")"
expect "the state, meanwhile" ok "$(instance_status people health)"
expect "who asks still waits" yes "$(kill -0 "$first" && echo yes)"
rm "$CRASH_NAMES_FILE" "$CRASH_NAMES_FILE.asked"
wait "$first" || kinmu_fail "person list: $(cat "$E2E_DIR/first")"
touch "$CRASH_NAMES_FILE"
kinmu person list >"$E2E_DIR/second" 2>&1 || kinmu_fail "person list again: $(cat "$E2E_DIR/second")"
expect "asked again" no "$([ -e "$CRASH_NAMES_FILE.asked" ] && echo yes || echo no)"
rm "$CRASH_NAMES_FILE"
stop_kinmu
