#!/bin/bash
# simulate.sh BUILD_DIR: simulated agents with every fault there is against a real hub: what was acknowledged
# stands in the hub's store exactly once, on both sides of a hub killed in between; a comparison that
# can fail; the same seed gives the same events.
set -euo pipefail
build=$(realpath "$1")
kinmu=$build/kinmu
. "$(dirname "$0")/lib.sh"
[ -e "$build/plugins/connectors/ingest.so" ] || { echo "no ingest in this build"; exit 77; }
command -v jq >/dev/null || { echo "no jq"; exit 77; }
cd "$E2E_DIR"
umask 077
export KINMU_PLUGINS=$build/plugins KINMU_DATA=$E2E_DIR/hub KINMU_CONF=$E2E_DIR/conf.d
hub=
end() {
    stop_process "$hub"
}
at_end end

port=$(free_port)
mkdir conf.d
cat >conf.d/hub.yaml <<CONF
node: {name: hub}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
http: {listen: ["127.0.0.1:$port"], connections_per_address: 4096}
connectors: {ingest: {pushes_per_minute: 100000}}
# The store keeps the schemas of the plugins that are loaded.
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}
CONF
start_hub() {
    "$kinmu" run >>hub.log 2>&1 &
    hub=$!
    wait_until 20 "$kinmu" call ingest devices || { cat hub.log; fail "the hub did not start"; }
}
simulate() { "$kinmu" simulate --hub "https://127.0.0.1:$port" --seed 7 --json "$@" 2>>simulate.log; }

"$kinmu" hub init --name localhost >/dev/null
"$kinmu" check || fail "conf.d"
start_hub
token=$("$kinmu" hub invite --uses 40 2>/dev/null)

# ---- the same seed, the same events; another one, others ----
digest() { "$kinmu" simulate --digest --agents 6 --days 3 --from 2026-11-02 --json "$@" | jq -r .digest; }
expect "digest of the same seed" "$(digest --seed 5)" "$(digest --seed 5)"
[ "$(digest --seed 5)" != "$(digest --seed 6)" ] || fail "another seed gives the same events"

# ---- 20 agents, three days, everything goes wrong ----
faults=drop=8%,duplicate=8%,reorder=8%,disconnect=5%,delay=2d,clock=1h
first=$(date -d "last monday - 14 days" +%F) next=$(date -d "last monday - 11 days" +%F)
simulate --agents 20 --from "$first" --days 3 --burst --interval 1h --token "$token" --state kept --faults $faults >run.json ||
    { cat run.json simulate.log hub.log; fail "the run"; }
jq -e '.enrolled == 20 and .unconfirmed_blocks == 0 and .declined.events == 0' run.json >/dev/null ||
    { cat run.json; fail "not everything was acknowledged"; }
for fault in drop duplicate reorder disconnect clock; do
    jq -e ".faults.$fault > 0" run.json >/dev/null || { cat run.json; fail "no fault \"$fault\" happened"; }
done
same() { "$kinmu" simulate --verify hub --state kept --json; }
same >verify.json || { cat verify.json; fail "the store differs"; }
expect "acknowledged and stored" "$(jq .acknowledged.events run.json)" "$(jq .stored.events verify.json)"
expect "sum of keys" "$(jq .acknowledged.keys run.json)" "$(jq .stored.keys verify.json)"
"$kinmu" journal verify >/dev/null || fail "the hub's journal does not verify"

# ---- the same agents go on; the hub is killed while they push, and comes back ----
confirmed() { "$kinmu" status --json | jq -e --argjson least "$1" '.instances[] | select(.name == "ingest") | .metrics.pushes_total >= $least'; }
before=$("$kinmu" status --json | jq '.instances[] | select(.name == "ingest") | .metrics.pushes_total')
simulate --agents 20 --from "$next" --days 2 --burst --interval 10m --state kept >second.json &
run=$!
wait_until 30 confirmed $((before + 100)) || fail "the second run does not push"
kill -9 "$hub"
wait "$hub" 2>/dev/null || true
start_hub
wait "$run" || { cat second.json simulate.log hub.log; fail "the second run"; }
jq -e ".broken_off > 0 and .acknowledged.events > 60000" second.json >/dev/null || { cat second.json; fail "the second run was too quiet"; }
same >verify.json || { cat verify.json; fail "the store differs after the kill"; }
jq -e '.doubled == 0 and .missing == 0 and .surplus == 0' verify.json >/dev/null || fail "counts"
echo "ok: killed and back: $(jq -c '{pushes, repeated, broken_off, outage_s}' second.json)"

# ---- the comparison can fail ----
stop_process "$hub"
hub=
sqlite3 hub/store.db "DELETE FROM kinmu_input_minute_1 WHERE (block, sequence) IN
    (SELECT block, sequence FROM kinmu_input_minute_1 LIMIT 3)"
if "$kinmu" simulate --verify hub --state kept --json --wait 1s >verify.json; then
    fail "three missing records were not noticed"
fi
expect "missing records noticed" 3 "$(jq .missing verify.json)"
