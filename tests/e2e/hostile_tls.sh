#!/usr/bin/env bash
# hostile_tls.sh BUILD - six agents whose hub shows a bad certificate (X28): run out, for another host, of another authority,
# a device's instead of a server's, TLS 1.1 only, and a man in the middle who passes everything on. No agent
# sends a byte of HTTP; each keeps its journal, says in one sentence what is wrong, and goes on by itself.
build=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
for tool in jq openssl python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
kinds="expired other-name other-authority device tls11 middle"
ports=()
for kind in $kinds; do
    ports+=("$(port_of "$kind")")
done
start_hub one "${ports[@]}" "$(port_of behind)"
for kind in $kinds; do
    make_agent "$kind" one "$(port_of "$kind")"
    configure_agent "$kind" 200ms
    start_agent "$kind"
done
for kind in $kinds; do
    wait_until 30 least "$kind" uplink pushes_total 1 || fail "$kind does not push: $(health_of "$kind" uplink)"
done
stop_daemon one
cp -r "$folder/one.conf" "$folder/one.all"

# ---- certificates ----
cd "$folder" || exit 1
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }
signed() { # NAME AUTHORITY-CERTIFICATE AUTHORITY-KEY HOST DAYS
    new_key "$1"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$4" >"$1.ext"
    openssl req -new -key "$1.key" -subj /CN=hub -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA "$2" -CAkey "$3" -CAcreateserial -CAserial "$1.srl" -days "$5" -extfile "$1.ext" \
        -out "$1.pem" 2>/dev/null || fail "no certificate for $1"
}
new_key stranger
openssl req -x509 -key stranger.key -subj "/CN=Kinmu hub" -days 30 -out stranger.pem 2>/dev/null
signed expired one/hub/ca.pem one/hub/ca.key IP:127.0.0.1 -1
signed other-name one/hub/ca.pem one/hub/ca.key DNS:elsewhere.example 30
signed other-authority stranger.pem stranger.key IP:127.0.0.1 30
signed middle stranger.pem stranger.key IP:127.0.0.1 30
cp one/hub/server.pem tls11.pem
cp one/hub/server.key tls11.key
cp device/hub.d/client.pem device.pem
python3 -c '
import base64, sys
seed = open(sys.argv[1] + "/device.key", "rb").read()[8:40]
der = bytes.fromhex("302e020100300506032b657004220420") + seed
print("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode() + "\n-----END PRIVATE KEY-----")' device >device.key

# ---- in the hub's place: what is said to them over TLS goes into NAME.got ----
mkfifo silence
exec 9<>silence # their standard input, which never ends
for kind in $kinds; do
    options=()
    [ "$kind" = tls11 ] && options=(-tls1_1 -cipher "ALL:@SECLEVEL=0")
    [ "$kind" = middle ] && continue
    openssl s_server -accept "127.0.0.1:$(port_of "$kind")" -cert "$kind.pem" -key "$kind.key" -quiet \
        "${options[@]}" <&9 >"$kind.got" 2>"$kind.tried" &
    pid_of[bad-$kind]=$!
done
# The man in the middle: his own certificate in front, the real hub behind.
sed -i "s/listen: .*/listen: [\"127.0.0.1:$(port_of behind)\"]}/" one.conf/10.yaml
start_hub one
python3 - middle.pem middle.key "$(port_of middle)" "$(port_of behind)" >middle.got 2>middle.tried <<'END' &
import socket, ssl, sys, threading
certificate, key, near, far = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
behind = ssl._create_unverified_context()
def pump(a, b, shows):
    while piece := a.recv(16384):
        if shows:
            print(piece, flush=True)
        b.sendall(piece)
listener = socket.create_server(("127.0.0.1", int(near)))
while True:
    raw, _ = listener.accept()
    try:
        a = context.wrap_socket(raw, server_side=True)
        b = behind.wrap_socket(socket.create_connection(("127.0.0.1", int(far))))
        threading.Thread(target=pump, args=(b, a, False), daemon=True).start()
        pump(a, b, True)
    except OSError as error:
        print(error, file=sys.stderr, flush=True)
END
pid_of[bad-middle]=$!

says_soon() { # AGENT WORDS
    wait_until 30 says "$1" uplink "^unavailable: .*$2.*nothing is lost" ||
        fail "$1: expected \"$2\", it says \"$(health_of "$1" uplink)\""
    expect "$1 says it in one sentence" 1 "$(health_of "$1" uplink | wc -l)"
    echo "   $(health_of "$1" uplink)"
    told "$1" "nothing is lost" >/dev/null || fail "kinmu status of $1 does not show it"
}
says_soon expired expired
says_soon other-name "certificate is for another\|name"
says_soon other-authority "authority\|issuer\|trust"
says_soon device "purpose\|certificate"
says_soon tls11 "TLS\|protocol"
says_soon middle "authority\|issuer\|trust"
for kind in $kinds; do
    expect "$kind heard of the agent's records" 0 "$(wc -c <"$kind.got")"
    [ "$(metric_of "$kind" uplink unsent_blocks)" -gt 0 ] || fail "$kind has nothing unsent"
done

echo "== the hub is right again"
for kind in $kinds; do
    stop_daemon "bad-$kind"
done
stop_daemon one
cp one.all/10.yaml one.conf/10.yaml
start_hub one
for kind in $kinds; do
    stands_again() { says "$kind" uplink '^ok'; }
    wait_until 60 stands_again || fail "$kind does not recover by itself: $(health_of "$kind" uplink)"
done
for kind in $kinds; do
    configure_agent "$kind" ""
    "$kinmu" reload --data "$folder/$kind" >/dev/null 2>&1 || kill -HUP "${pid_of[$kind]}"
done
for kind in $kinds; do
    wait_until 20 is_sent "$kind" || fail "$kind: $(health_of "$kind" uplink)"
    stop_daemon "$kind"
    hub_has one "$kind"
done
! grep -l "AddressSanitizer\|runtime error" "$folder"/*.log || fail "a sanitizer spoke"
