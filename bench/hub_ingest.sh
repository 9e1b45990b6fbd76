#!/usr/bin/env bash
# bench/hub_ingest.sh BUILD - a hub on one core takes pushes that were made before (10 blocks of 12 events, one
# signed head each) from a sender on the other, over TLS at 16 connections; in turns with a bare loop
# that does the same work without TLS and HTTP. Every push is durable when it is answered; the clock stops when the
# store has every row. BENCH_ROUNDS and BENCH_PUSHES may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hub_lib.sh"
rounds=${BENCH_ROUNDS:-3}
pushes=${BENCH_PUSHES:-8000}

stored() {
    local text='SELECT'
    text+=' (SELECT count(*) FROM kinmu_input_minute_1) + (SELECT count(*) FROM kinmu_window_focus_1)'
    text+=' + (SELECT count(*) FROM kinmu_session_change_1)'
    [ "$(sqlite3 -readonly "$HUB_DATA/store.db" "$text")" -ge "$1" ]
}

into_sqlite() {
    local events before after began
    make_hub ""
    start_hub
    before=$(cpu_ns "$HUB")
    simulate "$BENCH_DIR/result" --token "$(invite 16)" --agents 16 --pregenerate --pushes "$pushes" --connections 16 \
        --state "$BENCH_DIR/state" || return
    began=$EPOCHREALTIME
    events=$(jq .acknowledged.events "$BENCH_DIR/result")
    wait_for 60 stored "$events" || say "the store did not come to $events events"
    after=$(cpu_ns "$HUB")
    jq -r --argjson lag "$((${EPOCHREALTIME/./} - ${began/./}))" '"hub.sqlite.events \(.acknowledged.events / .seconds)
hub.sqlite.events_stored \(.acknowledged.events / (.seconds + $lag / 1e6))
hub.sqlite.push_p50 \(.push.p50_ms)\nhub.sqlite.push_p99 \(.push.p99_ms)\nhub.sqlite.push_max \(.push.max_ms)"' "$BENCH_DIR/result"
    figure hub.sqlite.rss "$(peak_rss_mib)"
    figure hub.sqlite.cpu_push "$(((after - before) / 1000 / pushes))"
    check_store "$BENCH_DIR/state"
    stop "$HUB"
    rm -rf "$BENCH_DIR/state"
}

for ((round = 1; round <= rounds; round++)); do
    say "hub, round $round of $rounds"
    for indexed in 1 0; do
        taskset -c "$HUB_CORE" "$BENCH_BIN/hub_limit" "$BENCH_DIR" "$pushes" 16 $indexed
        rm -rf "$BENCH_DIR"/hub-limit-*
    done
    into_sqlite
done
