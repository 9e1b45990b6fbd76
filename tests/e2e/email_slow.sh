#!/bin/bash
# email_slow.sh BUILD_DIR - a real mail server (STARTTLS, login; email_server.py) that is slow: one mail it takes and goes
# without an answer, one it answers late, one not at all until Kinmu is stopped. None holds up another, a stop waits for
# no answer, and what was answered goes out once: only a mail without an answer goes again, as the same one.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
ERROR=$E2E_DIR/error
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || { echo "skipped: python3-aiosmtpd is not installed"; exit 77; }
PORT=$(free_port)
SERVER_PID= SERVER_DIR=$E2E_DIR/server
mkdir -p "$SERVER_DIR/mails"
localhost_certificate "$E2E_DIR"
(umask 077; printf '秘密 pass\n' >"$E2E_DIR/password")

/usr/bin/python3 "$HERE/email_server.py" "$PORT" "$SERVER_DIR" "$E2E_DIR/server.pem" "$E2E_DIR/server.key" late \
    >"$E2E_DIR/ready" 2>>"$E2E_DIR/server.log" &
SERVER_PID=$!
stop_mail() {
    stop_process "$SERVER_PID"
}
at_end stop_mail
wait_until 20 grep -q ready "$E2E_DIR/ready" || fail "the mail server did not start: $(cat "$E2E_DIR/server.log")"

took() { # TO: how many mails to that receiver the server took
    /usr/bin/python3 "$HERE/email_mails.py" "$SERVER_DIR" 2>"$ERROR" | jq -rs --arg to "$1@example.com" 'map(select(.to == $to)) | length'
}
took_is() {
    [ "$(took "$1")" = "$2" ]
}
mail_says() { # TO FILTER: of the record of the mail to that receiver
    kinmu mail list | jq -r --arg to "$1@example.com" ".mails[] | select(.address == \$to) | $2"
}
states_are() {
    [ "$(kinmu mail list | jq -r '.mails | map(.state) | group_by(.) | map("\(.[0]) \(length)") | join(", ")')" = "$1" ]
}

configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
purposes: {working-time: {keep: 1095d}}
connectors:
  people:
  email:
    after: store
    reads: [kinmu.people.person, kinmu.people.assignment, kinmu.people.group, kinmu.people.setting, kinmu.request.request,
      kinmu.work.day, kinmu.alert, kinmu.import.result]
    server: localhost
    port: $PORT
    authority: $E2E_DIR/server.pem
    user: kinmu
    password: \${file:$E2E_DIR/password}
    from: kinmu@example.com
    master_import_notice_to: [drop@example.com, late@example.com, hold@example.com]
END
start_kinmu
wait_until 10 instance_is email health ok || kinmu_fail "email did not start"
{ echo "$USERS_HEAD"; echo '1,N1,N1,新人,,NOWHERE,0,0,0,n1@example.com,0,0,0,0,0,0,0,0,0,,'; } | cp932 "$E2E_DIR/user.csv"
kinmu import "$E2E_DIR/user.csv" >/dev/null 2>"$ERROR" && kinmu_fail "a wrong file was taken"

# The first is cut off after its text, and holds up no other; the second is answered late, the third not at all.
wait_until 60 took_is hold 1 || kinmu_fail "hold: $(kinmu mail list) $(kinmu status)"
expect "what the server did not answer counts as an attempt" "queued 1" "$(mail_says drop '"\(.state) \(.attempts)"')"
[ -n "$(mail_says drop .problem)" ] || kinmu_fail "nothing says why: $(kinmu mail list)"
expect "what it answered late is recorded before the next one goes" sent "$(mail_says late .state)"
expect "once" "1 1" "$(took drop) $(took late)"

# Stopped while the third waits for its answer: the stop does not wait with it.
begun=$SECONDS
stop_kinmu
[ $((SECONDS - begun)) -lt 25 ] || fail "the stop took $((SECONDS - begun)) s"
: >"$SERVER_DIR/go"
start_kinmu
wait_until 30 took_is hold 2 || kinmu_fail "hold: $(kinmu mail list) $(kinmu status)"
kinmu mail retry "$(mail_says drop .message_id)" >/dev/null 2>"$ERROR" || kinmu_fail "retry: $(cat "$ERROR")"
wait_until 60 states_are "sent 3" || kinmu_fail "states: $(kinmu mail list)"
expect "what was answered went out once, all else twice" "2 1 2" "$(took drop) $(took late) $(took hold)"
expect "as the same mails" 3 "$(/usr/bin/python3 "$HERE/email_mails.py" "$SERVER_DIR" | jq -rs 'map(.id) | unique | length')"
stop_kinmu
