#!/bin/bash
# iface_same.sh KINMU PROBE_FOLDER EXPECTED: the probe runs in the daemon and in a process of its own.
# Both must report the findings of EXPECTED, line by line: a plugin cannot tell where it runs.
set -euo pipefail
kinmu=$1 plugins=$2 expected=$3
work=$(mktemp -d)
daemon=
stop_daemon() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" || true
    daemon=
}
end() {
    stop_daemon
    rm -rf "$work"
}
trap end EXIT
export TZ=Asia/Tokyo
umask 077

# wait_for SECONDS COMMAND…
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# probe ISOLATION: leaves its findings in $work/ISOLATION/report, status and mirror.
probe() {
    local folder=$work/$1
    mkdir -p "$folder/conf.d"
    printf 'open sesame 1' >"$folder/secret"
    cat >"$folder/conf.d/probe.yaml" <<CONF
node: {name: contract, data: $folder/data}
purposes: {inventory: {keep: 30d}}
journal: {flush_interval: 50ms}
connectors:
  com.example.probe:
    isolation: $1
    reads: [com.example.probe.note]
    report: $folder/report
    secret: \${file:$folder/secret}
CONF
    "$kinmu" check --conf "$folder/conf.d" --plugins "$plugins"
    "$kinmu" run --conf "$folder/conf.d" --plugins "$plugins" 2>"$folder/log" &
    daemon=$!
    wait_for 60 test -e "$folder/report" || { cat "$folder/log" >&2; echo "no report" >&2; exit 1; }
    "$kinmu" call --conf "$folder/conf.d" --plugins "$plugins" com.example.probe mirror text=again \
        >"$folder/mirror" 2>&1 || true
    "$kinmu" status --conf "$folder/conf.d" --plugins "$plugins" --json >"$folder/status"
    stop_daemon
    { cat "$folder/report" && echo "== from outside" && cat "$folder/mirror"
        grep -o '"steps_total":[^,}]*\|"level":[^,}]*' "$folder/status" || echo "no metrics"
        "$kinmu" journal cat --conf "$folder/conf.d" --plugins "$plugins" --json |
            grep -c 'com.example.probe.note'; } >"$folder/findings"
}

probe core
probe process
status=0
diff -u --label core --label process "$work/core/findings" "$work/process/findings" || status=1
diff -u --label expected --label core "$expected" "$work/core/findings" || status=1
exit $status
