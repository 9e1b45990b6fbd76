#!/bin/bash
# schedules.sh BUILD_DIR - work schedules of single days (WRK-18) through the daemon: a month of shifts in one file, all or
# nothing, what is computed of them beside what was worked, a plan that changes, is taken back, or comes to a closed month,
# commands, and the download that changes nothing when it comes back.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
ERROR=$E2E_DIR/error
export TZ=Asia/Tokyo

say() { # WORDS…: what must succeed
    kinmu "$@" >"$E2E_DIR/answer" 2>"$ERROR" || kinmu_fail "$*: $(cat "$ERROR")"
}
refused() { # WHAT CODE WORDS…
    kinmu "${@:3}" >"$E2E_DIR/answer" 2>"$ERROR" && kinmu_fail "$1: was taken"
    grep -q "$2" "$E2E_DIR/answer" "$ERROR" || kinmu_fail "$1: expected $2, got $(cat "$E2E_DIR/answer" "$ERROR")"
    echo "ok: $1: $(cut -c1-110 "$ERROR")"
}
rows() { sqlite3 -readonly "$KINMU_DATA/store.db" "$1"; }
day() { # PERSON DATE: kind, planned clocks and minutes, then worked, overtime, holiday work
    rows "SELECT day_kind, ifnull(scheduled_start, '-'), ifnull(scheduled_end, '-'), scheduled_min, work_min, overtime_min, holiday_work_min
        FROM kinmu_work_day_1 WHERE person = '$1' AND date = '$2'" | tr '|' ' '
}
is() { # WANTED COMMAND…
    [ "$("${@:2}")" = "$1" ]
}
comes() { # WHAT WANTED COMMAND…
    wait_until 15 is "${@:2}" || kinmu_fail "$1: expected $2, got $("${@:3}")"
    echo "ok: $1: $2"
}
told() { # FIELD: a number or word of the last answer
    grep -o "\"$1\":[a-z0-9]*" "$E2E_DIR/answer" | head -n 1 | cut -d: -f2
}
HEAD='ユーザID,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩時間帯'
plan() { # LINES… [-- WORDS…]: as a file
    local lines=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        lines+=("$1")
        shift
    done
    printf '%s\n' "$HEAD" "${lines[@]}" >"$E2E_DIR/schedule.csv"
    kinmu import --encoding utf8 "${@:2}" "$E2E_DIR/schedule.csv" >"$E2E_DIR/answer" 2>"$ERROR"
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
printf '%s\n' "$GROUPS_HEAD" '1,G1,営業部,U1,,,' '1,G2,工場,U1,,,' >"$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for i in 1 2 3; do
        echo "1,U$i,10$i,社員$i,,G$((i == 3 ? 2 : 1)),$((i == 1)),0,0,u$i@example.com,0,0,0,0,0,0,0,0,0,,"
    done
} >"$E2E_DIR/user.csv"
say import --encoding utf8 "$E2E_DIR/group.csv" "$E2E_DIR/user.csv"
say pattern set P1 --name 遅番 --breaks 17:00-18:00 --work_min 420 --start_clock 780 --end_clock 1260

# Last month, its second Monday and the days after it.
month=$(date -d "$(date +%Y-%m-15) - 1 month" +%Y-%m)
monday=$month-$((15 - $(date -d "$month-07" +%u)))
[ ${#monday} -eq 10 ] || monday=$month-0${monday##*-}
at() { date -d "$monday + $1 days" +%F; }
{
    echo '*従業員ID,従業員名,所属グループID,所属グループ名,*年月日,入館時刻,退館時刻,PC起動時刻,PC停止時刻'
    for times in '0 10:00,18:00' '1 13:00,21:30' '2 9:00,12:00' '3 22:00,31:10' '5 9:00,19:00'; do
        echo "102,,,,$(at "${times%% *}" | tr - /),${times#* },,"
    done
} >"$E2E_DIR/attendance.csv"
say import --encoding utf8 "$E2E_DIR/attendance.csv"
comes "Monday without a schedule" "work - - 480 480 0 0" day U2 "$(at 0)"

# ---- a file: all of it or nothing ----
month_of_shifts=("U2,$(at 0),出勤日,,10:00,16:30,13:00-13:30" "U2,$(at 1),,P1,,," "U2,$(at 2),所定休日,,,,"
    "U2,$(at 3),,,22:00,31:00,02:00-03:00" "U2,$(at 4),,,9:00,17:00," "U2,$(at 5),所定休日,,9:00,15:00," "U3,$(at 0),休暇,,,,")
plan "${month_of_shifts[@]}" "U2,$(at 6),夜勤,,,," "U9,$(at 6),,P1,,," && kinmu_fail "a file with two wrong lines was taken"
expect "both are told" 2 "$(told problem_count)"
grep -q '"file":"schedule.csv","line":9,"column":3,"code":"cell.word","ja":"「種別」に「夜勤」は指定できません","en":' "$E2E_DIR/answer" ||
    kinmu_fail "the first: $(cat "$E2E_DIR/answer")"
grep -q '"line":10,"column":1,"code":"person.unknown"' "$E2E_DIR/answer" || kinmu_fail "the second: $(cat "$E2E_DIR/answer")"
expect "nothing is planned" 0 "$(rows 'SELECT count(*) FROM kinmu_people_schedule_1')"
plan "${month_of_shifts[@]}" -- dry_run=true || kinmu_fail "dry run: $(cat "$ERROR")"
expect "a dry run tells" "7 false" "$(told added) $(told applied)"
expect "and plans nothing" 0 "$(rows 'SELECT count(*) FROM kinmu_people_schedule_1')"
plan "${month_of_shifts[@]}" -- reason=11月分 || kinmu_fail "the month: $(cat "$ERROR")"
expect "a month of shifts" "7 true" "$(told added) $(told applied)"

# ---- planned beside worked, by hand ----
comes "10:00-16:30 less 0:30, worked 10:00-18:00 less 0:30" "work 600 990 360 450 90 0" day U2 "$(at 0)"
comes "by the pattern: 7:00, worked 13:00-21:30 less 1:00" "work 780 1260 420 450 30 0" day U2 "$(at 1)"
comes "a day off: all of 3:00 is over" "company-holiday - - 0 180 180 0" day U2 "$(at 2)"
comes "a night less 1:00" "work 1320 1860 480 490 10 0" day U2 "$(at 3)"
comes "planned, and nobody came" "work 540 1020 480 0 0 0" day U2 "$(at 4)"
comes "holiday work of 10:00, 6:00 planned" "company-holiday 540 900 360 600 0 600" day U2 "$(at 5)"
comes "leave" "leave - - 0 0 0 0" day U3 "$(at 0)"
sum() { rows "SELECT sum(scheduled_min) || ' ' || sum(work_min) FROM kinmu_work_day_1 WHERE person = 'U2' AND date LIKE '$month-%'"; }
expect "the month: planned 6:00 + 7:00 + 8:00 + 8:00 + 6:00, worked 7:30 + 7:30 + 3:00 + 8:10 + 10:00" "2100 2170" "$(sum)"
say export csv --from "$month-01" --to "$(date -d "$month-01 + 1 month - 1 day" +%F)" --option "files=[results]" --option encoding=utf8 --out "$E2E_DIR/out"
expect "planned, worked and the difference of the month in 勤務実績" 5,35:00,36:10,70 "$(cut -d, -f1,4-7 "$E2E_DIR"/out/work_result*.csv | sed -n 's/^"*102"*,//p')"

# ---- commands ----
say schedule set U2 "$(at 0)" start_clock=600 end_clock=1080 breaks=13:00-13:30 reason=延長
say recompute U2 "$(at 0)" # at once, not a minute after the one before
comes "a changed plan" "work 600 1080 450 450 0 0" day U2 "$(at 0)"
refused "a plan without a shift" 'needs a work pattern' schedule set U2 "$(at 0)"
refused "by a pattern there is not" 'there is no work pattern' schedule set U2 "$(at 0)" pattern_id=P9
refused "for nobody" 'there is no person' schedule set U9 "$(at 0)" pattern_id=P1
refused "on no date" 'is a date like' schedule set U2 2026-02-30 pattern_id=P1
say schedule withdraw U2 "$(at 1)" reason=中止
say recompute U2 "$(at 1)"
comes "taken back, the day is as without it" "work - - 480 510 30 0" day U2 "$(at 1)"
refused "nothing is planned there" 'nothing is planned' schedule withdraw U3 "$(at 1)"
say schedule list --from_date "$(at 0)" --to_date "$(at 13)" --person U2
expect "what is planned for one" 5 "$(grep -o '\\"date\\"\|"date"' "$E2E_DIR/answer" | wc -l)"
say schedule list --from_date "$(at 0)" --to_date "$(at 13)" --group_id G2
expect "and for a group" 1 "$(grep -o '\\"date\\"\|"date"' "$E2E_DIR/answer" | wc -l)"
refused "two years" '1 to 400 days' schedule list --from_date 2024-01-01 --to_date 2026-01-01
expect "who changed what, and why" "600 延長" "$(kinmu journal cat --json | grep '"object":"kinmu.people.schedule/1","object_id":"U2 '"$(at 0)" |
    grep -o 'end_clock[\\]*":990.*"reason":"延長"' | grep -c . | sed 's/^1$/600 延長/')"
say schedule set U2 "$(date -d tomorrow +%F)" pattern_id=P1
refused "a pattern that tomorrow is planned by" 'cannot be deleted' pattern set P1 state=deleted

printf '%s\n' "$PATTERNS_HEAD" '3,P1,遅番,17:00-18:00,420,,5:00,' >"$E2E_DIR/pattern.csv"
refused "nor by a file" 'cannot be deleted' import --encoding utf8 "$E2E_DIR/pattern.csv"
refused "a pattern that ends before it starts" 'needs a start and an end after it' pattern set P3 --name 夜勤 --work_min 420 --start_clock 1320 --end_clock 420
say pattern set P3 --name 夜勤 --work_min 420 --start_clock 1320 --end_clock 1860

# ---- download, upload ----
mkdir -p "$E2E_DIR/down"
say schedule export --from_date "$month-01" --group_id G1 --encoding utf8 "$E2E_DIR/down"
file=$E2E_DIR/down/schedule_${month/-/}01.csv
expect "the file's lines of G1" "U2,$(at 0),出勤日,,10:00,18:00,13:00-13:30" "$(sed -n 3p "$file" | tr -d '\r')"
expect "five days, a head and where it was taken" 7 "$(wc -l <"$file")"
say schedule set U3 "$(at 1)" kind=leave # of another group
say import --encoding utf8 "$file"
expect "download → upload" "true 0 0 0" "$(told applied) $(told added) $(told changed) $(told removed)"
say schedule set U2 "$(at 5)" kind=legal
sed -i "s/$(at 4),出勤日,,9:00/$(at 4),出勤日,,8:00/" "$file"
refused "a stale download" base.stale import --encoding utf8 "$file"
say import --encoding utf8 force=true "$file"
say recompute U2 "$(at 4)"
comes "forced" "work 480 1020 540 0 0 0" day U2 "$(at 4)"

# ---- a closed month: a changed plan is a request ----
say month close "$month" --anyway
say schedule set U2 "$(at 0)" start_clock=600 end_clock=960 breaks=13:00-13:30
say recompute U2 "$(at 0)"
request() { rows "SELECT before || '|' || after FROM kinmu_request_request_1 WHERE kind = 'late-evidence' AND state = 'pending'"; }
comes "what would be others" "scheduled_min=450 overtime_min=0 scheduled_end=18:00|scheduled_min=330 overtime_min=120 scheduled_end=16:00" request
expect "the closed day stays" "work 600 1080 450 450 0 0" "$(day U2 "$(at 0)")"
say approve "$(rows "SELECT request_id FROM kinmu_request_request_1 WHERE kind = 'late-evidence' AND state = 'pending'")" as=U1
comes "approved" "work 600 960 330 450 120 0" day U2 "$(at 0)"

# ---- all of it again from the journal ----
before=$(rows 'SELECT * FROM kinmu_people_schedule_1 ORDER BY person, date')
stop_kinmu
kinmu store rebuild >"$ERROR" 2>&1 || kinmu_fail "rebuild: $(cat "$ERROR")"
expect "the same plans" yes "$([ "$before" = "$(rows 'SELECT * FROM kinmu_people_schedule_1 ORDER BY person, date')" ] && echo yes)"
