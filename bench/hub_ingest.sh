#!/usr/bin/env bash
# bench/hub_ingest.sh BUILD - a hub on one core takes pushes that were made before (10 blocks of 12 events, one
# signed head each) from a sender on the other, over TLS at 16 connections; into SQLite, in turns with a bare loop
# that does the same work without TLS and HTTP, and into a PostgreSQL of its own, which may use both cores, by a unix
# socket (postgres) and by TLS (postgres_tls). Every push is durable when it is answered; the clock stops when the store
# has every row. BENCH_ROUNDS, BENCH_PUSHES and BENCH_ENGINES may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hub_lib.sh"
rounds=${BENCH_ROUNDS:-3}
pushes=${BENCH_PUSHES:-8000}

limits() {
    local indexed
    for indexed in 1 0; do
        taskset -c "$HUB_CORE" "$BENCH_BIN/hub_limit" "$BENCH_DIR" "$pushes" 16 $indexed
        rm -rf "$BENCH_DIR"/hub-limit-*
    done
}

ingest() { # engine
    local events before after began
    make_hub "$(engine_lines "$1")"
    start_hub
    before=$(cpu_ns "$HUB")
    simulate "$BENCH_DIR/result" --token "$(invite 16)" --agents 16 --pregenerate --pushes "$pushes" --connections 16 \
        --state "$BENCH_DIR/state" || return
    began=$EPOCHREALTIME
    events=$(jq .acknowledged.events "$BENCH_DIR/result")
    wait_for 60 stored "$1" "$events" || say "the store did not come to $events events"
    after=$(cpu_ns "$HUB")
    jq -r --arg name "hub.$1" --argjson lag "$((${EPOCHREALTIME/./} - ${began/./}))" '"\($name).events \(.acknowledged.events / .seconds)
\($name).events_stored \(.acknowledged.events / (.seconds + $lag / 1e6))
\($name).push_p50 \(.push.p50_ms)\n\($name).push_p99 \(.push.p99_ms)\n\($name).push_max \(.push.max_ms)"' "$BENCH_DIR/result"
    figure "hub.$1.rss" "$(peak_rss_mib)"
    figure "hub.$1.cpu_push" "$(((after - before) / 1000 / pushes))"
    check_store "$BENCH_DIR/state" "$1" "$events"
    stop "$HUB"
    rm -rf "$BENCH_DIR/state"
}

for ((round = 1; round <= rounds; round++)); do
    for engine in ${BENCH_ENGINES:-sqlite postgres postgres_tls}; do
        say "hub on $engine, round $round of $rounds"
        if [ "$engine" = sqlite ]; then
            limits
        elif use_postgres; then
            taskset -c "$HUB_CORE" "$BENCH_BIN/hub_postgres_limit" "$(server_place "$engine")" "$pushes" 16
        else
            continue
        fi
        ingest "$engine"
    done
done
