#!/bin/bash
# downloads.sh BUILD_DIR: files of export jobs by the API over TLS, with curl: who gets them, names, ETags, ranges, what is
# outside of a job's folder, a client that does not read, a daemon killed and a job removed in the middle.
set -euo pipefail
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins
. "$(dirname "$0")/../crash/daemon.sh"
. "$(dirname "$0")/api_lib.sh"
api_conf tls
configure 20.yaml <<<'exporters: {csv: {}, jobs: {}}'
start_api

kinmu person set U1 --employee_no 1001 --name 利用者 --mail u1@example.com >error 2>&1 || kinmu_fail "person: $(cat error)"
ADMIN=$(token download admin)
SELF=$(token self self --person U1)
OPERATOR=$(token operator operator)
NARROW=$(token reader admin --scope read)
ask() { # TOKEN PATH CURL WORDS…: the answer's code; head and body in files
    local token=$1 path=$2
    shift 2
    curl -sS --cacert server.pem -H "Authorization: Bearer $token" -D head -o body -w '%{http_code}' --path-as-is "$@" "$URL/$path"
}
header() { # NAME: of the last answer
    tr -d '\r' <head | sed -n "s/^$1: //Ip"
}

today=$(date +%F)
expect "an order" 200 "$(ask "$ADMIN" commands/jobs/create -H 'Content-Type: application/json' \
    -d "{\"exporter\": \"csv\", \"from_date\": \"$today\", \"to_date\": \"$today\", \"options\": \"schemas=[kinmu.people.person/1]\"}")"
expect "its number" '{"job":1,"state":"waiting","place":1}' "$(cat body)"
is_ordered() {
    [ "$(kinmu journal cat --json | grep -c '"object":"jobs.create","object_id":"1".*"channel":"api"')" = 1 ]
}
wait_until 10 is_ordered || fail "an order by the API is not in the audit as one"
is_done() {
    [ "$(ask "$ADMIN" jobs/1)" = 200 ] && grep -q '"state":"done"' body
}
wait_until 30 is_done || kinmu_fail "the job: $(cat body)"
expect "folders of the hub told to a client" 0 "$(grep -c "$E2E_DIR\|exports/1" body)"
[[ "$(kinmu job show 1)" == *exports/1* ]] || kinmu_fail "the shell is not told the folder: $(kinmu job show 1)"
expect "the list" 200 "$(ask "$ADMIN" jobs)"
expect "jobs in it" 1 "$(grep -c '"jobs":\[{"job":1,' body)"
ask "$ADMIN" jobs/1 >/dev/null
tag=$(header etag)
expect "a job that is as it was" 304 "$(ask "$ADMIN" jobs/1 -H "If-None-Match: $tag")"

# What a job makes is a folder of plain files; here one is large, and one has a name to quote.
folder=data/exports/1
file=$(find "$folder" -type f -printf '%f\n' | head -n 1)
head -c 67108864 /dev/urandom >"$folder/大きい \"1\".csv"
printf 'x' >"$folder/one.bin"
: >"$folder/empty.csv"
ln -s /etc/passwd "$folder/link.csv"
mkdir "$folder/below"
echo secret >"$folder/below/inner.csv"
LARGE=%E5%A4%A7%E3%81%8D%E3%81%84%20%221%22.csv

expect "a file" 200 "$(ask "$ADMIN" "jobs/1/files/$file")"
cmp body "$folder/$file" || fail "it is another file"
expect "its type" text/csv "$(header content-type)"
expect "its name" "attachment; filename=\"$file\"; filename*=UTF-8''$file" "$(header content-disposition)"
expect "not to be stored" no-store "$(header cache-control)"
expect "an empty one" 200 "$(ask "$ADMIN" jobs/1/files/empty.csv)"
expect "its size" 0 "$(header content-length)"
expect "the large one" 200 "$(ask "$ADMIN" "jobs/1/files/$LARGE")"
cmp body "$folder/大きい \"1\".csv" || fail "the large one is another"
expect "its name" "attachment; filename=\"_________ _1_.csv\"; filename*=UTF-8''$LARGE" "$(header content-disposition)"
tag=$(header etag)
expect "its head" 200 "$(ask "$ADMIN" "jobs/1/files/$LARGE" --head)"
expect "the size in it" 67108864 "$(header content-length)"
expect "as it was" 304 "$(ask "$ADMIN" "jobs/1/files/$LARGE" -H "If-None-Match: $tag")"
expect "a piece" 206 "$(ask "$ADMIN" "jobs/1/files/$LARGE" -H "Range: bytes=1000000-1999999")"
cmp body <(tail -c +1000001 "$folder/大きい \"1\".csv" | head -c 1000000) || fail "the piece is another"
expect "which piece" "bytes 1000000-1999999/67108864" "$(header content-range)"
expect "the end" 206 "$(ask "$ADMIN" "jobs/1/files/$LARGE" -H "Range: bytes=-5" -H "If-Range: $tag")"
expect "the end's size" 5 "$(stat -c %s body)"
expect "beyond the end" 416 "$(ask "$ADMIN" jobs/1/files/one.bin -H "Range: bytes=1-")"
expect "where the end is" "bytes */1" "$(header content-range)"
expect "a piece of another version" 200 "$(ask "$ADMIN" jobs/1/files/one.bin -H "Range: bytes=0-0" -H 'If-Range: "other"')"
expect "several pieces" 200 "$(ask "$ADMIN" jobs/1/files/one.bin -H "Range: bytes=0-0,0-0")"

for path in jobs/1/files/link.csv jobs/1/files/below jobs/1/files/below/inner.csv \
    jobs/1/files/... jobs/1/files/nothing.csv jobs/2/files/one.bin jobs/0/files/one.bin jobs/-1/files/one.bin \
    jobs/01x/files/one.bin jobs/99999999999999999999/files/one.bin; do
    expect "$path" 404 "$(ask "$ADMIN" "$path")"
done
for path in jobs/1/files/..%2f..%2f..%2f..%2fetc%2fpasswd jobs/1/files/..%5c..%5cpasswd jobs/1/files/one.bin%00.csv \
    jobs/../../../../../etc/passwd; do
    code=$(ask "$ADMIN" "$path")
    [[ $code == 40[04] ]] || fail "$path: $code"
done
for path in jobs/1/files/.. jobs/1/files/%2e%2e; do # the server's to follow: the job itself
    ask "$ADMIN" "$path" >/dev/null
    [ "$(grep -c '^{"job":{"job":1,' body)" = 1 ] || grep -q urn:kinmu:problem body || fail "$path: $(head -c 200 body)"
done
expect "passwd anywhere" 0 "$(grep -c root: body || true)"
for path in jobs jobs/1 jobs/1/files/one.bin; do
    expect "nobody: $path" 401 "$(curl -sS --cacert server.pem -o body -w '%{http_code}' "$URL/$path")"
    expect "oneself: $path" 403 "$(ask "$SELF" "$path")"
    expect "an operator: $path" 403 "$(ask "$OPERATOR" "$path")"
    expect "a narrow token: $path" 403 "$(ask "$NARROW" "$path")"
done
audit() {
    kinmu journal cat --json | grep -c '"object":"jobs.read","object_id":"1/one.bin".*"channel":"api","address":"127.0.0.1"' || true
}
told() { [ "$(audit)" = "$1" ]; }
wait_until 10 told 2 || fail "who took it is told $(audit) times, not 2"

# A client that asks and does not read: no more is read of the file than fits on the way to it.
cat >stalled.py <<'END'
import http.client, ssl, sys
port, token, path = sys.argv[1:]
line = http.client.HTTPSConnection("localhost", int(port), timeout=60, context=ssl.create_default_context(cafile="server.pem"))
line.request("GET", path, headers={"Authorization": "Bearer " + token})
answer = line.getresponse()
print("begun", answer.status, flush=True)
sys.stdin.readline()
try:
    print("whole" if len(answer.read()) == 67108864 else "broken", flush=True)
except (http.client.IncompleteRead, OSError):
    print("broken", flush=True)
END
stalled() {
    coproc CLIENT { python3 stalled.py "$PORT" "$ADMIN" "/api/v1/jobs/1/files/$LARGE"; }
    client=$CLIENT_PID from=${CLIENT[0]} to=${CLIENT[1]}
    read -r said <&"$from"
    expect "a client that does not read" "begun 200" "$said"
}
read_bytes() { sed -n 's/^rchar: //p' "/proc/$KINMU_PID/io" 2>/dev/null || echo 0; } # 0: not to be known here
before=$(read_bytes)
stalled
for _ in {1..10}; do ask "$ADMIN" jobs/1 >/dev/null; done
ahead=$(($(read_bytes) - before))
[ "$ahead" -lt 33554432 ] || fail "$ahead bytes were read for a client that reads none"
echo >&"$to"
read -r said <&"$from"
expect "in the end" whole "$said"
wait "$client"

# The job is removed, or the daemon killed, in the middle: the client notices; after a restart it goes on where it was.
stalled
curl -sS --cacert server.pem -H "Authorization: Bearer $ADMIN" --limit-rate 2M -o part "$URL/jobs/1/files/$LARGE" 2>error &
curl=$!
has_some() { [ "$(stat -c %s part)" -gt 1000000 ]; }
wait_until 20 has_some || fail "no download: $(cat error)"
kill -9 "$KINMU_PID"
wait "$KINMU_PID" 2>/dev/null || true
if wait "$curl"; then fail "curl took a part for the whole"; fi
echo >&"$to"
read -r said <&"$from"
expect "of a daemon that was killed" broken "$said"
wait "$client"
start_api
size=$(stat -c %s part)
curl -sS --cacert server.pem -H "Authorization: Bearer $ADMIN" -H "If-Range: $tag" -r "$size-" "$URL/jobs/1/files/$LARGE" >>part
cmp part "$folder/大きい \"1\".csv" || fail "what was taken in two pieces is another file"
stalled
kinmu job remove 1 >/dev/null
gone() { [ ! -e "$folder/one.bin" ]; }
wait_until 10 gone || fail "the files of a removed job stay"
echo >&"$to"
read -r said <&"$from"
expect "of a job that was removed" broken "$said"
wait "$client"
expect "afterwards" 404 "$(ask "$ADMIN" jobs/1/files/one.bin)"
expect "its words" 1 "$(grep -c urn:kinmu:problem:files.absent body)"
stop_kinmu
