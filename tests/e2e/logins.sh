#!/bin/bash
# logins.sh BUILD_DIR - people log in to the API through the daemon, over TLS: invitations, passwords, sessions and their
# end, wrong passwords, a hundred at once, who may what (logins.py); the same after a restart; and no password, session
# or invitation in any file, log, export or print of the journal.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
PORT=$(free_port) || exit 1
ERROR=$E2E_DIR/error
umask 077

mkdir -p "$E2E_DIR/tls" "$E2E_DIR/secrets"
localhost_certificate "$E2E_DIR/tls"
write_conf() { # IDLE LIFE
    configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
http:
  listen: ["127.0.0.1:$PORT"]
  certificate: $E2E_DIR/tls/server.pem
  key: $E2E_DIR/tls/server.key
  authority: $E2E_DIR/tls/server.pem
purposes: {working-time: {keep: 1095d}}
connectors:
  people:
  approval:
    reads: ["*"]
exporters:
  api:
    reads: ["*"]
    failures_per_minute: 1000
    session_idle: $1
    session_life: $2
END
}
write_conf 1h 12h
start_kinmu
wait_until 10 instance_is api health ok || kinmu_fail "api did not start"

printf '%s\n' "$GROUPS_HEAD" \
    '1,G1,本社,U1,,,' '1,G2,開発,U2,,G1,' | cp932 "$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for person in U1:G1:0 U2:G2:0 U6:G2:0 U7:G2:0 A:G1:1; do
        IFS=: read -r id group admin <<<"$person"
        echo "1,$id,N$id,$id,,$group,$admin,0,0,$id@example.com,0,0,0,0,0,0,0,0,0,,"
    done
} | cp932 "$E2E_DIR/user.csv"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" >"$ERROR" 2>&1 || kinmu_fail "import: $(cat "$ERROR")"

export KINMU E2E_DIR
logins() { # ROUND
    python3 "$HERE/logins.py" "$PORT" "$1" || kinmu_fail "logins.py $1"
}
logins all
stop_kinmu
export CRASH_CLOCK_FILE=$E2E_DIR/clock
start_kinmu env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$BUILD/tests/crash/unruly_system.so"
wait_until 10 instance_is api health ok || kinmu_fail "api did not come back"
logins again
write_conf 1s 12h
kill -HUP "$KINMU_PID"
logins idle
write_conf 1h 1s
kill -HUP "$KINMU_PID"
logins life
logins later

# What is secret stands in secrets/ and nowhere else.
kinmu journal cat --json >"$E2E_DIR/journal.txt" 2>"$ERROR" || fail "journal cat: $(cat "$ERROR")"
grep -q 'purpose "access"' "$ERROR" || fail "journal cat does not tell what it leaves out: $(cat "$ERROR")"
kinmu export json --from "$(yesterday)" --to "$(tomorrow)" --out "$E2E_DIR/out" >"$ERROR" 2>&1 ||
    fail "export: $(cat "$ERROR")"
expect "logins and sessions, printed or exported" 0 \
    "$(cat "$E2E_DIR/journal.txt" "$E2E_DIR/out"/* | grep -c '"schema":"kinmu\.access')"
expect "who logged in is told" yes \
    "$(grep '"action":"login"' "$E2E_DIR/journal.txt" | grep '"changed_by":"U6"' | grep -q '"address":"127.0.0.1"' && echo yes)"
expect "who failed to is told" yes "$(grep '"action":"login"' "$E2E_DIR/journal.txt" | grep -q '"result":"failed"' && echo yes)"
stop_kinmu
secrets=$(cat "$E2E_DIR/secrets"/* | wc -l)
[ "$secrets" -ge 20 ] || fail "only $secrets secrets to look for"
cat "$E2E_DIR/secrets"/* >"$E2E_DIR/needles"
found=$(find "$E2E_DIR" -type f ! -path "$E2E_DIR/secrets/*" ! -path "$E2E_DIR/needles" -print0 |
    xargs -0 grep -lF -f "$E2E_DIR/needles")
expect "files with one of $secrets secrets" "" "$found"
