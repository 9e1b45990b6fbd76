#!/usr/bin/env bash
# hostile_disk.sh BUILD - a hub whose disk is full, and one whose disk fails (fsync): the agents are told to come again, keep
# what they have and record on; when the disk is right again everything arrives, once. Needs root for a
# small tmpfs; the failing disk needs the release build (its preloaded library and sanitizers do not mix).
build=$(realpath "$1")
release=$(realpath "$(dirname "$0")/../..")/build/release
[ -x "$release/kinmu" ] && [ -e "$release/tests/crash/unruly_system.so" ] && [ -e "$release/plugins/connectors/ingest.so" ] &&
    [ -e "$release/tests/crash/plugins/crash_source.so" ] && build=$release
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
command -v jq >/dev/null || { echo "skipped: jq is missing"; exit 77; }
disk=$folder/one
mkdir "$disk"
# Room for all that is recorded while the agents wait, on a slow machine too: only the ballast fills it.
mount -t tmpfs -o size=64m,mode=0700 none "$disk" 2>/dev/null || { echo "skipped: needs root to mount a small tmpfs"; exit 77; }
end_disk() {
    end_fleet # nobody writes there any more
    umount -l "$disk"
}
at_end end_disk

start_hub one
for name in pc1 pc2; do
    make_agent "$name" one
    configure_agent "$name" 20ms
    start_agent "$name"
done
for name in pc1 pc2; do
    wait_until 20 least "$name" uplink pushes_total 3 || fail "$name does not push"
done

echo "== full"
dd if=/dev/zero of="$disk/ballast" bs=4k 2>/dev/null
hub_fails() { status_of one | jq -r .journal.failure | grep -q "no space left"; }
wait_until 30 hub_fails || fail "the hub does not say that its disk is full: $(status_of one | jq -c .journal)"
for name in pc1 pc2; do
    wait_until 40 says "$name" uplink "unavailable: .*nothing is lost" || fail "$name: $(health_of "$name" uplink)"
    echo "ok: $name: $(health_of "$name" uplink)"
done
rm "$disk/ballast"
recovers() { says "$1" uplink '^ok'; }
for name in pc1 pc2; do
    wait_until 60 recovers "$name" || fail "$name does not recover by itself: $(health_of "$name" uplink)"
done
[ "$(status_of one | jq -r .journal.failure)" = "" ] || fail "the hub goes on failing"
echo "ok: both go on by themselves"

if [ "$build" = "$release" ]; then
    echo "== fsync fails"
    stop_daemon one
    echo 15 >"$folder/syncs"
    CRASH_SYNC_FILE=$folder/syncs LD_PRELOAD=$build/tests/crash/unruly_system.so "$kinmu" run --conf "$folder/one.conf" \
        --data "$folder/one" >>"$folder/one.log" 2>&1 &
    pid_of[one]=$!
    has_ended() { ! kill -0 "${pid_of[one]}"; }
    wait_until 60 has_ended || fail "a hub whose fsync fails goes on: $(status_of one | jq -c .journal)"
    wait "${pid_of[one]}" && fail "a hub whose fsync fails ended well"
    unset "pid_of[one]"
    grep -q "check the disk" "$folder/one.log" || fail "the hub does not say what is wrong"
    for name in pc1 pc2; do
        wait_until 20 says "$name" uplink "unavailable: .*nothing is lost" || fail "$name: $(health_of "$name" uplink)"
    done
    echo "ok: the hub ended and said so; the agents wait"
    start_hub one
fi
for name in pc1 pc2; do
    configure_agent "$name" "" # stand still; the back-off of what went before is not what is tested
    stop_daemon "$name"
    start_agent "$name"
done
arrived() { is_sent "$1" && least "$1" uplink pushes_total 1; }
for name in pc1 pc2; do
    wait_until 40 arrived "$name" || fail "$name does not get rid of its blocks: $(health_of "$name" uplink)"
    stop_daemon "$name"
    verify "$name"
    hub_has one "$name"
done
stop_daemon one
verify one
! grep -l "AddressSanitizer\|runtime error" "$folder"/*.log || fail "a sanitizer spoke"
echo "ok: the hub's journal verifies"
