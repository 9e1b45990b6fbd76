#!/bin/bash
# checkpoint.sh BUILD_DIR - a daemon's daily checkpoint: a file outside by date, once a day also over
# restarts, with a time stamp from a real RFC 3161 authority (made by openssl, behind a small server);
# verified offline, named in evidence; an authority that is away is shown, and a hub without a folder.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"

KINMU=$BUILD/kinmu
OUT=$E2E_DIR/outside
TSA=$E2E_DIR/tsa
DAEMON= SERVER=
export KINMU_DATA=$E2E_DIR/data KINMU_CONF=$E2E_DIR/conf.d KINMU_PLUGINS=$BUILD/plugins
unset WAYLAND_DISPLAY DISPLAY

end_all() {
    stop_process "$DAEMON"
    stop_process "$SERVER"
}
at_end end_all

start_daemon() {
    "$KINMU" run 2>>"$E2E_DIR/daemon.log" &
    DAEMON=$!
    wait_until 20 "$KINMU" status || fail "no daemon: $(tail -n 20 "$E2E_DIR/daemon.log")"
}

stop_daemon() {
    kill -TERM "$DAEMON"
    wait "$DAEMON" || fail "the daemon ended badly: $(tail -n 20 "$E2E_DIR/daemon.log")"
    DAEMON=
}

files() {
    find "$OUT" -name "kinmu-checkpoint-*$1" | wc -l
}

has_file() {
    [ "$(files "$1")" -gt 0 ]
}

has_problem() {
    "$KINMU" status --json 2>/dev/null | grep -q "\"checkpoint_problem\":\"[^\"]*$1"
}

has_blocks() {
    [ "$(sqlite3 -readonly "$KINMU_DATA/journal.db" 'SELECT count(*) FROM block')" -gt 0 ]
}

# An authority with a certificate for time stamps, signed by a root.
make_authority() {
    mkdir -p "$TSA"
    cat >"$TSA/openssl.cnf" <<END
[req]
distinguished_name = name
prompt = no
[name]
CN = Kinmu test TSA
[tsa_ext]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = main
[main]
serial = $TSA/serial
crypto_device = builtin
signer_cert = $TSA/tsa.pem
certs = $TSA/ca.pem
signer_key = $TSA/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
END
    {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Kinmu test root" \
            -keyout "$TSA/ca.key" -out "$TSA/ca.pem" &&
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config "$TSA/openssl.cnf" \
                -keyout "$TSA/tsa.key" -out "$TSA/tsa.csr" &&
            openssl x509 -req -in "$TSA/tsa.csr" -CA "$TSA/ca.pem" -CAkey "$TSA/ca.key" -CAcreateserial -days 30 \
                -extfile "$TSA/openssl.cnf" -extensions tsa_ext -out "$TSA/tsa.pem" &&
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Somebody else" \
                -keyout "$TSA/other.key" -out "$TSA/other.pem"
    } >"$TSA/log" 2>&1 || fail "no authority: $(cat "$TSA/log")"
}

# Answers each POST with what openssl ts -reply makes of it; the port goes into $TSA/port.
cat >"$E2E_DIR/server.py" <<'END'
import http.server, subprocess, sys
folder = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(folder + "/query", "wb") as query:
            query.write(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/timestamp-query"
        subprocess.run(["openssl", "ts", "-reply", "-config", folder + "/openssl.cnf", "-queryfile",
                        folder + "/query", "-out", folder + "/reply"], check=True, capture_output=True)
        body = open(folder + "/reply", "rb").read()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
with open(folder + "/port.new", "w") as port:
    port.write(str(server.server_port))
import os
os.rename(folder + "/port.new", folder + "/port")
server.serve_forever()
END

start_server() {
    /usr/bin/python3 "$E2E_DIR/server.py" "$TSA" "$1" 2>"$TSA/server.log" &
    SERVER=$!
    wait_until 10 test -s "$TSA/port" || fail "no server: $(cat "$TSA/server.log")"
}

write_conf() {
    cat >"$KINMU_CONF/test.yaml" <<END
purposes:
  working-time:
collectors:
  session:
$1
END
}

mkdir -p "$KINMU_CONF" "$OUT"
make_authority

echo "-- without a folder: kept in the journal, and a hub says that nobody outside has it"
write_conf ""
start_daemon
wait_until 20 has_blocks || fail "nothing was recorded"
has_problem "folder" && fail "a node that is no hub is told of a folder"
stop_daemon
"$KINMU" hub init >"$E2E_DIR/hub" 2>&1 || fail "hub init: $(cat "$E2E_DIR/hub")"
start_daemon
has_problem "checkpoint.folder is not set" || fail "the hub is not told: $("$KINMU" status)"
"$KINMU" status | grep -q 'attention: checkpoint.folder' || fail "status does not say it"
stop_daemon

echo "-- a folder and an authority that is away: the file is there, the stamp's lack is shown"
start_server 0
PORT=$(cat "$TSA/port")
stop_process "$SERVER"
SERVER=
rm "$TSA/port"
write_conf "checkpoint:
  folder: $OUT
  timestamp_url: http://127.0.0.1:$PORT/tsr
  timestamp_authority: $TSA/ca.pem"
start_daemon
wait_until 20 has_file .json || fail "no file: $(tail -n 5 "$E2E_DIR/daemon.log")"
wait_until 20 has_problem "time stamp" || fail "the authority's absence is not shown: $("$KINMU" status)"
expect "tokens" 0 "$(files .tst)"
stop_daemon

echo "-- the authority is back: the same checkpoint gets its stamp"
cp "$OUT"/kinmu-checkpoint-*.json "$E2E_DIR/first.json"
start_server "$PORT"
start_daemon
wait_until 20 has_file .tst || fail "no token: $(tail -n 5 "$E2E_DIR/daemon.log")"
FILE=$(echo "$OUT"/kinmu-checkpoint-*.json)
cmp -s "$FILE" "$E2E_DIR/first.json" || fail "a restart made another checkpoint for the same day"
expect "its name" "kinmu-checkpoint-$(date -u +%Y-%m-%d).json" "$(basename "$FILE")"
wait_until 10 eval '! has_problem "time"' || fail "the problem stays: $("$KINMU" status)"

echo "-- verified offline, by Kinmu and by openssl"
"$KINMU" journal verify --checkpoint "$FILE" --authority "$TSA/ca.pem" >"$E2E_DIR/verify" ||
    fail "verify: $(cat "$E2E_DIR/verify")"
grep -q 'nothing lost since the checkpoint' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
grep -q 'time stamp .* by /CN=Kinmu test TSA$' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
openssl ts -verify -data "$FILE" -in "${FILE%.json}.tst" -token_in -CAfile "$TSA/ca.pem" >"$E2E_DIR/ts" 2>&1 ||
    fail "openssl: $(cat "$E2E_DIR/ts")"
"$KINMU" journal verify --checkpoint "$FILE" >"$E2E_DIR/verify" || fail "without an authority"
grep -q 'whose it is was not checked' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
"$KINMU" journal verify --checkpoint "$FILE" --authority "$TSA/other.pem" >"$E2E_DIR/verify" &&
    fail "another authority's word was taken"
cp "$FILE" "$E2E_DIR/moved.json"
printf ' ' >>"$E2E_DIR/moved.json" # white space is free in a checkpoint, not under a stamp
cp "${FILE%.json}.tst" "$E2E_DIR/moved.tst"
"$KINMU" journal verify --checkpoint "$E2E_DIR/moved.json" >"$E2E_DIR/verify" && fail "a stamp of other bytes passed"
grep -q 'of other bytes' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"

echo "-- in evidence"
"$KINMU" evidence --subject "" --month "$(date +%Y-%m)" --out "$E2E_DIR/a.jsonl" >"$E2E_DIR/out" ||
    fail "evidence: $(cat "$E2E_DIR/out")"
"$KINMU" evidence verify "$E2E_DIR/a.jsonl" --authority "$TSA/ca.pem" >"$E2E_DIR/verify" ||
    fail "verify: $(cat "$E2E_DIR/verify")"
grep -q 'checkpoint 20' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
grep -q 'time stamp .* by /CN=Kinmu test TSA$' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
"$KINMU" evidence verify "$E2E_DIR/a.jsonl" --authority "$TSA/other.pem" >"$E2E_DIR/verify" &&
    fail "another authority's word was taken in evidence"
grep -q 'ALTERED' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"

echo "-- old files go"
stop_daemon
for day in 01 02 03 04 05; do
    cp "$FILE" "$OUT/kinmu-checkpoint-2020-01-$day.json"
    cp "$FILE" "$OUT/kinmu-checkpoint-2020-01-$day.tst"
done
touch "$OUT/kinmu-checkpoint-notes.txt"
sed -i 's/^checkpoint:/&\n  keep: 3/' "$KINMU_CONF/test.yaml"
start_daemon
wait_until 20 test ! -e "$OUT/kinmu-checkpoint-2020-01-03.json" || fail "old files stay: $(ls "$OUT")"
expect "files kept" 3 "$(files .json)"
expect "their tokens" 3 "$(files .tst)"
[ -e "$OUT/kinmu-checkpoint-notes.txt" ] || fail "somebody else's file was removed"
stop_daemon
echo "PASS"
