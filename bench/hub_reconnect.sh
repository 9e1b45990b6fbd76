#!/usr/bin/env bash
# bench/hub_reconnect.sh BUILD - 10,000 connected agents lose their hub, which starts again: how long until all of
# them have been heard again, by the tickets they have. They come back spread over 20 s. And what the hub takes in memory
# while they say nothing. BENCH_AGENTS may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hub_lib.sh"
agents=${BENCH_AGENTS:-11800} # of whom 10,000 are at work by day: some work at night, some PCs are second ones
monday=$(date -d 'last monday - 7 days' +%F)

count_connected() {
    ss -Htn state established "sport = :$HUB_PORT" | wc -l
}

connected() {
    [ "$(count_connected)" -ge "$1" ]
}

make_hub ""
start_hub
simulate "$BENCH_DIR/result" --agents "$agents" --days 1 --from "$monday" --at 06:00 --duration 1ms --rush 1m \
    --token "$(invite "$agents")" --state "$BENCH_DIR/state"
stop "$HUB"
start_hub
before=$(rss_mib)
simulate "$BENCH_DIR/result" --agents "$agents" --days 1 --from "$monday" --at 09:00 --duration 150s --rush 1m \
    --reconnect 20s --state "$BENCH_DIR/state" &
run=$!
wait_for 90 connected $((agents * 84 / 100)) || say "only $(count_connected) connected"
sleep 10
figure hub.reconnect.connected "$(count_connected)"
figure hub.reconnect.rss_none "$before"
figure hub.reconnect.rss_all "$(rss_mib)"
began=$EPOCHREALTIME
stop "$HUB"
start_hub
figure hub.reconnect.down $(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
wait "$run"
say "$(cat "$BENCH_DIR/result")"
# No outage that ended: not all were back when the run was over.
jq -r '"hub.reconnect.all_back \(if .outage_s > 0 then .outage_s else 999 end)\nhub.reconnect.resumed \(.resumed)\nhub.reconnect.push_p99 \(.push.p99_ms)\nhub.reconnect.connect_p99 \(.connect.p99_ms)"' \
    "$BENCH_DIR/result"
check_store "$BENCH_DIR/state"
stop "$HUB"
