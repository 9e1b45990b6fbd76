#!/usr/bin/env bash
# with_server.sh COMMAND [ARGUMENT…] - runs a command with a PostgreSQL server of its own, named in
# KINMU_TEST_POSTGRES as a connection string. 77 = skipped: there is none to start here.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-pg-XXXXXX)
chmod 0755 "$folder"
finish() {
    postgres_stop "$folder/server"
    rm -rf "$folder"
}
trap finish EXIT
port=$(free_port)
postgres_make "$folder/server" && postgres_start "$folder/server" "$port" || exit 1
export KINMU_TEST_POSTGRES="host=$folder/server port=$port user=kinmu dbname=postgres"
"$@"
code=$?
[ $code -eq 0 ] || [ -z "${KINMU_TEST_POSTGRES_LOG:-}" ] || tail -n 30 "$folder/server/log"
exit $code
