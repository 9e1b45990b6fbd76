#!/bin/bash
# late_evidence.sh BUILD_DIR - evidence about a day of a closed month becomes a request that shows the figures which would
# be others. The month stays as closed until an approver decides: approved, day and month become so and stay closed; denied,
# nothing changes and nobody is asked about the same figures again.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
ERROR=$E2E_DIR/error
export TZ=Asia/Tokyo

say() { # WORDS…: what must succeed
    kinmu "$@" >"$E2E_DIR/answer" 2>"$ERROR" || kinmu_fail "$*: $(cat "$ERROR")"
}
rows() { sqlite3 -readonly "$KINMU_DATA/store.db" "$1"; }
day() { rows "SELECT $1 FROM kinmu_work_day_1 WHERE person = 'U2' AND date = '$date'"; }
month() { rows "SELECT $1 FROM kinmu_work_month_1 WHERE person = 'U2' AND month = '$month'"; }
request() { rows "SELECT $1 FROM kinmu_request_request_1 WHERE kind = 'late-evidence' AND state = '$2'"; }
is() { # WANTED COMMAND…
    local wanted=$1
    shift
    [ "$("$@")" = "$wanted" ]
}
comes() { # WHAT WANTED COMMAND…
    wait_until 15 is "${@:2}" || kinmu_fail "$1: expected $2, got $("${@:3}")"
    echo "ok: $1: $2"
}
bring() { # END [PERSON [DATE]]: what the attendance system says of a day
    local person=${2:-U2} of=${3:-$date}
    printf '%s\n' '*従業員ID,従業員名,所属グループID,所属グループ名,*年月日,入館時刻,退館時刻,PC起動時刻,PC停止時刻' \
        "10${person#U},,,,${of//-//},9:00,$1,," >"$E2E_DIR/attendance.csv"
    say import --encoding utf8 "$E2E_DIR/attendance.csv"
}
attend() { # the same, computed at once, not a minute after the one before
    bring "$@"
    say recompute "${2:-U2}" "${3:-$date}"
}

configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
purposes: {working-time: {keep: 1095d}}
connectors:
  people:
  approval: {reads: ["*"]}
  workday: {after: store, reads: ["*"]}
END
start_kinmu
wait_until 10 instance_is approval health ok || kinmu_fail "approval did not start"
wait_until 10 instance_is workday health ok || kinmu_fail "workday did not start"
printf '%s\n' "$GROUPS_HEAD" '1,G1,営業部,U1,,,' >"$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for i in 1 2 3; do
        echo "1,U$i,10$i,社員$i,,G1,$((i == 3)),0,0,u$i@example.com,0,0,0,0,0,0,0,0,0,,"
    done
} >"$E2E_DIR/user.csv"
printf '%s\n' 'ユーザID,ログインアカウント名' "U3,$(id -un)" >"$E2E_DIR/account.csv"
say import --encoding utf8 "$E2E_DIR/group.csv" "$E2E_DIR/user.csv"
say import --encoding utf8 "$E2E_DIR/account.csv"

month=$(date -d "$(date +%Y-%m-15) - 1 month" +%Y-%m)
date=$month-1$((($(date -d "$month-10" +%u) + 6) % 7 > 4 ? 2 : 0)) # a working day, by its week
bring 16:30
comes "the day" "confirmed 990 450" day "state || ' ' || work_end || ' ' || work_min"

# What came since then waits for a minute to be over: closing computes it first.
bring 17:00
say month close "$month" --anyway
expect "the day, closed" "closed 1020 480" "$(day "state || ' ' || work_end || ' ' || work_min")"
comes "closed" "closed 480" month "state || ' ' || work_min"
expect "nothing of it is late" 0 "$(rows "SELECT count(*) FROM kinmu_request_request_1")"

who_closed() { rows "SELECT month || ' ' || state || ' ' || closed_by FROM kinmu_work_closing_1 WHERE month = '$1' AND state = 'closed'"; }
expect "who closed it" "$month closed os:$(id -un)" "$(who_closed "$month")"
say month close "$month" --anyway
grep -q 'すでに締めてあります / it is closed already' "$E2E_DIR/answer" || kinmu_fail "closed again: $(cat "$E2E_DIR/answer")"

# Later the attendance system says something else.
attend 19:30
comes "a request shows what would be others" \
    "work_end=17:00 deemed_end=17:00 work_min=480 overtime_min=0 statutory_overtime_min=0|work_end=19:30 deemed_end=19:30 work_min=630 overtime_min=150 statutory_overtime_min=150" \
    request "before || '|' || after" pending
comes "it is told" open rows "SELECT state FROM kinmu_alert_1 WHERE rule = 'late-evidence'"
say inbox as=U1
grep -q late-evidence "$E2E_DIR/answer" || kinmu_fail "the approver's inbox: $(cat "$E2E_DIR/answer")"
expect "the closed day until it is decided" "closed 1020 480" "$(day "state || ' ' || work_end || ' ' || work_min")"

# More evidence: the request that waits is written anew.
attend 20:00
comes "the request is written anew" "U2 work_end=20:00" request "person || ' ' || substr(after, 1, 14)" pending
expect "the older one is withdrawn" "work_end=19:30" "$(request "substr(after, 1, 14)" withdrawn)"
kinmu approve "$(request request_id pending)" as=U2 >/dev/null 2>"$ERROR" && kinmu_fail "whom it concerns has decided"
say approve "$(request request_id pending)" as=U1
comes "approved, the day is so and closed" "closed 1200 660" day "state || ' ' || work_end || ' ' || work_min"
comes "so is its month" "closed 660 180" month "state || ' ' || work_min || ' ' || statutory_overtime_min"
comes "nothing is open" resolved rows "SELECT state FROM kinmu_alert_1 WHERE rule = 'late-evidence'"

# Denied: it stays, and is not asked again.
attend 22:00
comes "another request" "work_end=22:00" request "substr(after, 1, 14)" pending
say deny "$(request request_id pending)" as=U1 comment=誤り
comes "nothing is open after the denial" resolved rows "SELECT state FROM kinmu_alert_1 WHERE rule = 'late-evidence'"
before=$(rows "SELECT count(*) FROM kinmu_request_request_1")
attend 22:00
punched() { rows "SELECT count(*) FROM kinmu_work_day_1 WHERE person = 'U2' AND work_start IS NOT NULL AND date > '$month-28'"; }
say punch start person=U2
comes "a punch of now is computed after it" 1 punched
expect "no request more than the punch's" $((before + 1)) "$(rows "SELECT count(*) FROM kinmu_request_request_1")"
expect "the closed day after a denial" "closed 1200 660" "$(day "state || ' ' || work_end || ' ' || work_min")"

# A day of which nothing was known when the month was closed, of somebody in it and of somebody who was not.
files() { # how many rows of the month's 勤務データ say something
    kinmu export csv --from "$month-01" --to "$(date -d "$month-01 + 1 month - 1 day" +%F)" --option "files=[kinmu]" \
        --option encoding=utf8 --out "$E2E_DIR/out" >"$ERROR" 2>&1 || kinmu_fail "export: $(cat "$ERROR")"
    grep -c '[0-9]:[0-9]' "$E2E_DIR/out/kinmu_${month/-/}.csv"
}
before=$(files)
other=$month-0$((${date: -1} + 1))
for who in U2 U1; do
    attend 18:00 $who "$other"
    comes "a day that comes anew is asked for, $who" "$who none work_start=9:00" request "person || ' ' || before || ' ' || substr(after, 1, 15)" pending
    expect "there is no such day yet, $who" "" "$(rows "SELECT state FROM kinmu_work_day_1 WHERE person = '$who' AND date = '$other'")"
    expect "the month's file stays, $who" "$before" "$(files)"
    [ $who = U1 ] && decider=U3 || decider=U1
    say approve "$(request request_id pending)" as=$decider
    comes "approved, it is there and closed, $who" closed rows "SELECT state FROM kinmu_work_day_1 WHERE person = '$who' AND date = '$other'"
    before=$((before + 1))
    expect "and in the file, $who" "$before" "$(files)"
done
comes "the month has it" "closed 1200" month "state || ' ' || work_min"
comes "the month of who had none is closed" "closed 540" rows "SELECT state || ' ' || work_min FROM kinmu_work_month_1 WHERE person = 'U1' AND month = '$month'"

# A month in which nobody had a row is as closed as any other.
earlier=$(date -d "$month-15 - 1 month" +%Y-%m)
date=$earlier-1$((($(date -d "$earlier-10" +%u) + 6) % 7 > 4 ? 2 : 0))
expect "rows of the month before" 0 "$(rows "SELECT count(*) FROM kinmu_work_month_1 WHERE month = '$earlier' AND state = 'closed'")"
say month close "$earlier"
grep -q '^0 日分を締めました / 0 days closed' "$E2E_DIR/answer" || kinmu_fail "an empty month: $(cat "$E2E_DIR/answer")"
attend 18:00 U1
comes "a day of it is asked for" "U1 $date none" request "person || ' ' || date || ' ' || before" pending
expect "there is no such day yet" 0 "$(rows "SELECT count(*) FROM kinmu_work_day_1 WHERE date = '$date'")"
# The same of somebody of whom nothing is known after it.
attend 18:00 U3
comes "it is asked for, of who has no other day" 1 rows "SELECT count(*) FROM kinmu_request_request_1 WHERE person = 'U3' AND date = '$date' AND state = 'pending'"

# Who begins to close it again, and is refused, opens nothing.
kinmu month close "$earlier" >"$E2E_DIR/answer" 2>"$ERROR" && kinmu_fail "closed while a request waits: $(cat "$E2E_DIR/answer")"
grep -q 'nothing is closed' "$ERROR" || kinmu_fail "closed again: $(cat "$ERROR")"
expect "it is closed, by whom it was" "$earlier closed os:$(id -un)" "$(who_closed "$earlier")"
stop_kinmu
