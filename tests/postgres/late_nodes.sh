#!/usr/bin/env bash
# late_nodes.sh BUILD - evidence about a closed month where master data and approvals are on one node and the days on
# another: the warning travels and becomes the same request, with the same figures, as where one node does all; decided on the
# one, the day changes on the other.
set -u
build=$(realpath "$1")
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-late-XXXXXX)
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
port=$(free_port)
postgres_make "$folder/pg" && postgres_start "$folder/pg" "$port" || exit 1
export KINMU_PLUGINS=$build/plugins TZ=Asia/Tokyo
umask 077
cd "$folder" || exit 1
psql() { "$POSTGRES_BIN/psql" -h 127.0.0.1 -p "$port" -U kinmu -Atq "$@"; }
node() { # NAME DATABASE CONNECTOR…: makes it, with the device key of the first one of that database, and starts it
    local server="host=127.0.0.1 port=$port user=kinmu dbname=$2"
    mkdir -p "$1.conf" "$1.data"
    {
        echo "node: {name: hub}"
        echo "purposes: {working-time: {keep: 1095d}}"
        echo "journal: {postgres: \"$server\", flush_interval: 20ms}"
        echo "store: {postgres: \"$server\"}"
        echo "collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}"
        echo "connectors:"
        printf '  %s\n' "${@:3}"
    } >"$1.conf/10.yaml"
    [ ! -e "$2.key" ] || cp "$2.key" "$1.data/device.key"
    "$build/kinmu" run --conf "$1.conf" --data "$1.data" >>"$1.log" 2>&1 &
    NODE[$1]=$!
    wait_until 30 at "$1" status || fail "node $1 does not start"
    cp "$1.data/device.key" "$2.key"
}
at() { # NODE WORDS…
    "$build/kinmu" "${@:2}" --conf "$1.conf" --data "$1.data" 2>>"$1.log"
}
say() { # NODE WORDS…: what must succeed
    at "$@" >answer || fail "$*: $(tail -n 3 "$1.log")"
}
ask() { psql -d "$database" -c "SET search_path TO kinmu_store; $1"; }
is() { [ "$(ask "$2")" = "$1" ]; }
comes() { # WHAT WANTED SQL
    wait_until 30 is "$2" "$3" || fail "$layout: $1: expected $2, got $(ask "$3")"
}
attend() { # END: what the attendance system says of the day
    printf '%s\n' '*従業員ID,従業員名,所属グループID,所属グループ名,*年月日,入館時刻,退館時刻,PC起動時刻,PC停止時刻' \
        "102,,,,${date//-//},9:00,$1,," >attendance.csv
    say "$people" import --encoding utf8 attendance.csv
}
the_day="SELECT concat_ws(' ', state, work_end, work_min, overtime_min) FROM kinmu_work_day_1 WHERE person = 'U2' AND date ="
is_asked() { # END: the node that computes hears of an import a moment later, and would wait a minute
    say "$days" recompute U2 "$date"
    is 1 "SELECT count(*) FROM ($(asked "$1")) AS r"
}
asked() { echo "SELECT request_id FROM kinmu_request_request_1 WHERE state = 'pending' AND \"after\" LIKE 'work_end=$1%'"; }

month=$(date -d "$(date +%Y-%m-15) - 1 month" +%Y-%m)
date=$month-1$((($(date -d "$month-10" +%u) + 6) % 7 > 4 ? 2 : 0)) # a working day, by its week
printf '%s\n' '更新区分,グループID,グループ名,承認者,上位承認者,上位グループID,削除フラグ' '1,G1,営業部,U1,,,' >group.csv
{
    echo '更新区分,ユーザID,社員番号,ユーザ名,ふりがな,所属グループID,管理者権限,見える化ダッシュボード閲覧権限,働き方検索権限,メールアドレス,開始申請承認必須区分,終了申請承認必須区分,申請時業務登録必須区分,勤務終了時業務報告必須区分,休憩通知区分,勤務終了前通知区分,勤務終了予定時刻通知区分,勤務時間外バルーン通知区分,残業管理区分,勤務パターンID,削除区分'
    for i in 1 2; do echo "1,U$i,10$i,社員$i,,G1,0,0,0,u$i@example.com,0,0,0,0,0,0,0,0,0,,"; done
} >user.csv

for layout in one two; do
    database=late_$layout people=people_$layout
    psql -d postgres -c "CREATE DATABASE $database" || fail "no database"
    if [ $layout = one ]; then
        days=$people
        node "$people" "$database" "people: {}" 'approval: {reads: ["*"]}' 'workday: {after: store, reads: ["*"]}'
    else
        days=days_two
        node "$people" "$database" "people: {}" 'approval: {reads: ["*"]}'
        node "$days" "$database" "people: {enabled: false}" 'workday: {after: store, reads: ["*"]}'
    fi
    say "$people" import --encoding utf8 group.csv user.csv
    attend 16:30
    comes "the day" "confirmed 990 450 0" "$the_day '$date'"
    attend 17:00 # what one node stored just before has reached the other when it closes
    say "$days" month close "$month" --anyway
    comes "closed" "closed 1020 480 0" "$the_day '$date'"
    is 0 "SELECT count(*) FROM kinmu_request_request_1" || fail "$layout: what came before closing is late"
    attend 19:30
    wait_until 30 is_asked 19:30 || fail "$layout: no request with 19:30"
    attend 20:00
    wait_until 30 is_asked 20:00 || fail "$layout: no request with 20:00"
    say "$people" approve "$(ask "$(asked 20:00)")" as=U1
    comes "approved" "closed 1200 660 180" "$the_day '$date'"
    comes "its month" "closed 660" "SELECT state || ' ' || work_min FROM kinmu_work_month_1 WHERE person = 'U2' AND month = '$month'"
    comes "nothing is open" "resolved" "SELECT state FROM kinmu_alert_1 WHERE rule = 'late-evidence'"
    ask "SELECT person, date, kind, state, group_id, before, \"after\" FROM kinmu_request_request_1 ORDER BY \"after\", state;
        SELECT rule, person, period, level, state, severity, before, \"after\" FROM kinmu_alert_1 WHERE rule = 'late-evidence';
        SELECT person, month, state, work_min, overtime_min FROM kinmu_work_month_1 ORDER BY 1, 2" >"$layout.rows"
    for name in "${!NODE[@]}"; do
        kill -TERM "${NODE[$name]}"
        wait "${NODE[$name]}" || fail "node $name ended with code $?"
        unset "NODE[$name]"
    done
    echo "ok: $layout: asked, written anew, approved"
done
diff one.rows two.rows >differences || fail "one node and two: $(cat differences)"
[ "$(wc -l <one.rows)" -ge 4 ] || fail "there is too little to compare: $(cat one.rows)"
echo "ok: the same $(wc -l <one.rows) rows from one node and from two"
