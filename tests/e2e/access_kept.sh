#!/bin/bash
# access_kept.sh BUILD_DIR - tokens and logins outlive the 62 days their purpose is kept (ADR 0030), because what is in force
# is written anew each month; what was revoked goes with its month. The clock of the daemon is moved, 40 days at a time.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
PORT=$(free_port) || exit 1
DAY=86400
export CRASH_CLOCK_FILE=$E2E_DIR/clock
configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
http: {listen: ["127.0.0.1:$PORT"]}
purposes: {working-time: {keep: 1095d}}
connectors: {people: {}}
exporters:
  api: {reads: ["*"]}
END
start_at() { # DAYS from today
    echo $(($1 * DAY)) >"$CRASH_CLOCK_FILE"
    start_kinmu env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$BUILD/tests/crash/unruly_system.so"
    wait_until 20 instance_is api health ok || kinmu_fail "api did not start"
}
rows() { sqlite3 -readonly "$KINMU_DATA/store.db" "$1"; }
days_old() { # TABLE CONDITION, by the daemon's clock
    rows "SELECT (CAST(strftime('%s') AS INTEGER) + $(cat "$CRASH_CLOCK_FILE") - unix_ns / 1000000000) / $DAY FROM kinmu_access_$1 WHERE $2"
}
is_days_old() { [ "$(days_old "$2" "$3")" = "$1" ]; }
post() { # PATH BODY: the answer's code
    curl -sS -o "$E2E_DIR/answer" -w '%{http_code}' -H 'Content-Type: application/json' -d "$2" "http://127.0.0.1:$PORT/api/v1/$1"
}
answer_to() { curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "http://127.0.0.1:$PORT/api/v1/me"; }

start_at -40
kinmu person set U1 --employee_no 1001 --name 利用者 --mail u1@example.com >/dev/null || kinmu_fail "person"
invite=$(kinmu login invite U1 --role self | sed -n 's/.*"invite":"\([^"]*\)".*/\1/p')
PASSWORD=雨の日は歩いて橋を渡ってから帰る
expect "a password by an invitation" 200 "$(post login/password "{\"person\": \"U1\", \"invite\": \"$invite\", \"password\": \"$PASSWORD\"}")"
KEPT=$(token kept admin)
GONE=$(token gone admin)
id=$(rows "SELECT token_id FROM kinmu_access_token_1 WHERE name = 'gone'")
kinmu token revoke "$id" --reason lost >/dev/null || kinmu_fail "token revoke"
expect "a token in force" 200 "$(answer_to "$KEPT")"
expect "a revoked one" 401 "$(answer_to "$GONE")"
stop_kinmu

start_at 0
wait_until 30 is_days_old 0 token_1 "name = 'kept'" || kinmu_fail "the token is as old as $(days_old token_1 "name = 'kept'") days"
wait_until 10 is_days_old 0 login_1 "person = 'U1'" || kinmu_fail "the login is as old as $(days_old login_1 "person = 'U1'") days"
expect "days since the revoked one was written" 40 "$(days_old token_1 "name = 'gone'")"
stop_kinmu

start_at 60 # 100 days after the beginning, 60 after the renewal
has_gone() { [ "$(rows "SELECT count(*) FROM kinmu_access_token_1 WHERE name = 'gone'")" = 0 ]; }
wait_until 60 has_gone || kinmu_fail "a revoked token stays"
expect "the token after a hundred days" 200 "$(answer_to "$KEPT")"
expect "the password" 200 "$(post sessions "{\"person\": \"U1\", \"password\": \"$PASSWORD\"}")"
stop_kinmu
