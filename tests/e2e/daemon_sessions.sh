#!/bin/bash
# daemon_sessions.sh BUILD_DIR - one Kinmu for a whole machine: as root, outside any desktop, it serves each
# login session systemd-logind tells of (a mock) by a runner under that account, with that account's rights
# only. Sessions come and go without touching each other (COL-40). Two real X servers, one of them with an
# access key that only the person's own programs know. Needs root, and the right to read the environment of other
# accounts' programs, where that key is named; else it is skipped.
set -u
BUILD=$1
if [ "$EUID" -ne 0 ]; then
    echo "skipped: daemon_sessions needs root, only root may start programs of other accounts"
    exit 77
fi
. "$(dirname "$0")/lib.sh"
may_look_inside || { echo "skipped: needs CAP_SYS_PTRACE, to read other programs' environment"; exit 77; }

ALICE=nobody BOB=games CAROL=man # accounts every Debian has
DATA=$E2E_DIR/data
PUBLIC=$(mktemp -d "${TMPDIR:-/tmp}/kinmu-e2e-public.XXXXXX")
DAEMON_PID=
SERVERS=() DESKTOPS=()

end_daemon_sessions() {
    local pid
    stop_process "$DAEMON_PID"
    for pid in "${DESKTOPS[@]}" "${SERVERS[@]}"; do
        stop_process "$pid"
    done
    end_mock
    rm -rf "$PUBLIC"
}
at_end end_daemon_sessions

. "$(dirname "$0")/session_mock.bash"

# --- Desktops and what is done in them ---

# start_seat NAME [XVFB OPTION…]: an X server; its display in the variable NAME
start_seat() {
    local -n seat=$1
    shift
    start_server "" "$@"
    seat=$DISPLAY
    SERVERS+=("$XVFB_PID")
    XVFB_PID=
    unset DISPLAY
}

as() { # as ACCOUNT COMMAND…: with that account's rights and nothing of ours
    local account=$1
    shift
    setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups env -i PATH="$PATH" "$@"
}

# start_desktop ACCOUNT SESSION DISPLAY: a program of the session that knows the key
start_desktop() {
    (exec setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups env -i PATH="$PATH" \
        XDG_SESSION_ID="$2" DISPLAY="$3" XAUTHORITY="$KEY" sleep 600) >/dev/null 2>&1 &
    DESKTOPS+=($!)
}

press() { # press DISPLAY TEXT
    DISPLAY=$1 XAUTHORITY=$KEY xdotool type --delay 20 "$2"
}

# --- The machine's Kinmu ---

install_kinmu() { # where other accounts can read it, and only root can change it
    local name
    chmod 755 "$PUBLIC"
    mkdir -p "$PUBLIC/plugins/collectors" "$E2E_DIR/conf"
    install -m 755 "$BUILD/kinmu" "$PUBLIC/kinmu"
    for name in session input; do
        install -m 755 "$BUILD/plugins/collectors/$name.so" "$PUBLIC/plugins/collectors/"
    done
    cat >"$E2E_DIR/conf/all.yaml" <<END
purposes:
  working-time: {keep: 1d}
  activity: {keep: 1d}
collectors:
  session: {utmp_file: $E2E_DIR/utmp, wtmp_file: $E2E_DIR/wtmp}
  input:
END
}

kinmu() {
    "$PUBLIC/kinmu" "$@" --conf "$E2E_DIR/conf" --data "$DATA" --plugins "$PUBLIC/plugins"
}

# With the capabilities its unit leaves it, no more: they are enough for all that follows.
start_daemon() {
    local allowed
    allowed=$(sed -n 's/^CapabilityBoundingSet=//p' "$(dirname "$0")/../../packaging/systemd/kinmu.service.in" |
        tr ' ' '\n' | sed 's/CAP_\(.*\)/,+\L\1/' | tr -d '\n')
    [ -n "$allowed" ] || fail "the unit names no capabilities"
    env -u DISPLAY -u WAYLAND_DISPLAY -u XAUTHORITY OF_THE_DAEMON=1 setpriv --bounding-set "-all$allowed" \
        "$PUBLIC/kinmu" run --conf "$E2E_DIR/conf" --data "$DATA" --plugins "$PUBLIC/plugins" \
        >"$E2E_DIR/log" 2>&1 &
    DAEMON_PID=$!
    wait_until 20 kinmu status || fail "Kinmu did not start: $(cat "$E2E_DIR/log")"
}

runner() { # runner ACCOUNT SESSION: pid of the runner that serves it
    pgrep -P "$DAEMON_PID" -f "runner session:$1:$2\$"
}

no_runner() {
    ! runner "$@"
}

observes() { # observes INSTANCE DISPLAY
    kinmu status --json | tr '{' '\n' | grep "\"name\":\"$1\"" | grep '"health":"ok"' | grep -qF "\\\"$2\\\""
}

served() { # served WHAT INSTANCE ACCOUNT SESSION DISPLAY
    wait_until 20 observes "$2" "$5" || fail "$1: $(kinmu status; cat "$E2E_DIR/log")"
    runner "$3" "$4" >/dev/null || fail "$1: no runner of $3"
    echo "ok: $1"
}

same_runner() { # same_runner WHAT ACCOUNT SESSION PID
    expect "$1" "$4" "$(runner "$2" "$3")"
}

restarted() { # restarted ACCOUNT SESSION OLD_PID
    local pid
    pid=$(runner "$1" "$2") && [ "$pid" != "$3" ]
}

has_rights_of() { # has_rights_of ACCOUNT PID: all four ids, and no other groups
    local uid gid
    uid=$(id -u "$1") gid=$(id -g "$1")
    expect "$1: user ids" "$uid $uid $uid $uid" "$(awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$2/status")"
    expect "$1: group ids" "$gid $gid $gid $gid" "$(awk '/^Gid:/ { print $2, $3, $4, $5 }' "/proc/$2/status")"
    expect "$1: other groups" "" "$(awk '/^Groups:/ { $1 = ""; print $2 }' "/proc/$2/status")"
    expect "$1: capabilities" 0000000000000000 "$(awk '/^CapEff:/ { print $2 }' "/proc/$2/status")"
}

sees_nothing_of_the_daemon() { # sees_nothing_of_the_daemon ACCOUNT PID
    ! as "$1" ls "$DATA" >/dev/null 2>&1 || fail "$1 can list the data folder"
    ! as "$1" cat "$DATA/journal.db" >/dev/null 2>&1 || fail "$1 can read the journal"
    ! as "$1" "$PUBLIC/kinmu" status --data "$DATA" >/dev/null 2>&1 || fail "$1 can ask the daemon"
    ! ls -l "/proc/$2/fd" | grep -F "$E2E_DIR/data" || fail "$1 was given a file of the daemon"
    ! tr '\0' '\n' <"/proc/$2/environ" | grep OF_THE_DAEMON || fail "$1 was given the daemon's environment"
    echo "ok: $1 sees nothing of the daemon"
}

keys() { # keys ACCOUNT: recorded in all minutes
    kinmu journal cat --schema kinmu.input.minute/1 |
        awk -v who="$1" '$3 == who { for (i = 4; i <= NF; i++) if (sub(/^keys=/, "", $i)) sum += $i }
                         END { print sum + 0 }'
}

has_keys() { # has_keys ACCOUNT COUNT
    [ "$(keys "$1")" = "$2" ]
}

# --- Two people log on ---

KEY=$PUBLIC/key
install_kinmu
start_seat FIRST -ac
touch "$KEY"
start_seat SECOND -auth "$KEY"
xauth -q -f "$KEY" add "$SECOND" . "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" 2>/dev/null
chmod 644 "$KEY"
kill -HUP "${SERVERS[1]}" # reads its key again
start_bus
start_mock
start_daemon
expect "nobody is served before anybody logs on" "" "$(pgrep -P "$DAEMON_PID" -f "runner session:")"
start_desktop "$BOB" c2 "$SECOND"
add_session c1 "$(id -u "$ALICE")" "$ALICE" user "$FIRST"
add_session c2 "$(id -u "$BOB")" "$BOB" user "$SECOND"
served "a session is served" "input@$ALICE" "$ALICE" c1 "$FIRST"
served "a session whose display has a key is served" "input@$BOB" "$BOB" c2 "$SECOND"
ALICE_RUNNER=$(runner "$ALICE" c1)
BOB_RUNNER=$(runner "$BOB" c2)
has_rights_of "$ALICE" "$ALICE_RUNNER"
has_rights_of "$BOB" "$BOB_RUNNER"
sees_nothing_of_the_daemon "$ALICE" "$ALICE_RUNNER"
sees_nothing_of_the_daemon "$BOB" "$BOB_RUNNER"
press "$FIRST" hello
press "$SECOND" work

# --- One ends: the other goes on ---

remove_session c1
wait_until 10 no_runner "$ALICE" c1 || fail "the runner of an ended session stays: $(kinmu status)"
wait_until 10 has_keys "$ALICE" 5 || fail "what the ended session did is not recorded: $(kinmu journal cat)"
echo "ok: an ended session's runner ends, and what it counted is kept"
same_runner "the other session's runner is untouched" "$BOB" c2 "$BOB_RUNNER"
press "$SECOND" goeson

# --- A new one, and a runner that dies ---

add_session c3 "$(id -u "$CAROL")" "$CAROL" user "$FIRST"
served "a new session is served" "input@$CAROL" "$CAROL" c3 "$FIRST"
CAROL_RUNNER=$(runner "$CAROL" c3)
kill -9 "$CAROL_RUNNER"
wait_until 10 restarted "$CAROL" c3 "$CAROL_RUNNER" || fail "a killed runner is not started again"
served "a killed runner is started again" "input@$CAROL" "$CAROL" c3 "$FIRST"
has_rights_of "$CAROL" "$(runner "$CAROL" c3)"
press "$FIRST" abc
same_runner "another's death touches nobody" "$BOB" c2 "$BOB_RUNNER"

# --- Who tells of the sessions dies: the sessions go on ---

TELLER=$(pgrep -P "$DAEMON_PID" -f 'runner collector:session$')
CAROL_RUNNER=$(runner "$CAROL" c3)
kill -9 "$TELLER"
told_again() {
    [ "$(grep -c 'watching by logind' "$E2E_DIR/log")" -ge 2 ]
}
wait_until 15 told_again || fail "the session collector does not come back: $(cat "$E2E_DIR/log")"
sleep 5 # longer than a session without a known way in is held back
same_runner "a restart of the session collector touches nobody (1)" "$BOB" c2 "$BOB_RUNNER"
same_runner "a restart of the session collector touches nobody (2)" "$CAROL" c3 "$CAROL_RUNNER"

# --- A second session of one account; a key that is known late ---

remove_session c3
wait_until 10 no_runner "$CAROL" c3 || fail "the second runner of an ended session stays"
add_session c4 "$(id -u "$BOB")" "$BOB" user "$FIRST"
served "a second session of the same account" "input@$BOB#c4" "$BOB" c4 "$FIRST"
BOB_SECOND=$(runner "$BOB" c4)
press "$FIRST" xy
remove_session c2
wait_until 10 no_runner "$BOB" c2 || fail "the first session's runner stays"
same_runner "the second session is still served by one runner" "$BOB" c4 "$BOB_SECOND"
expect "and once" 1 "$(kinmu status --json | grep -o "\"name\":\"input@$BOB[^\"]*\"" | wc -l)"
add_session c5 "$(id -u "$CAROL")" "$CAROL" user "$SECOND"
knows_no_way() {
    kinmu status --json | tr '{' '\n' | grep "\"name\":\"input@$CAROL\"" | grep -qv '"health":"ok"'
}
wait_until 15 knows_no_way || fail "without the key it cannot be healthy: $(kinmu status)"
start_desktop "$CAROL" c5 "$SECOND"
served "a key found later is used" "input@$CAROL" "$CAROL" c5 "$SECOND"
press "$SECOND" late

# --- The bus goes: whoever is served stays served ---

CAROL_RUNNER=$(runner "$CAROL" c5)
stop_bus
stop_mock
says_blind() {
    kinmu status | grep -q 'system bus'
}
wait_until 10 says_blind || fail "a lost bus is not said"
press "$SECOND" st
same_runner "a lost bus touches nobody" "$CAROL" c5 "$CAROL_RUNNER"

# --- What is recorded ---

kill "$DAEMON_PID"
wait "$DAEMON_PID" || fail "Kinmu ended badly: $(tail -n 20 "$E2E_DIR/log")"
DAEMON_PID=
expect "keys of $ALICE" 5 "$(keys "$ALICE")"
expect "keys of $BOB, before, during and after the others, in two sessions" 12 "$(keys "$BOB")"
expect "keys of $CAROL" 9 "$(keys "$CAROL")"
kinmu journal cat --schema kinmu.observation.gap/1 >"$E2E_DIR/gaps"
! grep 'stream="input"' "$E2E_DIR/gaps" | grep " $BOB " || fail "a gap in the collection of $BOB"
kinmu journal cat >"$E2E_DIR/all"
for account in "$ALICE" "$BOB" "$CAROL"; do
    grep " $account .*kind=\"logon\"" "$E2E_DIR/all" >/dev/null || fail "no logon of $account"
done
expect "events without a person that only a person can cause" 0 \
    "$(grep -c ' - .*kinmu.input' "$E2E_DIR/all")"
! grep -iE 'AddressSanitizer|runtime error|LeakSanitizer' "$E2E_DIR/log" || fail "the log has sanitizer reports"
echo "daemon_sessions: passed"
