#!/usr/bin/env bash
# cluster.sh BUILD [AGENTS] - a cluster on one machine: two hub nodes that take in, serve and apply, on a
# PostgreSQL primary with a synchronous standby; simulated agents push to both. Each node is killed in
# turn, then the primary, and the standby takes over. At the end every acknowledged event is in the
# tables once, and none besides. KINMU_TEST_LONG=1: 200 agents instead of 30.
set -uo pipefail
build=$(realpath "$1")
release=$(cd "$(dirname "$0")/../.." && pwd)/build/release # ./dev test makes it first: sanitizers are slow here
[ ! -x "$release/kinmu" ] || build=$release
agents=${2:-$([ "${KINMU_TEST_LONG:-0}" = 1 ] && echo 200 || echo 30)}
kinmu=$build/kinmu
POSTGRES_FSYNC=on
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
why=$(postgres_missing)
[ -z "$why" ] || { echo "skipped: $why"; exit 77; }
command -v jq >/dev/null || { echo "skipped: no jq"; exit 77; }
folder=$(mktemp -d /tmp/kinmu-cluster-XXXXXX)
chmod 0755 "$folder"
declare -A NODE
finish() {
    local node
    for node in "${NODE[@]}"; do kill -KILL "$node" 2>/dev/null; done
    postgres_stop "$folder/one" KILL
    postgres_stop "$folder/two" KILL
    rm -rf "$folder"
}
trap finish EXIT
fail() {
    echo "FAIL: $*"
    tail -n 12 "$folder"/*.log "$folder"/one/log "$folder"/two/log 2>/dev/null
    exit 1
}
wait_until() { # SECONDS COMMAND…
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# ---- the servers ----
one=$(free_port) two=$(free_port)
[ "$one" != "$two" ] || two=$((two + 1))
postgres_make "$folder/one" && postgres_start "$folder/one" "$one" || exit 1
ask() { # PORT SQL
    "$POSTGRES_BIN/psql" -h 127.0.0.1 -p "$1" -U kinmu -d postgres -Atqc "$2"
}
postgres_folder "$folder/two"
echo "host replication all 127.0.0.1/32 trust" >>"$folder/one/data/pg_hba.conf"
ask "$one" "SELECT pg_reload_conf()" >/dev/null
as_postgres "$POSTGRES_BIN/pg_basebackup" -h 127.0.0.1 -p "$one" -U kinmu -D "$folder/two/data" -R -X stream \
    -c fast >"$folder/basebackup.log" 2>&1 || fail "no standby"
sed -i "s|^unix_socket_directories = .*|unix_socket_directories = '$folder/two'|" "$folder/two/data/postgresql.conf"
chmod 0700 "$folder/two/data"
postgres_start "$folder/two" "$two" || exit 1
ask "$one" "ALTER SYSTEM SET synchronous_standby_names = '*'" && ask "$one" "SELECT pg_reload_conf()" >/dev/null
is_synchronous() { [ "$(ask "$one" "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]; }
wait_until 20 is_synchronous || fail "the standby is not synchronous"

# ---- the hub nodes ----
place="host=127.0.0.1,127.0.0.1 port=$one,$two user=kinmu dbname=postgres"
declare -A PORT=([a]=$(free_port) [b]=$(free_port))
[ "${PORT[a]}" != "${PORT[b]}" ] || PORT[b]=$((PORT[b] + 1))
export KINMU_PLUGINS=$build/plugins
umask 077
for node in a b; do
    mkdir "$folder/$node.conf"
    cat >"$folder/$node.conf/hub.yaml" <<CONF
node: {name: hub-$node}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
journal: {postgres: "$place"}
store: {postgres: "$place"}
http: {listen: ["127.0.0.1:${PORT[$node]}"]}
connectors: {ingest: {pushes_per_minute: 100000}}
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}
CONF
done
at() { # NODE WORDS…
    local node=$1
    shift
    "$kinmu" "$@" --conf "$folder/$node.conf" --data "$folder/$node.data"
}
"$kinmu" hub init --name localhost --name 127.0.0.1 --conf "$folder/a.conf" --data "$folder/a.data" >/dev/null ||
    fail "hub init"
mkdir -m 0700 "$folder/b.data"
cp -r "$folder/a.data/hub" "$folder/a.data/device.key" "$folder/b.data/"
start_node() {
    "$kinmu" run --conf "$folder/$1.conf" --data "$folder/$1.data" >>"$folder/$1.log" 2>&1 &
    NODE[$1]=$!
    wait_until 30 at "$1" call ingest devices || fail "node $1 does not start"
}
kill_node() {
    kill -KILL "${NODE[$1]}"
    wait "${NODE[$1]}" 2>/dev/null
}
start_node a
start_node b
token=$(at a hub invite --uses 1000 2>/dev/null) || fail "no token"
sleep 2 # the other node looks at what this one decided once a second

# ---- agents push to both nodes while everything falls over ----
pushed() { # how many blocks of agents are in the journal, at whoever answers
    ask "$1" "SELECT count(*) FROM kinmu_journal.block" 2>/dev/null || echo 0
}
has_more_than() { [ "$(pushed "$1")" -gt "$2" ]; }
"$kinmu" simulate --hub "https://127.0.0.1:${PORT[a]}" --hub "https://127.0.0.1:${PORT[b]}" --token "$token" --agents "$agents" \
    --from "$(date -d 'last monday - 14 days' +%F)" --days 5 --burst --interval 20m --seed 11 --state "$folder/state" \
    --faults drop=2%,duplicate=2%,reorder=2% --json >"$folder/run.json" 2>"$folder/simulate.log" &
run=$!
goes_on() { # PORT: some more blocks, or the run is over
    local before
    before=$(pushed "$1")
    wait_until 60 eval "has_more_than $1 $((before + 200)) || ! kill -0 $run" || fail "nothing more comes in"
}
goes_on "$one"
kill -0 $run 2>/dev/null || fail "the run ended at once"
for node in a b; do
    kill_node $node
    goes_on "$one"
    start_node $node
    goes_on "$one"
done
kill -0 $run 2>/dev/null || fail "the run was over before the primary was killed: it shows nothing"
postgres_stop "$folder/one" KILL
sleep 1
as_postgres "$POSTGRES_BIN/pg_ctl" promote -D "$folder/two/data" -w >/dev/null || fail "the standby does not take over"
ask "$two" "ALTER SYSTEM RESET synchronous_standby_names" && ask "$two" "SELECT pg_reload_conf()" >/dev/null
goes_on "$two"
wait $run
code=$?
[ $code -eq 0 ] || { cat "$folder/run.json"; fail "the run ended with $code"; }

# ---- every event once ----
wanted=$(jq .acknowledged.events "$folder/run.json")
is_applied() {
    for node in a b; do
        kill -0 "${NODE[$node]}" 2>/dev/null || start_node $node
    done
    [ "$(ask "$two" "SELECT (SELECT max(position) FROM kinmu_journal.block) = (SELECT position FROM kinmu_store.kinmu_cursor)")" = t ]
}
wait_until 60 is_applied || fail "the tables do not catch up"
there=$(ask "$two" "SELECT (SELECT count(*) FROM kinmu_store.kinmu_session_change_1) +
    (SELECT count(*) FROM kinmu_store.kinmu_input_minute_1) + (SELECT count(*) FROM kinmu_store.kinmu_window_focus_1)")
keys=$(ask "$two" "SELECT sum(keys) FROM kinmu_store.kinmu_input_minute_1")
blocks=$(ask "$two" "SELECT count(*) - count(DISTINCT (origin_id, chain)) FROM kinmu_journal.block")
[ "$wanted" = "$there" ] || fail "acknowledged $wanted events, there are $there"
[ "$(jq .acknowledged.keys "$folder/run.json")" = "$keys" ] || fail "another sum of keys: $keys"
[ "$blocks" = 0 ] || fail "$blocks blocks are there twice"
jq -e '.unconfirmed_blocks == 0 and .declined.events == 0' "$folder/run.json" >/dev/null || fail "not everything was acknowledged"
for node in a b; do
    kill -TERM "${NODE[$node]}"
    wait "${NODE[$node]}" || fail "node $node ended badly"
done
NODE=()
at a journal verify | tail -n 1
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "the journal does not verify"
echo "ok: $agents agents, both nodes and the primary killed: $wanted events acknowledged, $there in the tables, none twice;" \
    "$(jq -c '{pushes, repeated, broken_off, seconds}' "$folder/run.json")"
