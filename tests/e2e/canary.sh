#!/bin/bash
# canary.sh BUILD_DIR - COL-03: a random word is typed while the daemon records it. Afterwards neither
# the word nor the codes of its keys are in the data folder, the log, what is exported, the memory of the
# daemon and its runners, their core dumps, or in what went over the runners' pipes.
# Needs root: nobody else can read the memory of a process that hides it. 77 = skipped. Root of an ordinary
# container cannot either: there only the files are searched.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
RELEASE=$(dirname "$0")/../../build/release # a sanitizer's own memory is terabytes
SCAN=$BUILD/tests/scan_memory
[ -x "$RELEASE/kinmu" ] && BUILD=$(cd "$RELEASE" && pwd)
. "$(dirname "$0")/../crash/daemon.sh"
[ "$(id -u)" = 0 ] || {
    echo "skipped: needs root to read the memory of the daemon"
    exit 77
}

# Codes of the letters on every X server since evdev.
declare -A CODE
number=0
for letter in q w e r t y u i o p - - - - a s d f g h j k l - - - - - z x c v b n m; do
    CODE[$letter]=$((24 + number++))
done

# make_canary: 12 different letters in CANARY, their codes in CODES.
make_canary() {
    CANARY=$(printf '%s\n' {a..z} | shuf -n 12 | tr -d '\n')
    local i codes=
    for ((i = 0; i < 12; i++)); do
        codes+=,${CODE[${CANARY:i:1}]}
    done
    CODES=${codes#,}
}

# clean WHAT TARGET…: the canary is in none of them.
clean() {
    local what=$1
    shift
    "$SCAN" "$CANARY" "$CODES" "$@" >"$E2E_DIR/scan.out" 2>&1
    case $? in
    0) echo "ok: $what: $(awk '{bytes += $(NF - 1)} END {printf "%d targets, %d kB", NR, bytes / 1000}' "$E2E_DIR/scan.out")" ;;
    1) fail "$what holds what was typed: $(grep -v ' found 0 ' "$E2E_DIR/scan.out" | head -n 5)" ;;
    *) fail "$what: $(tail -n 2 "$E2E_DIR/scan.out")" ;;
    esac
}

# found WHAT TARGET: this one has it, so the scan is able to see it.
found() {
    "$SCAN" "$CANARY" "$CODES" "$2" >"$E2E_DIR/scan.out" 2>&1
    [ $? = 1 ] || fail "the scan cannot find what is typed in $1: $(tail -n 2 "$E2E_DIR/scan.out")"
    echo "ok: found in $1"
}

runners() {
    pgrep -P "$KINMU_PID"
}

clean_memory() {
    local pid targets=("pid:$KINMU_PID")
    may_look_inside || { echo "skip: memory $1: needs CAP_SYS_PTRACE"; return 0; }
    for pid in $(runners); do
        targets+=("pid:$pid")
    done
    [ ${#targets[@]} -ge 3 ] || fail "only ${#targets[@]} processes"
    clean "memory $1" "${targets[@]}"
}

clean_files() {
    local file targets=("file:$KINMU_LOG")
    while IFS= read -r file; do
        targets+=("file:$file")
    done < <(find "$KINMU_DATA" "$E2E_DIR/out" -type f)
    clean "files $1" "${targets[@]}"
}

type_canary() {
    local before
    before=$(instance_status input events_total)
    xdotool type --delay 25 "$CANARY"
    wait_until 20 instance_least input events_total $((before + 12)) ||
        kinmu_fail "not counted: $(instance_status input events_total) after $before"
}

letters_recorded() {
    kinmu journal cat --json --schema kinmu.input.minute/1 | grep -q '"key_alpha":[1-9]'
}

configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
privacy: {title: on}
journal: {flush_interval: 100ms}
log: {level: debug}
collectors: {input: , window: , session: }
exporters: {csv: , json: {path: $E2E_DIR/out/live.ndjson}}
END
mkdir "$E2E_DIR/out"
unset WAYLAND_DISPLAY
start_display ${KINMU_TEST_DISPLAY:-}
xkbcomp "$DISPLAY" - 2>/dev/null | grep -q '<AD01> = 24;' || fail "this X server numbers its keys otherwise"
start_kinmu
wait_until 20 instance_is input health ok || kinmu_fail "input: $(instance_status input text)"
wait_until 20 instance_least window published 1 || kinmu_fail "window: $(instance_status window text)"
make_canary
echo "canary $CANARY, keys $CODES"
found "a child that holds it in every form" self

type_canary
clean_memory "right after typing"
wait_until 10 "$SCAN" "$CANARY" "$CODES" "pid:$XTERM_PID" && fail "never seen by xterm"
found "the xterm it was typed into" "pid:$XTERM_PID"

echo "-- what goes over the pipes of the runners"
traces=()
for pid in $(may_look_inside && runners); do
    strace -f -xx -s 1000000 -e trace=read,write,readv,writev,sendmsg,recvmsg,sendto,recvfrom \
        -o "$E2E_DIR/strace.$pid" -p "$pid" 2>"$E2E_DIR/strace.log" &
    traces+=($!)
    wait_until 10 grep -q attached "$E2E_DIR/strace.log" || fail "strace: $(cat "$E2E_DIR/strace.log")"
done
type_canary
type_canary
before=$(instance_status window published)
xdotool windowminimize "$XTERM_WINDOW" # something that does go over a pipe
wait_until 10 instance_least window published $((before + 1)) || kinmu_fail "window: no change was seen"
xdotool windowactivate --sync "$XTERM_WINDOW"
for pid in "${traces[@]}"; do
    kill "$pid"
    wait "$pid" 2>/dev/null
done
if may_look_inside; then
    targets=()
    for file in "$E2E_DIR"/strace.[0-9]*; do
        targets+=("strace:$file")
    done
    clean "pipes" "${targets[@]}"
    [ "$(awk '{bytes += $(NF - 1)} END {print bytes}' "$E2E_DIR/scan.out")" -gt 200 ] ||
        fail "next to nothing was seen on the pipes: $(cat "$E2E_DIR/scan.out")"
else
    echo "skip: pipes: needs CAP_SYS_PTRACE"
fi

echo "-- after the minute"
wait_until 75 letters_recorded || kinmu_fail "no letters were recorded: $(kinmu journal cat | tail -n 3)"
clean_memory "after the minute"

echo "-- core dumps"
if grep -q __asan_init "$(readlink -f "/proc/$KINMU_PID/exe")"; then
    echo "skip: a sanitizer's program reserves terabytes, and gcore writes them; the memory was searched above"
elif gcore -o "$E2E_DIR/core" "$KINMU_PID" $(runners) >"$E2E_DIR/gcore.log" 2>&1; then
    targets=()
    for file in "$E2E_DIR"/core.*; do
        targets+=("file:$file")
    done
    clean "core dumps" "${targets[@]}"
else
    echo "skip: gcore is not allowed here: $(tail -n 1 "$E2E_DIR/gcore.log")"
fi

clean_files "while it runs"
stop_kinmu
kinmu export csv --from "$(yesterday)" --to "$(tomorrow)" --out "$E2E_DIR/out" >"$E2E_DIR/export.log" 2>&1 ||
    fail "export: $(cat "$E2E_DIR/export.log")"
clean_files "after its end and an export"
kinmu journal verify || fail "the journal does not verify"
echo "PASS"
