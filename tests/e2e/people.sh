#!/bin/bash
# people.sh BUILD_DIR - master data through the daemon: the guide's four files (N 3.3) in one transaction, files that
# are wrong, a stale base, a download that changes nothing when it comes back, commands, and all of it again from the
# journal alone.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
GOLDEN=$(cd "$(dirname "$0")/../golden/people" && pwd)
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
IN=$E2E_DIR/in
OUT=$E2E_DIR/out
mkdir -p "$IN" "$OUT"

# of ANSWER FIELD: a number, a word or a text of an answer.
of() {
    grep -o "\"$2\":\(\"\([^\"\\\\]\|\\\\.\)*\"\|[a-z0-9-]*\)" <<<"$1" | head -n 1 | cut -d: -f2- | sed 's/^"//; s/"$//'
}
call() {
    kinmu call people "$@" 2>"$E2E_DIR/error"
}
import() { # FILES [FIELD=VALUE…]
    local files
    IFS=';' read -ra files <<<"$1"
    (cd "$GOLDEN" && kinmu import "${@:2}" "${files[@]}" 2>"$E2E_DIR/error")
}
refused() { # WHAT CODE FILES [FIELD=VALUE…]: exit code, code and no change
    local answer
    answer=$(import "${@:3}") && kinmu_fail "$1: was taken: $answer"
    [[ "$answer" == *"\"code\":\"$2\""* ]] || kinmu_fail "$1: expected $2, got $answer $(cat "$E2E_DIR/error")"
    [ "$(of "$answer" applied)" = false ] || kinmu_fail "$1: says that it was applied"
    echo "ok: $1: $2: $(cut -c1-110 "$E2E_DIR/error")"
}
refused_call() { # WHAT WORDS COMMAND…
    call "${@:3}" >/dev/null && kinmu_fail "$1: was taken"
    grep -q "$2" "$E2E_DIR/error" || kinmu_fail "$1: expected '$2', got $(cat "$E2E_DIR/error")"
    echo "ok: $1: $(cut -c1-110 "$E2E_DIR/error")"
}
people() {
    kinmu person list
}

configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}}
connectors:
  people:
    reads: [kinmu.audit.change]
    attendance:
      - {name: payroll, employee: no, date: day, start: in, end: out, break_time: rest}
END
start_kinmu
wait_until 10 instance_is people health ok || kinmu_fail "people did not start"

# The guide's files, one transaction: each alone refers to what is in the others.
refused "users without their groups" person.group "$GOLDEN/user.csv"
refused "groups without their approvers" group.approver-unknown "$GOLDEN/group.csv"
expect "nobody yet" '{"rows":[],"next":null}' "$(people)"
FOUR="$GOLDEN/group.csv;$GOLDEN/user.csv;$GOLDEN/work_pattern.csv;$GOLDEN/url_name.csv"
answer=$(import "$FOUR" dry_run=true) || kinmu_fail "dry run: $(cat "$E2E_DIR/error")"
expect "a dry run tells" "23 false" "$(of "$answer" added) $(of "$answer" applied)"
expect "and changes nothing" '{"rows":[],"next":null}' "$(people)"
answer=$(import "group.csv;user.csv;work_pattern.csv;url_name.csv" reason=start) || kinmu_fail "import: $answer $(cat "$E2E_DIR/error")"
expect "3 groups, 7 people and their assignments, 2 patterns, 4 sites" "23 true" "$(of "$answer" added) $(of "$answer" applied)"
expect "people" 7 "$(people | grep -o 'employee_no' | wc -l)"
[[ "$(people)" == *'営業部部長'*'"group_id":"G01","pattern_id":"P01"'* ]] || kinmu_fail "people: $(people)"
refused "the same again" code.exists "$FOUR"
kinmu person show U06 --as_of "$(date +%F)" >"$E2E_DIR/error" 2>&1 || kinmu_fail "as of today: $(cat "$E2E_DIR/error")"
kinmu person show U06 --as_of "$(date -d '2 days ago' +%F)" >"$E2E_DIR/error" 2>&1 && kinmu_fail "shown before he was registered"
grep -q 'was not registered yet' "$E2E_DIR/error" || kinmu_fail "as of a past day: $(cat "$E2E_DIR/error")"

# Download, upload: nothing changes; not even with every 0 made a 2.
answer=$(kinmu export-n "$OUT") || kinmu_fail "export: $(cat "$E2E_DIR/error")"
base=$(of "$answer" position)
DOWN=$(ls "$OUT"/*.csv | paste -sd';')
answer=$(import "$DOWN") || kinmu_fail "download → upload: $(cat "$E2E_DIR/error")"
expect "download → upload" "0 0 0" "$(of "$answer" added) $(of "$answer" changed) $(of "$answer" removed)"
for file in "$OUT"/{group,user,work_pattern}_*.csv; do
    sed 's/^0,/2,/' "$file" >"$IN/$(basename "$file")"
done
TWOS=$(ls "$IN"/*.csv | paste -sd';')
answer=$(import "$TWOS") || kinmu_fail "download, all 更新区分 2: $(cat "$E2E_DIR/error")"
expect "download, all 更新区分 2 → upload" "0 0 0" "$(of "$answer" added) $(of "$answer" changed) $(of "$answer" removed)"
iconv -f CP932 -t UTF-8 "$OUT"/user_*.csv | sed -n '1p' | tr -d '\r' >"$E2E_DIR/header"
expect "header" "更新区分,ユーザID,社員番号,ユーザ名,ふりがな,所属グループID,管理者権限,見える化ダッシュボード閲覧権限,働き方検索権限,メールアドレス,開始申請承認必須区分,終了申請承認必須区分,申請時業務登録必須区分,勤務終了時業務報告必須区分,休憩通知区分,勤務終了前通知区分,勤務終了予定時刻通知区分,勤務時間外バルーン通知区分,残業管理区分,勤務パターンID,削除区分" "$(cat "$E2E_DIR/header")"

# Somebody changes a group after the download: the upload is refused with the difference, unless forced.
call group_set group_id=G02 name=営業推進課 reason=renamed >/dev/null || kinmu_fail "group_set: $(cat "$E2E_DIR/error")"
refused "stale base" base.stale "$TWOS"
answer=$(import "$TWOS" force=true) || kinmu_fail "forced: $(cat "$E2E_DIR/error")"
expect "forced" "1 true" "$(of "$answer" changed) $(of "$answer" applied)"
refused "stale base given" base.stale "$GOLDEN/group.csv" "base=$base"

# Files that are wrong: all errors at once, nothing applied.
head -c 40 /dev/urandom | base64 -w0 >"$IN/text.csv"
refused "no header known" header.unknown "$IN/text.csv"
iconv -f CP932 -t UTF-8 "$GOLDEN/user.csv" >"$IN/utf8.csv"
refused "UTF-8" file.utf8 "$IN/utf8.csv"
(printf '\xef\xbb\xbf'; cat "$IN/utf8.csv") >"$IN/bom.csv"
refused "UTF-8 with BOM" file.utf8-bom "$IN/bom.csv"
(printf '\xff\xfe'; iconv -f UTF-8 -t UTF-16LE "$IN/utf8.csv") >"$IN/utf16.csv"
refused "UTF-16" file.utf16 "$IN/utf16.csv"
printf 'PK\003\004zip' >"$IN/zip.csv"
refused "ZIP" file.zip "$IN/zip.csv"
printf '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1encrypted' >"$IN/ole.csv"
refused "encrypted" file.ole "$IN/ole.csv"
# Files are read where the command is typed, by who types it: the daemon sees their content alone, while it is asked.
kinmu import "$IN/nothing.csv" >"$E2E_DIR/answer" 2>"$E2E_DIR/error" && kinmu_fail "nothing.csv was taken"
grep -q "cannot read \"$IN/nothing.csv\": No such file" "$E2E_DIR/error" || kinmu_fail "no such file: $(cat "$E2E_DIR/error")"
kinmu import "$IN" >"$E2E_DIR/answer" 2>"$E2E_DIR/error" && kinmu_fail "a folder was taken"
grep -q "cannot read .*Is a directory" "$E2E_DIR/error" || kinmu_fail "a folder: $(cat "$E2E_DIR/error")"
head -c 300000 /dev/zero | tr '\0' 'x' >"$IN/long.csv"
kinmu import <(cat "$IN/long.csv") >"$E2E_DIR/answer" 2>"$E2E_DIR/error" && kinmu_fail "long.csv was taken"
grep -q '"file":"[0-9]*","line":1,.*"code":"' "$E2E_DIR/answer" || kinmu_fail "a pipe: $(cut -c1-300 "$E2E_DIR/answer") $(cat "$E2E_DIR/error")"
expect "what is left of files handed over" "" "$(find "$KINMU_DATA/handed" -mindepth 1)"
rmdir "$KINMU_DATA/handed" && touch "$KINMU_DATA/handed" # no place for copies: refused while more is sent, and said so
head -c 30000000 /dev/zero >"$IN/large.csv"
kinmu import "$IN/large.csv" >"$E2E_DIR/answer" 2>"$E2E_DIR/error" && kinmu_fail "large.csv was taken"
grep -q '/handed' "$E2E_DIR/error" || kinmu_fail "no place for copies: $(cat "$E2E_DIR/error")"
rm "$KINMU_DATA/handed" "$IN/large.csv"
mkdir -p "$KINMU_DATA/handed/7-0"
touch "$KINMU_DATA/handed/7-0/user.csv" # of a daemon that was killed
refused "two of a kind" file.twice "$GOLDEN/user.csv;$IN/utf8.csv;$OUT/$(basename "$OUT"/user_*.csv)"
cp "$IN/zip.csv" "$IN/a;b.csv"
(cd "$IN" && kinmu import 'a;b.csv' >"$E2E_DIR/answer" 2>"$E2E_DIR/error") && kinmu_fail "a;b.csv was taken"
grep -q '"file":"a;b.csv","line":0,"column":0,"code":"file.zip"' "$E2E_DIR/answer" || kinmu_fail "a name with ;: $(cat "$E2E_DIR/answer")"
for columns in 20 22; do
    (iconv -f CP932 -t UTF-8 "$GOLDEN/user.csv" | head -n 1 | tr -d '\r'
        echo "1,U90,90,a$(printf ',%.0s' $(seq $((columns - 4))))") | cp932 "$IN/columns.csv"
    answer=$(import "$IN/columns.csv")
    [[ "$answer" == *'"code":"csv.columns","ja":"カラム数が異常です"'* ]] || kinmu_fail "$columns columns: $answer"
done
echo "ok: 20 and 22 columns: カラム数が異常です"
cat <<END | cp932 "$IN/many.csv"
更新区分,グループID,グループ名,承認者,上位承認者,上位グループID,削除フラグ
2,G01,営業部,U01,,G03,
2,G03,営業2課,U05,,G01,
1,G/9,a,U01,,,
9,G10,a,U01,,,
1,G11,,,,,
2,G12,a,U01,,,
END
answer=$(import "$IN/many.csv")
for where in '"line":4,"column":2,"code":"cell.id"' '"line":5,"column":1,"code":"cell.code"' \
    '"line":6,"column":3,"code":"cell.required"' '"line":6,"column":4,"code":"cell.required"' \
    '"line":7,"column":2,"code":"code.absent"'; do
    [[ "$answer" == *"$where"* ]] || kinmu_fail "$where is missing in $answer"
done
expect "all errors of a file" 5 "$(of "$answer" problem_count)"
sed -i '4,$d' "$IN/many.csv"
refused "a cycle of groups" group.cycle "$IN/many.csv"

# Commands: one sentence each, and what may not be is refused.
refused_call "an unknown setting" "divergence.threshold_min?" setting_set name=divergence.treshold value=30
refused_call "a setting out of range" "1-1440 の整数" setting_set name=divergence.threshold_min value=0
refused_call "a clock out of range" "takes a clock of 00:00-12:00, written 05:00" setting_set name=day.boundary value=25:00
refused_call "no word of a list" "one of home|outside|ordinary, or several" setting_set name=form.order value="home;abroad"
refused_call "no numbers of a list" "whole numbers of 1-44640 joined" setting_set name=overtime.levels_min value="1800;x"
refused_call "no date" "2026-12-31" setting_set name=contract.end value=2026-02-30
refused_call "a purpose misspelt" 'no purpose "activty"; there are ' setting_set name=contract.erase value="evidence;activty"
refused_call "a calendar without a day" 'calendars that have some: jp;' setting_set name=calendar value="jp;factory"
kinmu call people holiday_set calendar=factory date=2026-12-30 kind=company >/dev/null || kinmu_fail "a holiday"
kinmu call people setting_set name=calendar value="factory;jp" >/dev/null || kinmu_fail "a calendar that has a day"
refused_call "a zone nobody knows" "Mars/Base" setting_set name=day.zone value=Mars/Base
refused_call "an unknown plan" "time-report|job-report|telework|standard|advanced" setting_set name=company.plan value=gold
kinmu setting set company.plan job-report from_date=2020-04-01 reason=contract-7 >/dev/null || kinmu_fail "plan: $(cat "$E2E_DIR/error")"
refused_call "a licence below the people" "7" setting_set name=company.licences value=6
call setting_set name=day.zone scope=group scope_id=G03 value=America/New_York from_date=2026-04-01 >/dev/null ||
    kinmu_fail "setting_set: $(cat "$E2E_DIR/error")"
kinmu setting set company.licences 7 >/dev/null || kinmu_fail "licences: $(cat "$E2E_DIR/error")"
refused_call "one over the licence" "ライセンス数 7" person_set person=U08 employee_no=08 name=社員E group_id=G03
refused_call "a group in use" "G03" group_set group_id=G03 state=deleted
refused_call "the only approver leaves" "G03" person_state person=U05 state=deleted
call person_state person=U07 state=suspended reason=leave >/dev/null || kinmu_fail "suspend: $(cat "$E2E_DIR/error")"
call person_set person=U08 employee_no=08 name=𠮷田髙﨑 mail=u08@example.com group_id=G03 >/dev/null || kinmu_fail "set: $(cat "$E2E_DIR/error")"
refused_call "back over the licence" "ライセンス数 7" person_state person=U07 state=active
call account_set 'account=CORP\u08' person=U08 >/dev/null || kinmu_fail "account_set: $(cat "$E2E_DIR/error")"
[[ "$(kinmu person show U08)" == *'𠮷田髙﨑'*'CORP\\u08'* ]] || kinmu_fail "show: $(kinmu person show U08)"

# The other files: computers must name everybody, a re-import changes nothing, holidays, attendance.
sed '/U07/d' "$GOLDEN/computers.csv" >"$IN/few.csv"
refused "a computer master without somebody" computer.missing "$IN/few.csv"
(cat "$GOLDEN/computers.csv"; printf 'U08,PC-08\r\n') >"$IN/computers.csv"
answer=$(import "$IN/computers.csv") || kinmu_fail "computers: $answer $(cat "$E2E_DIR/error")"
expect "computers" 9 "$(of "$answer" added)"
sed '/PC-02B/d' "$IN/computers.csv" >"$IN/fewer.csv"
answer=$(import "$IN/fewer.csv") || kinmu_fail "computers: $(cat "$E2E_DIR/error")"
expect "a computer that left the list" "1 1" "$(of "$answer" added) $(kinmu computer list | grep -o '"person":null' | wc -l)"
answer=$(import "$SOURCE/plugins/connectors/people/holidays-jp.csv") || kinmu_fail "holidays: $(cat "$E2E_DIR/error")"
expect "holidays" 54 "$(of "$answer" added)"
for file in jinjer.csv kot-pc-log.csv; do
    answer=$(import "$GOLDEN/$file") || kinmu_fail "$file: $answer $(cat "$E2E_DIR/error")"
    echo "$answer" >"$E2E_DIR/$file.answer"
    answer=$(import "$GOLDEN/$file") || kinmu_fail "$file again: $(cat "$E2E_DIR/error")"
    expect "$file again" "0 0" "$(of "$answer" added) $(of "$answer" changed)"
done
answer=$(cat "$E2E_DIR/jinjer.csv.answer")
expect "jinjer: three days, one of nobody" 3 "$(of "$answer" added)"
for part in '"start_clock":535,"end_clock":1090' '"start_clock":541,"end_clock":1590' '"state":"missing"' '"code":"day.unknown"'; do
    [[ "$answer" == *"$part"* ]] || kinmu_fail "jinjer: $part is missing in $answer"
done
answer=$(cat "$E2E_DIR/kot-pc-log.csv.answer")
[[ "$answer" == *'"start_clock":538,"end_clock":1575'* ]] || kinmu_fail "KING OF TIME: $answer"
printf 'no,day,in,out,rest\n04,2026-11-04,9:00,18:00,60\n' >"$IN/own.csv"
answer=$(import "$IN/own.csv") || kinmu_fail "own profile: $answer $(cat "$E2E_DIR/error")"
[[ "$answer" == *'"source":"payroll","start_clock":540,"end_clock":1080,"break_min":60'* ]] || kinmu_fail "own profile: $answer"
echo "ok: attendance by jinjer, KING OF TIME and a profile of one's own"

# 10 at once (the door takes 16): every answer says what is so afterwards.
for i in $(seq 10); do
    call site_set "prefix=https://example.org/$i" "name=s$i" >"$E2E_DIR/race.$i" &
    race[i]=$!
done
for i in $(seq 10); do
    wait "${race[i]}" || kinmu_fail "race: $(cat "$E2E_DIR/race.$i")"
done
expect "10 at once are all there" 10 "$(call site_list | grep -o 'example.org' | wc -l)"

# The character CP932 lacks comes back from a download as it was.
rm -f "$OUT"/*.csv
answer=$(call export_n "directory=$OUT")
expect "characters lost" 1 "$(of "$answer" lost)"
sed 's/^0,U08,/2,U08,/' "$OUT"/user_*.csv >"$IN/user8.csv"
answer=$(import "$IN/user8.csv") || kinmu_fail "upload of 〓: $(cat "$E2E_DIR/error")"
expect "uploading 〓 for 𠮷 changes nothing" 0 "$(of "$answer" changed)"

# Who did what, and the same from the journal alone.
kinmu journal cat --schema kinmu.audit.change/1 >"$E2E_DIR/audit" 2>/dev/null || kinmu journal cat >"$E2E_DIR/audit"
grep -q renamed "$E2E_DIR/audit" || kinmu_fail "the audit does not tell the reason"
grep contract-7 "$E2E_DIR/audit" | grep -q 'company.plan.*2020-04-01.*job-report' || kinmu_fail "the audit does not tell of the plan"
people >"$E2E_DIR/before"
stop_kinmu
kinmu store rebuild >/dev/null || kinmu_fail "store rebuild"
sed -i 's/^    attendance:$/&\n      - {name: MITERAS, employee: 社員番号, date: 勤務日, start: 始業, end: 終業}/' "$KINMU_CONF/10.yaml"
start_kinmu
wait_until 10 instance_is people health ok || kinmu_fail "people did not start again"
people | cmp - "$E2E_DIR/before" || kinmu_fail "the rebuilt store tells something else"
echo "ok: the same people from the journal alone"

# PLN-01: without the comparison with attendance there are no days of MITERAS and no file of days; with it there are.
printf '社員番号,勤務日,始業,終業\n04,2026-11-05,9:00,18:00\n' | cp932 "$IN/miteras.csv"
exported() { # FILES
    kinmu export csv --from 2026-11-01 --to 2026-11-30 --out "$E2E_DIR/plan" --option "files=[$1]" 2>"$E2E_DIR/error"
}
expect "what is left by a daemon that was killed" "" "$(find "$KINMU_DATA/handed" -mindepth 1 2>/dev/null)"
refused "MITERAS with the plan job-report" plan.attendance "$IN/miteras.csv"
refused_call "that plan while MITERAS is in conf.d" "MITERAS勤怠" setting_set name=company.plan value=job-report
exported kinmu && kinmu_fail "job-report: 勤務データ was written"
grep -q '"kinmu" is not part of the plan "job-report".*but of: time-report, telework, standard, advanced' "$E2E_DIR/error" ||
    kinmu_fail "files: $(cat "$E2E_DIR/error")"
kinmu setting set company.plan time-report from_date=2020-05-01 >/dev/null 2>"$E2E_DIR/error" || kinmu_fail "plan: $(cat "$E2E_DIR/error")"
answer=$(import "$IN/miteras.csv") || kinmu_fail "MITERAS: $answer $(cat "$E2E_DIR/error")"
expect "a day of MITERAS with time-report" 1 "$(of "$answer" added)"
exported kinmu || kinmu_fail "time-report: $(cat "$E2E_DIR/error")"
# What a killed export left goes with the next one; one that still runs holds its lock, and other folders are nobody's.
for left in 111111 222222 mine; do
    mkdir -m 0700 "$E2E_DIR/plan/.kinmu-export-$left"
    echo half | tee "$E2E_DIR/plan/.kinmu-export-$left/"{lock,kinmu_202611.csv} >/dev/null
done
exec 8<"$E2E_DIR/plan/.kinmu-export-222222/lock"
flock -n 8 || kinmu_fail "flock"
exported kinmu || kinmu_fail "after a killed one: $(cat "$E2E_DIR/error")"
expect "what is left in the folder" ". .. .kinmu-export-222222 .kinmu-export-mine kinmu_202611.csv unmapped.csv" "$(ls -a "$E2E_DIR/plan" | xargs)"
[ "$(wc -l <"$E2E_DIR/plan/kinmu_202611.csv")" -gt 1 ] || kinmu_fail "the file after a killed export: $(cat "$E2E_DIR/plan/kinmu_202611.csv")"
flock -u 8
stop_kinmu

# A payroll program's own file by the layout that is shipped; a word it does not know is told with its place.
EXAMPLE=$SOURCE/plugins/exporters/csv/payroll-example.yaml
payroll() { # LAYOUT
    rm -rf "$E2E_DIR/payroll"
    configure 50-payroll.yaml <"$1"
    kinmu export csv/payroll --from 2026-11-01 --to 2026-11-30 --out "$E2E_DIR/payroll" 2>"$E2E_DIR/error"
}
payroll "$EXAMPLE" || kinmu_fail "payroll: $(cat "$E2E_DIR/error")"
iconv -f CP932 -t UTF-8 "$E2E_DIR/payroll/kyuyo_202611.csv" | tr -d '\r' >"$E2E_DIR/payroll.csv"
expect "columns of the shipped layout" 社員コード,氏名,部門,対象年月,実働時間,残業時間,深夜時間,休日労働,区分 \
    "$(head -n 1 "$E2E_DIR/payroll.csv")"
grep -qE '^04,[^,]+,[^,]+,202611,[^,]*,[^,]*,[^,]*,[^,]*,01$' "$E2E_DIR/payroll.csv" ||
    kinmu_fail "payroll: no row of 04: $(cat "$E2E_DIR/payroll.csv")"
sed 's/overtime_min/overtime_mins/' "$EXAMPLE" >"$E2E_DIR/layout"
payroll "$E2E_DIR/layout" && kinmu_fail "a layout with an unknown field was taken"
grep -q "50-payroll.yaml:$(grep -n overtime_mins "$E2E_DIR/layout" | cut -d: -f1):.*overtime_min" "$E2E_DIR/error" ||
    kinmu_fail "payroll: $(cat "$E2E_DIR/error")"
sed 's/hours_2/hours_5/' "$EXAMPLE" >"$E2E_DIR/layout"
payroll "$E2E_DIR/layout" && kinmu_fail "a layout with an unknown format was taken"
[ -e "$E2E_DIR/payroll/kyuyo_202611.csv" ] && kinmu_fail "a refused layout left a file"
echo "ok: $(cut -c1-150 "$E2E_DIR/error")"
