#!/usr/bin/env bash
# same_month.sh BUILD - a month of four people as their hub sees it: master data and attendance by import, PC records of
# simulated agents, requests and approvals, days by `workday`, the month closed, punches of today. All files the csv and json
# exporters make of it are the same bytes from tables in a file and on a server, that grew day by day and that were
# built at once, from one node and from two; and of two nodes that both could derive, one does, until it is gone.
set -u
build=$(realpath "$1")
release=$(cd "$(dirname "$0")/../.." && pwd)/build/release # ./dev test makes it first: sanitizers are slow here
[ ! -x "$release/kinmu" ] || build=$release
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
folder=$(mktemp -d /tmp/kinmu-month-XXXXXX)
chmod 0755 "$folder"
declare -A NODE
finish() {
    local node
    for node in "${NODE[@]}"; do kill -KILL "$node" 2>/dev/null; done
    postgres_stop "$folder/pg"
    rm -rf "$folder"
}
trap finish EXIT
fail() {
    echo "FAIL: $*"
    tail -n 8 "$folder"/*.log
    exit 1
}

# ---- one journal on a server; nodes one and two ----
port=$(free_port) hub_port=$(free_port)
postgres_make "$folder/pg" && postgres_start "$folder/pg" "$port" || exit 1
server="host=127.0.0.1 port=$port user=kinmu dbname=postgres"
export KINMU_PLUGINS=$build/plugins TZ=Asia/Tokyo # a period of an export begins where the business days do
umask 077
cd "$folder" || exit 1
people='{reads: ["*"]}'
days='{after: store, reads: ["*"]}'
node() { # NAME file|server [CONNECTOR…]: what it is configured to be
    mkdir -p "$1.conf"
    {
        echo "node: {name: hub}"
        echo "purposes: {working-time: {keep: 1095d}, activity: {keep: 1095d}}"
        echo "journal: {postgres: \"$server\", flush_interval: 20ms}"
        [ "$2" = file ] || echo "store: {postgres: \"$server\"}"
        echo "collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}"
        echo "exporters: {csv: {}, json: {}}"
        echo "connectors:"
        printf '  %s\n' "${@:3}"
        [[ " ${*:3}" != *ingest* ]] || echo "http: {listen: [\"127.0.0.1:$hub_port\"]}"
    } >"$1.conf/10.yaml"
}
at() { # NODE WORDS…
    "$build/kinmu" "${@:2}" --conf "$1.conf" --data "$1.data" 2>>"$1.log"
}
say() { # NODE WORDS…: what must succeed
    at "$@" >answer || fail "$*: $(tail -n 3 "$1.log")"
}
start() {
    "$build/kinmu" run --conf "$1.conf" --data "$1.data" >>"$1.log" 2>&1 &
    NODE[$1]=$!
    wait_until 30 at "$1" status || fail "node $1 does not start"
}
stop() {
    local node
    for node in "$@"; do
        kill -TERM "${NODE[$node]}"
        wait "${NODE[$node]}" || fail "node $node ended with code $?"
        unset "NODE[$node]"
    done
}
ask() { # SQL
    "$POSTGRES_BIN/psql" -h 127.0.0.1 -p "$port" -U kinmu -d postgres -Atqc "SET search_path TO kinmu_store; $1"
}
export_all() { # NODE TO [EXPORTER]: into the folder TO
    mkdir -p "$2"
    [ "${3:-csv}" != csv ] || say "$1" export csv --from "$first" --to "$(date -d '1 day' +%F)" --out "$2/csv" \
        --option 'files=[kinmu,gyomu,aggregation,pc]'
    [ "${3:-json}" != json ] || say "$1" export json --from "$first" --to "$last" --out "$2/json"
}
same() { # WHAT ONE OTHER
    diff -r "$2" "$3" >differences || fail "$1: $(head -c 2000 differences)"
    echo "ok: $1: the same $(find "$2" -type f | wc -l) files, $(du -sb "$2" | cut -f1) bytes"
}
becomes_today() { # what is derived comes again after the start
    rm -rf again
    export_all one again csv && diff -r today again
}

month=$(date -d "$(date -u +%Y-%m-15) - 1 month" +%Y-%m)
first=$month-01
last=$(date -d "$first + 1 month - 1 day" +%F)
node one file "ingest: {pushes_per_minute: 100000}" "people: " "approval: $people" "workday: $days"
node two server "people: {enabled: false}"
say one hub init --name localhost --name 127.0.0.1
mkdir two.data
cp -r one.data/hub one.data/device.key two.data/
start one
start two

# ---- the month: PC records, people, attendance, requests ----
{
    echo '更新区分,グループID,グループ名,承認者,上位承認者,上位グループID,削除フラグ'
    echo '1,G1,営業部,U1,,,'
} >group.csv
{
    echo '更新区分,勤務パターンID,勤務パターン名,休憩時間帯,業務時間（分）,午前業務時間（分）,自動終了時刻,削除フラグ'
    echo '1,P1,通常,12:00-13:00,480,240,5:00,'
} >pattern.csv
{
    echo '更新区分,ユーザID,社員番号,ユーザ名,ふりがな,所属グループID,管理者権限,見える化ダッシュボード閲覧権限,働き方検索権限,メールアドレス,開始申請承認必須区分,終了申請承認必須区分,申請時業務登録必須区分,勤務終了時業務報告必須区分,休憩通知区分,勤務終了前通知区分,勤務終了予定時刻通知区分,勤務時間外バルーン通知区分,残業管理区分,勤務パターンID,削除区分'
    for i in 1 2 3 4; do
        echo "1,U$i,10$i,社員$i,,G1,$((i == 4)),0,0,u$i@example.com,0,0,0,0,0,0,0,0,0,P1,"
    done
} >user.csv
say one import --encoding utf8 group.csv pattern.csv user.csv
say one hub invite --uses 10
token=$(cat answer)
"$build/kinmu" simulate --hub "https://localhost:$hub_port" --token "$token" --agents 1 --people 2 --from "$first" \
    --days "$(date -d "$last" +%-d)" --burst --interval 12h --flush 1h --seed 11 >simulate.log 2>&1 || fail "simulate"
is_there() { [ "$(ask "SELECT count(DISTINCT subject) FROM v_kinmu_input_minute_1")" = 2 ]; }
wait_until 30 is_there || fail "the records of the simulated PCs are not there"
mapfile -t accounts < <(ask "SELECT DISTINCT subject FROM v_kinmu_input_minute_1 ORDER BY 1")
{
    echo 'ユーザID,ログインアカウント名'
    echo "U1,${accounts[0]}"
    echo "U2,${accounts[1]}"
    echo "U4,$(id -un)"
} >account.csv
mapfile -t dates < <(for ((d = 0; d < 31; d++)); do date -d "$first + $d days" '+%u %F'; done | awk -v m="$month" '$1 < 6 && index($2, m) == 1 { print $2 }')
{
    echo '*従業員ID,従業員名,所属グループID,所属グループ名,*年月日,入館時刻,退館時刻,PC起動時刻,PC停止時刻'
    for i in 1 2 3 4; do
        for d in "${!dates[@]}"; do
            [ $((d % 7)) = "$i" ] || printf '10%d,,,,%s,8:%02d,%d:%02d,,\n' $i "${dates[d]//-//}" \
                $((30 + (d * 7 + i * 3) % 30)) $((17 + (d * 5 + i) % 7)) $(((d * 11 + i) % 60))
        done
    done
} >attendance.csv
say one import --encoding utf8 account.csv
say one import --encoding utf8 attendance.csv
field() { grep -o "\"$1\":\"[^\"]*\"" answer | head -n 1 | cut -d'"' -f4; }
for i in 1 2 3; do # the days without attendance: one approved, one denied, one nobody decides
    say one request correction "${dates[i]}" from=9:00 to=19:30 reason=打刻忘れ person=U$i
    [ $i = 3 ] || say one "$([ $i = 1 ] && echo approve || echo deny)" "$(field request_id)" as=U4 comment=確認
done
say one request divergence-reason "${dates[8]}" cause=meeting reason=会議 person=U2
say one approve "$(field request_id)" as=U1

# ---- live: days are those of a replay; closed, they are the same from the file and the server ----
is_replay() {
    rm -rf again
    export_all one again json
    : >none.ndjson
    "$build/kinmu" workday replay --settings none.ndjson --events again/json/events.ndjson --months \
        --until "$(date -u +%FT%TZ)" >replay.ndjson 2>>one.log || return 1
    python3 "$here/../e2e/workday.py" compare again/json/events.ndjson replay.ndjson >replay.log
}
corrected() { [ "$(sqlite3 -readonly one.data/store.db "SELECT work_end FROM kinmu_work_day_1 WHERE person = 'U1' AND date = '${dates[1]}'")" = 1170 ]; }
say one recompute
wait_until 60 corrected || fail "the approved correction is not in the day"
wait_until 60 is_replay || fail "days are not those of a replay: $(head -c 2000 replay.log)"
echo "ok: days = replay: $(tail -n 1 replay.log)"
say one month close "$month" --anyway
grep -qE '^[1-9][0-9]* 日分を締めました / [1-9][0-9]* days closed' answer || fail "month close says: $(cat answer)"
export_all one file
export_all two server
same "grown in a file and on a server" file server
grep -q '"state":"closed"' file/json/events.ndjson || fail "no day is closed in the files"
grep -aq '19:30' file/csv/kinmu_*.csv || fail "the approved correction is not in the files"

# ---- built at once, on two nodes: one takes in, the other computes ----
stop one two
node one server "ingest: " "people: " "approval: $people"
node two server "workday: $days"
say two store rebuild
start one
start two
export_all one again
same "rebuilt on a server" file again
is_at_work() { # PERSON: what the tables on the server say of today
    [ "$(ask "SELECT count(*) FROM kinmu_work_day_1 WHERE person = '$1' AND date > '$last' AND work_start > 0")" = 1 ]
}
for person in U1 U3; do
    say one punch start person=$person
    say one task start 設計 person=$person
done
wait_until 30 is_at_work U1 && wait_until 30 is_at_work U3 || fail "two does not compute the punches of one"
export_all one today csv
rm -rf again
export_all two again csv
same "today, from both nodes" today again

# ---- both could compute: the first goes on, the other takes over when it is gone ----
stop one
node one server "ingest: " "people: " "approval: $people" "workday: $days"
start one
say one punch start person=U2
wait_until 30 is_at_work U2 || fail "nobody computes where both could"
kill -KILL "${NODE[two]}"
wait "${NODE[two]}" 2>/dev/null
unset "NODE[two]"
say one punch start person=U4
wait_until 30 is_at_work U4 || fail "one does not take over"
rm -rf today
export_all one today csv
stop one

# ---- one node, everything built at once: on the server, in a file ----
for place in server file; do
    node one $place "ingest: " "people: " "approval: $people" "workday: $days"
    say one store rebuild
    start one
    wait_until 30 becomes_today || fail "rebuilt, today is another in a $place: $(diff -r today again | head -c 2000)"
    same "today, rebuilt on one node, $place" today again
    stop one
done
