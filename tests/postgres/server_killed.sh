#!/usr/bin/env bash
# server_killed.sh BUILD [ROUNDS] - kill -9 of the server while a daemon commits to it: journal and store
# are there, every number that was acknowledged is in both exactly once, and each was repeated exactly
# once by a consumer whose cursor lies in the journal. KINMU_TEST_LONG=1: 200 rounds instead of 20.
build=$1
rounds=${2:-$([ "${KINMU_TEST_LONG:-0}" = 1 ] && echo 200 || echo 20)}
POSTGRES_FSYNC=on
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/numbers.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-pg-XXXXXX)
chmod 0755 "$folder"
finish() {
    [ -z "$DAEMON" ] || kill -KILL "$DAEMON" 2>/dev/null
    postgres_stop "$folder/server" KILL
    rm -rf "$folder"
}
trap finish EXIT
port=$(free_port)
postgres_make "$folder/server" && postgres_start "$folder/server" "$port" || exit 1
place="host=$folder/server port=$port user=kinmu dbname=postgres"

numbers_start
wait_for 30 has_more_than 20 || fail "nothing was acknowledged"
for ((round = 1; round <= rounds; round++)); do
    before=$(acknowledged)
    sleep "0.$((RANDOM % 40 + 10))"
    postgres_stop "$folder/server" KILL
    postgres_start "$folder/server" "$port" || exit 1
    wait_for 60 has_more_than $((before + 20)) || fail "round $round: nothing more was acknowledged"
done
numbers_judge "$rounds kills"
