#!/usr/bin/env bash
# bench/hub_fleet.sh BUILD - 100, 1,000 and 10,000 simulated agents with a connection each, one push a minute
# each, at a hub on one core, in real time: all log on within five minutes from 09:00 (full TLS handshakes), then work.
# Before it the same agents' whole day as fast as it goes, for bytes on disk. BENCH_FLEET (numbers of agents) and
# BENCH_FLEET_SECONDS (from 08:59:30 on) may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hub_lib.sh"
seconds=${BENCH_FLEET_SECONDS:-420}
monday=$(date -d 'last monday - 7 days' +%F)

size_of() { # engine part: bytes on disk
    if [ "$1" = sqlite ]; then
        stat -c %s "$HUB_DATA/$2.db"
    else
        ask_store "$1" "SELECT sum(pg_total_relation_size(oid)) FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'kinmu_$2'::regnamespace"
    fi
}

# Bytes an agent's day takes, with blocks of a second (the default) and of a minute.
day_on_disk() { # name flush engine
    local part
    [ "$3" = sqlite ] || use_postgres || return
    make_hub "$(engine_lines "$3")"
    start_hub
    simulate "$BENCH_DIR/result" --agents 50 --days 5 --from "$monday" --burst --interval 1h --flush "$2" \
        --token "$(invite 50)" --state "$BENCH_DIR/state" || return
    wait_for 60 stored "$3" "$(jq .acknowledged.events "$BENCH_DIR/result")"
    check_store "$BENCH_DIR/state" "$3" "$(jq .acknowledged.events "$BENCH_DIR/result")"
    stop "$HUB" # logs go into the files
    for part in journal store; do
        figure "hub.disk_day.$1.$part" $(($(size_of "$3" "$part") / 250))
    done
    figure "hub.disk_day.$1.events" "$(jq '.acknowledged.events / 250' "$BENCH_DIR/result")"
    figure "hub.disk_day.$1.blocks" "$(jq '.acknowledged.blocks / 250' "$BENCH_DIR/result")"
    rm -rf "$BENCH_DIR/state"
}

morning() { # agents
    local before after
    make_hub ""
    start_hub
    say "$1 agents log on"
    # Enrolled before the clock runs: the run itself begins with connections.
    simulate "$BENCH_DIR/result" --agents "$1" --days 1 --from "$monday" --at 06:00 --duration 1ms --speed 1 \
        --rush 5m --token "$(invite "$1")" --state "$BENCH_DIR/state" || return
    figure "hub.fleet_$1.enrol" "$(jq '.enrolled / .enrol_s' "$BENCH_DIR/result")"
    before=$(cpu_ns "$HUB")
    simulate "$BENCH_DIR/result" --agents "$1" --days 1 --from "$monday" --at 08:59 --duration "${seconds}s" \
        --speed 1 --rush 5m --state "$BENCH_DIR/state" || return
    after=$(cpu_ns "$HUB")
    jq -r --arg name "hub.fleet_$1" '"\($name).push_p50 \(.push.p50_ms)\n\($name).push_p99 \(.push.p99_ms)
\($name).push_max \(.push.max_ms)\n\($name).connect_p99 \(.connect.p99_ms)\n\($name).pushes \(.pushes)
\($name).refused \(.answers["4xx"] + .answers["5xx"])\n\($name).late \(.late_ms_max)"' "$BENCH_DIR/result"
    figure "hub.fleet_$1.rss" "$(peak_rss_mib)"
    awk -v ns=$((after - before)) -v seconds="$(jq .seconds "$BENCH_DIR/result")" -v agents="$1" -v name="hub.fleet_$1" \
        'BEGIN {print name ".cpu_per_1000", ns / 1e7 / seconds / agents * 1000}'
    check_store "$BENCH_DIR/state"
    stop "$HUB"
    rm -rf "$BENCH_DIR/state"
}

day_on_disk second 1s sqlite
day_on_disk minute 1m sqlite
day_on_disk postgres 1s postgres
for agents in ${BENCH_FLEET:-100 1000 10000}; do
    morning "$agents"
done
