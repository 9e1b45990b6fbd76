#!/usr/bin/env bash
# live.sh BUILD - `live: true` alone brings what an agent records to its hub at once: with intervals of a minute and an
# hour nothing else could. It is switched on, and off again, while the agent runs.
build=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing"; exit 77; }

slow_but() { # LIVE
    sed -i -e 's/flush_interval: .*}/flush_interval: 60s}/' -e "s/uplink: .*/uplink: {interval: 1h, live: $1}}/" "$folder/pc1.conf/10.yaml"
}
reload() { kill -HUP "${pid_of[pc1]}"; }
published() { status_of pc1 | jq '.instances[] | select(.name == "test.numbers/pc1") | .published'; }
has_published() { [ "$(published)" -ge "$1" ]; }
arrived() { numbers_in one | wc -l; }
has_arrived() { [ "$(arrived)" -ge "$1" ]; }
is_still() { # nothing is on its way any more
    local before after
    before=$(metric_of pc1 uplink pushes_total)
    wait_until 20 has_published $(($(published) + 20))
    after=$(metric_of pc1 uplink pushes_total)
    [ "$before" = "$after" ]
}

start_hub one
make_agent pc1 one
slow_but false
start_agent pc1
wait_until 20 least pc1 uplink pushes_total 1 || fail "no push after the start: $(health_of pc1 uplink)"
before=$(arrived)
wait_until 20 has_published $((before + 20)) || fail "nothing is recorded"
expect "arrived without live" "$before" "$(arrived)"

slow_but true
reload
wait_until 20 has_arrived $(($(published) + 40)) || fail "live, but $(arrived) of $(published) arrived"
echo "ok: live, $(arrived) of $(published) arrived"

slow_but false
reload
wait_until 20 is_still || fail "it goes on although live is off again"
echo "ok: not live any more"
