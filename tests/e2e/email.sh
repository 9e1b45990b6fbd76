#!/bin/bash
# email.sh BUILD_DIR - mails through the daemon and a real mail server (STARTTLS, login; email_server.py): requests to
# the approvers of a group, results of imports, the digest of warnings; mails put off and refused; a server that is
# away; kill -9 between sending and recording; the company's switch. Each mail is decoded by Python's email package.
set -u
BUILD=$(realpath "$1")
export KINMU_PLUGINS=$BUILD/plugins:$BUILD/tests/feed
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

start_mail() { # [MODE]
    /usr/bin/python3 "$HERE/email_server.py" "$PORT" "$SERVER_DIR" "$E2E_DIR/server.pem" "$E2E_DIR/server.key" "${1:-quick}" \
        >"$E2E_DIR/ready" 2>>"$E2E_DIR/server.log" &
    SERVER_PID=$!
    wait_until 20 grep -q ready "$E2E_DIR/ready" || fail "the mail server did not start: $(cat "$E2E_DIR/server.log")"
}
stop_mail() {
    [ -z "$SERVER_PID" ] || { kill -KILL "$SERVER_PID"; wait "$SERVER_PID"; } 2>/dev/null
    SERVER_PID=
}
at_end stop_mail

mails() { # FILTER: a jq filter over the list of all mails taken
    /usr/bin/python3 "$HERE/email_mails.py" "$SERVER_DIR" >"$E2E_DIR/mails.json" 2>"$ERROR" || fail "a mail is broken: $(cat "$ERROR")"
    jq -rs "$1" "$E2E_DIR/mails.json"
}
count_is() { # NUMBER
    [ "$(find "$SERVER_DIR/mails" -type f ! -name '*.new' | wc -l)" -eq "$1" ]
}
got() { # WHAT NUMBER: so many in all, and no more
    wait_until 30 count_is "$2" || kinmu_fail "$1: $(find "$SERVER_DIR/mails" -type f | wc -l) of $2 mails; $(kinmu mail list) $(kinmu status)"
}
states() { # the states of all mails, counted
    kinmu mail list | jq -r '.mails | map(.state) | group_by(.) | map("\(.[0]) \(length)") | join(", ")'
}
states_are() {
    [ "$(states)" = "$1" ]
}
of() {
    grep -o "\"$2\":\(\"\([^\"\\\\]\|\\\\.\)*\"\|[a-z0-9-]*\)" <<<"$1" | head -n 1 | cut -d: -f2- | sed 's/^"//; s/"$//'
}
request() { # PERSON DAYS_AHEAD [REASON]: a request that waits, of that day; prints its id
    local answer
    answer=$(kinmu request overtime "$(date -d "$2 days" +%F)" overtime_min=30 reason="${3:-x}" person="$1" 2>"$ERROR") ||
        kinmu_fail "request: $(cat "$ERROR")"
    of "$answer" request_id
}

conf() { # [LINES OF email]
    configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
purposes: {working-time: {keep: 1095d}}
collectors:
  com.example.feed: {path: $E2E_DIR/feed.txt, isolation: core}
connectors:
  people:
  approval:
    reads: [kinmu.people.person, kinmu.people.assignment, kinmu.people.group, kinmu.people.pattern, kinmu.people.account,
      kinmu.people.setting, kinmu.work.day, kinmu.attendance.punch]
  workday: {reads: ["*"]}
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
    from_name: 勤務 "Kinmu"
    url: https://kinmu.example.com/
    master_import_notice_to: [admin@example.com]
    digest_at: "00:00"
$*
exporters:
  api: {reads: ["*"]}
END
}
conf
start_mail
start_kinmu
wait_until 10 instance_is email health ok || kinmu_fail "email did not start"
wait_until 10 instance_is workday health ok || kinmu_fail "workday did not start"

# A and U1 approve in G1, U2 below in G2; X1 is upper approver. U2's name is hostile, U4 may no longer log in.
{
    echo "$GROUPS_HEAD"
    echo '1,G1,営業部,A;U1,X1,,'
    echo '1,G2,営業一課,U2;U4,X1,G1,'
} | cp932 "$E2E_DIR/group.csv"
person() { # ID NAME GROUP ADMIN MAIL
    echo "1,$1,$1,$2,,$3,$4,0,0,$5,0,0,0,0,0,0,0,0,0,P1,"
}
{
    echo "$USERS_HEAD"
    person A 管理太郎 G1 1 a@example.com
    person U1 '山田 花子' G1 0 u1@example.com
    person U2 'Bcc: <evil@example.com> =?UTF-8?Q?x?=' G2 0 u2@example.com
    person U3 佐藤 G2 0 u3@example.com
    person U4 鈴木 G2 0 u4@example.com
    person X1 上位 G1 0 x1@example.com
} | cp932 "$E2E_DIR/user.csv"
{
    echo "$PATTERNS_HEAD"
    echo '1,P1,標準,11:45-12:45;18:30-19:00;,480,,5:00,'
} | cp932 "$E2E_DIR/work_pattern.csv"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" "$E2E_DIR/work_pattern.csv" dry_run=true >"$ERROR" 2>&1 || kinmu_fail "$(cat "$ERROR")"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" "$E2E_DIR/work_pattern.csv" from_date=2026-01-01 >"$ERROR" 2>&1 || kinmu_fail "import: $(cat "$ERROR")"
got "the result of an import, none of the dry run (IMP-17)" 1
expect "to the address of conf.d" "admin@example.com kinmu@example.com 勤務 \"Kinmu\"" "$(mails '.[0] | "\(.to) \(.from) \(.from_name)"')"
expect "its subject" "[働き方見える化サービス]マスタ取込結果: 成功" "$(mails '.[0].subject')"
[[ "$(mails '.[0].body')" == *"group.csv, user.csv, work_pattern.csv"*"追加: 15 件"* ]] || fail "body: $(mails '.[0].body')"
for i in $(seq 25); do person "N$i" 新人 NOWHERE 0 nobody; done | { echo "$(iconv -f CP932 -t UTF-8 "$E2E_DIR/user.csv" | head -n 1 | tr -d '\r')"; cat; } |
    cp932 "$E2E_DIR/bad.csv"
kinmu import "$E2E_DIR/bad.csv" >/dev/null 2>"$ERROR" && kinmu_fail "a wrong file was taken"
got "the result of a refused import (NTF-06)" 2
expect "its subject" "[働き方見える化サービス]マスタ取込結果: 失敗（何も変更していません）" "$(mails '.[1].subject')"
expect "the first 20 errors, in both languages" 40 "$(mails '.[1].body' | grep -c '^bad.csv:[0-9]')"

# Requests (NTF-01, APR-02, APR-03): approvers of the group who may log in; nobody above, no upper approver.
kinmu person state U4 suspended >/dev/null 2>"$ERROR" || kinmu_fail "suspend: $(cat "$ERROR")"
FIRST=$(request U3 0 機密の理由) || exit 1
got "a request" 3
expect "to the approver of the group" "u2@example.com Bcc: <evil@example.com> =?UTF-8?Q?x?=" "$(mails '.[2] | "\(.to) \(.to_name)"')"
expect "its subject" "[働き方見える化サービス]承認のお願い: 佐藤 残業 $(date +%F)" "$(mails '.[2].subject')"
[[ "$(mails '.[2].body')" == *"$FIRST"*https://kinmu.example.com/* ]] || fail "body: $(mails '.[2].body')"
[[ "$(mails '.[2].body')" != *機密* ]] || fail "the mail tells the reason"
request U2 0 >/dev/null # nobody decides over himself: it goes to the group above
got "an approver's own request goes to the group above" 5
expect "to all approvers there" "a@example.com u1@example.com" "$(mails '.[3:5] | map(.to) | sort | join(" ")')"
kinmu approve "$FIRST" as=U2 >/dev/null 2>"$ERROR" || kinmu_fail "approve: $(cat "$ERROR")"
kinmu punch start person=U3 >/dev/null 2>"$ERROR" || kinmu_fail "punch: $(cat "$ERROR")"
wait_until 10 states_are "sent 5" || kinmu_fail "states: $(states)"
echo "ok: what is approved by rule, or decided, asks nobody"

# Put off once, refused for ever.
kinmu person set U2 --mail later@example.com >/dev/null 2>"$ERROR" || kinmu_fail "person set: $(cat "$ERROR")"
request U3 1 >/dev/null
wait_until 20 grep -q later "$SERVER_DIR/sessions" || kinmu_fail "the server saw nothing"
wait_until 10 states_are "queued 1, sent 5" || kinmu_fail "states: $(states)"
put_off=$(kinmu mail list state=queued | jq -r '.mails[0] | "\(.attempts) \(.problem)"')
expect "a mail that was put off waits, with the server's words" "1 450 4.2.1 mailbox busy" "$put_off"
kinmu mail retry "$(kinmu mail list state=queued | jq -r '.mails[0].message_id')" >/dev/null 2>"$ERROR" || kinmu_fail "retry: $(cat "$ERROR")"
got "and goes out later" 6
kinmu person set U2 --mail never@example.com >/dev/null 2>"$ERROR" || kinmu_fail "person set: $(cat "$ERROR")"
request U3 2 >/dev/null
wait_until 10 states_are "failed 1, sent 6" || kinmu_fail "states: $(states)"
expect "a mail refused for ever is given up, and says why" "550 5.1.1 no such user" "$(kinmu mail list state=failed | jq -r '.mails[0].problem')"
kinmu person set U2 --mail u2@example.com >/dev/null 2>"$ERROR" || kinmu_fail "person set: $(cat "$ERROR")"

# The server is away for a while: nothing is lost, no record changes, and status says so.
stop_mail
request U3 3 >/dev/null
wait_until 20 instance_is email health degraded || kinmu_fail "status says nothing: $(kinmu status)"
wait_until 10 states_are "failed 1, queued 1, sent 6" || kinmu_fail "states: $(states)"
expect "no attempt counts while the server is away" 0 "$(kinmu mail list state=queued | jq -r '.mails[0].attempts')"

# kill -9 in the middle: the server has the mail, Kinmu does not know yet. It goes out again as the same mail.
start_mail slow
got "it comes once the server is there" 7
kill -KILL "$KINMU_PID"
wait "$KINMU_PID" 2>/dev/null
: >"$SERVER_DIR/go"
start_kinmu
got "after kill -9 between sending and recording" 8
expect "the same Message-ID" true "$(mails '.[6].id == .[7].id and .[6].body == .[7].body')"
wait_until 10 states_are "failed 1, sent 7" || kinmu_fail "states: $(states)"
expect "all others have one of their own" 7 "$(mails 'map(.id) | unique | length')"

# Paused: what comes waits.
reloads_least() {
    [ "$(node_status reloads)" -ge "$1" ]
}
before=$(node_status reloads)
conf "    paused: true"
wait_until 10 reloads_least $((before + 1)) || kinmu_fail "the change was not noticed"
request U3 4 >/dev/null
wait_until 10 states_are "failed 1, queued 1, sent 7" || kinmu_fail "states: $(states)"
conf
got "after the pause" 9

# Warnings and a forgotten shift (NTF-07, NTF-01): told to the approver once, also after another start.
kinmu setting set overtime.levels_min 1 from_date=2026-01-01 >/dev/null 2>"$ERROR" || kinmu_fail "setting: $(cat "$ERROR")"
kinmu account set sato --person U3 from_date=2026-01-01 >/dev/null 2>"$ERROR" || kinmu_fail "account: $(cat "$ERROR")"
answer=$(kinmu request correction "$(yesterday)" from=9:00 to=27:00 reason=忘れ person=U3 2>"$ERROR") || kinmu_fail "correction: $(cat "$ERROR")"
got "a correction" 10
kinmu approve "$(of "$answer" request_id)" as=A >/dev/null 2>"$ERROR" || kinmu_fail "approve: $(cat "$ERROR")"
echo "$(date -d "$(date -d '3 days ago' +%F) 09:00 +0900" +%s) sato punch start" >"$E2E_DIR/feed.part"
mv "$E2E_DIR/feed.part" "$E2E_DIR/feed.txt"
wait_until 20 test -e "$E2E_DIR/feed.txt.done" || kinmu_fail "the feed was not taken"
day_says() { # DAYS_AGO WORDS
    kinmu recompute U3 "$(date -d "$1 days ago" +%F)" && kinmu day U3 "$(date -d "$1 days ago" +%F)" | grep -q "$2"
}
wait_until 20 day_says 1 27:00 || kinmu_fail "day: $(kinmu day U3 "$(yesterday)")"
wait_until 20 day_says 3 29:00 || kinmu_fail "day: $(kinmu day U3 "$(date -d '3 days ago' +%F)")"
stop_kinmu
conf "    invitations: true"
start_kinmu
got "a digest and a forgotten shift" 12
digest=$(mails 'map(select(.subject | contains("アラート"))) | map(.to + " " + .body) | .[]')
[[ "$digest" == u2@*"佐藤（U3） 月の時間外労働: "*" / 0:01"* ]] || fail "digest: $digest"
expect "a forgotten shift" "u2@example.com [働き方見える化サービス]勤務の自動終了: 佐藤 $(date -d '3 days ago' +%F)" \
    "$(mails 'map(select(.subject | contains("自動終了"))) | .[0] | "\(.to) \(.subject)"')"
wait_until 10 states_are "failed 1, sent 11" || kinmu_fail "states: $(states)"
stop_kinmu
start_kinmu
wait_until 10 instance_is email health ok || kinmu_fail "email did not start again"

# OFF (NTF-02): nothing of these goes out, also what was queued before.
stop_mail
request U3 5 >/dev/null
wait_until 10 states_are "failed 1, queued 1, sent 11" || kinmu_fail "states: $(states)"
kinmu setting set mail.send off >/dev/null 2>"$ERROR" || kinmu_fail "setting: $(cat "$ERROR")"
request U3 6 >/dev/null
kinmu import "$E2E_DIR/bad.csv" >/dev/null 2>&1
start_mail
wait_until 30 states_are "dropped 1, failed 1, sent 11" || kinmu_fail "states: $(states)"
expect "off" 12 "$(mails length)"

# Off lets exactly these pass (NTF-02): registration (IMP-07, NTF-03) and re-issue, each with an invitation of its own
# that is in no record.
kinmu person set N1 --name 新人 --mail n1@example.com --employee_no N1 --group_id G2 >/dev/null 2>"$ERROR" || kinmu_fail "person: $(cat "$ERROR")"
got "a registration" 13
expect "its subject" "n1@example.com [働き方見える化サービス]利用開始のご案内" "$(mails '.[12] | "\(.to) \(.subject)"')"
kinmu mail invite U1 >/dev/null 2>"$ERROR" || kinmu_fail "invite: $(cat "$ERROR")"
got "a re-issue" 14
expect "its subject" "u1@example.com [働き方見える化サービス]パスワード再発行のご案内" "$(mails '.[13] | "\(.to) \(.subject)"')"
expect "an invitation each" 2 "$(mails '.[12:14] | map(.body | capture("招待: (?<i>kinmu_i_[^\n]+)").i) | unique | length')"
# An import asks for one by 更新区分 5 (IMP-11), who may log in again gets one (SCR-14): once each, however often that is
# asked, and none while the one of U1 above holds. N1 is let in twice: the invitation between is void with all else of then.
reissue() { # ID…: an import of their rows with 更新区分 5
    { echo '更新区分,ユーザID,社員番号,ユーザ名,ふりがな,所属グループID,管理者権限,見える化ダッシュボード閲覧権限,働き方検索権限,メールアドレス,開始申請承認必須区分,終了申請承認必須区分,申請時業務登録必須区分,勤務終了時業務報告必須区分,休憩通知区分,勤務終了前通知区分,勤務終了予定時刻通知区分,勤務時間外バルーン通知区分,残業管理区分,勤務パターンID,削除区分'
      for id; do echo "5,$id,$id,$id,,G2,0,0,0,$id@example.com,0,0,0,0,0,0,0,0,0,,"; done; } | sed 's/$/\r/' | iconv -f UTF-8 -t CP932 >"$E2E_DIR/again.csv"
    kinmu import "$E2E_DIR/again.csv" "${more[@]}" >"$E2E_DIR/answer" 2>"$ERROR" || kinmu_fail "import: $(cat "$ERROR")"
}
more=(--dry-run)
reissue U2
more=()
reissue U1 U2
reissue U2
let_in() { # so many re-issues went to N1
    [ "$(mails '.[14:] | map(select(.to == "n1@example.com")) | length')" = "$1" ]
}
for times in 1 2; do
    kinmu person state N1 suspended >/dev/null 2>"$ERROR" && kinmu person state N1 active >/dev/null 2>"$ERROR" || kinmu_fail "state: $(cat "$ERROR")"
    reissue U2 N1
    wait_until 30 let_in "$times" || kinmu_fail "let in $times times: $(mails '.[14:] | map(.to)')"
done
kinmu mail invite U3 >/dev/null 2>"$ERROR" || kinmu_fail "invite: $(cat "$ERROR")" # comes last: all before it is noted
got "re-issues" 18
expect "to whom" "n1@example.com n1@example.com u2@example.com u3@example.com" "$(mails '.[14:] | map(select(.subject | contains("再発行"))) | map(.to) | sort | join(" ")')"
expect "and none in a record" 0 "$(kinmu mail list | grep -c 'kinmu_i_')"
wait_until 10 states_are "dropped 1, failed 1, sent 17" || kinmu_fail "states: $(states)"

# The store made anew from the journal tells the same, and nothing goes out again.
kinmu mail list >"$E2E_DIR/before"
stop_kinmu
kinmu store rebuild >/dev/null || kinmu_fail "store rebuild"
start_kinmu
wait_until 10 instance_is email health ok || kinmu_fail "email did not start again"
kinmu mail list | cmp - "$E2E_DIR/before" || kinmu_fail "the rebuilt store tells something else"
expect "no mail more" 18 "$(mails length)"
stop_kinmu
