# session_mock.bash - a private system bus with a mock of systemd-logind (python3-dbusmock); sourced after
# lib.sh by the tests that log people on and off. Call end_mock at the end.

LOGIN1=org.freedesktop.login1
MANAGER=/org/freedesktop/login1
BUS_PID= MOCK_PID=

ADDRESS=unix:path=$E2E_DIR/bus
export DBUS_SYSTEM_BUS_ADDRESS=$ADDRESS

start_bus() {
    rm -f "$E2E_DIR/bus"
    dbus-daemon --session --fork --address="$ADDRESS" --print-pid=3 3>"$E2E_DIR/bus.pid" ||
        fail "dbus-daemon did not start"
    BUS_PID=$(cat "$E2E_DIR/bus.pid")
}

stop_bus() {
    kill "$BUS_PID"
    wait_until 5 not_alive "$BUS_PID" || fail "dbus-daemon did not end"
    BUS_PID=
}

not_alive() {
    ! kill -0 "$1"
}

start_mock() {
    DBUS_SESSION_BUS_ADDRESS=$ADDRESS /usr/bin/python3 -m dbusmock --template logind \
        >"$E2E_DIR/mock.log" 2>&1 &
    MOCK_PID=$!
    wait_until 15 bus_call "$MANAGER" "$LOGIN1.Manager" ListSessions ||
        fail "the mock did not start: $(cat "$E2E_DIR/mock.log")"
}

stop_mock() {
    stop_process "$MOCK_PID"
    MOCK_PID=
}

bus_call() {
    busctl --address="$ADDRESS" call "$LOGIN1" "$@" >"$E2E_DIR/reply" 2>&1
}

mock() { # mock PATH METHOD SIGNATURE ARGUMENTS…
    local path=$1
    shift
    bus_call "$path" org.freedesktop.DBus.Mock "$@" || fail "mock $*: $(cat "$E2E_DIR/reply")"
}

session_path() {
    echo "$MANAGER/session/$1"
}

add_session() { # add_session ID UID ACCOUNT [CLASS [DISPLAY]]: logged on now
    mock "$MANAGER" AddSession ssusb "$1" seat0 "$2" "$3" true
    mock "$(session_path "$1")" UpdateProperties 'sa{sv}' "$LOGIN1.Session" 4 Display s "${5:-}" \
        Timestamp t "$(($(date +%s%N) / 1000))" Class s "${4:-user}" Type s x11
    mock "$MANAGER" EmitSignal sssav "$LOGIN1.Manager" SessionNew so 2 s "$1" o "$(session_path "$1")"
}

remove_session() {
    mock "$MANAGER" EmitSignal sssav "$LOGIN1.Manager" SessionRemoved so 2 s "$1" o "$(session_path "$1")"
    mock "$MANAGER" RemoveObject s "$(session_path "$1")"
}

end_mock() {
    stop_process "$MOCK_PID"
    [ -z "$BUS_PID" ] || kill "$BUS_PID" 2>/dev/null
    MOCK_PID= BUS_PID=
}
