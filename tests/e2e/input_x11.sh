#!/bin/bash
# input_x11.sh BUILD_DIR - the collector "input" at a real X server: the nine counters of COL-10,
# auto-repeat, idle (COL-30), a display that goes and comes back (COL-36), access by XAUTHORITY.
# KINMU_TEST_DISPLAY names the display number to use; without it a free one is taken.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"

OUT=$E2E_DIR/driver.out

start_driver() {
    coproc DRIVER {
        "$BUILD/tests/input_driver" "$BUILD/plugins/collectors/input.so" "$@" >"$OUT" 2>&1
    }
}

tell() {
    echo "$*" >&"${DRIVER[1]}"
}

end_driver() {
    local input=${DRIVER[1]} pid=$DRIVER_PID
    exec {input}>&-
    wait "$pid" || fail "the driver ended badly: $(tail -n 40 "$OUT")"
}

seen() {
    wait_until 15 grep -q -- "$1" "$OUT" || fail "never printed '$1': $(tail -n 20 "$OUT")"
}

counted() {
    tell cpu
    tail -n 1 "$OUT" | grep -q "events $1\$"
}

observing_again() {
    [ "$(grep -c 'kind="*idle"* quality="*estimated' "$OUT")" -ge 2 ]
}

# field NAME: its value in the last minute printed
field() {
    grep 'kinmu.input.minute/1' "$OUT" | tail -n 1 | grep -o " $1=[0-9]*" | cut -d= -f2
}

start_display ${KINMU_TEST_DISPLAY:-}

echo "-- COL-10: the nine counters"
start_driver
seen 'health 1 input: observing X display'
seen 'kind="*idle"* quality="*estimated'
col10_script
wait_until 10 counted 42 || fail "not all of the script was counted: $(tail -n 3 "$OUT")"
tell stop
seen 'stopped 0'
while read -r name number; do
    expect "$name" "$number" "$(field "$name")"
done <<END
key_alpha 5
key_digit 4
key_numpad 3
key_symbol 2
key_other 1
mouse_left 7
mouse_right 6
mouse_wheel 5
mouse_move 9
keys 15
clicks 13
END
expect "minutes that do not begin at second 00" 0 \
    "$(awk '$3 ~ /input.minute/ && $2 % 60 != 0' "$OUT" | wc -l)"

echo "-- auto-repeat counts once; a restart within the minute makes no second record of it"
tell start
seen 'started 0'
wait_until 10 observing_again || fail "observation did not begin again: $(tail -n 3 "$OUT")"
xdotool keydown z
sleep 1.2 # what is tested is that this time adds nothing
xdotool keyup z
wait_until 10 counted 43 || fail "a key held down did not count once: $(tail -n 3 "$OUT")"
tell advance 125000
seen 'event 60 kinmu.input.minute/1'
expect "first minutes recorded" 1 "$(grep -c 'event 0 kinmu.input.minute/1' "$OUT")"

echo "-- COL-03: no key code stays in memory, pressed one by one or all at once"
xdotool type --delay 20 qzjxkvwy
xdotool type --delay 0 qzjxkvwyqzjxkvwyqzjxkvwy
wait_until 10 counted 75 || fail "the canary was not counted: $(tail -n 3 "$OUT")"
tell scan
seen '^found'
expect "key codes found in memory" "found 0" "$(grep '^found' "$OUT")"

echo "-- another keyboard layout is followed"
setxkbmap us
xdotool key 10 # "1": a digit
wait_until 10 counted 76 || fail "not counted: $(tail -n 3 "$OUT")"
setxkbmap fr
xdotool key 10 # "&": a symbol
wait_until 10 counted 77 || fail "not counted behind a change of layout: $(tail -n 3 "$OUT")"
tell advance 60000
seen 'event 120 kinmu.input.minute/1'
expect letters 32 "$(field key_alpha)"
expect digits 1 "$(field key_digit)"
expect symbols 1 "$(field key_symbol)"

echo "-- COL-30: idle five minutes after the last input, told with the time of that input"
tell advance 300000
tell timers
seen 'timers 0 polls 1'
expect "idle events" 1 "$(grep -c 'kind="*idle"* quality="*exact' "$OUT")"

echo "-- the display goes and comes back"
number=${DISPLAY#:}
stop_display
seen 'health 3 input: the X server closed the connection'
tell advance 5000
seen 'health 3 input: cannot open display'
start_display "$number"
tell advance 60000
seen 'cause="*display-lost'
xdotool key a
wait_until 10 counted 78 || fail "no input is counted after the display came back: $(tail "$OUT")"
end_driver
expect "breaches of contract" 0 "$(grep -c '^problem' "$OUT")"
stop_display

echo "-- a display that asks for XAUTHORITY"
export XAUTHORITY=$E2E_DIR/xauthority
: >"$XAUTHORITY"
xauth -f "$XAUTHORITY" add ":$number" . 00112233445566778899aabbccddeeff 2>/dev/null
start_display "$number" -auth "$XAUTHORITY"
(
    XAUTHORITY=/nonexistent start_driver
    seen 'health 3 input: cannot open display'
    end_driver
) || exit 1
start_driver
seen 'health 1 input: observing X display'
end_driver
echo "PASS"
