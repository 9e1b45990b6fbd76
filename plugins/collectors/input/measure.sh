#!/bin/bash
# measure.sh BUILD_DIR - what counting costs: CPU seconds of the test driver that hosts input.so while
# nothing happens, under a busy person's load, and under events as fast as they come. The driver's host
# looks at its descriptors 200 times a second by itself, so the first figure is the base of the others.
set -u
BUILD=$1
. "$(dirname "$0")/../../../tests/e2e/lib.sh"
OUT=$E2E_DIR/driver.out
SECONDS_LONG=20

has_counted() {
    echo cpu >&"${DRIVER[1]}"
    sleep 0.1
    tail -n 1 "$OUT" | grep -q "events $1\$"
}

# cpu EVENTS WHEN: prints the seconds used once all events are counted.
cpu() {
    wait_until 60 has_counted "$1" || fail "$2: $(tail -n 1 "$OUT"), not $1"
    echo "$2: $(tail -n 1 "$OUT")"
}

start_display ${KINMU_TEST_DISPLAY:-}
coproc DRIVER { "$BUILD/tests/input_driver" "$BUILD/plugins/collectors/input.so" >"$OUT" 2>&1; }
wait_until 10 grep -q observing "$OUT" || fail "$(cat "$OUT")"

cpu 0 "at the start"
sleep $SECONDS_LONG
cpu 0 "after $SECONDS_LONG s without input"

for ((second = 0; second < SECONDS_LONG; second++)); do
    for ((key = 0; key < 10; key++)); do
        echo "key --delay 0 a"
        for ((move = 0; move < 20; move++)); do
            echo "mousemove_relative -- $((move % 2 * 2 - 1)) 0"
            echo "sleep 0.0045"
        done
    done
done >"$E2E_DIR/load"
start=$EPOCHREALTIME
xdotool - <"$E2E_DIR/load"
end=$EPOCHREALTIME
cpu $((SECONDS_LONG * 210)) "after $(((${end/./} - ${start/./}) / 1000)) ms with 10 keys/s and 200 moves/s"

for ((move = 0; move < 100000; move++)); do
    echo "mousemove_relative -- $((move % 2 * 2 - 1)) 0"
done >"$E2E_DIR/moves"
xdotool - <"$E2E_DIR/moves"
cpu $((SECONDS_LONG * 210 + 100000)) "after 100000 moves at once"
xdotool key --repeat 50000 --delay 0 a
cpu $((SECONDS_LONG * 210 + 150000)) "after 50000 keys at once"
eval "exec ${DRIVER[1]}>&-"
wait "$DRIVER_PID"
