#!/bin/bash
# window_wayland.sh BUILD_DIR - the collector "window" at a real Wayland compositor (sway, headless)
# with real windows (foot), and at one that does not tell the active window. sway refuses to run as
# root, so everything runs as an unprivileged account then.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/window_lib.sh"

DRIVER= SWAY= SOCKET= NUMBER=0
declare -A PID
AS=
if [ "$(id -u)" = 0 ]; then
    AS="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chown 65534:65534 "$E2E_DIR"
fi
for program in sway swaymsg foot; do
    command -v "$program" >/dev/null || { echo "skip: needs $program"; exit 77; }
done
export XDG_RUNTIME_DIR=$E2E_DIR HOME=$E2E_DIR
unset DISPLAY

# start_sway: a compositor on the socket wayland-1 of XDG_RUNTIME_DIR.
start_sway() {
    echo 'xwayland disable' >"$E2E_DIR/sway.conf"
    WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman \
        $AS sway -c "$E2E_DIR/sway.conf" >"$E2E_DIR/sway.log" 2>&1 &
    SWAY=$!
    wait_until 15 test -S "$E2E_DIR/wayland-1" || fail "sway: $(tail -n 5 "$E2E_DIR/sway.log")"
    export WAYLAND_DISPLAY=wayland-1
    wait_until 15 tell_sway -t get_version || fail "sway does not answer"
}

tell_sway() {
    SWAYSOCK=$(echo "$E2E_DIR"/sway-ipc.*.sock) $AS swaymsg "$@"
}

stop_sway() {
    stop_process "$SWAY"
    rm -f "$E2E_DIR"/sway-ipc.*.sock
    SWAY=
}

start_driver() {
    ASAN_OPTIONS=detect_leaks=${AS:+0} $AS "$BUILD/tests/window_driver" \
        "$BUILD/plugins/collectors/window.so" "$@" >"$OUT" 2>&1 &
    DRIVER=$!
}

end_driver() {
    kill "$DRIVER"
    wait "$DRIVER" || fail "the driver ended badly: $(tail -n 40 "$OUT")"
    DRIVER=
}

# open_window TITLE: a foot that may not change its title itself.
open_window() {
    $AS foot -o locked-title=yes -T "$1" -a "app.$1" cat >"$E2E_DIR/foot.log" 2>&1 &
    PID[$1]=$!
}

stop_all() {
    local title
    for title in "${!PID[@]}"; do
        stop_process "${PID[$title]}"
    done
    stop_process "$DRIVER"
    stop_sway
}
at_end stop_all

echo "-- windows of sway"
start_sway
start_driver
seen "health 1 window: watching the Wayland display 'wayland-1'"
expect_last "no window yet" 'cause=start'
open_window 一つ目
expect_last "a window" 'process=app.一つ目 title=一つ目 cause=focus'
open_window two
expect_last "another" 'process=app.two title=two cause=focus'
for number in $(seq 100); do
    wanted=$([ $((number % 2)) = 1 ] && echo 一つ目 || echo two)
    date +%s%N >>"$E2E_DIR/switches"
    tell_sway "[app_id=app.$wanted] focus" >/dev/null
    echo "process=app.$wanted title=$wanted cause=focus" >>"$E2E_DIR/expected"
    wait_until 5 last_is "process=app.$wanted title=$wanted cause=focus"
done
grep '^row' "$OUT" | tail -n +4 >"$E2E_DIR/focus"
expect "rows of 100 focus changes" 100 "$(wc -l <"$E2E_DIR/focus")"
cut -d' ' -f4- "$E2E_DIR/focus" | cmp - "$E2E_DIR/expected" || fail "the rows are not in order"
late=$(cut -d' ' -f2 "$E2E_DIR/focus" | paste "$E2E_DIR/switches" - |
    awk '{d = ($2 - $1) / 1e6; if (d < 0) d = -d; if (d > m) m = d} END {printf "%d", m}')
[ "$late" -lt 1000 ] || fail "a row is $late ms from its switch"
echo "ok: largest distance between switch and row: $late ms"
stop_process "${PID[two]}"
expect_last "the window behind" 'process=app.一つ目 title=一つ目 cause=focus'
stop_process "${PID[一つ目]}"
expect_last "no window" 'cause=none'

echo "-- the compositor goes and comes back"
stop_sway
seen 'health 3 window: the Wayland compositor went away'
start_sway
seen 'gap/1 .* cause=display-lost detail=window.display-lost'
expect_last "again" 'cause=start'
end_driver
expect "rows lost" 'metric rows_lost_total 0' "$(grep rows_lost_total "$OUT")"
stop_sway

echo "-- a compositor that does not tell the active window, and then does"
coproc MOCK { $AS "$BUILD/tests/window_mock_compositor" mock; }
wait_until 15 test -S "$E2E_DIR/mock" || fail "the mock compositor did not start"
start_driver display=mock
seen 'health 3 window: this Wayland compositor does not tell which window is active'
echo offer >&"${MOCK[1]}"
echo open 'Überweisung' >&"${MOCK[1]}"
seen "health 1 window: watching the Wayland display 'mock'"
expect_last "a window of it" 'process=mock title=Überweisung cause=focus'
seen 'gap/1 .* cause=source-lost detail=window.not-offered'
echo withdraw >&"${MOCK[1]}"
expect_last "withdrawn" 'cause=end'
end_driver
MOCK_END=$MOCK_PID
exec {MOCK[1]}>&-
wait "$MOCK_END" || fail "the mock compositor ended badly"
