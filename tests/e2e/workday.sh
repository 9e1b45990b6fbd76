#!/bin/bash
# workday.sh BUILD_DIR: days in the store of a running Kinmu are those `kinmu workday replay` computes from what the
# same journal exports (X14): after everything came at once, after a late batch, after kill -9, after a rebuild. A closed
# month stays as it is, and an erasure takes nothing along for good.
set -euo pipefail
build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
kinmu=$build/kinmu
. "$here/lib.sh"
cd "$E2E_DIR"
daemon=
umask 077
end() {
    stop_process "$daemon"
}
at_end end

mkdir -p conf plugins
cp "$build/tests/feed/feed.so" "$build/plugins/connectors/workday.so" "$build/plugins/exporters/json.so" plugins/
cat >conf/10.yaml <<YAML
purposes: {working-time: {}, activity: {}, presence: {}}
collectors:
  com.example.feed: {path: $PWD/feed.txt, isolation: core}
connectors:
  workday: {after: store, reads: ["*"]}
exporters:
  json: {}
journal: {flush_interval: 100ms}
YAML

run() {
    "$kinmu" run --conf conf --plugins plugins --data data >>run.log 2>&1 &
    daemon=$!
}

# feed LINES…: published and durable when it returns.
feed() {
    rm -f feed.txt.done
    cat >feed.part
    mv feed.part feed.txt
    wait_until 60 test -e feed.txt.done || fail "the feed is not taken: $(tail -3 run.log)"
}

# same: what the store has is what a replay of the journal's export gives.
same() {
    rm -rf out
    "$kinmu" export json --conf conf --plugins plugins --data data --from "$(date -d '-90 days' +%F)" \
        --to "$(date -d '+1 day' +%F)" --out out >export.log 2>&1 || return 1
    : >none.ndjson
    "$kinmu" workday replay --plugins plugins --settings none.ndjson --events out/events.ndjson --months \
        --until "$(date -u +%FT%TZ)" >replay.ndjson 2>replay.err || return 1
    python3 "$here/workday.py" compare out/events.ndjson replay.ndjson >compare.log 2>&1
}

# now: days are computed at once, not a minute after those of before.
now() {
    "$kinmu" recompute --data data --plugins plugins >recompute.log 2>&1 || fail "recompute: $(cat recompute.log)"
}

# days_are NAME SECONDS
days_are() {
    wait_until "$2" same || fail "$1 is not replay: $(tail -n 5 compare.log export.log run.log)"
    echo "ok: $1 = replay: $(cat compare.log)"
}

# value FIELD PERSON DAYS_AGO
value() {
    sqlite3 -readonly data/store.db \
        "SELECT $1 FROM kinmu_work_day_1 WHERE person = '$2' AND date = '$(TZ=Asia/Tokyo date -d "-$3 days" +%F)'"
}

run
python3 "$here/workday.py" events | feed
now
days_are live 60

# A day of last week goes on: computed at once, as a new decision.
ago=9
before=$(value version sato "$ago")
python3 "$here/workday.py" late "$ago" | feed
late() {
    [ "$(value pc_end sato "$ago")" = 1439 ]
}
wait_until 5 late || fail "a late batch is not seen: pc_end is $(value pc_end sato "$ago")"
[ "$(value version sato "$ago")" -gt "$before" ] || fail "the late result of a confirmed day is no decision"
days_are late 30

"$kinmu" day --data data --plugins plugins sato "$(TZ=Asia/Tokyo date -d "-$ago days" +%F)" >day.txt || fail "kinmu day: $(cat day.txt)"
grep -qE "^$(TZ=Asia/Tokyo date -d "-$ago days" +%F)  sato .* 23:59 .* confirmed " day.txt || fail "kinmu day shows: $(cat day.txt)"
met=$(TZ=Asia/Tokyo date -d "-33 days" +%F)
"$kinmu" day --data data --plugins plugins suzuki "$met" >day.txt || fail "kinmu day: $(cat day.txt)"
grep -q "会議・外出（在席状況 15:00-18:05）/ may be: away in a meeting (messenger 15:00-18:05)" day.txt ||
    fail "kinmu day tells no cause: $(cat day.txt)"

# Whom nobody knows, and dates the wrong way round, are errors; somebody known without days is none.
no_days() { # WORDS_OF_THE_ERROR WORDS…
    ! "$kinmu" day --data data --plugins plugins "${@:2}" >day.txt 2>&1 && grep -q "$1" day.txt || fail "kinmu day ${*:2}: $(cat day.txt)"
}
no_days 'という人は登録されて.* / there is no person "sata"' sata "$met"
no_days '早い日付を先に.* / from is after to' suzuki "$met" "$(TZ=Asia/Tokyo date -d "-34 days" +%F)"
"$kinmu" day --data data --plugins plugins suzuki 2001-01-01 >day.txt && grep -q 'no days' day.txt || fail "kinmu day: $(cat day.txt)"

# The same evidence once more: nothing is decided.
before=$(value version sato "$ago")
now
sleep 2
expect "version of an equal result" "$before" "$(value version sato "$ago")"

python3 "$here/workday.py" late 8 >feed.part
mv feed.part feed.txt
sleep 0.3
kill -9 "$daemon"
wait "$daemon" 2>/dev/null || true
rm -f feed.txt.done
run
wait_until 60 test -e feed.txt.done -o ! -e feed.txt || fail "the feed is not taken after kill -9"
days_are "after kill -9" 60

stop_process "$daemon"
"$kinmu" store rebuild --data data --conf conf --plugins plugins >rebuild.log 2>&1 || fail "$(cat rebuild.log)"
run
days_are rebuilt 60

# What an erasure takes along of what is derived is back without a restart: of sato, whose presence goes, and for
# everybody but tanaka, who goes as a whole.
echo "$(date -d '-12 days' +%s) sato presence offline" | feed
now
days_are "with a presence" 60
months() {
    sqlite3 -readonly data/store.db "SELECT count(*) FROM kinmu_work_month_1 WHERE person = '$1'"
}
before=$(months sato)
erase() {
    "$kinmu" journal erase --conf conf --plugins plugins --data data "$@" >receipt.json || fail "erase: $(cat receipt.json)"
}
erase --subject sato --purpose presence
erase --subject tanaka
days_are "after erasures" 10
expect "months of sato" "$before" "$(months sato)"
expect "rows of tanaka" 0 "$(sqlite3 -readonly data/store.db "SELECT count(*) FROM kinmu_work_day_1 WHERE person = 'tanaka'")"

# The month before is closed: what comes later is told, and changes nothing.
ago=$(TZ=Asia/Tokyo date +%-d)
"$kinmu" month close --data data --plugins plugins "$(TZ=Asia/Tokyo date -d "-$ago days" +%Y-%m)" --anyway >close.txt ||
    fail "kinmu month close: $(cat close.txt)"
grep -qE '^[1-9][0-9]* 日分を締めました / [1-9][0-9]* days closed' close.txt || fail "kinmu month close says: $(cat close.txt)"
closed() {
    [ "$(value state sato "$ago")" = closed ]
}
wait_until 5 closed || fail "the day is $(value state sato "$ago") after its month was closed"
before=$(value version sato "$ago")
python3 "$here/workday.py" late "$ago" | feed
warned() {
    [ "$(sqlite3 -readonly data/store.db "SELECT state FROM kinmu_alert_1 WHERE rule = 'late-evidence' AND person = 'sato'")" = open ]
}
wait_until 5 warned || fail "nobody is told of evidence after the month was closed"
expect "version of a closed day" "$before" "$(value version sato "$ago")"
