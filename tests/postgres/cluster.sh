#!/usr/bin/env bash
# cluster.sh BUILD [AGENTS [DAYS]] - a cluster on one machine: two nodes that take in, two that keep the
# tables up to date, on a PostgreSQL primary with a synchronous standby; simulated agents push to both. Each
# node is killed in turn, then the primary, and the standby takes over. Then all of it is lost and an older
# backup put back: agents send again what came after it. Each time every acknowledged event is in the tables
# once, and none besides. KINMU_TEST_LONG=1: five days of each agent instead of one.
set -uo pipefail
build=$(realpath "$1")
release=$(cd "$(dirname "$0")/../.." && pwd)/build/release # ./dev test makes it first: sanitizers are slow here
[ ! -x "$release/kinmu" ] || build=$release
agents=${2:-200}
days=${3:-$([ "${KINMU_TEST_LONG:-0}" = 1 ] && echo 5 || echo 1)}
kinmu=$build/kinmu
POSTGRES_FSYNC=on
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
command -v jq >/dev/null || { echo "skipped: no jq"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-cluster-XXXXXX)
chmod 0755 "$folder"
declare -A NODE
run=
finish() {
    local node
    for node in "${NODE[@]}" $run; do kill -KILL "$node" 2>/dev/null; done
    postgres_stop "$folder/one" KILL
    postgres_stop "$folder/two" KILL
    postgres_stop "$folder/old" KILL
    rm -rf "$folder"
}
trap finish EXIT
fail() {
    echo "FAIL: $*"
    tail -n 12 "$folder"/*.log "$folder"/*/log 2>/dev/null
    exit 1
}

# ---- the servers ----
one=$(free_port) two=$(free_port)
[ "$one" != "$two" ] || two=$((two + 1))
postgres_make "$folder/one" && postgres_start "$folder/one" "$one" || exit 1
ask() { # PORT SQL
    "$POSTGRES_BIN/psql" -h 127.0.0.1 -p "$1" -U kinmu -d postgres -Atqc "$2"
}
echo "host replication all 127.0.0.1/32 trust" >>"$folder/one/data/pg_hba.conf"
ask "$one" "SELECT pg_reload_conf()" >/dev/null
copy_server() { # NAME [-R]: the primary as it is now
    postgres_folder "$folder/$1"
    as_postgres "$POSTGRES_BIN/pg_basebackup" -h 127.0.0.1 -p "$one" -U kinmu -D "$folder/$1/data" -X stream -c fast \
        "${@:2}" >>"$folder/basebackup.log" 2>&1 || fail "no copy of the primary"
    sed -i "s|^unix_socket_directories = .*|unix_socket_directories = '$folder/$1'|" "$folder/$1/data/postgresql.conf"
    chmod 0700 "$folder/$1/data"
}
copy_server two -R
postgres_start "$folder/two" "$two" || exit 1
ask "$one" "ALTER SYSTEM SET synchronous_standby_names = '*'" && ask "$one" "SELECT pg_reload_conf()" >/dev/null
is_synchronous() { [ "$(ask "$one" "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]; }
wait_until 20 is_synchronous || fail "the standby is not synchronous"

# ---- the hub nodes: a and b take in, c and d apply ----
place="host=127.0.0.1,127.0.0.1 port=$one,$two user=kinmu dbname=postgres"
declare -A PORT=([a]=$(free_port) [b]=$(free_port))
[ "${PORT[a]}" != "${PORT[b]}" ] || PORT[b]=$((PORT[b] + 1))
export KINMU_PLUGINS=$build/plugins
umask 077
for node in a b c d; do
    mkdir "$folder/$node.conf"
    cat >"$folder/$node.conf/hub.yaml" <<CONF
node: {name: hub-$node}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
journal: {postgres: "$place"}
store: {postgres: "$place", apply: $([ -n "${PORT[$node]:-}" ] && echo false || echo true)}
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}
CONF
    [ -z "${PORT[$node]:-}" ] || cat >>"$folder/$node.conf/hub.yaml" <<CONF
http: {listen: ["127.0.0.1:${PORT[$node]}"]}
connectors: {ingest: {pushes_per_minute: 100000}}
CONF
done
at() { # NODE WORDS…
    local node=$1
    shift
    "$kinmu" "$@" --conf "$folder/$node.conf" --data "$folder/$node.data"
}
"$kinmu" hub init --name localhost --name 127.0.0.1 --conf "$folder/a.conf" --data "$folder/a.data" >/dev/null ||
    fail "hub init"
for node in b c d; do
    mkdir -m 0700 "$folder/$node.data"
    cp -r "$folder/a.data/hub" "$folder/a.data/device.key" "$folder/$node.data/"
done
start_node() {
    "$kinmu" run --conf "$folder/$1.conf" --data "$folder/$1.data" >>"$folder/$1.log" 2>&1 &
    NODE[$1]=$!
    wait_until 30 at "$1" status || fail "node $1 does not start"
    [ -z "${PORT[$1]:-}" ] || wait_until 30 at "$1" call ingest devices || fail "node $1 does not serve"
}
start_missing() {
    local node
    for node in a b c d; do
        [ -n "${NODE[$node]:-}" ] && kill -0 "${NODE[$node]}" 2>/dev/null || start_node $node
    done
}
kill_node() {
    kill -KILL "${NODE[$1]}"
    wait "${NODE[$1]}" 2>/dev/null
    unset "NODE[$1]"
}
start_missing
token=$(at a hub invite --uses 1000 2>/dev/null) || fail "no token"
sleep 2 # the other node looks at what this one decided once a second

# ---- agents push to both nodes while everything falls over ----
server=$one # the one that takes writes
blocks="SELECT count(*) FROM kinmu_journal.block"
applied="SELECT count(*) FROM kinmu_store.kinmu_block"
"$kinmu" simulate --hub "https://127.0.0.1:${PORT[a]}" --hub "https://127.0.0.1:${PORT[b]}" --token "$token" --agents "$agents" \
    --from "$(date -d 'last monday - 14 days' +%F)" --days "$days" --burst --interval 20m --flush 1m --seed 11 --keep --stay \
    --faults drop=2%,duplicate=2%,reorder=2% --json >"$folder/run.json" 2>"$folder/simulate.log" &
run=$!
is_confirmed() { grep -q "everything is confirmed" "$folder/simulate.log"; }
has_more_than() { # WHAT NUMBER
    local number
    kill -0 $run 2>/dev/null || return 0
    number=$(ask "$server" "$1" 2>/dev/null) && [ "$number" -gt "$2" ]
}
goes_on() { # WHAT: some more of it
    local before
    before=$(ask "$server" "$1" 2>/dev/null)
    wait_until 60 has_more_than "$1" $((${before:-0} + 200)) || fail "it does not go on: $1"
    kill -0 $run 2>/dev/null || fail "the run ended by itself: $(cat "$folder/run.json")"
}
goes_on "$blocks"
goes_on "$applied"
backed_up=$(ask "$one" "$blocks")
copy_server old
at a hub invite >/dev/null 2>&1 || fail "no second invitation" # the hub's own chain goes on behind the backup
for node in a c b d; do
    kill_node $node
    goes_on "$blocks"
    goes_on "$applied"
    start_node $node
done
! is_confirmed || fail "everything was sent before the primary was killed: it shows nothing"
postgres_stop "$folder/one" KILL
sleep 1
as_postgres "$POSTGRES_BIN/pg_ctl" promote -D "$folder/two/data" -w >/dev/null || fail "the standby does not take over"
server=$two
ask "$two" "ALTER SYSTEM RESET synchronous_standby_names" && ask "$two" "SELECT pg_reload_conf()" >/dev/null
goes_on "$blocks"
wait_until 240 is_confirmed || fail "not everything is confirmed: $(tail -n 3 "$folder/simulate.log")"

# ---- every event once ----
events="SELECT (SELECT count(*) FROM kinmu_store.kinmu_session_change_1) +
    (SELECT count(*) FROM kinmu_store.kinmu_input_minute_1) + (SELECT count(*) FROM kinmu_store.kinmu_window_focus_1)"
keys="SELECT sum(keys) FROM kinmu_store.kinmu_input_minute_1"
twice="SELECT count(*) - count(DISTINCT (origin_id, chain)) FROM kinmu_journal.block"
is_applied() {
    start_missing
    [ "$(ask "$server" "SELECT (SELECT max(position) FROM kinmu_journal.block) = (SELECT position FROM kinmu_store.kinmu_cursor)")" = t ]
}
wait_until 60 is_applied || fail "the tables do not catch up"
before_events=$(ask "$server" "$events") before_keys=$(ask "$server" "$keys") before_blocks=$(ask "$server" "$blocks")
[ "$(ask "$server" "$twice")" = 0 ] || fail "blocks are there twice"
at a journal checkpoint "$folder/newest.json" >/dev/null || fail "no checkpoint"

# ---- all of it is lost; the backup is what there is ----
for node in a b c d; do kill_node $node; done
postgres_stop "$folder/two" KILL
sed -i '/synchronous_standby_names/d' "$folder/old/data/postgresql.auto.conf" # there is no standby yet
postgres_start "$folder/old" "$one" || fail "the backup does not start"
server=$one
restored=$(ask "$server" "$blocks")
[ "$restored" -ge "$backed_up" ] && [ "$restored" -lt "$before_blocks" ] || fail "the backup has $restored blocks of $before_blocks"
at a restore --postgres >"$folder/restore.log" || fail "it is not noted: $(cat "$folder/restore.log")"
start_missing
is_made_up() {
    is_applied && [ "$(ask "$server" "$events")" = "$before_events" ]
}
wait_until 120 is_made_up || fail "$(ask "$server" "$events") of $before_events events came again"
kill -INT $run
wait $run
code=$?
[ $code -eq 0 ] || { cat "$folder/run.json"; fail "the run ended with $code"; }
wait_until 60 is_applied || fail "the tables do not catch up"
wanted=$(jq .acknowledged.events "$folder/run.json") there=$(ask "$server" "$events")
[ "$wanted" = "$before_events" ] || fail "acknowledged $wanted events, before the loss there were $before_events"
[ "$wanted" = "$there" ] || fail "acknowledged $wanted events, there are $there"
[ "$(jq .acknowledged.keys "$folder/run.json")" = "$before_keys" ] && [ "$(ask "$server" "$keys")" = "$before_keys" ] ||
    fail "another sum of keys: $before_keys, $(ask "$server" "$keys")"
[ "$(ask "$server" "$twice")" = 0 ] || fail "blocks are there twice"
jq -e '.unconfirmed_blocks == 0 and .declined.events == 0' "$folder/run.json" >/dev/null || fail "not everything was acknowledged"
for node in a b c d; do
    kill -TERM "${NODE[$node]}"
    wait "${NODE[$node]}" || fail "node $node ended badly"
done
NODE=()
at a journal verify >"$folder/verify.txt" || fail "the journal does not verify: $(cat "$folder/verify.txt")"
grep -q "restored 1 times" "$folder/verify.txt" || fail "$(cat "$folder/verify.txt")"
at a journal verify --checkpoint "$folder/newest.json" >"$folder/lost.txt" && fail "a newer checkpoint does not show the loss"
grep -q 'TRUNCATED.*a backup was restored here' "$folder/lost.txt" || fail "$(cat "$folder/lost.txt")"
cat "$folder/verify.txt"
echo "ok: $agents agents; four nodes and the primary killed: $before_events events in the tables, none twice; restored to" \
    "$restored of $before_blocks blocks: $wanted acknowledged, $there in the tables, none twice;" \
    "$(jq -c '{pushes, repeated, broken_off, seconds}' "$folder/run.json")"
