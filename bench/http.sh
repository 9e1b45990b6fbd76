#!/usr/bin/env bash
# bench/http.sh BUILD - the HTTP server and the bare loop in turns under the same load over TLS 1.3, the
# server on one core and the load on the other. BENCH_ROUNDS and BENCH_SECONDS may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-1}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$BENCH_DIR/key.pem" -out "$BENCH_DIR/cert.pem" \
    -subj /CN=localhost -days 2 2>/dev/null

serve() { # PROGRAM: leaves PORT
    start taskset -c 0 "$BENCH_BIN/$1" "$BENCH_DIR/cert.pem" "$BENCH_DIR/key.pem"
    wait_for 10 test -s "$BENCH_DIR/log" || say "$1 did not start"
    PORT=$(head -n 1 "$BENCH_DIR/log")
}

for ((round = 0; round < rounds; round++)); do
    for pair in http_bench:http http_limit:limit.http; do
        : >"$BENCH_DIR/log"
        serve "${pair%:*}"
        for kind in get post handshake; do
            taskset -c 1 "$BENCH_BIN/http_load_bench" "$PORT" "$STARTED" "$kind" 16 "$seconds" "${pair#*:}.$kind"
        done
        stop "$STARTED"
    done
done | awk '$1 ~ /post$/ {$2 *= 65536 / 1e6} {print}' # bodies of 64 KiB: MB/s
