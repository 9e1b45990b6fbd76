#!/usr/bin/env bash
# bench/hub_reconnect.sh BUILD - 10,000 connected agents lose their hub, which starts again: how long until all of
# them have been heard again. They come back spread over 20 s, as agents do. BENCH_AGENTS may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hub_lib.sh"
agents=${BENCH_AGENTS:-10000}
monday=$(date -d 'last monday - 7 days' +%F)

connected() {
    [ "$(ss -Htn state established "sport = :$HUB_PORT" | wc -l)" -ge "$1" ]
}

make_hub ""
start_hub
simulate "$BENCH_DIR/result" --agents "$agents" --days 1 --from "$monday" --at 06:00 --duration 1ms --rush 1m \
    --token "$(invite "$agents")" --state "$BENCH_DIR/state"
simulate "$BENCH_DIR/result" --agents "$agents" --days 1 --from "$monday" --at 08:59 --duration 230s --rush 1m \
    --reconnect 20s --state "$BENCH_DIR/state" &
run=$!
# Not all: some work at night, some PCs are second ones.
wait_for 160 connected $((agents * 8 / 10)) || say "only $(ss -Htn state established "sport = :$HUB_PORT" | wc -l) connected"
sleep 20
say "$(ss -Htn state established "sport = :$HUB_PORT" | wc -l) connected; the hub starts again"
began=$EPOCHREALTIME
stop "$HUB"
start_hub
figure hub.reconnect.down $(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
wait "$run"
say "$(cat "$BENCH_DIR/result")"
jq -r '"hub.reconnect.all_back \(.outage_s)\nhub.reconnect.push_p99 \(.push.p99_ms)\nhub.reconnect.connect_p99 \(.connect.p99_ms)"' \
    "$BENCH_DIR/result"
check_store "$BENCH_DIR/state"
stop "$HUB"
