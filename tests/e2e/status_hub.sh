#!/usr/bin/env bash
# status_hub.sh BUILD - what `kinmu status` says of the way between agents and a hub is true: last contact, up to when
# a device's records are complete, what it has not sent, and who needs somebody: stopped, silent, a wrong clock.
. "$(dirname "$0")/lib.sh"
build=$(realpath "$1")
kinmu=$build/kinmu
for tool in jq sqlite3 python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
unset KINMU_DATA KINMU_CONF
export KINMU_PLUGINS=$build/plugins/connectors:$build/plugins/collectors
port=$(free_port)
hub_pid=
declare -A agent_pid=()

end_status() {
    local pid
    for pid in "${agent_pid[@]}" "$hub_pid"; do
        stop_process "$pid"
    done
}
at_end end_status

hub() {
    "$kinmu" "$@" --data "$E2E_DIR/hub"
}

start_hub() {
    "$kinmu" run --conf "$E2E_DIR/hub.conf" --data "$E2E_DIR/hub" >>"$E2E_DIR/hub.log" 2>&1 &
    hub_pid=$!
    wait_until 20 hub hub devices || fail "the hub did not start: $(cat "$E2E_DIR/hub.log")"
}

start_agent() { # start_agent NAME
    "$kinmu" run --conf "$E2E_DIR/agent.conf" --data "$E2E_DIR/$1" >>"$E2E_DIR/$1.log" 2>&1 &
    agent_pid[$1]=$!
    wait_until 20 "$kinmu" status --data "$E2E_DIR/$1" || fail "$1 did not start: $(cat "$E2E_DIR/$1.log")"
}

device() { # device NAME FILTER: of the hub's word on that device
    hub status --hub --json | jq -r ".devices[] | select(.name == \"$1\") | $2"
}

is() { # is VALUE COMMAND…
    [ "$1" = "$("${@:2}")" ]
}

agent_says() { # agent_says NAME FILTER
    "$kinmu" status --json --data "$E2E_DIR/$1" | jq -r "$2"
}

mkdir "$E2E_DIR/hub.conf" "$E2E_DIR/agent.conf"
cat >"$E2E_DIR/hub.conf/10.yaml" <<END
node: {name: hub}
purposes: {working-time: {}}
http: {listen: ["127.0.0.1:$port"]}
connectors: {ingest: {}}
END
cat >"$E2E_DIR/agent.conf/10.yaml" <<END
purposes: {working-time: {}}
store: {enabled: false}
collectors: {session: {}}
connectors: {uplink: {interval: 1s}}
END

hub hub init --name localhost >/dev/null || fail "hub init"
start_hub
expect "a hub without devices" 0 "$(hub status --hub --json | jq '.devices | length')"
token=$(hub hub invite --uses 3 2>/dev/null)
for name in pc-1 pc-2 pc-3; do
    mkdir "$E2E_DIR/$name"
    "$kinmu" agent enroll --hub "https://localhost:$port" --token "$token" --name "$name" --data "$E2E_DIR/$name" \
        --conf "$E2E_DIR/agent.conf" >/dev/null || fail "$name cannot enrol"
done

# --- heard of, or not ---

expect "enrolled and not heard of" never_heard "$(device pc-1 '.attention[]')"
start_agent pc-1
start_agent pc-2
wait_until 20 is "" device pc-1 '.attention[]' || fail "pc-1 is not heard: $(hub status --hub)"
wait_until 20 is "" device pc-2 '.attention[]' || fail "pc-2 is not heard: $(hub status --hub)"
now=$(date +%s)
received=$(($(device pc-1 .received_ns) / 1000000000))
complete=$(($(device pc-1 .complete_ns) / 1000000000))
[ $((now - received)) -le 10 ] || fail "last contact $received, now $now"
[ $((now - complete)) -le 10 ] || fail "complete up to $complete, now $now"
echo "ok: contact and completeness are those of now"
expect "the third was never heard" never_heard "$(device pc-3 '.attention[]')"
expect "worst first" pc-3 "$(hub status --hub --json | jq -r '.devices[0].name')"
[ "$(hub status --hub --json | jq .server_certificate_until_ns)" -gt "${now}000000000" ] || fail "the hub's own certificate"

# --- an agent knows where it belongs ---

expect "the agent's hub" "https://localhost:$port" "$(agent_says pc-1 .hub.url)"
wait_until 10 is 0 agent_says pc-1 .hub.unsent_blocks || fail "pc-1: $(agent_says pc-1 .hub)"
"$kinmu" status --data "$E2E_DIR/pc-1" | grep -q "last confirmed: 20" || fail "status of the agent: $("$kinmu" status --data "$E2E_DIR/pc-1")"
echo "ok: the agent says when the hub confirmed last"

# --- push only: nothing of an agent listens (SEC-03), while it does hold a connection to the hub ---

sockets_of() { # sockets_of STATE PID…: its TCP sockets in that state (/proc/net/tcp: 0A listens, 01 is connected)
    local state=$1 pid
    shift
    for pid in "$@"; do
        find "/proc/$pid/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n'
    done | sort -u | while read -r inode; do
        awk -v state="$state" -v inode="$inode" '$4 == state && $10 == inode' /proc/net/tcp /proc/net/tcp6
    done
}
connected() {
    [ -n "$(sockets_of 01 "${agent_pid[pc-1]}")" ]
}
if may_look_inside; then
    wait_until 10 connected || fail "the agent holds no connection: the next check would see nothing"
    mapfile -t all < <(echo "${agent_pid[pc-1]}"; pgrep -P "${agent_pid[pc-1]}")
    expect "ports an agent's ${#all[@]} processes listen at" "" "$(sockets_of 0A "${all[@]}")"
    [ -n "$(sockets_of 0A "$hub_pid")" ] || fail "the check does not see the hub listen"
else
    echo "skip: sockets: needs CAP_SYS_PTRACE"
fi

# --- who needs somebody ---

hub hub revoke pc-2 --reason "lost in a train" >/dev/null || fail "revoke"
expect "a revoked device" stopped "$(device pc-2 '.attention[]')"
hub status --hub | grep -q "revoked: lost in a train" || fail "no reason: $(hub status --hub)"
stop_process "${agent_pid[pc-1]}"
agent_pid[pc-1]=
last=$(device pc-1 .received_ns)
stop_process "$hub_pid"
hub_pid=
# As after a week without it, and with a clock that was six minutes ahead when it was last heard.
sqlite3 "$E2E_DIR/hub/journal.db" "UPDATE contact SET received_ns = received_ns - 8 * 86400000000000" || fail "sqlite3"
sqlite3 "$E2E_DIR/hub/journal.db" \
    "UPDATE head SET unix_ns = (SELECT received_ns + 360000000000 FROM contact c WHERE c.origin_id = head.origin_id)
     WHERE origin_id IN (SELECT origin_id FROM contact)" || fail "sqlite3"
start_hub
expect "last contact survives a restart" $((last - 8 * 86400000000000)) "$(device pc-1 .received_ns)"
expect "a silent device with a wrong clock" "silent clock_off" "$(device pc-1 '.attention | join(" ")')"
page=$(hub status --hub)
for word in "8 日間連絡なし" "時計が 360 秒" "devices: 3, 良好 / well: 0" "stopped: 1" "never_heard: 1" "silent: 1"; do
    grep -q "$word" <<<"$page" || fail "\"$word\" is not said: $page"
done
echo "ok: the page says who needs somebody, and why"
"$kinmu" status --hub --data "$E2E_DIR/pc-1" 2>"$E2E_DIR/none" && fail "no daemon and no error"
grep -q "no Kinmu is running" "$E2E_DIR/none" || fail "$(cat "$E2E_DIR/none")"
echo "ok: without a daemon it says so"
