#!/usr/bin/env bash
# server_killed.sh BUILD [ROUNDS] - kill -9 of the server while a daemon commits to it: journal and store
# are there, every number that was acknowledged is in both exactly once, and each was repeated exactly
# once by a consumer whose cursor lies in the journal. KINMU_TEST_LONG=1: 200 rounds instead of 20.
build=$1
rounds=${2:-$([ "${KINMU_TEST_LONG:-0}" = 1 ] && echo 200 || echo 20)}
POSTGRES_FSYNC=on
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-pg-XXXXXX)
chmod 0755 "$folder"
DAEMON=
finish() {
    [ -z "$DAEMON" ] || kill -KILL "$DAEMON" 2>/dev/null
    postgres_stop "$folder/server" KILL
    rm -rf "$folder"
}
trap finish EXIT
fail() {
    echo "FAIL: $*"
    tail -n 20 "$folder/daemon.log"
    exit 1
}
port=$(free_port)
postgres_make "$folder/server" && postgres_start "$folder/server" "$port" || exit 1
place="host=$folder/server port=$port user=kinmu dbname=postgres"
mkdir -m 0700 "$folder/conf" "$folder/data"
cat >"$folder/conf/conf.yaml" <<CONF
node: {name: crash}
purposes: {activity: {keep: 30d}}
journal: {flush_interval: 20ms, postgres: "$place"}
store: {postgres: "$place"}
collectors:
  test.numbers: {isolation: core, file: "$folder/acknowledged", interval: 5ms}
connectors:
  test.echo: {isolation: core}
CONF
plugins=$build/plugins:$build/tests/crash/plugins
start_daemon() {
    "$build/kinmu" run --conf "$folder/conf" --data "$folder/data" --plugins "$plugins" >>"$folder/daemon.log" 2>&1 &
    DAEMON=$!
}
ask() {
    "$POSTGRES_BIN/psql" -h "$folder/server" -p "$port" -U kinmu -d postgres -Atqc "$1"
}
acknowledged() { # how many numbers
    awk '{ total += $4 - $3 + 1 } END { print total + 0 }' <(cat "$folder/acknowledged" 2>/dev/null)
}
wait_for() { # SECONDS COMMAND…
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        kill -0 "$DAEMON" 2>/dev/null || return 1
        sleep 0.05
    done
}
has_more_than() { [ "$(acknowledged)" -gt "$1" ]; }

start_daemon
wait_for 10 has_more_than 20 || fail "nothing was acknowledged"
for ((round = 1; round <= rounds; round++)); do
    before=$(acknowledged)
    sleep "0.$((RANDOM % 40 + 10))"
    postgres_stop "$folder/server" KILL
    postgres_start "$folder/server" "$port" || exit 1
    wait_for 60 has_more_than $((before + 20)) || fail "round $round: nothing more was acknowledged"
done
is_settled() {
    [ "$(ask 'SELECT (SELECT count(*) FROM kinmu_store.test_number_1) = (SELECT count(*) FROM kinmu_store.test_echo_1)')" = t ] &&
        [ "$(ask 'SELECT max(position) FROM kinmu_journal.block')" = \
        "$(ask 'SELECT position FROM kinmu_store.kinmu_cursor')" ]
}
sed -i 's/interval: 5ms/interval: 60s/' "$folder/conf/conf.yaml"
kill -HUP "$DAEMON"
sleep 1
wait_for 60 is_settled || fail "the store did not catch up"
kill -TERM "$DAEMON"
wait "$DAEMON" || fail "the daemon ended badly"
DAEMON=

awk '{ for (n = $3; n <= $4; n++) print n }' "$folder/acknowledged" | sort -n >"$folder/wanted"
ask 'SELECT number FROM kinmu_store.test_number_1 ORDER BY 1' >"$folder/numbers"
ask 'SELECT number FROM kinmu_store.test_echo_1 ORDER BY 1' >"$folder/echoes"
! grep -q '^disagree' "$folder/acknowledged" || fail "a ticket was told too early"
[ -z "$(uniq -d "$folder/wanted")" ] || fail "a number was used twice"
[ -z "$(sort "$folder/numbers" | uniq -d)" ] || fail "a number is there twice"
missing=$(comm -23 <(sort "$folder/wanted") <(sort "$folder/numbers") | wc -l)
[ "$missing" -eq 0 ] || fail "$missing acknowledged numbers are missing"
cmp -s "$folder/numbers" "$folder/echoes" || fail "the repeated numbers are not those published"
"$build/kinmu" journal verify --conf "$folder/conf" --plugins "$plugins" --data "$folder/data" | tail -n 1
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "the journal does not verify"
echo "ok: $rounds kills, $(wc -l <"$folder/wanted") acknowledged, $(wc -l <"$folder/numbers") there, none missing, none doubled"
