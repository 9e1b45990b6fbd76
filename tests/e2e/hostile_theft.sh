#!/usr/bin/env bash
# hostile_theft.sh BUILD - what a thief can do with what he took of an agent (X17): its certificate without the key, its whole
# data folder once the device is revoked, and its push over the connection of another device. Nothing: and the
# true owner is served meanwhile.
build=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
for tool in jq curl openssl; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
start_hub one
make_agent victim one
make_agent thief one # enrolled as well: his own certificate is good
start_agent victim
wait_until 20 least victim uplink pushes_total 3 || fail "the victim does not push"
stop_daemon victim
cp -r "$folder/victim" "$folder/stolen"
push="$build/tests/hostile_device"

echo "== the victim's push over the thief's connection"
"$push" "$folder/stolen" dump "$folder/push.bin" || fail "no push"
[ "$(wc -c <"$folder/push.bin")" -gt 500 ] || fail "the push is empty"
held=$(numbers_in one | wc -l)
expect "answered" 422 "$("$push" "$folder/thief" send "$folder/push.bin")"
expect "records at the hub" "$held" "$(numbers_in one | wc -l)"
expect "the victim's own is taken" 200 "$("$push" "$folder/stolen" send "$folder/push.bin")"
expect "nobody is quarantined" "active" "$(hub one devices --json | jq -r '.[].state' | sort -u)"

echo "== the certificate without its key"
printf -- '-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n' "$({
    printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20'
    dd if="$folder/thief/device.key" bs=1 skip=8 count=32 2>/dev/null
} | base64 -w0)" >"$folder/thief.key"
openssl pkey -in "$folder/thief.key" -noout || fail "not a key"
code() { # CERTIFICATE: with the thief's key
    curl -s -o /dev/null -w '%{http_code}' --cacert "$folder/victim/hub.d/ca.pem" --cert "$1" --key "$folder/thief.key" \
        --data-binary "@$folder/push.bin" "https://127.0.0.1:$(port_of one)/ingest/v1/push"
}
expect "pushing with it" 000 "$(code "$folder/victim/hub.d/client.pem")"
expect "with the thief's own, the push is still another's" 422 "$(code "$folder/thief/hub.d/client.pem")"

echo "== the whole folder, after it was revoked"
hub one revoke victim --reason stolen >/dev/null || fail "revoke"
began=$SECONDS
configure_agent stolen
start_agent stolen # it records, under a history of its own
wait_until 60 says stolen uplink "failed: .*revoked.*stolen" || fail "the stolen folder is served: $(health_of stolen uplink)"
"$kinmu" agent status --data "$folder/stolen" --conf "$folder/none" >"$folder/out" && fail "kinmu agent status does not tell: $(cat "$folder/out")"
grep -q "uplink: failed: .*revoked.*stolen" "$folder/out" || fail "kinmu agent status: $(cat "$folder/out")"
echo "ok: refused $((SECONDS - began)) s after it was revoked: $(health_of stolen uplink | cut -c1-90)"
expect "its push" 403 "$("$push" "$folder/victim" send "$folder/push.bin")"
expect "nothing of it came" "" "$(numbers_in one | grep 'test.numbers/stolen')"
stop_daemon stolen

echo "== the owner enrols anew"
mv "$folder/victim" "$folder/victim.old"
make_agent victim one
start_agent victim
wait_until 20 least victim uplink pushes_total 3 || fail "the owner is not served: $(health_of victim uplink)"
stop_daemon victim
stop_daemon one
verify one
! grep -l "AddressSanitizer\|runtime error" "$folder"/*.log || fail "a sanitizer spoke"
