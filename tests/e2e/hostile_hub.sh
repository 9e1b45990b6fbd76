#!/usr/bin/env bash
# hostile_hub.sh BUILD - seven agents whose hub means harm: a forged confirmation, one of blocks there never were, everything
# declined for ever, an answer of 100 MB, a policy that explodes, one that orders recording to end with another
# device's certificate, "come again in a year". It has the hub's TLS key, and for the signed ones the key that
# confirms. No agent stops recording or throws anything away, memory stays bounded, the status says
# what is wrong; when the hub is itself again everything arrives, once. In the release build where there is one.
build=$(realpath "$1")
release=$(realpath "$(dirname "$0")/../..")/build/release
[ -x "$release/kinmu" ] && [ -x "$release/tests/hostile_hub" ] && [ -e "$release/tests/crash/plugins/crash_source.so" ] && build=$release
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
for tool in jq openssl; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
kinds="forged beyond declines large policy-bomb orders year"
memory_kb_max=$((80 * 1024)) # an agent's peak; with sanitizers it is not measured

ports=()
for kind in $kinds; do
    ports+=("$(port_of "$kind")")
done
start_hub one "${ports[@]}"
for kind in $kinds; do
    make_agent "$kind" one "$(port_of "$kind")"
    start_agent "$kind"
done
for kind in $kinds; do
    wait_until 30 least "$kind" uplink pushes_total 2 || fail "$kind does not push: $(health_of "$kind" uplink)"
done
cp "$folder/forged/hub.d/client.pem" "$folder/other.pem"
cp "$folder/orders/hub.d/client.pem" "$folder/own.pem"
stop_daemon one

words=()
for kind in $kinds; do
    words+=("$(port_of "$kind")" "$kind")
done
"$build/tests/hostile_hub" "$folder/one" "${words[@]}" >"$folder/seen" 2>&1 &
pid_of[hostile]=$!
declare -A events
for kind in $kinds; do
    events[$kind]=$(status_of "$kind" | jq .journal.events)
done
seen() { [ "$(grep -c "^$1 " "$folder/seen")" -ge "$2" ]; }
for kind in $kinds; do
    wait_until 30 seen "$kind" 2 || { [ "$kind" = year ] || [ "$kind" = beyond ] && seen "$kind" 1; } ||
        fail "$kind did not come to the hub: $(health_of "$kind" uplink) $(cat "$folder/seen")"
done

# says_soon AGENT WORDS: in its own status.
says_soon() {
    wait_until 20 says "$1" uplink "$2" || fail "$1: expected \"$2\", it says \"$(health_of "$1" uplink)\""
    echo "ok: $1: $(health_of "$1" uplink | cut -c1-110)"
}
says_soon forged "unavailable: .*not signed with the key known from enrolment"
says_soon beyond "failed: .*more of this device's history.*set back"
says_soon declines "declined, all of it"
says_soon large "larger than the request allows"
says_soon year "the hub answered 503"
for kind in policy-bomb orders; do
    refused() { [ "$(status_of "$1" | jq -r .policy)" != "in force" ] && grep -q "policy" "$folder/$1.log"; }
    wait_until 20 refused "$kind" || fail "$kind: the policy is $(status_of "$kind" | jq -c '[.policy, .policy_problem]')"
    echo "ok: $kind: $(grep policy "$folder/$kind.log" | grep -v info | head -1 | cut -d' ' -f2- | cut -c1-110)"
done
wait_until 10 grep -q "certificate the hub sent was not taken" "$folder/orders.log" || fail "another device's certificate was not noticed"
cmp "$folder/own.pem" "$folder/orders/hub.d/client.pem" || fail "another device's certificate was taken"

echo "== all record, none is large"
goes_on() { [ "$(status_of "$1" | jq .journal.events)" -gt "$((events[$1] + 20))" ]; }
for kind in $kinds; do
    wait_until 20 goes_on "$kind" || fail "$kind does not record any more"
    peak=$(awk '/^VmHWM/ { print $2 }' "/proc/${pid_of[$kind]}/status")
    [ "$build" != "$release" ] || [ "$peak" -lt "$memory_kb_max" ] || fail "$kind has taken $peak KiB"
    echo "ok: $kind records, peak $((peak / 1024)) MiB"
done

echo "== the hub is itself again"
stop_daemon hostile
start_hub one
for kind in $kinds; do
    configure_agent "$kind" "" # stand still
    stop_daemon "$kind"        # the back-off of what went before is not what is tested
    start_agent "$kind"
done
arrived() { is_sent "$1" && least "$1" uplink pushes_total 1; }
for kind in $kinds; do
    wait_until 30 arrived "$kind" || fail "$kind does not get rid of its blocks: $(health_of "$kind" uplink)"
done
for kind in $kinds; do
    stop_daemon "$kind"
    verify "$kind"
    hub_has one "$kind"
done
expect "devices" "active" "$(hub one devices --json | jq -r '.[].state' | sort -u)"
stop_daemon one
verify one
! grep -l "AddressSanitizer\|runtime error" "$folder"/*.log || fail "a sanitizer spoke"
echo "ok: the hub's journal verifies"
