#!/usr/bin/env bash
# failover.sh BUILD - a primary with a synchronous standby. The primary is killed while a daemon commits to
# it; the standby is promoted; the daemon finds it by its connection string and goes on by itself. What
# was acknowledged before is there after, once.
build=$1
POSTGRES_FSYNC=on
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/numbers.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-pg-XXXXXX)
chmod 0755 "$folder"
finish() {
    [ -z "$DAEMON" ] || kill -KILL "$DAEMON" 2>/dev/null
    postgres_stop "$folder/first" KILL
    postgres_stop "$folder/second" KILL
    rm -rf "$folder"
}
trap finish EXIT
first_port=$(free_port)
second_port=$(free_port)
while [ "$second_port" = "$first_port" ]; do
    second_port=$(free_port)
done
postgres_make "$folder/first" || exit 1
printf "wal_level = replica\nsynchronous_standby_names = 'second'\n" >>"$folder/first/data/postgresql.conf"
# Without its standby the primary would keep even the making of the base backup waiting.
sed -i "s/^synchronous_standby_names/#&/" "$folder/first/data/postgresql.conf"
postgres_start "$folder/first" "$first_port" || exit 1
postgres_folder "$folder/second"
as_postgres "$POSTGRES_BIN/pg_basebackup" -h "$folder/first" -p "$first_port" -U kinmu -D "$folder/second/data" -R -c fast \
    -d "application_name=second" >"$folder/backup.log" 2>&1 || { cat "$folder/backup.log"; exit 1; }
sed -i "s#^unix_socket_directories.*#unix_socket_directories = '$folder/second'#" "$folder/second/data/postgresql.conf"
postgres_start "$folder/second" "$second_port" || exit 1
sed -i "s/^#synchronous_standby_names/synchronous_standby_names/" "$folder/first/data/postgresql.conf"
kill -HUP "$(postgres_pid "$folder/first")"
place="host=127.0.0.1,127.0.0.1 port=$first_port,$second_port user=kinmu dbname=postgres"
is_synchronous() {
    [ "$(ask "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]
}
for ((i = 0; i < 100; i++)); do
    ! is_synchronous || break
    sleep 0.1
done
is_synchronous || { echo "FAIL: the standby does not follow"; exit 1; }

numbers_start
wait_for 30 has_more_than 200 || fail "nothing was acknowledged"
before=$(acknowledged)
postgres_stop "$folder/first" KILL
killed=$(date +%s%N)
as_postgres "$POSTGRES_BIN/pg_ctl" -D "$folder/second/data" promote >/dev/null || fail "no promotion"
sed -i "s/^synchronous_standby_names/#&/" "$folder/second/data/postgresql.conf"
kill -HUP "$(postgres_pid "$folder/second")"
wait_for 60 has_more_than $((before + 200)) || fail "it did not go on with the new primary"
numbers_judge "failed over in $((($(date +%s%N) - killed) / 1000000)) ms"
