#!/bin/bash
# licences.sh BUILD_DIR - licences of two months by the rules of M, N and W (SUP-22) through the daemon: an administrator, one
# employee with two ids, several accounts, no agent, ログイン不可, 削除, a newcomer; the month before as it was then, also
# from a store made anew; and what is refused. The clock is moved into the next two months.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$E2E_DIR/plugins
. "$(dirname "$0")/../crash/daemon.sh"
export CRASH_CLOCK_FILE=$E2E_DIR/clock

mkdir -p "$E2E_DIR/plugins"
cp "$BUILD/tests/feed/feed.so" "$BUILD/plugins/connectors/people.so" "$E2E_DIR/plugins/"
write_conf() { # READS
    configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}, audit: {keep: 1095d}}
collectors:
  com.example.feed: {path: $E2E_DIR/feed.txt, isolation: core}
connectors:
  people: {reads: [$1]}
journal: {flush_interval: 20ms}
END
}
start() {
    start_kinmu env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$BUILD/tests/crash/unruly_system.so"
    wait_until 10 instance_is people health ok || kinmu_fail "people did not start"
}
month() { # N: the N-th month from now, as 202611
    date -d "$(date +%Y-%m-15) +$1 month" +%Y%m
}
noon() { # N: the 15th of it, seconds
    date -d "$(date +%Y-%m-15) +$1 month 12:00" +%s
}
to_month() { # N: the clock
    echo $(($(noon "$1") - $(date +%s))) >"$E2E_DIR/clock.new"
    mv "$E2E_DIR/clock.new" "$E2E_DIR/clock"
}
feed() { # N ACCOUNT…: each logs on in that month
    local at account
    at=$(($(noon "$1") - 3600))
    shift
    rm -f "$E2E_DIR/feed.txt.done"
    for account; do
        echo "$at $account change logon"
    done >"$E2E_DIR/feed.part"
    mv "$E2E_DIR/feed.part" "$E2E_DIR/feed.txt"
    wait_until 30 test -e "$E2E_DIR/feed.txt.done" || kinmu_fail "the feed is not taken"
}
users() { # CODE:ID:NUMBER:ADMIN…
    {
        echo "$USERS_HEAD"
        for person; do
            IFS=: read -r code id number admin <<<"$person"
            echo "$code,$id,$number,$id,,G1,$admin,0,0,$id@example.com,0,0,0,0,0,0,0,0,0,,"
        done
    } | cp932 "$E2E_DIR/user.csv"
}
run() {
    kinmu "$@" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "$*: $(cat "$E2E_DIR/answer")"
}
counts() { # WORDS…: month m n w of each
    kinmu licence count "$@" | jq -r '.rows[] | "\(.month) \(.m) \(.n) \(.w)"'
}

first=$(month 1)
second=$(month 2)
write_conf "kinmu.audit.change, kinmu.session.change"
to_month 1
start
printf '%s\n' "$GROUPS_HEAD" '1,G1,本社,U1,,,' | cp932 "$E2E_DIR/group.csv"
users 1:U1:1:0 1:U2:2:1 1:U3:7:0 1:U4:7:0 1:U5:5:0
run import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv"
for account in a1:U1 a2:U2 a3:U3 b3:U3 a4:U4 a5:U5; do
    run account set "${account%:*}" --person "${account#*:}" --from_date 2020-01-01
done
feed 1 a1 a2 a3 a4 stranger
expect "M: two ids of one employee once, who has no agent not; N: ids; W: accounts" "$first 3 5 6" "$(counts)"

to_month 2
run person state U5 suspended
run person state U3 deleted
run person set U4 --is_admin true
users 1:U6:6:0
run import "$E2E_DIR/user.csv"
run account set a6 --person U6 --from_date 2020-01-01
run account set b3 --person U6
feed 2 a3 a5 a6
expect "the month after" "$second 2 4 6" "$(counts)"
expect "and the one before as it was" "$(month 0) 0 0 0
$first 3 5 6
$second 2 4 6" "$(counts --from_month "$(month 0)" --to_month "$second")"
kinmu setting set company.licences 3 >"$E2E_DIR/answer" 2>&1 && kinmu_fail "fewer licences than N counts were taken"
run setting set company.licences 4
run setting set company.licences 42
kinmu licence count --from_month "$first" | jq -j .csv >"$E2E_DIR/licences.csv"
expect "as CSV" "月,M: 利用者とエージェント,N: ユーザID,W: アカウント,契約数
$first,3,5,6,42
$second,2,4,6,42" "$(tr -d '\r' <"$E2E_DIR/licences.csv")"
for words in "--to_month $(month 3)" "--to_month 202613" "--to_month 2026-11" "--from_month $second --to_month $first" "--from_month 202001"; do
    # shellcheck disable=SC2086
    kinmu licence count $words >"$E2E_DIR/answer" 2>&1 && kinmu_fail "$words was taken: $(cat "$E2E_DIR/answer")"
    grep -q '202611 のような' "$E2E_DIR/answer" || kinmu_fail "$words: $(cat "$E2E_DIR/answer")"
done
stop_kinmu
kinmu store rebuild >/dev/null || kinmu_fail "store rebuild"
start
expect "from a store made anew" "$first 3 5 6
$second 2 4 6" "$(counts --from_month "$first")"
stop_kinmu
write_conf kinmu.audit.change
start
kinmu licence count >"$E2E_DIR/answer" 2>&1 && kinmu_fail "counts without reads: $(cat "$E2E_DIR/answer")"
expect "it says what it lacks" yes "$(grep -q 'kinmu.session.change' "$E2E_DIR/answer" && echo yes)"
stop_kinmu
