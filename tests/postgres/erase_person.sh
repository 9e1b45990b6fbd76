#!/usr/bin/env bash
# erase_person.sh BUILD - `kinmu person erase` where journal, keys and store are on a server: the records of one person are
# handed over, then destroyed; no table says anything of him any more, the journal tells nothing, the receipt verifies, and
# of the other person nothing is missing, also in a store that is built again.
set -u
BUILD=$(realpath "$1")
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
. "$here/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
. "$here/../e2e/lib.sh"
KINMU_PLUGINS=$E2E_DIR/plugins
. "$here/../crash/daemon.sh"
chmod 0755 "$E2E_DIR"
umask 077
stop_server() {
    postgres_stop "$E2E_DIR/pg"
}
at_end stop_server
port=$(free_port)
postgres_make "$E2E_DIR/pg" && postgres_start "$E2E_DIR/pg" "$port" || fail "the server"
server="host=127.0.0.1 port=$port user=kinmu dbname=postgres"
dump() { # all tables as text, bytes as bytes: events in blocks are sealed
    "$POSTGRES_BIN/pg_dump" -h 127.0.0.1 -p "$port" -U kinmu postgres
}
says() { # WORD: lines of all tables with it
    dump | grep -cF -- "$1"
}

mkdir -p "$E2E_DIR/plugins"
cp "$BUILD/tests/feed/feed.so" "$BUILD"/plugins/connectors/people.so "$E2E_DIR/plugins/"
configure 10.yaml <<END
node: {name: hub}
purposes: {working-time: {}, activity: {}}
journal: {postgres: "$server", flush_interval: 20ms}
store: {postgres: "$server"}
collectors:
  com.example.feed: {path: $E2E_DIR/feed.txt, isolation: core}
connectors:
  people: {time_records: 0s}
END
start_kinmu
wait_until 10 instance_is people health ok || kinmu_fail "people did not start"
for id in 1 2; do
    kinmu person set "U$id" --employee_no "N$id" --name "canary-name-$id" --mail "canary$id@example.com" >/dev/null || kinmu_fail "person set"
    kinmu account set "canary-account-$id" --person "U$id" --from_date 2020-01-01 >/dev/null || kinmu_fail "account set"
done
now=$(date +%s)
for id in 1 2; do
    for day in 3 40; do
        echo "$((now - day * 86400)) canary-account-$id change logon"
        echo "$((now - day * 86400 + 60)) canary-account-$id input 7"
    done
done >"$E2E_DIR/feed.new"
mv "$E2E_DIR/feed.new" "$E2E_DIR/feed.txt"
wait_until 30 test -e "$E2E_DIR/feed.txt.done" || kinmu_fail "the feed is not taken"
kinmu status >/dev/null
is_there() { [ "$(says canary-account-1)" -gt 0 ] && [ "$(says canary-account-2)" -gt 0 ]; }
wait_until 20 is_there || kinmu_fail "the store has not all of it"

kinmu person export U1 --out "$E2E_DIR/U1.zip" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "export: $(cat "$E2E_DIR/answer")"
expect "rows handed over" 2 "$(unzip -p "$E2E_DIR/U1.zip" kinmu.input.minute-1.ndjson | grep -c canary-account-1)"
before=$(says canary-account-2)
kinmu person erase U1 "asked for" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "erase: $(cat "$E2E_DIR/answer")"
grep -q '"state":"\(erased\|unfinished\)"' "$E2E_DIR/answer" || kinmu_fail "erase: $(cat "$E2E_DIR/answer")"
receipt=$(grep -o '"receipt":"[0-9a-f]*"' "$E2E_DIR/answer" | cut -d'"' -f4)
is_gone() { ! dump | grep -qF -e canary-account-1 -e canary-name-1 -e canary1@; }
wait_until 20 is_gone || kinmu_fail "a table still tells of U1: $(dump | grep -F -e canary-account-1 -e canary-name-1 -e canary1@ | head -3)"
kinmu journal cat >"$E2E_DIR/cat" 2>&1 || kinmu_fail "journal cat"
grep -F -e canary-account-1 -e canary-name-1 "$E2E_DIR/cat" && kinmu_fail "the journal still tells of U1"
grep -qF canary-account-2 "$E2E_DIR/cat" || kinmu_fail "the journal tells nothing of U2"
expect "rows of U2" "$before" "$(says canary-account-2)"
kinmu journal receipts "$receipt" >"$E2E_DIR/receipts" 2>&1 || kinmu_fail "receipt: $(cat "$E2E_DIR/receipts")"
grep -q '確認済み / verified' "$E2E_DIR/receipts" || kinmu_fail "receipt: $(cat "$E2E_DIR/receipts")"
stop_kinmu
live=$(kinmu store digest) || fail "digest"
expect "the store, built again" "$live" "$(kinmu store rebuild | sed -n 's/^digest: //p')"
echo PASS
