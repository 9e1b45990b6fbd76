#!/bin/bash
# iface_same.sh KINMU PROBE_FOLDER EXPECTED PEER_FOLDER: the probe runs in the daemon and in a process of its own.
# Both must report the findings of EXPECTED, line by line: a plugin cannot tell where it runs.
set -euo pipefail
kinmu=$1 plugins=$2 expected=$3 peer_folder=$4
. "$(dirname "$0")/../e2e/lib.sh"
work=$E2E_DIR
daemon= peer=
stop_daemon() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" || true
    daemon=
}
end() {
    stop_daemon
    stop_process "$peer"
}
at_end end
export TZ=Asia/Tokyo
umask 077

# ask_routes URL: what a client sees of the probe's routes (probe_routes.c).
ask_routes() {
    local url=$1 ask=(curl -sS --max-time 20 -H 'User-Agent:' -H 'Accept:')
    head -c 2000000 /dev/zero | tr '\0' x >"$work/body"
    wait_until 20 "${ask[@]}" -f "$url/hello"
    "${ask[@]}" -H 'X-Test: a b' -H 'X-Forwarded-For: 192.0.2.1' "$url/hello?x=1%202"
    "${ask[@]}" -I "$url/hello" | grep -iv '^date' | tr -d '\r'
    "${ask[@]}" "$url/files/a%20b/./c/../d"
    "${ask[@]}" -d 'a body' "$url/echo"
    echo
    "${ask[@]}" --data-binary "@$work/body" "$url/echo" | cmp - "$work/body" && echo "echoed 2000000"
    "${ask[@]}" -T "$work/body" -X POST "$url/count"
    "${ask[@]}" -T - -X POST "$url/count" <"$work/body"
    "${ask[@]}" "$url/parts" | tr -d p | wc -c
    "${ask[@]}" "$url/parts" | wc -c
    for path in none hello/x device; do
        "${ask[@]}" "$url/$path"
    done
    "${ask[@]}" -i -d x "$url/hello" | grep -i '^HTTP\|^allow' | tr -d '\r'
    "${ask[@]}" "$url/broken" 2>/dev/null || echo "broken: curl $?"
    "${ask[@]}" "$url/limits"
    "${ask[@]}" --max-time 1 "$url/parts?endless" >/dev/null 2>&1 || echo "cut off"
    wait_until 20 sh -c "curl -sS '${url%/*}/metrics' | grep -q 'kinmu_http_connections 1\$'"
    "${ask[@]}" "$url/notes"
    "${ask[@]}" "${url%/*}/healthz"
    "${ask[@]}" "${url%/*}/readyz"
    "${ask[@]}" "${url%/*}/metrics" | grep '^kinmu_com_example_probe_level'
}

# probe ISOLATION: leaves its findings in $work/ISOLATION/report, status and mirror.
probe() {
    local folder=$work/$1
    local port
    port=$(free_port)
    mkdir -p "$folder/conf.d"
    printf 'open sesame 1' >"$folder/secret"
    cat >"$folder/conf.d/probe.yaml" <<CONF
node: {name: contract, data: $folder/data}
purposes: {inventory: {keep: 30d}}
journal: {flush_interval: 50ms}
http: {listen: ["127.0.0.1:$port"]}
connectors:
  com.example.probe:
    isolation: $1
    reads: [com.example.probe.note]
    report: $folder/report
    secret: \${file:$folder/secret}
    server: http://127.0.0.1:$peer_port
CONF
    "$kinmu" check --conf "$folder/conf.d" --plugins "$plugins"
    "$kinmu" run --conf "$folder/conf.d" --plugins "$plugins" 2>"$folder/log" &
    daemon=$!
    wait_until 60 test -e "$folder/report" || { cat "$folder/log" >&2; echo "no report" >&2; exit 1; }
    "$kinmu" call --conf "$folder/conf.d" --plugins "$plugins" com.example.probe mirror text=again \
        >"$folder/mirror" 2>&1 || true
    "$kinmu" status --conf "$folder/conf.d" --plugins "$plugins" --json >"$folder/status"
    ask_routes "http://127.0.0.1:$port/com.example.probe" >"$folder/routes"
    stop_daemon
    { cat "$folder/report" && echo "== from outside" && cat "$folder/mirror"
        grep -o '"steps_total":[^,}]*\|"level":[^,}]*' "$folder/status" || echo "no metrics"
        "$kinmu" journal cat --conf "$folder/conf.d" --plugins "$plugins" --json |
            grep -c 'com.example.probe.note'
        echo "== routes from outside" && cat "$folder/routes"; } >"$folder/findings"
}

# A server for the probe to talk to (probe_http.c).
start_peer() {
    mkdir "$work/peer"
    "$peer_folder/certificates.sh" "$work/peer"
    mkfifo "$work/hold" # the peer lives until nobody holds its input
    python3 "$peer_folder/peer.py" "$work/peer" <"$work/hold" &
    peer=$!
    exec 9>"$work/hold"
    wait_until 20 test -e "$work/peer/ports"
    peer_port=$(sed -n 's/^plain //p' "$work/peer/ports")
}

start_peer
probe core
probe process
status=0
diff -u --label core --label process "$work/core/findings" "$work/process/findings" || status=1
diff -u --label expected --label core "$expected" "$work/core/findings" || status=1
exit $status
