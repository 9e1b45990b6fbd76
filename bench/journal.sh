#!/usr/bin/env bash
# bench/journal.sh BUILD - journal, delivery and their bare loops in turns, so that a busy neighbour
# hits both sides of a ratio. BENCH_ROUNDS and BENCH_SECONDS (of one measurement) may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-1}
one_core="taskset -c 0"

journal() { # name group batch [prefix words…]
    local name=$1 group=$2 batch=$3
    shift 3
    "$@" "$BENCH_BIN/journal_bench" publish "$BENCH_DIR" "$group" "$seconds" "$batch" "$name"
    rm -rf "$BENCH_DIR"/publish-*
}

replay_in_runner() { # until the counting plugin saw the last event
    local conf=$BENCH_DIR/conf data=$BENCH_DIR/replay
    mkdir -p "$conf"
    printf 'purposes:\n  activity:\n    doc: bench\nstore:\n  enabled: false\nlog:\n  level: error\nexporters:\n  bench.count:\n    isolation: process\n' >"$conf/10-bench.yaml"
    start "$KINMU" run --conf "$conf" --data "$data" --plugins "$BENCH_BIN/plugins"
    local daemon=$STARTED
    wait_for 60 has_counted "$data" || say "the runner did not count to the end: $(tail -n 3 "$BENCH_DIR/log")"
    "$KINMU" status --json --data "$data" |
        jq -r '.instances[] | select(.name == "bench.count") | .metrics | "delivery.runner \(.events_total / .spent_us * 1e6)"'
    stop "$daemon"
}

has_counted() {
    "$KINMU" status --json --data "$1" |
        jq -e --argjson all "$replay_events" '.instances[0].metrics.events_total >= $all'
}

replay_events=1000000
for ((round = 1; round <= rounds; round++)); do
    say "journal, round $round of $rounds"
    taskset -c 0 "$BENCH_BIN/parts_limit" "$BENCH_DIR" 0.3
    for group in 100 1000 10000; do
        $one_core "$BENCH_BIN/journal_limit" "$BENCH_DIR" $group "$seconds"
        journal journal.one_core.group_$group $group 100 $one_core
        journal journal.all_cores.group_$group $group 100
        rm -rf "$BENCH_DIR"/limit-* "$BENCH_DIR"/parts-*
    done
    journal journal.single_calls.group_1000 1000 1 $one_core
    "$BENCH_BIN/journal_bench" latency "$BENCH_DIR" "$seconds"
    "$BENCH_BIN/journal_bench" prepare "$BENCH_DIR/replay" "$replay_events"
    $one_core "$BENCH_BIN/decode_limit" "$seconds"
    $one_core "$BENCH_BIN/delivery_bench" "$BENCH_DIR/replay" |
        awk '{print; print $1 "_of_limit", $2}'
    "$BENCH_BIN/pipe_limit" "$seconds"
    replay_in_runner
    rm -rf "$BENCH_DIR"/replay "$BENCH_DIR"/latency-*
done
