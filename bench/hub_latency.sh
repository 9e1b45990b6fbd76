#!/usr/bin/env bash
# bench/hub_latency.sh BUILD - from an event published on an agent (a collector in its own process) to its row in the
# hub's store, as another program sees it: with `live: true`, and with the defaults, which wait up to 1 s for a commit
# and up to 66 s for a push (so they are asked fewer times). BENCH_EVENTS may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hub_lib.sh"
events=${BENCH_EVENTS:-600}
plugins=$BENCH_BUILD/plugins:$BENCH_BIN/plugins

agent() {
    "$KINMU" "$@" --data "$BENCH_DIR/agent" --conf "$BENCH_DIR/agent.conf.d" --plugins "$plugins"
}

start_agent() { # uplink
    mkdir -p "$BENCH_DIR/agent.conf.d"
    cat >"$BENCH_DIR/agent.conf.d/agent.yaml" <<END
node: {name: agent}
purposes: {activity: {keep: 90d}}
store: {enabled: false}
collectors: {bench.tick: {}}
connectors: {uplink: {$1}}
log: {level: warn}
END
    start "$KINMU" run --data "$BENCH_DIR/agent" --conf "$BENCH_DIR/agent.conf.d" --plugins "$plugins"
    AGENT=$STARTED
}

has_rows() {
    [ "$(sqlite3 -readonly "$HUB_DATA/store.db" 'SELECT count(*) FROM bench_sample_1')" -gt 0 ]
}

watch_rows() { # name count uplink
    start_agent "$3"
    wait_for 90 has_rows || say "no row came: $(tail -n 3 "$BENCH_DIR/log")"
    "$BENCH_BIN/visible" "$HUB_DATA/store.db" bench_sample_1 "$2" "$1"
    stop "$AGENT"
}

HUB_PLUGINS=$plugins
make_hub ""
sed -i 's/^collectors: .*/collectors: {bench.tick: {enabled: false}}/' "$HUB_CONF/hub.yaml"
start_hub
mkdir -p "$BENCH_DIR/agent.conf.d"
agent agent enroll --hub "$HUB_URL" --token "$(invite 1)" >>"$BENCH_DIR/log" 2>&1 || { say "enrolment failed: $(tail -n 2 "$BENCH_DIR/log")"; exit 1; }
watch_rows hub.latency.live "$events" "live: true"
watch_rows hub.latency.default 1200 ""
stop "$HUB"
