#!/bin/bash
# uploads.sh BUILD_DIR: imports by the API over TLS, with curl: several files at once, a dry run, what is wrong and where,
# downloads and one that comes back, keys, who may; hostile bodies; and nothing stays on the disk, whatever happens.
set -euo pipefail
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins
. "$(dirname "$0")/../crash/daemon.sh"
. "$(dirname "$0")/api_lib.sh"
api_conf tls
serve() {
    start_api
    wait_until 10 test -d data/uploads || kinmu_fail "no folder for uploads"
}
serve
ADMIN=$(token upload admin)
OPERATOR=$(token operator operator)
NARROW=$(token reader admin --scope read)
send() { # QUERY CURL WORDS…: the answer's code; the answer in body
    local query=$1
    shift
    curl -sS --cacert server.pem -H "Authorization: Bearer $ADMIN" -o body -w '%{http_code}' "$@" "$URL/imports$query" || true
}
empty() {
    [ -z "$(find data/uploads -type f)" ]
}
said() { # TEXT: the answer says it
    grep -qF -- "$1" body || fail "the answer has no $1: $(head -c 600 body)"
}
people() {
    kinmu person list | grep -o '"person":"[A-Z0-9]*"' | sort -u | wc -l
}
user() { # CODE ID NAME
    echo "$1,$2,N$2,$3,,G1,0,0,0,$2@example.com,0,0,0,0,0,0,0,0,0,,"
}
printf '%s\n' "$GROUPS_HEAD" '1,G1,本社,U1,,,' | cp932 group.csv
{ echo "$USERS_HEAD"; user 1 U1 一; user 1 U2 二; } | cp932 user.csv

# ---- several files in one decision, first as a dry run ----
expect "a dry run" 200 "$(send '?dry_run=true' -F file=@group.csv -F file=@user.csv)"
said '"applied":false,"added":5'
said '"kind":"person","key":"U2","change":"added"'
expect "people after it" 0 "$(people)"
expect "users without their group" 422 "$(send '' -F file=@user.csv)"
said '"code":"person.group"'
said '"file":"user.csv","line":2'
expect "people after it" 0 "$(people)"
expect "both" 200 "$(send '?reason=%E6%96%B0%E6%94%AF%E5%BA%97' -H 'Idempotency-Key: first' -F file=@group.csv -F file=@user.csv)"
said '"applied":true,"added":5'
expect "people" 2 "$(people)"
expect "the same under its key, in another wrapping" 200 "$(send '?reason=%E6%96%B0%E6%94%AF%E5%BA%97' -H 'Idempotency-Key: first' -F a=@group.csv -F b=@user.csv)"
said '"applied":true,"added":5'
expect "other files under it" 422 "$(send '?reason=%E6%96%B0%E6%94%AF%E5%BA%97' -H 'Idempotency-Key: first' -F file=@group.csv)"
said urn:kinmu:problem:key.other
expect "without a key: they exist" 422 "$(send '' -F file=@group.csv -F file=@user.csv)"
said '"code":"code.exists"'
expect "who changed, and by which way" yes \
    "$(kinmu journal cat --json | grep '"changed_by":"token:.*"object":"kinmu.people.person/1","object_id":"U2".*"reason":"新支店","channel":"api"' >matching && echo yes)"
empty || fail "files stay: $(ls data/uploads)"

# ---- downloads: who may, what they are called, the bytes of `kinmu export-n`, in one character set or the other ----
{ echo 'URL,HP名称'; for n in {1..6000}; do echo "https://$n.example.com/$n/start/page/of/the/site/,サイト$n"; done; } | cp932 sites.csv
expect "many sites" 200 "$(send '' -F file=@sites.csv)"
take_as() { # TOKEN FILE CURL WORDS…: the answer's code; head and body in files
    local token=$1 file=$2
    shift 2
    curl -sS --cacert server.pem -D head -o body -w '%{http_code}' -H "Authorization: Bearer $token" "$@" "$URL/master/$file"
}
take() { take_as "$ADMIN" "$@"; }
header() { # NAME: of the last answer
    tr -d '\r' <head | sed -n "s/^$1: //Ip"
}
mkdir down shell
kinmu export-n "$E2E_DIR/shell" >/dev/null
forms=()
for name in group user work_pattern url_name; do
    expect "the download of $name" 200 "$(take "$name")"
    file=$(header content-disposition | sed "s/.*''//")
    cmp body "shell/$file" || fail "$name is not what the shell writes"
    cp body "down/$file"
    forms+=(-F "file=@down/$file")
done
[ "$(stat -c %s down/url_name.csv)" -gt 262144 ] || fail "every file is one piece: nothing is tested"
take user >/dev/null
tag=$(header etag)
expect "of users, as it was" 304 "$(take user -H "If-None-Match: $tag")"
expect "a piece" 206 "$(take url_name -r 262000-262999)"
cmp body <(tail -c +262001 down/url_name.csv | head -c 1000) || fail "the piece is another"
expect "as UTF-8" 200 "$(take 'user?encoding=utf8')"
cmp <(tail -c +4 body) <(iconv -f CP932 -t UTF-8 down/user_*.csv) || fail "in UTF-8 it is another"
expect "another ETag" no "$([ "$tag" = "$(header etag)" ] || echo no)"
for path in people user.csv; do expect "no file $path" 404 "$(take "$path")"; done
for query in encoding=latin1 as_of=2026-01-01 from_date=2026-01-01; do expect "$query" 422 "$(take "user?$query")"; done
expect "users to nobody" 401 "$(take_as none user)"
for who in "$OPERATOR" "$NARROW" "$(token self self --person U1)"; do
    expect "users to one who may not" 403 "$(take_as "$who" user)"
done
expect "by whom it was taken" yes "$(kinmu journal cat --json |
    grep '"changed_by":"token:.*"action":"export".*"object":"people.sheet_read","object_id":"user/cp932".*"channel":"api","address":"127.0.0.1"' >matching && echo yes)"

# ---- schedules of some days and a group ----
printf '%s\n' 'ユーザID,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩時間帯' 'U1,2026-11-24,,,22:00,31:00,02:00-03:00' 'U2,2026-11-25,休暇,,,,' \
    'U2,2026-12-01,所定休日,,,,' | cp932 schedule.csv
expect "shifts of a month in one file" 200 "$(send '' -F file=@schedule.csv)"
said '"applied":true,"added":3'
expect "of a month" 200 "$(take 'schedule?from_date=2026-11-01&encoding=utf8')"
expect "its name" schedule_20261101.csv "$(header content-disposition | sed "s/.*''//")"
expect "its lines" 'U1,2026-11-24,出勤日,,22:00,31:00,02:00-03:00;U2,2026-11-25,休暇,,,,' "$(tail -n +3 body | tr -d '\r' | paste -sd';')"
expect "of other days" 200 "$(take 'schedule?from_date=2026-11-25&to_date=2026-12-31')"
expect "two of them" 2 "$(tail -n +3 body | wc -l)"
cp body down/schedule.csv
expect "back, unchanged" 200 "$(send '' -F file=@down/schedule.csv)"
said '"applied":true,"added":0,"changed":0,"removed":0'
expect "of no group" 200 "$(take 'schedule?from_date=2026-11-01&group_id=G9')"
expect "nobody's" 0 "$(tail -n +3 body | wc -l)"
for query in from_date=November from_date=2026-11-31 'from_date=2026-11-01&to_date=2026-10-01' 'from_date=2020-01-01&to_date=2026-01-01'; do
    expect "schedules, $query" 422 "$(take "schedule?$query")"
done
expect "schedules to nobody" 401 "$(take_as none schedule)"
expect "schedules to one who may not" 403 "$(take_as "$NARROW" schedule)"
for name in schedule_set schedule_withdraw; do
    curl -sS --cacert server.pem -H "Authorization: Bearer $ADMIN" "$URL/openapi.json" | grep -q "/commands/people/$name" || fail "the description lacks $name"
done
post() { # BODY TOKEN COMMAND
    curl -sS --cacert server.pem -o body -w '%{http_code}' -H "Authorization: Bearer $2" -H 'Content-Type: application/json' -d "$1" "$URL/commands/people/$3"
}
expect "a day planned by command" 200 "$(post '{"person":"U2","date":"2026-11-26","start_clock":540,"end_clock":1080,"reason":"応援"}' "$ADMIN" schedule_set)"
expect "not by one who may not" 403 "$(post '{"person":"U2","date":"2026-11-26","kind":"company"}' "$NARROW" schedule_set)"
expect "refused in its own words" 422 "$(post '{"person":"U2","date":"2026-11-26"}' "$ADMIN" schedule_set)"
said 'a working day needs'
expect "its row" 200 "$(curl -sS --cacert server.pem -o body -w '%{http_code}' -H "Authorization: Bearer $ADMIN" "$URL/rows/kinmu.people.schedule?date=2026-11-26")"
said '"end_clock":1080'
expect "withdrawn" 200 "$(post '{"person":"U2","date":"2026-11-26"}' "$ADMIN" schedule_withdraw)"

# ---- what was downloaded comes back: no change; a stale download is refused until forced ----
expect "a download, unchanged" 200 "$(send '' "${forms[@]}")"
said '"applied":true,"added":0,"changed":0,"removed":0'
kinmu person set U2 --name 弐 >/dev/null
expect "of users, since changed" 200 "$(take user -H "If-None-Match: $tag")"
sed -i 's/^0,U2,/2,U2,/' down/user_*.csv
expect "a stale one" 422 "$(send '' "${forms[@]}")"
said '"code":"base.stale"'
expect "forced" 200 "$(send '?force=true' "${forms[@]}")"
said '"changed":1'

# ---- what is wrong, and where ----
{ echo "$USERS_HEAD"; user 1 U3 三; echo '1,U4,N4'; } | cp932 wrong.csv
expect "a wrong line" 422 "$(send '' -F "file=@wrong.csv;filename=名簿.csv")"
said '"detail":"名簿.csv:3: wrong number of columns'
said '"file":"名簿.csv","line":3,"column":0,"code":"csv.columns","ja":"カラム数が異常です","en":"wrong number of columns'
expect "UTF-8 where CP932 is said" 422 "$(send '' -F "file=@/dev/stdin;filename=../../../etc/passwd" <<<"$USERS_HEAD")"
said '"file":"passwd"'
said file.utf8
expect "as UTF-8" 200 "$(send '?encoding=utf8' -F "file=@/dev/stdin;filename=a.csv" <<<"$USERS_HEAD")"
expect "no such option" 422 "$(send '?files=/etc/passwd' -F file=@group.csv)"
said query.unknown
expect "no such value" 422 "$(send '?dry_run=1' -F file=@group.csv)"
said query.value
empty || fail "files stay: $(ls data/uploads)"

# ---- who may: told before the body is read ----
code() { # TOKEN
    curl -sS --cacert server.pem ${1:+-H "Authorization: Bearer $1"} -o body -w '%{http_code}' -F file=@group.csv "$URL/imports" || true
}
expect "nobody" 401 "$(code '')"
expect "an operator" 403 "$(code "$OPERATOR")"
expect "a narrow token" 403 "$(code "$NARROW")"
expect "by GET" 405 "$(curl -sS --cacert server.pem -o body -w '%{http_code}' "$URL/imports")"

# ---- hostile bodies ----
form='Content-Type: multipart/form-data; boundary=xyz'
part() { # NAME: the head of a part
    printf -- '--xyz\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\n\r\n' "$1"
}
expect "JSON" 415 "$(send '' -H 'Content-Type: application/json' -d '{}')"
expect "nothing" 400 "$(send '' -H "$form" --data-binary '')"
expect "no file" 422 "$(send '' -H "$form" --data-binary $'--xyz--\r\n')"
said upload.none
expect "a field" 422 "$(send '' -F dry_run=true -F file=@group.csv)"
said upload.field
expect "no end" 400 "$({ part a.csv; echo x; } | send '' -H "$form" --data-binary @-)"
said upload.body
expect "no begin" 400 "$(head -c 100000 /dev/zero | send '' -H "$form" --data-binary @-)"
nine=()
for n in {1..9}; do nine+=(-F "file=@group.csv;filename=$n.csv"); done
expect "nine files" 422 "$(send '' "${nine[@]}")"
said upload.many
expect "a file that is too large" 413 "$({ part large.csv; head -c 67108865 /dev/zero; printf '\r\n--xyz--'; } | send '' -H "$form" --data-binary @- -H Expect:)"
said '"detail_ja":"「large.csv」が大きすぎます'
expect "a strange name" 422 "$({ part $'a;\x01"b'; echo x; printf '\r\n--xyz--'; } | send '' -H "$form" --data-binary @-)"
wait_until 10 empty || fail "files stay: $(ls data/uploads)"

# ---- a client that goes away, a daemon that is killed in the middle ----
hang() { # sends the begin of a file and waits
    { part slow.csv; head -c 300000 /dev/zero; cat hanging; } |
        curl -sS --cacert server.pem -H "Authorization: Bearer $ADMIN" -H "$form" -T - -X POST "$URL/imports" >/dev/null 2>&1 &
    client=$!
    exec 7>hanging
}
mkfifo hanging
arrived() { ! empty; }
hang
wait_until 20 arrived || kinmu_fail "nothing arrives"
expect "readable by" 700 "$(stat -c %a data/uploads)"
kill -9 "$client"
exec 7>&-
wait_until 20 empty || fail "the files of a client that went away stay"
hang
wait_until 20 arrived || kinmu_fail "nothing arrives"
kill -9 "$KINMU_PID"
wait "$KINMU_PID" 2>/dev/null || true
exec 7>&-
wait "$client" 2>/dev/null || true
arrived || fail "nothing was left by the killed daemon: nothing is tested"
serve
wait_until 20 empty || fail "the files of a killed daemon stay"
hang
wait_until 20 arrived || kinmu_fail "nothing arrives"
stop_kinmu
exec 7>&-
wait "$client" 2>/dev/null || true
empty || fail "the files of an upload stay when the daemon stops"
echo "ok: nothing stays"
