#!/bin/bash
# session_logind.sh BUILD_DIR - the collector "session" at a real D-Bus with a mock of systemd-logind:
# every change is seen within a second with the right account (COL-21, COL-31), sleep and shutdown wait
# for the disk, a power cut and a crash are told apart (SES-02, COL-36), and a lost bus comes back.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"

OUT=$E2E_DIR/out
STATE=$E2E_DIR/state
PROC=$E2E_DIR/proc
DRIVER_PID=

end_session_e2e() {
    stop_process "$DRIVER_PID"
    end_mock
}
at_end end_session_e2e

. "$(dirname "$0")/session_mock.bash"

# --- The machine ---

set_flag() { # set_flag ID PROPERTY true|false
    mock "$(session_path "$1")" UpdateProperties 'sa{sv}' "$LOGIN1.Session" 1 "$2" b "$3"
}

prepare() { # prepare PrepareForSleep|PrepareForShutdown true|false
    mock "$MANAGER" EmitSignal sssav "$LOGIN1.Manager" "$1" b 1 b "$2"
}

has_lock() {
    bus_call "$MANAGER" "$LOGIN1.Manager" ListInhibitors && grep -q '"Kinmu"' "$E2E_DIR/reply"
}

has_no_lock() {
    ! has_lock
}

set_machine() { # set_machine BOOT_ID BOOT_SECONDS
    mkdir -p "$PROC/sys/kernel/random"
    echo "$1" >"$PROC/sys/kernel/random/boot_id"
    printf 'cpu 1 2 3\nbtime %s\n' "$2" >"$PROC/stat"
}

BOOT_A=96bdf5c4-d63b-4718-9e76-4b794f532fc9
BOOT_B=11111111-2222-4333-8444-555555555555

# --- The collector ---

start_driver() {
    : >"$OUT"
    coproc DRIVER {
        exec "$BUILD/tests/session_driver" "$BUILD/plugins/collectors/session.so" "$STATE" \
            proc_folder="$PROC" utmp_file="$E2E_DIR/utmp" wtmp_file="$E2E_DIR/wtmp" "$@" >"$OUT" 2>&1
    }
    DRIVER_IN=${DRIVER[1]}
}

tell() {
    echo "$*" >&"$DRIVER_IN"
}

end_driver() {
    tell stop
    wait "$DRIVER_PID" || fail "the driver ended badly: $(tail -n 30 "$OUT")"
    DRIVER_PID=
    grep -q 'timers=0 polls=0' "$OUT" || fail "stop left timers or descriptors: $(tail -n 1 "$OUT")"
}

crash_driver() {
    kill -9 "$DRIVER_PID"
    wait "$DRIVER_PID" 2>/dev/null
    DRIVER_PID=
}

printed() { # printed PATTERN [COUNT]: so many lines match
    [ "$(grep -c -- "$1" "$OUT")" -ge "${2:-1}" ]
}

seen() { # seen WHAT PATTERN [COUNT]
    wait_until 10 printed "$2" "${3:-1}" || fail "$1: never saw '$2': $(tail -n 30 "$OUT")"
    echo "ok: $1"
}

change() { # change KIND SUBJECT: pattern of an exact event
    echo "subject=$2 at=[0-9]* kind=\"*$1\"* quality=\"*exact"
}

# happens WHAT KIND SUBJECT COMMAND…: the event is dated and printed within a second of the command
happens() {
    local what=$1 pattern began took at count
    pattern=$(change "$2" "$3")
    shift 3
    count=$(($(grep -c -- "$pattern" "$OUT") + 1))
    began=$(date +%s%N)
    "$@"
    wait_until 5 printed "$pattern" "$count" || fail "$what: not seen: $(tail -n 30 "$OUT")"
    took=$((($(date +%s%N) - began) / 1000000))
    at=$(grep -- "$pattern" "$OUT" | tail -n 1 | sed 's/.* at=\([0-9]*\).*/\1/')
    [ "$took" -lt 1000 ] || fail "$what: took $took ms"
    at=$(((at - began) / 1000000))
    [ "$at" -gt -1000 ] && [ "$at" -lt 1000 ] || fail "$what: dated $at ms off"
    echo "ok: $what ($took ms)"
}

not_seen() { # not_seen WHAT PATTERN
    ! grep -q -- "$2" "$OUT" || fail "$1: $(grep -- "$2" "$OUT")"
    echo "ok: $1"
}

# --- First start: boot, sessions present, every kind of change ---

now_s=$(date +%s)
set_machine $BOOT_A $((now_s - 600))
start_bus
start_mock
add_session c1 1000 alice
add_session g1 120 gdm greeter
start_driver
seen "the boot from btime" "$(change boot '').*source=\"*kernel"
grep -q "at=$((now_s - 600))000000000 .*boot" "$OUT" || fail "the boot is dated wrong"
seen "a session that was there before" "$(change logon alice).*session_id=\"*c1\"* session_type=\"*x11"
seen "healthy" '^health 1 .*logind'
wait_until 5 has_lock || fail "no delay lock was taken"
A=$(session_path c1)
happens "Lock" lock alice bus_call "$A" "$LOGIN1.Session" Lock
happens "Unlock" unlock alice bus_call "$A" "$LOGIN1.Session" Unlock
happens "LockedHint on" lock alice set_flag c1 LockedHint true
happens "LockedHint off" unlock alice set_flag c1 LockedHint false
happens "IdleHint on" idle alice set_flag c1 IdleHint true
happens "IdleHint off" active alice set_flag c1 IdleHint false
happens "new session" logon bob add_session c2 1001 bob
happens "switch away" switch_disconnect alice set_flag c1 Active false
happens "switch back" switch_connect alice set_flag c1 Active true
happens "session removed" logoff bob remove_session c2
add_session k1 1002 carol
wait_until 5 printed "$(change logon carol)" || fail "carol's logon"
happens "closing is logged off" logoff carol \
    mock "$(session_path k1)" UpdateProperties 'sa{sv}' "$LOGIN1.Session" 1 State s closing
remove_session k1
not_seen "a greeter is nobody" gdm

# --- Sleep waits for the disk ---

tell hold 1
seen "durability held" '^held 1'
happens "sleep" sleep '' prepare PrepareForSleep true
sleep 0.3
has_lock || fail "the delay lock was let go before the events were on disk"
tell hold 0
wait_until 3 has_no_lock || fail "the delay lock was not let go"
echo "ok: sleep waited for the disk"
happens "resume" resume '' prepare PrepareForSleep false
wait_until 3 has_lock || fail "the delay lock was not taken again"
grep -c "$(change logoff carol)" "$OUT" | grep -qx 1 || fail "carol logged off twice"

# --- The bus goes and comes back ---

stop_mock
seen "logind lost is said" '^health [23] .*systemd-logind went away'
start_mock
add_session c1 1000 alice
seen "logind is back" '^health 1 ' 2
# The mock had forgotten alice when it was listed; logind itself remembers.
seen "alice again" "$(change logon alice)" 2
stop_bus
seen "a lost bus is said" '^health [23] .*system bus'
stop_mock
start_bus
start_mock
mock "$MANAGER" AddSession ssusb c1 seat0 1000 alice true
mock "$A" UpdateProperties 'sa{sv}' "$LOGIN1.Session" 1 LockedHint b true
wait_until 20 printed '^health 1 ' 3 || fail "the bus was not found again: $(tail -n 5 "$OUT")"
echo "ok: the bus is back"
seen "the time without a bus is a gap" 'observation.gap.*stream="*session.*cause="*unknown.*no system bus'
seen "what changed meanwhile is estimated" 'subject=alice.*kind="*lock"* quality="*estimated'
grep -c "$(change logon alice)" "$OUT" | grep -qx 2 || fail "alice logged on again: $(grep logon "$OUT")"
happens "changes are seen again" unlock alice bus_call "$A" "$LOGIN1.Session" Unlock

# --- Crash, stop, power cut, shutdown ---

crash_driver
sleep 1.2
start_driver
seen "a crash is a gap" 'observation.gap.*cause="*crashed'
seen "healthy after the crash" '^health 1 '
end_driver
not_seen "a crash is no boot" 'kind="*boot'
not_seen "a crash is no shutdown" 'kind="*shutdown'
not_seen "alice is known" 'kind="*logon'

sleep 1.2
start_driver
seen "a stop is a gap" 'observation.gap.*cause="*stopped'
seen "healthy after the stop" '^health 1 '
beat_s=$(date +%s)
crash_driver
set_machine $BOOT_B "$(date +%s)"
remove_session c1
start_driver
seen "a power cut is an estimated shutdown" 'subject= .*kind="*shutdown"* quality="*estimated"* source="*heartbeat.*noted_ns'
seen "its sessions end with it" 'subject=alice.*kind="*logoff"* quality="*estimated.*session_id="*c1'
seen "and the PC boots again" "$(change boot '')"
at=$(grep 'kind="*shutdown' "$OUT" | sed 's/.* at=\([0-9]*\).*/\1/')
off=$((at / 1000000000 - beat_s))
[ "$off" -ge -60 ] && [ "$off" -le 1 ] || fail "the power cut is dated $off s off"
not_seen "a power cut is no gap" observation.gap

happens "shutdown" shutdown '' prepare PrepareForShutdown true
wait_until 3 has_no_lock || fail "shutdown is still held"
end_driver
set_machine $BOOT_A "$(date +%s)"
start_driver
seen "the next boot" "$(change boot '')"
seen "healthy again" '^health 1 '
tell cpu
seen "figures" '^cpu '
end_driver
not_seen "a seen shutdown is told once" 'kind="*shutdown'
echo "session_logind: passed"
