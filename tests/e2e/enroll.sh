#!/usr/bin/env bash
# enroll.sh BUILD - a real hub and real agents over TLS: enrolment by command and by file with its exit codes,
# another hub in between, expired, used and stolen tokens, a device enrolled again, revoked and readmitted, a
# flood of attempts while a legitimate one succeeds, renewal of certificates in their last third.
. "$(dirname "$0")/lib.sh"
build=$(realpath "$1")
kinmu=$build/kinmu
for tool in curl openssl jq; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
unset KINMU_DATA KINMU_CONF
export KINMU_PLUGINS=$build/plugins/connectors
folder=$E2E_DIR
daemons=()

stop_hubs() {
    local pid
    for pid in "${daemons[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    daemons=()
}
at_end stop_hubs

# start_hub NAME [OPTION]: makes a hub at a free port once, runs it; its address is then in address_NAME.
start_hub() {
    local name=$1 option=${2:-}
    mkdir -p "$folder/$name.conf"
    cat >"$folder/$name.conf/10.yaml" <<END
node: {name: $name}
purposes: {audit: {}}
http:
  listen: ["127.0.0.1:$(port_of "$name")"]
connectors:
  ingest: {$option}
END
    [ -d "$folder/$name/hub" ] ||
        "$kinmu" hub init --data "$folder/$name" --name hub.test >/dev/null || fail "hub init $name"
    "$kinmu" run --conf "$folder/$name.conf" --data "$folder/$name" >>"$folder/$name.log" 2>&1 &
    daemons+=($!)
    wait_until 20 hub "$name" invites || fail "hub $name did not start: $(cat "$folder/$name.log")"
}
port_of() {
    [ -e "$folder/$1.port" ] || free_port >"$folder/$1.port"
    cat "$folder/$1.port"
}
address_of() { echo "https://127.0.0.1:$(port_of "$1")"; }
hub() { # NAME COMMAND…
    local name=$1
    shift
    "$kinmu" hub "$@" --data "$folder/$name"
}
# agent NAME WORDS…: `kinmu agent`, output in $folder/out, the exit code printed.
agent() {
    local name=$1
    shift
    "$kinmu" agent "$@" --data "$folder/$name" --conf "$folder/none" >"$folder/out" 2>&1
    echo $?
}
said() { grep -q -- "$1" "$folder/out" || fail "expected \"$1\" in: $(cat "$folder/out")"; }

start_hub one
token=$(hub one invite --uses 1 --group sales 2>/dev/null)
case $token in kinmu-????-*) ;; *) fail "no token: $token" ;; esac

echo "== one token, one device"
expect "enrolled" 0 "$(agent pc1 enroll --hub "$(address_of one)" --token "$token" --name 営業-1)"
expect "files" "ca.pem client.pem hub.yaml" "$(ls "$folder/pc1/hub.d" | xargs)"
expect "no private key beside device.key" "" "$(grep -rl PRIVATE "$folder/pc1")"
expect "nothing left of the way there" "device.key hub.d" "$(ls "$folder/pc1" | xargs)"
expect "status" 0 "$(agent pc1 status)"
said "group: sales"
expect "listed" "営業-1 active" "$(hub one devices --json | jq -r '.[] | .name + " " + .state')"
expect "its certificate verifies for a client" "$folder/pc1/hub.d/client.pem: OK" \
    "$(openssl verify -purpose sslclient -CAfile "$folder/one/hub/ca.pem" "$folder/pc1/hub.d/client.pem")"
openssl verify -purpose sslserver -CAfile "$folder/one/hub/ca.pem" "$folder/pc1/hub.d/client.pem" >/dev/null 2>&1 &&
    fail "a device's certificate would do for a server"
expect "enrolled already" 6 "$(agent pc1 enroll --hub "$(address_of one)" --token "$token")"
expect "again with its own key" 0 "$(agent pc1 enroll --again --hub "$(address_of one)" --token "$token" --name 営業-1)"
expect "the token stolen afterwards" 4 "$(agent thief enroll --hub "$(address_of one)" --token "$token")"
said "used up"
[ ! -e "$folder/thief/hub.d" ] || fail "the thief has files of the hub"

echo "== the wrong hub"
start_hub two
good=$(hub one invite --uses 100 2>/dev/null)
expect "another hub answers" 5 "$(agent pc2 enroll --hub "$(address_of two)" --token "$good")"
said "nothing was sent"
expect "it never saw an attempt" 0 "$(grep -c enrol "$folder/two.log")"
expect "nobody answers" 3 "$(agent pc2 enroll --hub https://127.0.0.1:1 --token "$good")"
expect "not a hub's name" 2 "$(agent pc2 enroll --hub https://127.0.0.1/x --token "$good")"
expect "mistyped" 2 "$(agent pc2 enroll --hub "$(address_of one)" --token "${good%?}")"
# One that shows the right anchor but has not its key: the token must not leave.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hub.test \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$folder/mitm.key" -out "$folder/mitm.pem" 2>/dev/null
python3 - "$folder" >"$folder/mitm.out" 2>&1 <<'END' &
import http.server, ssl, sys
folder = sys.argv[1]
class Mitm(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        anchor = open(folder + "/one/hub/anchor.pem", "rb").read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(anchor)))
        self.end_headers()
        self.wfile.write(anchor)
    def do_POST(self):
        open(folder + "/mitm.got", "wb").write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_error(400)
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Mitm)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/mitm.pem", folder + "/mitm.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
open(folder + "/mitm.port.new", "w").write(str(server.server_port))
import os
os.rename(folder + "/mitm.port.new", folder + "/mitm.port")
server.serve_forever()
END
daemons+=($!)
wait_until 10 test -s "$folder/mitm.port" || fail "the man in the middle did not start: $(cat "$folder/mitm.out")"
expect "a man in the middle with the right anchor" 5 "$(agent pc2 enroll --hub "$(address_of mitm)" --token "$good")"
[ ! -e "$folder/mitm.got" ] || fail "the token was sent to the man in the middle"

echo "== by file"
printf 'hub: %s\ntoken: %s\nname: pc-file\n' "$(address_of one)" "$good" >"$folder/roll.yaml"
expect "by file" 0 "$(agent pc3 enroll --file "$folder/roll.yaml")"
expect "by file again" 6 "$(agent pc3 enroll --file "$folder/roll.yaml")"
printf 'hub: x\ntokn: y\n' >"$folder/wrong.yaml"
expect "a wrong file" 2 "$(agent pc4 enroll --file "$folder/wrong.yaml")"
said 'wrong.yaml:2:1: error: enroll: unknown'

echo "== cancelled"
gone=$(hub one invite --uses 5 2>"$folder/told")
hub one cancel "$(grep -oE '[0-9a-f]{16}' "$folder/told" | head -1)" >/dev/null || fail "cancel"
expect "a cancelled token" 4 "$(agent pc4 enroll --hub "$(address_of one)" --token "$gone")"
said cancelled

echo "== revoked"
# Prints the HTTP status of a renewal with a device's own certificate.
device_key() { # DATA: the Ed25519 seed of device.key as a PEM private key
    python3 -c '
import base64, sys
seed = open(sys.argv[1] + "/device.key", "rb").read()[8:40]
der = bytes.fromhex("302e020100300506032b657004220420") + seed
print("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode() + "\n-----END PRIVATE KEY-----")' "$1"
}
renew() {
    device_key "$folder/$1" >"$folder/$1.key"
    curl -s --cacert "$folder/$1/hub.d/ca.pem" --cert "$folder/$1/hub.d/client.pem" --key "$folder/$1.key" \
        -o "$folder/out" -w '%{http_code}' -X POST "$(address_of one)/ingest/v1/renew"
}
expect "an active device is served" 200 "$(renew pc1)"
hub one revoke 営業-1 --reason 紛失 >/dev/null || fail "revoke"
expect "a revoked one is refused at once" 403 "$(renew pc1)"
said "紛失"
expect "a good token does not bring it back" 4 "$(agent pc1 enroll --again --hub "$(address_of one)" --token "$good")"
expect "the others are served" 200 "$(renew pc3)"
hub one readmit 営業-1 >/dev/null || fail "readmit"
expect "readmitted" 200 "$(renew pc1)"
expect "without a certificate" 403 "$(curl -s -o /dev/null -w '%{http_code}' --cacert "$folder/one/hub/ca.pem" \
    -X POST "$(address_of one)/ingest/v1/renew")"
device_key "$folder/thief" >"$folder/thief.key"
curl -s --cacert "$folder/one/hub/ca.pem" --cert "$folder/pc1/hub.d/client.pem" --key "$folder/thief.key" \
    "$(address_of one)/ingest/v1/renew" -X POST >/dev/null 2>&1 && fail "another's certificate was accepted"
openssl req -x509 -key "$folder/thief.key" -subj /CN=x -days 2 -out "$folder/self.pem" 2>/dev/null
curl -s --fail --cacert "$folder/one/hub/ca.pem" --cert "$folder/self.pem" --key "$folder/thief.key" \
    "$(address_of one)/ingest/v1/renew" -X POST >/dev/null 2>&1 && fail "a self-signed certificate was accepted"
echo "ok: a stolen and a self-signed certificate are refused"

echo "== a flood"
jq -cn --arg token "$token" '{token: $token, csr: "x", name: "flood", version: "1"}' >"$folder/flood.json"
flood() {
    local i
    for i in $(seq 1 1000); do
        [ "$i" = 1 ] || echo next
        printf 'url = "%s/ingest/v1/enroll"\ndata = "@%s"\noutput = "/dev/null"\ncacert = "%s"\nwrite-out = "%%{http_code}\\n"\n' \
            "$(address_of one)" "$folder/flood.json" "$folder/one/hub/ca.pem"
    done >"$folder/flood.cfg"
    curl -s --parallel --parallel-max 20 -K "$folder/flood.cfg" >"$folder/flood.out" 2>"$folder/flood.err"
}
flood &
flooding=$!
expect "a legitimate one meanwhile" 0 "$(agent pc5 enroll --hub "$(address_of one)" --token "$good" --name pc5)"
wait "$flooding"
limited=$(grep -c 429 "$folder/flood.out")
[ "$limited" -ge 900 ] || fail "only $limited of 1000 attempts were held off: $(sort "$folder/flood.out" | uniq -c | xargs)"
expect "attempts answered" 1000 "$(wc -l <"$folder/flood.out")"
echo "ok: $limited of 1000 attempts held off"
expect "the flood made no device" 0 "$(hub one devices --json | jq '[.[] | select(.name == "flood")] | length')"

echo "== after a restart, short lives"
stop_hubs
start_hub one "certificate_life: 1m"
expect "all known after a restart" "pc-file pc5 営業-1" "$(hub one devices --json | jq -r '.[].name' | LC_ALL=C sort | xargs)"
expect "the used token is still used" 4 "$(agent pc6 enroll --hub "$(address_of one)" --token "$token")"
expect "a short-lived one" 0 "$(agent pc6 enroll --hub "$(address_of one)" --token "$good" --name pc6)"
before=$(openssl x509 -serial -noout -in "$folder/pc6/hub.d/client.pem")
renew pc6 >/dev/null
expect "not due at first" false "$(jq .renewed "$folder/out")"
due() { renew pc6 >/dev/null && [ "$(jq .renewed "$folder/out")" = true ]; }
wait_until 50 due || fail "it is never renewed: $(cat "$folder/out")"
jq -r .certificate "$folder/out" >"$folder/pc6/hub.d/client.pem"
[ "$before" != "$(openssl x509 -serial -noout -in "$folder/pc6/hub.d/client.pem")" ] || fail "the same certificate again"
expect "the new one is served" 200 "$(renew pc6)"
expect "the history is whole" 0 "$(stop_hubs; "$kinmu" journal verify --data "$folder/one" >/dev/null 2>&1; echo $?)"
