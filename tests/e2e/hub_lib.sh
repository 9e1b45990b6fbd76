# hub_lib.sh - for bash, after lib.sh and crash/daemon.sh: a hub beside the daemon of daemon.sh, which is its agent.
#
#     cat >"$hub_conf/10.yaml" <<END … http: {listen: ["127.0.0.1:$port"]} … END
#     start_hub; enroll "$(on_hub hub invite --uses 1 2>/dev/null)"; start_kinmu
HUB_PID=
hub_conf=$E2E_DIR/hub.conf hub_data=$E2E_DIR/hub
port=$(free_port) || exit 1
mkdir -p "$hub_conf"

end_hub() {
    [ -z "$HUB_PID" ] || { kill -KILL "$HUB_PID" 2>/dev/null; wait "$HUB_PID" 2>/dev/null; }
}
at_end end_hub

on_hub() { # COMMAND…
    KINMU_DATA=$hub_data KINMU_CONF=$hub_conf kinmu "$@"
}

# start_hub: makes the node a hub, runs it; returns when it answers.
start_hub() {
    on_hub hub init --name hub.test >/dev/null || fail "hub init"
    KINMU_DATA=$hub_data KINMU_CONF=$hub_conf "$KINMU" run >>"$E2E_DIR/hub.log" 2>&1 &
    HUB_PID=$!
    wait_until 30 on_hub hub invites || fail "the hub did not start: $(cat "$E2E_DIR/hub.log")"
}

enroll() { # TOKEN
    kinmu agent enroll --hub "https://127.0.0.1:$port" --token "$1" --name pc >/dev/null || fail "enrol"
}

# stop_hub: by SIGTERM; its exit code must be 0.
stop_hub() {
    kill -TERM "$HUB_PID"
    wait "$HUB_PID" || fail "the hub ended with code $?"
    HUB_PID=
}
