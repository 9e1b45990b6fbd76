#!/bin/bash
# factors.sh BUILD_DIR - the second factor of people who log in, through the daemon over TLS, with codes by oathtool: set up,
# asked for, changed, removed, lost and cleared; codes twice, late, of others, guessed and raced; needed by a role
# (factors.py); the same from a store made anew; and neither secret nor recovery code in any file, log or print.
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
head -c 24 /dev/urandom | base64 >"$E2E_DIR/secrets/key"
write_conf() { # what of second factors
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
exporters:
  api:
    reads: ["*"]
    failures_per_minute: 1000
$1
END
}
KEY="    second_factor_key: \${file:$E2E_DIR/secrets/key}"
start() {
    start_kinmu env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$BUILD/tests/crash/unruly_system.so"
    wait_until 10 instance_is api health ok || kinmu_fail "api did not start"
}
export CRASH_CLOCK_FILE=$E2E_DIR/clock KINMU E2E_DIR
write_conf "$KEY"
start
printf '%s\n' "$GROUPS_HEAD" '1,G1,本社,U1,,,' | cp932 "$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for person in U1:0 U2:0 U6:0 U7:0 A:1; do
        IFS=: read -r id admin <<<"$person"
        echo "1,$id,N$id,$id,,G1,$admin,0,0,$id@example.com,0,0,0,0,0,0,0,0,0,,"
    done
} | cp932 "$E2E_DIR/user.csv"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" >"$ERROR" 2>&1 || kinmu_fail "import: $(cat "$ERROR")"

factors() { # ROUND
    python3 "$HERE/factors.py" "$PORT" "$1" || kinmu_fail "factors.py $1"
}
factors all
write_conf "    second_factor: [admin]
$KEY"
kill -HUP "$KINMU_PID"
factors required
stop_kinmu
kinmu store rebuild >/dev/null || kinmu_fail "store rebuild"
start
factors again
stop_kinmu

# With another key nobody's codes can be judged, and nobody comes in without.
head -c 24 /dev/urandom | base64 >"$E2E_DIR/secrets/key"
start
factors lost
kinmu journal cat --json >"$E2E_DIR/journal.txt" 2>"$ERROR" || fail "journal cat: $(cat "$ERROR")"
expect "who set one up is told" yes \
    "$(grep 'kinmu.access.factor' "$E2E_DIR/journal.txt" | grep '"action":"create"' | grep -q '"changed_by":"person:U6"\|"changed_by":"U6"' && echo yes)"
stop_kinmu
write_conf "    second_factor: [admin]"
kinmu check >"$E2E_DIR/out" 2>&1 && kinmu_fail "check takes a role that needs one without a key"
grep -q 'second_factor needs second_factor_key' "$E2E_DIR/out" || kinmu_fail "check: $(cat "$E2E_DIR/out")"
start_kinmu
wait_until 10 instance_is api health failed || kinmu_fail "a role that needs one without a key is taken"
expect "it says what it needs" yes "$(grep -q 'second_factor needs second_factor_key' "$KINMU_LOG" && echo yes)"
stop_kinmu

# What is secret stands in secrets/ and nowhere else: as it is shown, and as bytes.
secrets=$(sort -u "$E2E_DIR/secrets/list" | wc -l)
[ "$secrets" -ge 40 ] || fail "only $secrets secrets to look for"
sort -u "$E2E_DIR/secrets/list" >"$E2E_DIR/needles"
found=$(find "$E2E_DIR" -type f ! -path "$E2E_DIR/secrets/*" ! -path "$E2E_DIR/needles" -print0 | xargs -0 grep -lF -f "$E2E_DIR/needles")
expect "files with one of $secrets secrets" "" "$found"
python3 - "$E2E_DIR" <<'END' || fail "a secret lies in a file as bytes"
import base64, os, sys
folder = sys.argv[1]
secrets = [base64.b32decode(line.strip()) for line in open(folder + "/secrets/base32")]
assert len(secrets) >= 5, secrets
for top, _, names in os.walk(folder):
    for name in names:
        data = b"" if top.endswith("/secrets") else open(os.path.join(top, name), "rb").read()
        assert not any(secret in data or secret.hex().encode() in data for secret in secrets), os.path.join(top, name)
END
