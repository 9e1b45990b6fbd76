#!/bin/bash
# http_tls.sh BUILD_DIR: TLS of the daemon's HTTP server by real clients (curl, openssl s_client): whose
# certificates are good, what is refused, session tickets, a changed certificate, probes and metrics. The
# contract probe serves (tests/contract/probe_routes.c).
set -euo pipefail
build=$(realpath "$1")
kinmu=$build/kinmu plugins=$build/tests/contract
. "$(dirname "$0")/lib.sh"
[ -e "$plugins/com.example.probe.so" ] || { echo "no probe plugin in this build"; exit 77; }
cd "$E2E_DIR"
umask 077
daemon=
end() {
    stop_process "$daemon"
}
at_end end

# ---- certificates: an authority, the server, a device (Ed25519), one run out, two strangers ----
mkdir ca data data/hub conf.d
: >ca/index
echo 1000 >ca/serial
cat >ca.conf <<'CONF'
[ca]
default_ca = c
[c]
dir = ca
database = ca/index
serial = ca/serial
new_certs_dir = ca
default_md = sha256
policy = p
copy_extensions = copy
default_days = 30
[p]
commonName = supplied
CONF
# key_of NAME; sign NAME SUBJECT AUTHORITY [OPTION…]
key_of() { openssl genpkey -algorithm "${2:-ED25519}" ${3:+-pkeyopt "$3"} -out "$1.key" 2>/dev/null; }
request() { openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr" ${3:+-addext "$3"}; }
self_signed() { openssl req -x509 -key "$1.key" -subj "/CN=$2" -days 30 -out "$1.pem"; }
sign() {
    local name=$1
    shift
    openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in "$name.csr" -out "$name.pem" -notext \
        "$@" 2>/dev/null
}
for name in ca server other; do
    key_of $name EC ec_paramgen_curve:P-256
done
key_of device
key_of expired
key_of early
self_signed ca "test authority"
self_signed other "another authority"
request server localhost "subjectAltName=DNS:localhost,IP:127.0.0.1"
sign server
request device device-1
sign device
request expired device-2
sign expired -startdate 20200101000000Z -enddate 20200201000000Z
key_of brief
request brief device-4
request early device-3
sign early -startdate 20990101000000Z -enddate 20990201000000Z
key_of stranger
request stranger stranger
openssl x509 -req -in stranger.csr -CA other.pem -CAkey other.key -CAcreateserial -days 30 -out stranger.pem 2>/dev/null
key_of own
self_signed own "signed by itself"
cp server.pem server.key data/hub/
cp ca.pem data/hub/ca.pem

# ---- the daemon ----
port=$(free_port) strict=$(free_port) metrics=$(free_port)
write_conf() { # CLIENT_CERTIFICATES
    cat >conf.d/node.yaml <<CONF
node: {name: tls, data: $E2E_DIR/data}
purposes: {inventory: {keep: 30d}}
http: {listen: ["127.0.0.1:$port", "127.0.0.1:$strict"], metrics_listen: "127.0.0.1:$metrics", client_certificates: $1}
connectors:
  com.example.probe: {isolation: core, report: $E2E_DIR/report, secret: "\${file:$E2E_DIR/secret}", server: "http://127.0.0.1:9"}
CONF
}
printf 'open sesame 1' >secret
write_conf optional
"$kinmu" run --conf conf.d --plugins "$plugins" 2>log &
daemon=$!
url=https://localhost:$port/com.example.probe
ask() { curl -sS --max-time 10 --cacert ca.pem --resolve "localhost:$port:127.0.0.1" "$@"; }
code() { ask -o /dev/null -w '%{http_code}' "$@" 2>/dev/null || true; }
with() { echo --cert "$1.pem" --key "$1.key"; }
wait_until 60 ask -f "$url/hello" || fail "not serving: $(cat log)"

# ---- who gets in ----
expect "without a certificate" 200 "$(code "$url/hello")"
expect "a device's route without a certificate" 403 "$(code "$url/device")"
# shellcheck disable=SC2046
{
    expect "with the device's certificate" 200 "$(code $(with device) "$url/device")"
    serial=$(openssl x509 -in device.pem -noout -serial | sed 's/.*=//' | tr A-F a-f)
    ask $(with device) "$url/device" | grep -q "key 32, serial \"$serial\"" || fail "wrong key or serial"
    for name in expired early stranger own; do
        expect "a certificate that is $name" 000 "$(code $(with $name) "$url/hello")"
    done
}
expect "wrong authority at the client" 000 "$(curl -sS --max-time 5 --cacert other.pem --resolve \
    "localhost:$port:127.0.0.1" -o /dev/null -w '%{http_code}' "$url/hello" 2>/dev/null || true)"

# ---- protocol ----
client() { timeout 10 openssl s_client -connect "127.0.0.1:$port" -CAfile ca.pem "$@" 2>&1 || true; }
for version in tls1 tls1_1; do
    client -$version -cipher ALL@SECLEVEL=0 </dev/null | grep -q 'Cipher is (NONE)' || fail "$version is taken"
    echo "ok: $version refused"
done
for version in tls1_2 tls1_3; do
    client -$version </dev/null | grep -q 'Verify return code: 0' || fail "$version is not taken"
    echo "ok: $version taken"
done
client -tls1_2 -cipher 'AES128-SHA' </dev/null | grep -q 'Cipher is (NONE)' || fail "CBC without forward secrecy is taken"
client -alpn h2 </dev/null | grep -q 'no application protocol' || fail "h2 is agreed to"
client -alpn h2,http/1.1 </dev/null | grep -q 'ALPN protocol: http/1.1' || fail "http/1.1 is not agreed to"
(sleep 1; printf 'R\n'; sleep 1) | client -tls1_2 | grep -qi 'no renegotiation\|RENEGOTIATING' || fail "no word of renegotiation"
(sleep 1; printf 'R\n'; sleep 1; printf 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'; sleep 1) | client -tls1_2 -quiet |
    grep -q '200 OK' && fail "renegotiation is taken"
echo "ok: ciphers, ALPN, renegotiation"
head -c 100000 /dev/urandom | timeout 5 bash -c "cat >/dev/tcp/127.0.0.1/$port" 2>/dev/null || true
printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' | timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; cat <&3" >plain 2>/dev/null || true
! grep -q HTTP plain || fail "plain HTTP on a TLS port is answered"
expect "still there after garbage" 200 "$(code "$url/hello")"
ask --http1.1 --data-binary @<(head -c 2000000 /dev/zero) "$url/echo" | wc -c | grep -qx 2000000 || fail "large bodies"
[ "$(ask "$url/parts" | wc -c)" = 4194304 ] || fail "an answer in parts"

# ---- session tickets ----
resumed() { # OPTIONS of s_client: makes a session, uses it
    rm -f session
    (printf 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'; sleep 1) | client -sess_out session -quiet "$@" >/dev/null
    client -sess_in session "$@" </dev/null | grep -q '^Reused' && echo yes || echo no
}
expect "TLS 1.3 ticket" yes "$(resumed -tls1_3)"
expect "TLS 1.2 ticket" no "$(resumed -tls1_2)" # its key would open what was recorded
expect "ticket with a certificate" yes "$(resumed -tls1_3 -cert device.pem -key device.key)"
(printf 'GET /com.example.probe/device HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'; sleep 1) |
    client -sess_in session -quiet | grep -q 'key 32' || fail "the key is not known after resumption"
echo "ok: a resumed session still proves its key"
end_s=$(($(date +%s) + 6)) # within this second it is good still
sign brief -enddate "$(date -u -d "@$end_s" +%Y%m%d%H%M%SZ)"
expect "ticket with a certificate that soon runs out" yes "$(resumed -tls1_3 -cert brief.pem -key brief.key)"
has_run_out() { [ "$(date +%s)" -gt "$end_s" ]; }
wait_until 10 has_run_out || fail "the brief certificate does not run out"
(printf 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'; sleep 1) | client -sess_in session -quiet | grep -q 'HTTP/' &&
    fail "a ticket outlives its certificate"
echo "ok: a ticket does not outlive its certificate"

# ---- a renewed certificate, without a restart ----
request server localhost "subjectAltName=DNS:localhost,IP:127.0.0.1"
rm ca/index && : >ca/index
sign server
cp server.pem data/hub/server.pem
kill -HUP "$daemon"
fresh() { client -showcerts </dev/null | openssl x509 -noout -serial | grep -qx "$(openssl x509 -in server.pem -noout -serial)"; }
wait_until 10 fresh || fail "the new certificate is not used"
expect "ticket of before the change" no "$(client -sess_in session -tls1_3 </dev/null | grep -q '^Reused' && echo yes || echo no)"
echo broken >data/hub/server.pem
kill -HUP "$daemon"
wait_until 10 grep -q 'old certificate stays in force' log || fail "a broken certificate is not told"
expect "with a broken certificate file" 200 "$(code "$url/hello")"
expect "ready with it" 503 "$(code "https://localhost:$port/readyz")"
cp server.pem data/hub/server.pem

# ---- probes ----
expect "healthz" 200 "$(code "https://localhost:$port/healthz")"
curl -sS "http://127.0.0.1:$metrics/metrics" >figures
for name in kinmu_http_handshakes_failed_total kinmu_http_handshakes_resumed_total process_resident_memory_bytes \
    kinmu_journal_position kinmu_store_lag_blocks 'kinmu_instance_health{instance="com.example.probe",kind="connector"}' \
    'kinmu_com_example_probe_steps_total{instance="com.example.probe",kind="connector"}'; do
    grep -qF "$name " figures || fail "no $name in /metrics"
done
[ "$(grep '^kinmu_http_handshakes_failed_total' figures | cut -d' ' -f2)" -ge 6 ] || fail "failed handshakes are not counted"
expect "each family once" "" "$(grep '^# TYPE' figures | sort | uniq -d)"
expect "nothing else on the metrics address" 404 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$metrics/com.example.probe/hello")"
expect "metrics through a proxy" 404 "$(code -H 'X-Forwarded-For: 192.0.2.1' "https://localhost:$port/metrics")"

# ---- required: nobody without a certificate, nor with a ticket of a time when none was needed ----
resumed -tls1_3 >/dev/null
write_conf required
wait_until 20 sh -c "! curl -sS --cacert ca.pem --resolve localhost:$port:127.0.0.1 https://localhost:$port/healthz" ||
    fail "certificates are not required"
(printf 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'; sleep 1) | client -sess_in session -quiet | grep -q '200 OK' &&
    fail "an old ticket goes round the certificate"
# shellcheck disable=SC2046
expect "required, with one" 200 "$(code $(with device) "$url/hello")"

# ---- stopping: an answer under way goes out ----
write_conf optional
wait_until 20 ask -f "$url/hello" || fail "optional again: not serving"
(printf 'x%.0s' {1..10}; sleep 1; printf 'y') | ask -T - -X POST "$url/count" >last &
upload=$!
sleep 0.5
kill -TERM "$daemon"
wait "$upload" || fail "an upload is cut by a stop"
grep -q 'counted 11' last || fail "an upload is answered wrongly: $(cat last)"
wait "$daemon" || fail "the daemon ended with $?"
daemon=
! grep -q 'ERROR: AddressSanitizer\|LeakSanitizer\|runtime error' log || fail "$(cat log)"
echo "ok: stopped"
