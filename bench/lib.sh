# bench/lib.sh - sourced by the scripts here: where things are, a scratch folder, waiting, ending what
# was started. Figures are "name value" lines on stdout; everything else goes to stderr.
BENCH_BUILD=$(cd "$1" && pwd)
BENCH_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BENCH_BIN=$BENCH_BUILD/bench
KINMU=$BENCH_BUILD/kinmu
# Beside the build, because /tmp may be memory, which makes a commit free.
BENCH_DIR=$(mktemp -d "$BENCH_BUILD/bench-XXXXXX")
BENCH_STARTED=()

say() {
    echo "bench: $*" >&2
}

bench_end() {
    local pid
    for pid in "${BENCH_STARTED[@]}"; do
        kill "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    rm -rf "$BENCH_DIR"
}
trap bench_end EXIT

start() { # command words…; its pid in STARTED
    "$@" >>"$BENCH_DIR/log" 2>&1 &
    STARTED=$!
    BENCH_STARTED+=("$STARTED")
}

stop() { # pids: asked to end, and killed after 10 s
    kill "$@" 2>/dev/null
    wait_for 10 ended "$@" || { say "did not end by itself: $*"; kill -9 "$@" 2>/dev/null; }
    wait "$@" 2>/dev/null
}

ended() {
    local pid
    for pid in "$@"; do
        [ ! -e "/proc/$pid" ] || [ "$(awk '{print $3}' "/proc/$pid/stat")" = Z ] || return 1
    done
}

wait_for() { # seconds command words…
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -ge "$end" ] && return 1
        sleep 0.02
    done
}

figure() { # name value
    echo "$1 $2"
}
