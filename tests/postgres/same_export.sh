#!/usr/bin/env bash
# same_export.sh BUILD - a daemon with its journal in files writes its store to PostgreSQL; a store made
# in a file from the same journal has the same digest and gives byte-identical CSV and JSON files.
build=$1
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-pg-XXXXXX)
chmod 0755 "$folder"
DAEMON=
finish() {
    [ -z "$DAEMON" ] || kill -KILL "$DAEMON" 2>/dev/null
    postgres_stop "$folder/pg"
    rm -rf "$folder"
}
trap finish EXIT
fail() {
    echo "FAIL: $*"
    tail -n 20 "$folder/log"
    exit 1
}
port=$(free_port)
postgres_make "$folder/pg" && postgres_start "$folder/pg" "$port" || exit 1
"$POSTGRES_BIN/psql" -h "$folder/pg" -p "$port" -U kinmu -d postgres -q \
    -c "CREATE ROLE app LOGIN PASSWORD 'x y'" -c "CREATE DATABASE kinmu OWNER app" -c "CREATE ROLE kinmu_reader" || exit 1
printf 'x y\n' >"$folder/password"
chmod 0600 "$folder/password"
mkdir -m 0700 "$folder/server-conf" "$folder/file-conf" "$folder/data"
rest='node: {name: same}
purposes: {activity: {keep: 30d}, presence: {keep: 30d}}
collectors:
  test.numbers: {isolation: core, file: "'$folder'/acknowledged", interval: 5ms}
connectors:
  test.echo: {isolation: core}
exporters:
  csv: {}
  json: {}'
printf '%s\nstore: {postgres: "host=127.0.0.1 port=%s dbname=kinmu user=app", password: "${file:%s}"}\n' \
    "$rest" "$port" "$folder/password" >"$folder/server-conf/conf.yaml"
printf '%s\n' "$rest" >"$folder/file-conf/conf.yaml"
export KINMU_DATA=$folder/data KINMU_PLUGINS=$build/plugins:$build/tests/crash/plugins
kinmu() { "$build/kinmu" "$@" 2>>"$folder/log"; }

"$build/kinmu" run --conf "$folder/server-conf" >>"$folder/log" 2>&1 &
DAEMON=$!
for ((i = 0; i < 200; i++)); do
    [ "$(wc -l 2>/dev/null <"$folder/acknowledged" || echo 0)" -lt 100 ] || break
    sleep 0.1
done
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "the daemon ended badly"
DAEMON=
[ "$(wc -l <"$folder/acknowledged")" -ge 100 ] || fail "too little was recorded"
[ ! -e "$folder/data/store.db" ] || fail "there is a store.db though the store is on a server"

day=$(date -u +%F)
for conf in server file; do
    if [ $conf = file ]; then
        kinmu store rebuild --conf "$folder/file-conf" >/dev/null || fail "no store in a file"
    fi
    for exporter in csv json; do
        mkdir -p "$folder/$conf/$exporter"
        kinmu export $exporter --conf "$folder/$conf-conf" --from "$(date -u -d "$day - 1 day" +%F)" \
            --to "$(date -u -d "$day + 1 day" +%F)" --out "$folder/$conf/$exporter" >/dev/null ||
            fail "no $exporter from $conf"
    done
    kinmu store digest --conf "$folder/$conf-conf" >"$folder/$conf/digest" || fail "no digest from $conf"
done
# The numbers are the device's, no person's: they stand in the JSON.
[ -n "$(find "$folder/server/json" -type f -size +10k)" ] || fail "the JSON files are empty"
diff -r "$folder/server" "$folder/file" >"$folder/diff" ||
    fail "the exports differ: $(head -n 5 "$folder/diff")"
echo "ok: equal digests, byte-identical CSV and JSON ($(du -sb "$folder/file/json" | cut -f1) bytes of JSON)"
