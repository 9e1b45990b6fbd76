#!/bin/bash
# daemon_reload.sh BUILD_DIR - conf.d changes while the daemon runs: what is untouched goes on in the
# same process without a lost event, what changed is reconfigured or made anew, a broken file changes
# nothing and is told by `kinmu status`; SIGHUP does the same.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"

reloads_least() {
    [ "$(node_status reloads)" -ge "$1" ]
}
failed_least() {
    [ "$(node_status failed_reloads)" -ge "$1" ]
}
has_problem() {
    [ -n "$(node_status reload_problem)" ]
}
no_problem() {
    ! has_problem
}
gone() {
    [ -z "$(instance_status "$1" name)" ] && ! kinmu status --json | grep -q "{\"name\":\"$1\""
}
goes_on() { # INSTANCE
    wait_until 10 instance_least "$1" published $(($(instance_status "$1" published) + 20)) ||
        kinmu_fail "$1 stands still"
}

# untouched: both instances of the first file are the processes they were.
untouched() {
    expect "process of the untouched, $1" "$pid" "$(instance_status test.numbers/still pid)"
    expect "restarts of the untouched, $1" 0 "$(instance_status test.numbers/still restarts)"
    expect "the daemon, $1" "$KINMU_PID" "$(node_status pid)"
    goes_on test.numbers/still
    goes_on test.numbers/core
}

number_file() { # INTERVAL BATCH
    configure 20.yaml <<END
collectors:
  test.numbers/moved: {isolation: process, file: $E2E_DIR/ack.moved, interval: $1, batch: $2}
END
}

configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
journal: {flush_interval: 100ms}
collectors:
  test.numbers/core: {isolation: core, file: $E2E_DIR/ack.core, interval: 10ms}
  test.numbers/still: {isolation: process, file: $E2E_DIR/ack.still, interval: 10ms}
END
start_kinmu
goes_on test.numbers/still
goes_on test.numbers/core
pid=$(instance_status test.numbers/still pid)

echo "-- a file more"
number_file 10ms 2
wait_until 10 reloads_least 1 || kinmu_fail "the new file was not noticed"
wait_until 10 instance_is test.numbers/moved health ok || kinmu_fail "the new instance does not run"
goes_on test.numbers/moved
untouched "a file more"

echo "-- a live option: no restart"
moved=$(instance_status test.numbers/moved pid)
number_file 40ms 2
wait_until 10 reloads_least 2 || kinmu_fail "the change was not noticed"
goes_on test.numbers/moved
expect "process after a live option" "$moved" "$(instance_status test.numbers/moved pid)"
expect "starts after a live option" 1 "$(wc -c <"$E2E_DIR/ack.moved.starts" | tr -d ' ')"
untouched "a live option"

started_twice() {
    [ "$(wc -c <"$E2E_DIR/ack.moved.starts")" -eq 2 ]
}
echo "-- another option: made anew"
number_file 40ms 3
wait_until 10 started_twice || kinmu_fail "the instance was not made anew"
wait_until 10 instance_is test.numbers/moved health ok || kinmu_fail "the new instance does not run"
goes_on test.numbers/moved
untouched "another option"

echo "-- broken: the old configuration stays, and status says so"
configure 30.yaml <<END
collectors:
  test.numbers/third: {fiel: $E2E_DIR/ack.third}
END
wait_until 10 failed_least 1 || kinmu_fail "the broken file was not noticed"
wait_until 10 has_problem || kinmu_fail "status does not tell"
kinmu status | grep -q "30.yaml:2" || fail "status for people: $(kinmu status)"
echo "ok: $(kinmu status | grep 30.yaml)"
kinmu check >"$E2E_DIR/check" 2>&1 && fail "kinmu check finds nothing"
grep -q 'did you mean "file"' "$E2E_DIR/check" || fail "kinmu check: $(cat "$E2E_DIR/check")"
goes_on test.numbers/moved
untouched "broken"

echo "-- mended"
rm "$KINMU_CONF/30.yaml"
wait_until 10 no_problem || kinmu_fail "status still tells of $(node_status reload_problem)"
untouched "mended"

echo "-- SIGHUP"
before=$(node_status reloads)
kill -HUP "$KINMU_PID"
wait_until 10 reloads_least $((before + 1)) || kinmu_fail "SIGHUP was not heard"
untouched "SIGHUP"

echo "-- an instance less"
rm "$KINMU_CONF/20.yaml"
wait_until 10 gone test.numbers/moved || kinmu_fail "the removed instance is still there"
untouched "an instance less"

stop_kinmu
"$BUILD/tests/crash/prove_numbers" "$BUILD" "$E2E_DIR"/ack.core "$E2E_DIR"/ack.still "$E2E_DIR"/ack.moved ||
    fail "what was published"
expect "starts of the untouched" "1 1" "$(wc -c <"$E2E_DIR/ack.core.starts") $(wc -c <"$E2E_DIR/ack.still.starts")"
echo "PASS"
