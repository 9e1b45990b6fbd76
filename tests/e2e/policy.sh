#!/usr/bin/env bash
# policy.sh BUILD - a real hub tells a real agent what it wants: a LIVE option changes while the plugin goes on in
# the same process, a purpose the hub has not in force or a row switches off and quiet hours drop before anything
# is written, what cannot be used is refused whole and reaches the hub as an audit event, all of it survives a
# restart, and a node that left its hub is its own again.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
for tool in jq python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
. "$(dirname "$0")/hub_lib.sh"
# want [ROWS]: standard input becomes the rows of `policy`; the file is replaced at once.
want() {
    {
        echo "connectors:"
        echo "  ingest:"
        echo "    policy:"
        sed 's/^/      /'
    } >"$E2E_DIR/want.new"
    mv "$E2E_DIR/want.new" "$hub_conf/50-ingest.yaml"
}
has_policy() { # STATE: what the agent shows
    [ "$(node_status policy)" = "$1" ]
}
has_value() { # TEXT
    kinmu status --json | jq -e --arg text "$1" '.policy_values | index($text) != null'
}
has_no_values() {
    [ "$(kinmu status --json | jq '.policy_values | length')" = 0 ]
}
drops_more() { # COUNTER NUMBER
    [ "$(instance_status test.numbers "$1")" -gt "$2" ]
}

cat >"$hub_conf/10.yaml" <<END
node: {name: hub}
purposes: {activity: {}, working-time: {}, audit: {}}
http: {listen: ["127.0.0.1:$port"]}
END
want <<END
- {instance: test.numbers, option: interval, value: 20ms}
- {group: sales, instance: test.numbers, option: interval, value: 1s}
- {group: hr, instance: test.numbers, option: interval, value: 30ms}
- {instance: webcam, option: interval, value: 1m}
END
start_hub

configure 10.yaml <<END
node: {name: pc}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
journal: {flush_interval: 50ms}
store: {enabled: false}
collectors:
  test.numbers: {isolation: process, file: $E2E_DIR/ack, interval: 10ms}
connectors:
  uplink: {interval: 1s}
END
token=$(on_hub hub invite --uses 1 --group sales 2>/dev/null)
enroll "$token"
start_kinmu
wait_until 10 instance_is test.numbers health ok || kinmu_fail "the collector does not run"
pid=$(instance_status test.numbers pid)

echo "-- a LIVE option, of its group"
wait_until 20 has_policy "in force" || kinmu_fail "no policy came: $(kinmu status)"
wait_until 10 has_value "collectors.test.numbers.interval: 1s (conf.d: 10ms)" || kinmu_fail "$(kinmu status)"
expect "the collector goes on" "$pid" "$(instance_status test.numbers pid)"
kinmu status | grep -q "hub's policy: collectors.test.numbers.interval: 1s" || fail "status for people: $(kinmu status)"
kinmu check | grep -q "the hub sets collectors.test.numbers.interval: 1s" || fail "check: $(kinmu check)"
expect "rights of the file" 600 "$(stat -c %a "$KINMU_DATA/policy.yaml")"
reloads=$(node_status reloads)

pushes() { kinmu status --json | sed 's/{"name":/\n&/g' | grep '^{"name":"uplink"' | grep -o '"pushes_total":[0-9]*' | cut -d: -f2; }
pushed_least() { [ "$(pushes)" -ge "$1" ]; }
echo "-- the same again changes nothing"
published=$(instance_status test.numbers published)
wait_until 20 pushed_least $(($(pushes) + 3)) || kinmu_fail "no more pushes"
slower=$(($(instance_status test.numbers published) - published))
[ "$slower" -gt 0 ] && [ "$slower" -lt 100 ] || fail "$slower numbers in about three seconds, one batch a second expected"
expect "reloads" "$reloads" "$(node_status reloads)"

echo "-- a purpose switched off"
want <<END
- {instance: test.numbers, option: interval, value: 20ms}
- {purpose: activity}
END
wait_until 20 has_value "purposes.activity.collect: false (conf.d: true)" || kinmu_fail "$(kinmu status)"
wait_until 10 drops_more dropped_purpose 10 || kinmu_fail "nothing is dropped"
published=$(instance_status test.numbers published)
wait_until 10 drops_more dropped_purpose $(($(instance_status test.numbers dropped_purpose) + 10)) || kinmu_fail "stands still"
expect "published meanwhile" "$published" "$(instance_status test.numbers published)"

echo "-- quiet hours, the whole day"
want <<END
- {quiet: "00:00-24:00"}
END
wait_until 20 drops_more dropped_quiet 10 || kinmu_fail "nothing is dropped: $(kinmu status)"
has_value 'quiet.windows: [{"hours": "00:00-24:00"}]' >/dev/null || fail "$(kinmu status)"
expect "published meanwhile" "$published" "$(instance_status test.numbers published)"

echo "-- kept over a restart, without the hub"
kill -STOP "$HUB_PID"
stop_kinmu
start_kinmu
expect "policy after the restart" "in force" "$(node_status policy)"
wait_until 10 drops_more dropped_quiet 10 || kinmu_fail "not in force after the restart"
kill -CONT "$HUB_PID"

echo "-- refused as a whole, told on both sides"
want <<END
- {instance: test.numbers, option: interval, value: 30ms}
- {instance: test.numbers, option: batch, value: 5}
- {instance: test.numbers, option: intervall, value: 30ms}
END
wait_until 20 has_policy refused || kinmu_fail "not refused: $(kinmu status)"
has_value 'quiet.windows: [{"hours": "00:00-24:00"}]' >/dev/null || fail "what was in force is gone: $(kinmu status)"
kinmu status | grep -q 'refused, 2 errors.*batch' || fail "status: $(kinmu status)"
expect "told once" 1 "$(grep -c 'refused as a whole' "$KINMU_LOG")"
hub_heard() {
    on_hub journal cat --schema kinmu.audit.change/1 | grep '"refused"' | grep -q 'did you mean \\"interval\\"'
}
wait_until 20 hub_heard || fail "the hub was not told: $(on_hub journal cat --schema kinmu.audit.change/1 | tail -3)"
expect "still told once" 1 "$(grep -c 'refused as a whole' "$KINMU_LOG")"

echo "-- what a hub does not have in force is not collected"
sed -i 's/activity: {}, //' "$hub_conf/10.yaml"
want <<END
- {group: hr, quiet: "00:00-24:00"}
END
wait_until 30 has_value "purposes.activity.collect: false (conf.d: true)" || kinmu_fail "$(kinmu status)"
wait_until 10 drops_more dropped_purpose 10 || kinmu_fail "nothing is dropped"

echo "-- taken back"
sed -i 's/purposes: {/purposes: {activity: {}, /' "$hub_conf/10.yaml"
touch "$hub_conf/50-ingest.yaml"
wait_until 30 has_no_values || kinmu_fail "$(kinmu status)"
before=$(instance_status test.numbers published)
wait_until 10 instance_least test.numbers published $((before + 20)) || kinmu_fail "it does not record again"

echo "-- a row no agent could take: agents keep what they have"
want <<END
- {purpose: audit}
END
wrong_row() { on_hub status | grep -q 'policy\[1\]: who looked'; }
wait_until 20 wrong_row || fail "the hub does not say so: $(on_hub status)"
wait_until 20 pushed_least $(($(pushes) + 2)) || kinmu_fail "the hub turned the agent away"

echo "-- the hub left"
want <<END
- {quiet: "00:00-24:00"}
END
wait_until 20 has_value 'quiet.windows: [{"hours": "00:00-24:00"}]' || kinmu_fail "$(kinmu status)"
mv "$KINMU_DATA/hub.d" "$E2E_DIR/hub.d.away"
wait_until 45 has_no_values || kinmu_fail "the policy outlived the enrolment: $(kinmu status)"
stop_kinmu
start_kinmu
expect "policy without a hub" none "$(node_status policy)"
wait_until 10 instance_least test.numbers published 20 || kinmu_fail "the old hub's quiet hours are still in force"
kinmu check | grep -q "the hub sets" && fail "check shows a policy that does not count"
stop_kinmu
stop_hub
echo "PASS"
