#!/usr/bin/env bash
# bench/http_client.sh BUILD - outgoing HTTP over TLS against the tests' server (its own time does not count).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?bench/http_client.sh: needs the build folder}
work=$(mktemp -d)
end() {
    exec 9>&-
    wait
    rm -rf "$work"
}
trap end EXIT
tests/http/certificates.sh "$work"
mkfifo "$work/hold"
python3 tests/http/peer.py "$work" <"$work/hold" &
exec 9>"$work/hold"
until [ -e "$work/ports" ]; do sleep 0.05; done
"$build/bench/http_client_bench" "https://127.0.0.1:$(sed -n 's/^good //p' "$work/ports")/hello" "$work/ca.pem"
