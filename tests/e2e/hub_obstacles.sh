#!/usr/bin/env bash
# hub_obstacles.sh BUILD - a hub that cannot be reached says so, and why: its port is taken, its
# certificate is gone. It never serves without TLS, and `kinmu hub renew` makes the certificate anew.
. "$(dirname "$0")/lib.sh"
build=$(realpath "$1")
kinmu=$build/kinmu
for tool in curl jq openssl python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
unset KINMU_DATA KINMU_CONF
export KINMU_PLUGINS=$build/plugins/connectors
hub_pid=
taker_pid=

end_obstacles() {
    stop_process "$hub_pid"
    stop_process "$taker_pid"
}
at_end end_obstacles

hub() {
    "$kinmu" "$@" --data "$E2E_DIR/hub"
}

start_hub() {
    "$kinmu" run --conf "$E2E_DIR/conf" --data "$E2E_DIR/hub" >>"$E2E_DIR/hub.log" 2>&1 &
    hub_pid=$!
    wait_until 20 hub status || fail "the hub did not start: $(cat "$E2E_DIR/hub.log")"
}

stop_hub() {
    stop_process "$hub_pid"
    hub_pid=
}

says() { # says TEXT: status tells people, and shows ingest as unavailable for that reason
    hub status | grep -q "attention: http: .*$1" &&
        hub status --json | jq -e --arg text "$1" '.instances[] | select(.name == "ingest")
            | .health == "unavailable" and (.text | contains($text))'
}

is_well() {
    [ "$(hub status --json | jq -r '.http_problem + (.instances[] | select(.name == "ingest") | .health)')" = ok ]
}

# ---- the port is taken ----
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(300)' \
    >"$E2E_DIR/port" &
taker_pid=$!
wait_until 10 test -s "$E2E_DIR/port" || fail "no port was taken"
port=$(cat "$E2E_DIR/port")
mkdir "$E2E_DIR/conf"
cat >"$E2E_DIR/conf/10.yaml" <<END
node: {name: hub}
purposes: {working-time: {}}
http: {listen: ["127.0.0.1:$port"]}
connectors: {ingest: {}}
END
hub hub init --name localhost >/dev/null || fail "kinmu hub init"
start_hub
wait_until 10 says "cannot listen at \"127.0.0.1:$port\"" || fail "a taken port: $(hub status)"
says "tried again by itself" || fail "a taken port: $(hub status)"
stop_process "$taker_pid"
taker_pid=
wait_until 20 is_well || fail "the port is free again: $(hub status)"
expect "a taken port is told in the log" 1 "$(grep -c 'not serving' "$E2E_DIR/hub.log")"
echo "ok: a taken port shows in status, and is served at once it is free"

# ---- the server's certificate is gone: no plain HTTP, its name is told, renew makes it anew ----
stop_hub
rm "$E2E_DIR/hub/hub/server.pem"
start_hub
wait_until 10 says "hub/server.pem" || fail "a missing certificate: $(hub status)"
curl -s -o "$E2E_DIR/answer" "http://127.0.0.1:$port/ingest/v1/anchor" && fail "it served without TLS"
stop_hub
hub hub renew >/dev/null || fail "kinmu hub renew without server.pem"
start_hub
wait_until 20 is_well || fail "after kinmu hub renew: $(hub status)"
curl -sf --cacert "$E2E_DIR/hub/hub/ca.pem" "https://localhost:$port/ingest/v1/anchor" >"$E2E_DIR/answer" ||
    fail "the new certificate is not one of this hub's for its name"
stop_hub
rm "$E2E_DIR/hub/hub/server.key"
hub hub renew >/dev/null || fail "kinmu hub renew without server.key"
openssl x509 -in "$E2E_DIR/hub/hub/server.pem" -noout -checkhost localhost | grep -q "does match" ||
    fail "its names were lost"
echo "ok: a lost certificate is told and made anew"

# ---- what cannot work is refused before anything starts ----
mkdir "$E2E_DIR/wrong"
echo 'http: {listen: ["127.0.0.1:184430", "nope:0:0"], certificate: gone.pem}' >"$E2E_DIR/wrong/10.yaml"
"$kinmu" check --conf "$E2E_DIR/wrong" --data "$E2E_DIR/none" >"$E2E_DIR/findings" && fail "port 184430 is taken for one"
grep -q 'error: http: "127.0.0.1:184430"' "$E2E_DIR/findings" || fail "the port: $(cat "$E2E_DIR/findings")"
grep -q 'error: http: "nope:0:0" is no address' "$E2E_DIR/findings" || fail "the address: $(cat "$E2E_DIR/findings")"
grep -q 'http.certificate: ".*gone.pem" is missing' "$E2E_DIR/findings" || fail "the file: $(cat "$E2E_DIR/findings")"
"$kinmu" agent enroll --conf "$E2E_DIR/wrong" --data "$E2E_DIR/none" --hub https://localhost:1 --token x 2>"$E2E_DIR/refusal"
grep -q "has errors, so a proxy in it is not used" "$E2E_DIR/refusal" || fail "agent enroll beside errors: $(cat "$E2E_DIR/refusal")"
hub backup "$E2E_DIR/no/such/folder" 2>"$E2E_DIR/refusal" && fail "a backup below a missing folder"
grep -q "no/such\" is missing" "$E2E_DIR/refusal" && [ ! -e "$E2E_DIR/no" ] || fail "backup: $(cat "$E2E_DIR/refusal")"
for words in run "hub init" "agent enroll --hub https://localhost:1 --token x"; do
    # shellcheck disable=SC2086 # several words
    "$kinmu" $words --conf "$E2E_DIR/conf" --data "$E2E_DIR/no/such/folder" 2>"$E2E_DIR/refusal" && fail "kinmu $words below a missing folder"
    grep -q "there is no folder \"$E2E_DIR/no/such\"" "$E2E_DIR/refusal" && [ ! -e "$E2E_DIR/no" ] || fail "$words: $(cat "$E2E_DIR/refusal")"
done
echo "ok: a wrong address, a missing certificate and a missing folder are refused"
