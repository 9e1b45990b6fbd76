#!/usr/bin/env bash
# hostile_copies.sh BUILD - one device twice (X15): a copied data folder whose two copies run at the same time, and a
# machine set back to an older state. The hub holds the device off, everybody is told why and what to do,
# nothing recorded is overwritten anywhere, and the cure of the README works as it is written there.
build=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing"; exit 77; }

# is_held_off AGENT: the agent's own status says so, and what to do.
is_held_off() { says "$1" uplink '^failed: .*forked.*enrol'; }
is_quarantined() { [ "$(device one "$1" state)" = quarantined ]; }
check_told() { # AGENT
    told "$1" "forked" >/dev/null || fail "kinmu status on $1 does not say what happened: $("$kinmu" status --data "$folder/$1")"
    told "$1" "enrol" >/dev/null || fail "kinmu status on $1 does not say what to do"
}
# Still recording: what is not sent grows.
keeps_recording() {
    local before
    before=$(status_of "$1" | jq .journal.events)
    still() { [ "$(status_of "$1" | jq .journal.events)" -gt "$((before + 5))" ]; }
    wait_until 20 still "$1" || fail "$1 does not record any more"
    echo "ok: $1 goes on recording"
}

start_hub one
echo "== a copied disk"
make_agent pc1 one
start_agent pc1
wait_until 20 least pc1 uplink pushes_total 5 || fail "pc1 does not push"
stop_daemon pc1
cp -r "$folder/pc1" "$folder/copy"
configure_agent copy
start_agent pc1
start_agent copy # the same certificate, the same key, another history from here on
wait_until 20 is_quarantined pc1 || fail "the hub does not notice: $(hub one devices)"
wait_until 20 is_held_off copy || fail "the copy is not told: $(health_of copy uplink)"
wait_until 20 is_held_off pc1 || fail "the original is not told: $(health_of pc1 uplink)"
check_told pc1
check_told copy
device one pc1 reason | grep -q "forked" || fail "no reason in kinmu hub devices"
hub one devices | grep -A1 "quarantined" | grep -q "chain forked" || fail "kinmu hub devices does not say why: $(hub one devices)"
expect "forks the hub counted" 1 "$(metric_of one ingest forks_total)"
keeps_recording pc1
keeps_recording copy
stop_daemon pc1
stop_daemon copy

echo "== nothing was overwritten"
verify pc1
verify copy
"$kinmu" status --data "$folder/one" >/dev/null || fail "the hub is gone"
numbers_in one >"$folder/at-hub"
numbers_in pc1 >"$folder/at-pc1"
numbers_in copy >"$folder/at-copy"
expect "records twice at the hub" "" "$(uniq -d "$folder/at-hub")"
# The hub has the common part and one of the two histories behind it, never a mixture.
mixed_with() { LC_ALL=C comm -23 "$folder/at-hub" "$folder/at-$1" | wc -l; }
if [ "$(mixed_with pc1)" -gt 0 ] && [ "$(mixed_with copy)" -gt 0 ]; then
    fail "the hub's history is neither that of the original nor that of the copy"
fi
echo "ok: the hub holds $(wc -l <"$folder/at-hub") records of one history"

echo "== the cure: revoke, enrol each machine with an empty data folder"
hub one revoke pc1 --reason "copied disk" >/dev/null || fail "revoke"
for name in pc1 copy; do
    mv "$folder/$name" "$folder/$name.old"
    rm -f "$folder/$name.numbers"* # another history begins; its numbers go on below another lane
    sed -i "s|test.numbers/[a-z0-9]*|test.numbers/$name-new|" "$folder/$name.conf/10.yaml"
    make_agent "$name" one
    start_agent "$name"
done
arrives() { is_sent "$1" && says "$1" uplink '^ok'; }
wait_until 20 least pc1 uplink pushes_total 3 || fail "pc1 is not cured: $(health_of pc1 uplink)"
wait_until 20 least copy uplink pushes_total 3 || fail "the copy is not cured: $(health_of copy uplink)"
expect "devices now" "active active revoked" "$(hub one devices --json | jq -r '.[].state' | sort | xargs)"
for name in pc1 copy; do
    configure_agent "$name" ""
    "$kinmu" reload --data "$folder/$name" >/dev/null 2>&1 || kill -HUP "${pid_of[$name]}"
    wait_until 20 arrives "$name" || fail "$name: $(health_of "$name" uplink)"
    hub_has one "$name"
done
stop_daemon copy

echo "== a machine set back to a snapshot"
make_agent vm one
start_agent vm
wait_until 20 least vm uplink pushes_total 5 || fail "vm does not push"
stop_daemon vm
cp -r "$folder/vm" "$folder/snapshot"
start_agent vm
wait_until 20 least vm uplink pushes_total 5 || fail "vm does not push any more"
stop_daemon vm
cp -r "$folder/vm" "$folder/vm.later"
numbers_in one | grep "test.numbers/vm" >"$folder/before"
rm -rf "$folder/vm"
cp -r "$folder/snapshot" "$folder/vm"
start_agent vm
wait_until 20 is_held_off vm || fail "vm is not told: $(health_of vm uplink)"
wait_until 20 is_quarantined vm || fail "the hub does not notice that vm was set back: $(hub one devices)"
check_told vm
keeps_recording vm
stop_daemon vm
verify vm
numbers_in one | grep "test.numbers/vm" >"$folder/after"
cmp "$folder/before" "$folder/after" || fail "what the hub had of vm changed"
echo "ok: the hub's $(wc -l <"$folder/before") records of vm stayed as they were"

echo "== set back, and nothing recorded since"
make_agent quiet one
start_agent quiet
wait_until 20 least quiet uplink pushes_total 5 || fail "quiet does not push"
stop_daemon quiet
cp -r "$folder/quiet" "$folder/snapshot2"
start_agent quiet
wait_until 20 least quiet uplink pushes_total 5 || fail "quiet does not push any more"
stop_daemon quiet
rm -rf "$folder/quiet"
cp -r "$folder/snapshot2" "$folder/quiet"
configure_agent quiet ""
start_agent quiet
wait_until 20 says quiet uplink '^failed: .*set back.*enrol' || fail "quiet is not told: $(health_of quiet uplink)"
stop_daemon quiet

stop_daemon one
verify one
! grep -l "AddressSanitizer\|runtime error" "$folder"/*.log || fail "a sanitizer spoke"
echo "ok: the hub's journal verifies"
