#!/bin/bash
# window_x11.sh BUILD_DIR - the collector "window" at a real X server with a real window manager:
# 100 focus changes (COL-04, COL-12), titles of all kinds, whose process a window is, elevated
# windows (COL-38), windows that close, a window manager and a display that die (COL-36).
# KINMU_TEST_DISPLAY names the display number to use; without it a free one is taken.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/window_lib.sh"

DRIVER=
declare -A PID WINDOW

# start_driver [COMMAND PREFIX…]: runs the collector until it has seen the display.
start_driver() {
    : >"$OUT"
    "$@" "$BUILD/tests/window_driver" "$BUILD/plugins/collectors/window.so" >"$OUT" 2>&1 &
    DRIVER=$!
    seen 'cause=start'
}

end_driver() {
    kill "$DRIVER"
    wait "$DRIVER" || fail "the driver ended badly: $(tail -n 40 "$OUT")"
    DRIVER=
}

rows() {
    grep -c '^row' "$OUT"
}

# has NUMBER PATTERN: at least so many lines match.
has() {
    [ "$(grep -c -- "$2" "$OUT")" -ge "$1" ]
}

start_manager() {
    openbox >"$E2E_DIR/openbox.log" 2>&1 &
    OPENBOX_PID=$!
    wait_until 15 xdotool get_desktop || fail "openbox: $(cat "$E2E_DIR/openbox.log")"
}

# open_window TITLE [COMMAND PREFIX…]: an xterm that waits, active when this returns. Where windows went just before, the
# X server gives their numbers again, and the window manager may take the new one for gone: then it is opened once more.
open_window() {
    local title=$1 attempt
    shift
    for attempt in 1 2 3; do
        "$@" xterm -geometry 40x5 -T "$title" -e cat >"$E2E_DIR/xterm.log" 2>&1 &
        PID[$title]=$!
        wait_until 5 xdotool search --onlyvisible --name "^$title\$" && break
        [ "$attempt" -lt 3 ] || fail "no window '$title': $(cat "$E2E_DIR/xterm.log")"
        stop_process "${PID[$title]}"
    done
    WINDOW[$title]=$(xdotool search --onlyvisible --name "^$title\$" | head -n 1)
    xdotool windowactivate --sync "${WINDOW[$title]}"
}

close_window() {
    stop_process "${PID[$1]}"
    unset "PID[$1]"
}

set_title() {
    xprop -id "${WINDOW[$1]}" -f "$2" "$3" -set "$2" "$4"
}

stop_all() {
    local title
    for title in "${!PID[@]}"; do
        close_window "$title"
    done
    stop_process "$DRIVER"
}
at_end stop_all

# -ac: the driver also runs as another account; -noreset: clients come and go
start_server "${KINMU_TEST_DISPLAY:-}" -ac -noreset
unset WAYLAND_DISPLAY

echo "-- a display without window manager is no display without windows"
"$BUILD/tests/window_driver" "$BUILD/plugins/collectors/window.so" >"$OUT" 2>&1 &
DRIVER=$!
seen 'health 3 window: no window manager'
start_manager
seen "health 1 window: watching the X display '$DISPLAY'"
seen 'stream=window .* cause=source-lost detail=window.no-manager'
end_driver

open_window alpha
open_window beta

echo "-- 100 focus changes: 100 rows, in order, at their time"
start_driver
expect_last "first window" 'process=xterm title=beta cause=start elevated=0'
for number in $(seq 100); do
    title=$([ $((number % 2)) = 1 ] && echo alpha || echo beta)
    date +%s%N >>"$E2E_DIR/switches"
    xdotool windowactivate --sync "${WINDOW[$title]}"
    echo "process=xterm title=$title cause=focus elevated=0" >>"$E2E_DIR/expected"
    wait_until 5 has $((number + 1)) ^row # X tells that the focus changed, not each place it was
done
end_driver
grep '^row' "$OUT" | sed 1d | sed '$d' >"$E2E_DIR/focus"
expect "rows of 100 focus changes" 100 "$(wc -l <"$E2E_DIR/focus")"
cut -d' ' -f4- "$E2E_DIR/focus" | cmp - "$E2E_DIR/expected" || fail "the rows are not in order"
expect "rows that go back in time" 0 \
    "$(awk '$2 < last {n++} {last = $2} END {print n + 0}' "$E2E_DIR/focus")"
late=$(cut -d' ' -f2 "$E2E_DIR/focus" | paste "$E2E_DIR/switches" - |
    awk '{d = ($2 - $1) / 1e6; if (d < 0) d = -d; if (d > m) m = d} END {printf "%d", m}')
[ "$late" -lt 1000 ] || fail "a row is $late ms from its switch"
echo "ok: largest distance between switch and row: $late ms"
expect "last row" "cause=end" "$(grep '^row' "$OUT" | tail -n 1 | cut -d' ' -f4-)"

echo "-- the process is what the X server knows, not what the window claims"
start_driver
xprop -id "${WINDOW[alpha]}" -f _NET_WM_PID 32c -set _NET_WM_PID "$XVFB_PID"
xprop -id "${WINDOW[alpha]}" -f WM_CLASS 8s -set WM_CLASS liar
xdotool windowactivate --sync "${WINDOW[alpha]}"
expect_last "a lying window" 'process=xterm title=alpha cause=focus elevated=0'

echo "-- titles"
set_title alpha _NET_WM_NAME 8u '勤務表 2026年 – 編集中'
expect_last "_NET_WM_NAME in Japanese" \
    'process=xterm title=勤務表 2026年 – 編集中 cause=title elevated=0'
xprop -id "${WINDOW[alpha]}" -remove _NET_WM_NAME
xprop -id "${WINDOW[alpha]}" -f WM_NAME 8s -set WM_NAME "$(printf 'Gr\374\337e')"
expect_last "WM_NAME in Latin-1" 'process=xterm title=Grüße cause=title elevated=0'
set_title alpha _NET_WM_NAME 8u "$(head -c 50000 /dev/zero | tr '\0' x)"
seen 'title=xxxx'
expect "bytes kept of a title of 50000" 1024 \
    "$(grep -o 'title=xx*' "$OUT" | awk '{print length($0) - length("title=")}')"
set_title alpha _NET_WM_NAME 32c 7
set_title alpha WM_NAME 32c 7
expect_last "properties of the wrong kind" 'process=xterm cause=title elevated=0'
before=$(rows)
for number in $(seq 200); do
    set_title beta _NET_WM_NAME 8u "background $number"
done
set_title alpha _NET_WM_NAME 8u 'one more'
expect_last "after titles of a window behind" 'process=xterm title=one more cause=title elevated=0'
expect "rows for 200 titles behind" 1 $(($(rows) - before))
for number in $(seq 200); do
    set_title alpha _NET_WM_NAME 8u "busy $number"
done
expect_last "last of 200 titles" 'process=xterm title=busy 200 cause=title elevated=0'
busy=$(grep -c 'title=busy' "$OUT")
[ "$busy" -le 30 ] || fail "200 title changes gave $busy rows"
echo "ok: 200 title changes gave $busy rows"

LC_ALL=C.UTF-8 xterm -geometry 40x5 -T '日報 ｱｲｳ é' -e cat >/dev/null 2>&1 &
PID[compound]=$!
expect_last "WM_NAME in COMPOUND_TEXT, as xterm sets it" \
    'process=xterm title=日報 ｱｲｳ é cause=focus elevated=0'
close_window compound
expect_last "back" 'process=xterm title=busy 200 cause=focus elevated=0'

echo "-- windows that close"
close_window alpha
expect_last "the window behind" 'process=xterm title=background 200 cause=focus elevated=0'
close_window beta
expect_last "no window" 'cause=none'
open_window beta
expect_last "opened again" 'process=xterm title=beta cause=focus elevated=0'
xdotool windowminimize --sync "${WINDOW[beta]}"
expect_last "minimized" 'cause=none'
xdotool windowactivate "${WINDOW[beta]}"
expect_last "restored" 'process=xterm title=beta cause=focus elevated=0'
close_window beta
for number in 1 2 3 4 5; do # opened and gone at once: whatever is seen of them, it ends in none
    timeout 0.3 xterm -T "brief $number" -e true >/dev/null 2>&1
done
open_window gamma
expect_last "the next window" 'process=xterm title=gamma cause=focus elevated=0'

echo "-- the window manager dies and comes back"
kill -9 "$OPENBOX_PID"
wait "$OPENBOX_PID" 2>/dev/null
seen 'health 3 window: no window manager'
expect_last "end" 'cause=end'
start_manager
wait_until 15 has 2 cause=start || fail "it did not begin again: $(tail -n 5 "$OUT")"
seen 'gap/1 .* cause=source-lost detail=window.no-manager'

echo "-- the display dies and comes back"
unset "PID[gamma]" # dies with it
number=${DISPLAY#:}
kill -9 "$XVFB_PID"
wait "$XVFB_PID" "$OPENBOX_PID" 2>/dev/null
seen 'health 3 window: the X display went away'
expect_last "end" 'cause=end'
seen "health 3 window: cannot open the X display ':$number'"
rm -f "/tmp/.X$number-lock" "/tmp/.X11-unix/X$number"
start_server "$number" -ac -noreset
start_manager
open_window delta
seen 'gap/1 .* cause=display-lost detail=window.display-lost'
wait_until 15 last_is 'process=xterm title=delta cause=focus elevated=0' ||
    expect_last "after the gap" 'process=xterm title=delta cause=start elevated=0'
end_driver
expect "rows lost" 'metric rows_lost_total 0' "$(grep rows_lost_total "$OUT")"

echo "-- elevated windows (COL-38)"
if [ "$(id -u)" = 0 ]; then
    other="setpriv --reuid=65534 --regid=65534 --clear-groups"
    start_driver env HOME=/ ASAN_OPTIONS=detect_leaks=0 $other
    expect_last "a window of root" 'process=xterm title=delta cause=start elevated=1'
    open_window epsilon env HOME=/ $other
    expect_last "a window of the account itself" \
        'process=xterm title=epsilon cause=focus elevated=0'
    end_driver
else
    echo "skip: needs root to have two accounts"
fi
