#!/usr/bin/env bash
# hostile_enroll.sh BUILD - 4,000 attempts to enrol over TLS, 100,000 with KINMU_TEST_LONG=1 (then in the release
# build where there is one), from address after address: no JSON, altered, unknown, used and cancelled tokens, no
# certificate request, and one in a hundred that is genuine; then a crowd of which half leaves unanswered (X18).
# Every status is the right one, there is a device for every genuine attempt and for no other, nothing but those is
# written, the hub's memory, log and open files stay bounded, and honest agents push meanwhile: none is refused, put
# off or broken off.
build=$(realpath "$1")
attempts=4000 genuine=40
if [ "${KINMU_TEST_LONG:-}" = 1 ]; then
    attempts=100000 genuine=1000
    release=$(realpath "$(dirname "$0")/../..")/build/release
    [ -x "$release/kinmu" ] && [ -x "$release/tests/hostile_enroll" ] && [ -e "$release/plugins/connectors/ingest.so" ] && build=$release
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing"; exit 77; }
export KINMU_PLUGINS=$build/plugins
crowd=600                 # at once; the hub lets 256 wait
rss_growth_kb_max=65536
log_bytes_a_device_max=400 # of each that did enrol, the honest ones too

mkdir -p "$folder/one.conf"
cat >"$folder/one.conf/10.yaml" <<END
node: {name: one}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}, audit: {}}
journal: {flush_interval: 20ms}
http: {listen: ["127.0.0.1:$(port_of one)"]}
connectors: {ingest: {}}
# The store keeps the schemas of the plugins that are loaded.
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}
END
# What a sanitizer keeps of memory given back is not the hub's.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4:thread_local_quarantine_size_kb=64
monday=$(date -d "last monday - 28 days" +%F) # people work on it
start_hub one
make_agent stranger one
token_of() { hub one invite "$@" 2>"$folder/told"; }
used=$(token_of --uses 1)
"$kinmu" agent enroll --data "$folder/first" --conf "$folder/none" --name first \
    --hub "https://127.0.0.1:$(port_of one)" --token "$used" >"$folder/out" 2>&1 || fail "enrolling: $(cat "$folder/out")"
cancelled=$(token_of --uses 5)
hub one cancel "$(grep -oE '[0-9a-f]{16}' "$folder/told" | head -1)" >/dev/null || fail "cancel"
open=$(token_of --uses $((2 * genuine + crowd)))

memory_kb() { awk "/^$1/ { print \$2 }" "/proc/${pid_of[one]}/status"; }
open_files() { ls "/proc/${pid_of[one]}/fd" | wc -l; }
# What was decided: two records an enrolment at most, the device's and its token's. A refusal writes none.
decided() { "$kinmu" journal stat --data "$folder/one" | sed -n 's/^ *audit *events \([0-9]*\),.*/\1/p'; }
devices() { hub one devices --json | jq -s --arg name "$1" '[add[] | select(.name | startswith($name))] | length'; }
answered() { sed -n "s/^$1:.* $2 x\([0-9]*\).*/\1/p" "$folder/harm" | grep . || echo 0; }
# only KIND STATUS…: the other statuses did not occur. 429: the address failed too often; 503: 256 wait already.
only() {
    local kind=$1 others IFS='|'
    shift
    others=$(grep "^$kind:" "$folder/harm" | grep -oE '[0-9]+ x[0-9]+' | grep -vE "^($*) x")
    [ -z "$others" ] || fail "$kind was answered with $others"
}
honest() {
    "$kinmu" simulate --hub "https://127.0.0.1:$(port_of one)" --agents 20 --from "$monday" --days 30 --at 10:00 --speed 240 \
        --duration 2s --seed "$RANDOM" --token "$honest_token" --json >"$folder/honest.json" 2>"$folder/out" ||
        fail "honest agents: $(cat "$folder/out" "$folder/honest.json")"
    jq -e '.unconfirmed_blocks == 0 and .refused == 0 and .put_off == 0 and .answers["5xx"] == 0 and .broken_off == 0 and .pushes > 10' \
        "$folder/honest.json" >/dev/null || fail "honest agents were hindered: $(jq -c . "$folder/honest.json")"
}

honest_token=$(token_of --uses 10000)
honest # what the hub holds once only is there now
memory=$(memory_kb VmRSS) files=$(open_files) records=$(decided) log=$(stat -c %s "$folder/one.log") known=$(devices "")
started=$SECONDS
"$build/tests/hostile_enroll" "$folder/stranger" "$attempts" "$used" "$cancelled" "$open" >"$folder/harm" &
pid_of[strangers]=$!
rounds=0
while kill -0 "${pid_of[strangers]}" 2>/dev/null; do
    honest
    rounds=$((rounds + 1))
    echo "   beside it: $(jq -c '{pushes, p99_ms: .push.p99_ms}' "$folder/honest.json")"
done
wait "${pid_of[strangers]}" || fail "the strangers gave up: $(cat "$folder/harm")"
unset "pid_of[strangers]"
sed 's/^/   /' "$folder/harm"
echo "ok: $attempts attempts in $((SECONDS - started)) s, honest agents pushed in $rounds rounds"

expect "attempts answered" "$attempts" "$(grep -oE 'x[0-9]+' "$folder/harm" | tr -d x | paste -sd+ | bc)"
only not-json 400 429
only altered 400 429
only unknown 403 429 503
only used 403 429 503
only cancelled 403 429 503
only no-request 400 503
only genuine 200 503
for kind in not-json altered no-request; do
    [ "$(answered $kind 400)" -gt 0 ] || fail "$kind was never refused as such"
done
for kind in unknown used cancelled; do
    [ "$(answered $kind 403)" -gt 0 ] || fail "$kind was never refused as such"
    [ "$(answered $kind 429)" -gt 0 ] || fail "$kind was never held off"
done
expect "devices of strangers are those that were told so" "$(answered genuine 200)" "$(devices stranger | awk '{ print $1 - 1 }')"
[ "$(answered genuine 200)" -ge $((genuine * 9 / 10)) ] || fail "genuine ones were kept out"

"$build/tests/hostile_enroll" "$folder/stranger" crowd "$crowd" "$open" >"$folder/harm" || fail "the crowd: $(cat "$folder/harm")"
sed 's/^/   /' "$folder/harm"
only crowd 200 503
[ "$(answered crowd 503)" -gt 0 ] && [ "$(answered crowd 200)" -gt 0 ] || fail "256 may wait, the others are told to come again"
honest

settled() { [ "$(open_files)" -le $((files + 4)) ]; }
wait_until 20 settled || fail "open files: $files before, $(open_files) after"
grown=$(($(memory_kb VmHWM) - memory))
[ "$grown" -lt "$rss_growth_kb_max" ] || fail "the hub's memory grew by $grown KiB"
more=$(($(devices "") - known))
grown_log=$(($(stat -c %s "$folder/one.log") - log))
records=$(($(decided) - records))
[ "$records" -ge "$more" ] && [ "$records" -le $((2 * more)) ] || fail "$records records were written for $more devices"
[ "$grown_log" -lt $((more * log_bytes_a_device_max + 4096)) ] || fail "the log grew by $grown_log bytes for $more devices"
echo "ok: $more devices more; memory at most $((grown / 1024)) MiB more, $records records, log $((grown_log / 1024)) KiB"
expect "the token that is still open" 0 "$("$kinmu" agent enroll --data "$folder/last" --conf "$folder/none" --name last \
    --hub "https://127.0.0.1:$(port_of one)" --token "$open" >"$folder/out" 2>&1; echo $?)"
stop_daemon one
verify one
! grep -l "Sanitizer\|runtime error" "$folder"/*.log || fail "a sanitizer spoke"
echo "ok: the hub's journal verifies"
