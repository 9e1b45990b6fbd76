#!/bin/bash
# approval.sh BUILD_DIR - punches, requests and approvals through the daemon, with people made by commands: what follows
# from flags and form of work, who may decide, what is out of turn, corrections, tasks; then 100 at once over one
# request and one day (X31); and all of it again from the journal alone.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
ERROR=$E2E_DIR/error

# of ANSWER FIELD: a number, a word or a text of an answer.
of() {
    grep -o "\"$2\":\(\"\([^\"\\\\]\|\\\\.\)*\"\|[a-z0-9-]*\)" <<<"$1" | head -n 1 | cut -d: -f2- | sed 's/^"//; s/"$//'
}
taken() { # WHAT COMMAND…: the answer
    local what=$1
    shift
    kinmu "$@" 2>"$ERROR" || { echo "FAIL: $what: $(cat "$ERROR")" >&2; return 1; }
}
refused() { # WHAT WORDS COMMAND…
    kinmu "${@:3}" >/dev/null 2>"$ERROR" && kinmu_fail "$1: was taken"
    grep -q -- "$2" "$ERROR" || kinmu_fail "$1: expected '$2', got $(cat "$ERROR")"
    echo "ok: $1: $(cut -c1-120 "$ERROR")"
}
steps() { # REQUEST: its history in one line
    kinmu request show "$1" | grep -o '"action":"[a-z]*","decided_by":"[^"]*","decided_as":"[a-z-]*"' |
        sed 's/"[a-z_]*"://g; s/"//g' | paste -sd' '
}

configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
purposes: {working-time: {keep: 1095d}}
connectors:
  people:
  approval:
    reads: [kinmu.people.person, kinmu.people.assignment, kinmu.people.group, kinmu.people.pattern, kinmu.people.account,
      kinmu.people.setting, kinmu.work.day, kinmu.attendance.punch, kinmu.alert, kinmu.people.schedule]
  workday: {reads: ["*"]}
END
start_kinmu
wait_until 10 instance_is approval health ok || kinmu_fail "approval did not start"
wait_until 10 instance_is workday health ok || kinmu_fail "workday did not start"

# A tree of groups, G1 to G5: U1 approves at the top, U5 at the bottom, X1 is upper approver at the top. U6 and U7 work
# in G5; U7 has to have everything approved; A is an administrator.
{
    echo "$GROUPS_HEAD"
    echo '1,G1,G1,U1,X1,,'
    for i in 2 3 4 5; do
        echo "1,G$i,G$i,U$i,,G$((i - 1)),"
    done
} | cp932 "$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for person in U1:G1:0:0 U2:G2:0:0 U3:G3:0:0 U4:G4:0:0 U5:G5:0:0 U6:G5:0:0 U7:G5:0:2 X1:G1:0:0 A:G1:1:0; do
        IFS=: read -r id group admin flag <<<"$person"
        echo "1,$id,$id,$id,,$group,$admin,0,0,$id@example.com,$flag,$flag,0,0,0,0,0,0,0,P1,"
    done
} | cp932 "$E2E_DIR/user.csv"
{
    echo "$PATTERNS_HEAD"
    echo '1,P1,標準,11:45-12:45;18:30-19:00;,480,,5:00,'
} | cp932 "$E2E_DIR/work_pattern.csv"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" "$E2E_DIR/work_pattern.csv" >"$ERROR" 2>&1 || kinmu_fail "import: $(cat "$ERROR")"
refused "nobody's account" "アカウントでもありません" punch start
kinmu account set "$(id -un)" --person A >/dev/null 2>"$ERROR" || kinmu_fail "account: $(cat "$ERROR")"

expect "days of somebody registered who has none" "1" "$(kinmu day X1 2>&1 | grep -c 'no days')"

# Who asks is the account's person; an administrator acts for others.
answer=$(taken "the administrator starts" punch start) || exit 1
expect "a start of an ordinary day is approved by rule" "working approved" "$(of "$answer" state) $(of "$answer" request_state)"
expect "its history" "submit,A,self approve,,rule" "$(steps "$(of "$answer" request_id)")"
refused "a second start" "すでに勤務中" punch start
refused "a task without words" "task_start needs task" task start ""
refused "a resume without a break" "休憩中ではありません" punch resume
answer=$(taken "break" punch break) || exit 1
expect "a break" break "$(of "$answer" state)"
refused "a task in a break" "休憩中です" task start 資料作成
taken "resume" punch resume >/dev/null || exit 1
answer=$(taken "end" punch end) || exit 1
expect "an end" "off approved" "$(of "$answer" state) $(of "$answer" request_state)"
refused "an end without a start" "勤務中ではありません" punch end
refused "a past punch" "request correction" punch start "at=$(($(date +%s) - 3600))000000000"
refused "a future punch" "has not come" punch start "at=$(($(date +%s) + 3600))000000000"
refused "somebody unknown" "U99" punch start person=U99
refused "too much overtime" "overtime_min is out of range: 5000" punch start person=U6 overtime_min=5000 reason=x

expect "what holds for everybody" "11:45-12:45;18:30-19:00 480 05:00" \
    "$(answer=$(kinmu terms person=U6); echo "$(of "$answer" breaks) $(of "$answer" work_min) $(of "$answer" auto_end)")"
today=$(of "$(kinmu terms person=U3)" date)
terms() { # FIELD…: what holds for U3 today
    local answer
    answer=$(kinmu terms person=U3)
    for field in "$@"; do of "$answer" "$field"; done | paste -sd' '
}
kinmu schedule set U3 "$today" start_clock=1320 end_clock=1860 breaks="23:30-00:30;02:00-03:00" >/dev/null || kinmu_fail "no schedule"
expect "the schedule of the day" "23:30-00:30;02:00-03:00 420 work 22:00-31:00" \
    "$(terms breaks work_min planned_kind scheduled)"
kinmu pattern set P9 --name 遅番 --breaks 17:00-18:00 --work_min 400 --start_clock 780 --end_clock 1260 >/dev/null || kinmu_fail "no pattern"
kinmu schedule set U3 "$today" kind=legal pattern_id=P9 >/dev/null || kinmu_fail "no schedule by pattern"
expect "by another pattern" "P9 遅番 17:00-18:00 400 legal 13:00-21:00" \
    "$(terms pattern_id pattern breaks work_min planned_kind scheduled)"
kinmu schedule set U3 "$today" kind=company >/dev/null || kinmu_fail "no day off"
expect "a day off" "11:45-12:45;18:30-19:00 0 company null" "$(terms breaks work_min planned_kind scheduled)"
kinmu schedule withdraw U3 "$today" >/dev/null || kinmu_fail "not withdrawn"
expect "withdrawn" "480 null" "$(terms work_min scheduled)"

# Home asks for a task, a report and approval; so do the flags of U7.
refused "home without a task" "業務の登録が必要" punch start home person=U6
answer=$(taken "home with a task" punch start home --task 設計 person=U6) || exit 1
expect "home waits for approval" "working pending" "$(of "$answer" state) $(of "$answer" request_state)"
HOME_REQUEST=$(of "$answer" request_id)
expect "the task runs" running "$(of "$(kinmu task list person=U6)" state)"
taken "the next task" task start 実装 person=U6 >/dev/null || exit 1
tasks=$(kinmu task list person=U6)
ended=$(grep -o '"end_ns":"[^"]*"' <<<"$tasks" | cut -d'"' -f4)
expect "switching ends the one before in the same second" "$ended" "$(grep -o '"start_ns":"[^"]*"' <<<"$tasks" | sed -n 2p | cut -d'"' -f4)"
grep -qE '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:.]+Z$' <<<"$ended" || kinmu_fail "a moment in JSON: \"$ended\""
taken "a task named like an option" task start person=U6 -- --data=/nowhere >/dev/null || exit 1
expect "what stands behind -- is text" 1 "$(kinmu task list person=U6 | grep -c '"title":"--data=/nowhere"')"
refused "home without a report" "業務報告が必要" punch end person=U6
answer=$(taken "home with a report" punch end --report 完了 person=U6) || exit 1
expect "its end waits, too" pending "$(of "$answer" request_state)"
[[ "$(kinmu task list person=U6)" != *running* ]] || kinmu_fail "a task runs after the end"
answer=$(taken "U7 starts" punch start person=U7) || exit 1
expect "flag 2 waits" pending "$(of "$answer" request_state)"
answer=$(taken "overtime with an automatic end" punch start person=U1 overtime_min=60 reason=納期) || exit 1
expect "overtime always waits" pending "$(of "$answer" request_state)"

# Who may decide: approvers of the group and above, upper approvers, administrators; nobody over himself.
expect "the approver's inbox" 3 "$(of "$(kinmu inbox as=U5)" count)"
expect "an approver far above sees it as well, his own excepted" 3 "$(of "$(kinmu inbox as=U1)" count)"
expect "an upper approver only when he asks" "0 4" "$(of "$(kinmu inbox as=X1)" count) $(of "$(kinmu inbox as=X1 all=true)" count)"
refused "somebody without rights" "権限がありません" approve "$HOME_REQUEST" as=U7
answer=$(taken "an approver four levels above" approve "$HOME_REQUEST" as=U1 comment=可) || exit 1
expect "approved" approved "$(of "$answer" state)"
expect "its history" "submit,A,admin approve,U1,approver" "$(steps "$HOME_REQUEST")"
refused "decided twice" "承認済み" deny "$HOME_REQUEST" as=U5
answer=$(taken "own request" request overtime "$(date +%F)" overtime_min=30 reason=x person=U5) || exit 1
refused "nobody decides over himself" "自分の申請" approve "$(of "$answer" request_id)" as=U5
expect "nor has it in his inbox, as others have" "0 1" "$(kinmu inbox as=U5 all=true | grep -c "$(of "$answer" request_id)") $(kinmu inbox as=U4 | grep -c "$(of "$answer" request_id)")"
answer=$(taken "an upper approver" return "$(of "$answer" request_id)" as=X1 comment=理由) || exit 1
RETURNED=$(of "$answer" request_id)
refused "returned" "差し戻され" approve "$RETURNED" as=X1
taken "again" resubmit "$RETURNED" reason=納期 >/dev/null || exit 1
taken "denied" deny "$RETURNED" as=U4 >/dev/null || exit 1
expect "its history" "submit,A,admin return,X1,upper-approver submit,A,admin deny,U4,approver" "$(steps "$RETURNED")"

# Corrections keep what was; one waits per day; what a suspended person asked is still decided.
refused "without a reason" "reason" request correction "$(yesterday)" from=9:00 to=18:00 person=U7
refused "a day to come" "まだ来ていません" request correction "$(date -d '3 days' +%F)" from=9:00 reason=x person=U7
answer=$(taken "a correction" request correction "$(yesterday)" from=9:00 to=27:00 reason=忘れ person=U7) || exit 1
CORRECTION=$(of "$answer" request_id)
refused "a second of that day" "$CORRECTION" request correction "$(yesterday)" from=9:00 reason=x person=U7
[[ "$(kinmu request show "$CORRECTION")" == *'"from_clock":540,"to_clock":1620,"before":"none"'* ]] ||
    kinmu_fail "correction: $(kinmu request show "$CORRECTION")"

# At a terminal the same answers are lines: Japanese names, clocks, moments, a table whose columns stand under their heads
# however wide a character is - record by record where it is too narrow - and nothing of a text that steers the terminal.
at_terminal() { # COLUMNS COMMAND…
    script -qec "stty cols $1; $(printf '%q ' "$KINMU" "${@:2}")" /dev/null </dev/null | tr -d '\r'
}
lines=$(at_terminal 120 request show "$CORRECTION")
[[ "$lines" == *$'\n開始 / from_clock: 09:00\n終了 / to_clock: 27:00\n'* ]] || kinmu_fail "clocks: $lines"
grep -qE "^$CORRECTION +1 +submit +A +admin +[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$" <<<"$lines" || kinmu_fail "moments: $lines"
taken "a task with controls" task start $'設計\e[2J' person=U1 >/dev/null || exit 1
taken "a task of ASCII" task start abcdefghijklmnop person=U1 >/dev/null || exit 1
lines=$(at_terminal 60 task list person=U1)
grep -qE "^業務内容 +abcdefghijklmnop$" <<<"$lines" || kinmu_fail "too narrow for a table: $lines"
lines=$(at_terminal 200 task list person=U1)
[[ "$lines" == *'設計?[2J          20'*$'\n'*'abcdefghijklmnop  20'* && "$lines" != *$'\e'* ]] || kinmu_fail "a table: $lines"
echo "ok: lines at a terminal"
taken "a reason" request divergence-reason "$(yesterday)" cause=meeting reason=会議 person=U7 >/dev/null || exit 1
taken "a better one" request divergence-reason "$(yesterday)" cause=meeting reason=顧客会議 person=U7 >/dev/null || exit 1
expect "a reason is written anew" "pending withdrawn" "$(kinmu request list person=U7 | grep -o '"kind":"divergence-reason"[^}]*' |
    grep -o '"state":"[a-z]*"' | cut -d'"' -f4 | sort | paste -sd' ')"
kinmu person state U7 suspended >/dev/null 2>"$ERROR" || kinmu_fail "suspend: $(cat "$ERROR")"
refused "a suspended person's punch" "ログイン不可" punch end person=U7
taken "a suspended person's request" approve "$CORRECTION" as=U5 >/dev/null || exit 1

# Work follows from it: 9:00 to 27:00 less the breaks of the imported pattern, 1:30, is 16:30; past 8:00 it is overtime.
day_says() { # PERSON DATE WORDS
    kinmu day "$1" "$2" | grep -qE "^$2 .* $3 "
}
taken "now, not within a minute" recompute U7 "$(yesterday)" >/dev/null || exit 1
wait_until 20 day_says U7 "$(yesterday)" '09:00 27:00 +01:30 16:30 08:30' || kinmu_fail "day: $(kinmu day U7 "$(yesterday)")"
echo "ok: an approved correction, and the pattern's breaks from the file, make the day"

# A month is closed once all of it is settled.
LAST=$(date -d "$(date -d yesterday +%Y-%m-01) -1 day" +%Y-%m) # the month before yesterday's
answer=$(taken "a correction of last month" request correction "$LAST-15" from=9:00 to=18:00 reason=忘れ person=U6) || exit 1
kinmu month close "$LAST" >/dev/null 2>"$ERROR" && kinmu_fail "a month with an open request was closed"
grep -qE '[1-9][0-9]* requests wait' "$ERROR" || kinmu_fail "month close: $(cat "$ERROR")"
taken "it is denied" deny "$(of "$answer" request_id)" as=U5 >/dev/null || exit 1
kinmu month close "$LAST" >"$ERROR" 2>&1 || kinmu_fail "month close: $(cat "$ERROR")"
grep -q 'days closed' "$ERROR" || kinmu_fail "month close: $(cat "$ERROR")"
echo "ok: a month is closed once its requests are decided"

# What is not about a day of work: a device until a moment, an incident that is judged.
refused "a device until a moment gone" "過ぎています" request device "$(yesterday)" to=18:00 object=0781:5567:X reason=x person=U6
answer=$(taken "a device until midnight" request device "$(TZ=Asia/Tokyo date +%F)" to=29:00 object=0781:5567:X reason=x person=U6) || exit 1
taken "granted" approve "$(of "$answer" request_id)" as=U5 >/dev/null || exit 1
answer=$(taken "an incident" request incident "$(yesterday)" object=i1 person=U6) || exit 1
refused "an incident is not approved" "種類には使えません" approve "$(of "$answer" request_id)" as=U5
answer=$(taken "it is judged" incident harmless "$(of "$answer" request_id)" as=U5 comment=同僚) || exit 1
expect "an incident" harmless "$(of "$answer" state)"

# 100 at once: of approve, deny and withdraw exactly one (what was returned may still be withdrawn, so nobody returns
# here); and one correction of a day, whoever comes first.
answer=$(taken "to race over" request overtime "$(date +%F)" overtime_min=60 reason=race person=U6) || exit 1
RACE=$(of "$answer" request_id)
racer() { # NUMBER
    case $(($1 % 5)) in
    0) kinmu approve "$RACE" as=U5 comment="$1" ;;
    1) kinmu deny "$RACE" as=U4 comment="$1" ;;
    2) kinmu deny "$RACE" as=X1 comment="$1" ;;
    3) kinmu withdraw "$RACE" as=U6 ;;
    *) kinmu request correction "$(yesterday)" from=9:00 to=18:00 reason="$1" person=U6 ;;
    esac >"$E2E_DIR/race.$1" 2>"$E2E_DIR/race.$1.error" && : >"$E2E_DIR/race.$1.won"
}
for batch in $(seq 0 10 90); do # the door of the daemon lets 16 in at once
    pids=()
    for i in $(seq $((batch + 1)) $((batch + 10))); do
        racer "$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
done
winners=0 corrections=0 won=
for i in $(seq 100); do
    if [ ! -e "$E2E_DIR/race.$i.won" ]; then
        grep -q "申請「" "$E2E_DIR/race.$i.error" || kinmu_fail "racer $i: $(cat "$E2E_DIR/race.$i.error")"
    elif [ $((i % 5)) = 4 ]; then
        corrections=$((corrections + 1))
    else
        winners=$((winners + 1))
        won=$(of "$(cat "$E2E_DIR/race.$i")" state)
    fi
done
expect "of 80 who decide one request, and 20 who correct one day" "1 1" "$winners $corrections"
expect "the answer of the winner is what is so" "$won" "$(of "$(kinmu request show "$RACE")" state)"
expect "its history has one step more" 2 "$(steps "$RACE" | wc -w)"

# The same from the journal alone.
shown() {
    for person in U1 U5 U6 U7 A; do
        kinmu request list person=$person
        kinmu task list person=$person
    done
    for id in $(kinmu request list person=U6 | grep -o '"request_id":"[^"]*"' | cut -d'"' -f4); do
        kinmu request show "$id"
    done
}
shown >"$E2E_DIR/before"
stop_kinmu
kinmu store rebuild >/dev/null || kinmu_fail "store rebuild"
start_kinmu
wait_until 10 instance_is approval health ok || kinmu_fail "approval did not start again"
shown | cmp - "$E2E_DIR/before" || kinmu_fail "the rebuilt store tells something else"
echo "ok: the same requests and tasks from the journal alone"
answer=$(taken "the open shift goes on" punch end person=U1) || exit 1
expect "the open shift goes on" off "$(of "$answer" state)"
stop_kinmu
