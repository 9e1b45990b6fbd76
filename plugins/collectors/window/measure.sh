#!/bin/bash
# measure.sh BUILD_DIR - the figures of README.md: CPU and memory of the collector at rest and at work.
# The driver's test host polls 200 times a second by itself; its CPU at rest is the base.
set -u
BUILD=$1
. "$(dirname "$0")/../../../tests/e2e/lib.sh"

start_driver() {
    "$BUILD/tests/window_driver" "$BUILD/plugins/collectors/window.so" >"$E2E_DIR/out" 2>&1 &
    DRIVER=$!
    wait_until 15 grep -q cause=start "$E2E_DIR/out" || fail "$(cat "$E2E_DIR/out")"
}

# end_driver WHAT: prints CPU and rows.
end_driver() {
    kill "$DRIVER"
    wait "$DRIVER"
    echo "$1: cpu $(awk '$1 == "cpu" {print $2 / 1000}' "$E2E_DIR/out") ms," \
        "$(grep -c '^row' "$E2E_DIR/out") rows"
}

start_display "${KINMU_TEST_DISPLAY:-}"
xterm -geometry 40x5 -T other -e cat >/dev/null 2>&1 &
OTHER=$!
wait_until 15 xdotool search --onlyvisible --name '^other$'
OTHER_WINDOW=$(xdotool search --onlyvisible --name '^other$' | head -n 1)

start_driver
sleep 20
echo "memory of the plugin and its libraries (private + shared part, KiB):" \
    "$(awk '/^[0-9a-f]+-/ {own = /window\.so|libxcb|libXau|libXdmcp|libbsd|libmd\.|wayland|libffi/}
        own && $1 == "Pss:" {sum += $2} END {print sum}' "/proc/$DRIVER/smaps")"
end_driver "20 s at rest"

start_driver
for round in $(seq 10); do
    # shellcheck disable=SC2046
    xdotool $(for number in $(seq 50); do
        echo "windowactivate $OTHER_WINDOW sleep 0.02 windowactivate $XTERM_WINDOW sleep 0.02"
    done)
done
end_driver "1000 focus changes in 20 s"

start_driver
xterm_title() {
    for number in $(seq 2000); do
        printf '\033]2;%s\007' "$number"
        sleep 0.01
    done
}
export -f xterm_title
xterm -geometry 40x5 -T busy -e bash -c xterm_title
end_driver "2000 title changes in 20 s"
stop_process "$OTHER"
