#!/usr/bin/env bash
# bench/postgres.sh BUILD - rows into the store on a server against a bare COPY of the same rows, commits of
# 1,000 events against bare commits of a block of that size; one server, the same run.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../tests/postgres/lib.sh"
rounds=${BENCH_ROUNDS:-3}
events=${BENCH_POSTGRES_EVENTS:-400000}
why=$(postgres_missing)
[ -z "$why" ] || { say "postgres: skipped: $why"; exit 0; }
chmod 0755 "$BENCH_DIR"
POSTGRES_FSYNC=on
port=$(free_port)
postgres_make "$BENCH_DIR/server" && postgres_start "$BENCH_DIR/server" "$port" || exit 1
trap 'postgres_stop "$BENCH_DIR/server"; rm -rf "$BENCH_DIR"' EXIT
place="host=$BENCH_DIR/server port=$port user=kinmu dbname=postgres"
"$BENCH_BIN/journal_bench" prepare "$BENCH_DIR/replay" "$events" >/dev/null
for ((round = 1; round <= rounds; round++)); do
    say "postgres, round $round of $rounds"
    "$BENCH_BIN/postgres_limit" copy "$place" "$events" 50000
    BENCH_POSTGRES=$place "$BENCH_BIN/store_bench" "$BENCH_DIR/replay" "$BENCH_DIR/store"
    "$BENCH_BIN/store_bench" "$BENCH_DIR/replay" "$BENCH_DIR/file"
    "$BENCH_BIN/postgres_limit" insert "$place" 2 29000
    BENCH_POSTGRES=$place "$BENCH_BIN/journal_bench" publish "$BENCH_DIR" 1000 2 1000 pg.events |
        awk '{ print "pg.commit", $2 / 1000 }'
    "$POSTGRES_BIN/psql" "$place" -qc 'DROP SCHEMA bench_store, bench_journal, bench_keys CASCADE' 2>/dev/null
    rm -rf "$BENCH_DIR"/store "$BENCH_DIR"/file "$BENCH_DIR"/publish-*
done
