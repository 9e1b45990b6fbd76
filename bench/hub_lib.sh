# bench/hub_lib.sh - sourced after lib.sh: a hub of its own on loopback, and simulated agents against it.
. "$(dirname "${BASH_SOURCE[0]}")/process.sh"
HUB_DATA=$BENCH_DIR/hub
HUB_CONF=$BENCH_DIR/hub.conf.d
HUB_PORT=$((20000 + RANDOM % 12000))
HUB_CORE=${BENCH_HUB_CORE:-0}
SENDER_CORE=${BENCH_SENDER_CORE:-1}
HUB_PLUGINS=$BENCH_BUILD/plugins
HUB_URL=https://127.0.0.1:$HUB_PORT
ulimit -n "$(ulimit -Hn)"

# ---- a PostgreSQL of the bench's own: fsync as shipped, on the same disk, on whichever core is free ----
. "$(dirname "${BASH_SOURCE[0]}")/../tests/postgres/lib.sh"
SERVER=$BENCH_DIR/server
SERVER_PORT=
export POSTGRES_FSYNC=on

use_postgres() { # fresh tables
    local why
    why=$(postgres_missing)
    [ -z "$why" ] || { say "postgres: skipped: $why"; return 1; }
    if [ -z "$SERVER_PORT" ]; then
        chmod 0755 "$BENCH_DIR"
        SERVER_PORT=$(free_port)
        trap 'postgres_stop "$SERVER"; bench_end' EXIT
        postgres_make "$SERVER" && let_encrypt && postgres_start "$SERVER" "$SERVER_PORT" || return 1
    fi
    ask_store postgres "SET client_min_messages = error; DROP SCHEMA IF EXISTS kinmu_journal, kinmu_keys, kinmu_store CASCADE"
}

# A certificate for TCP; the unix socket takes none.
let_encrypt() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$SERVER/data/server.key" -out "$SERVER/data/server.crt" 2>>"$BENCH_DIR/log" &&
        chown --reference="$SERVER/data" "$SERVER"/data/server.* && chmod 0600 "$SERVER/data/server.key" &&
        cp "$SERVER/data/server.crt" "$BENCH_DIR/server.crt" && echo "ssl = on" >>"$SERVER/data/postgresql.conf"
}

server_place() { # engine
    local host=$SERVER
    [ "$1" != postgres_tls ] || host="127.0.0.1 sslmode=verify-full sslrootcert=$BENCH_DIR/server.crt"
    echo "host=$host port=$SERVER_PORT user=kinmu dbname=postgres"
}

engine_lines() { # engine: of conf.d
    [ "$1" = sqlite ] || printf 'journal: {postgres: "%s"}\nstore: {postgres: "%s"}\n' "$(server_place "$1")" "$(server_place "$1")"
}

ask_store() { # engine SQL
    if [ "$1" = sqlite ]; then
        sqlite3 -readonly "$HUB_DATA/store.db" "$2"
    else
        PGOPTIONS="-c search_path=kinmu_store" "$POSTGRES_BIN/psql" -h "$SERVER" -p "$SERVER_PORT" -U kinmu -d postgres -Atqc "$2"
    fi
}
STORE_ROWS='SELECT (SELECT count(*) FROM kinmu_input_minute_1) + (SELECT count(*) FROM kinmu_window_focus_1)
    + (SELECT count(*) FROM kinmu_session_change_1)'

stored() { # engine number: so many rows are in its tables
    [ "$(ask_store "$1" "$STORE_ROWS")" -ge "$2" ]
}

make_hub() { # more lines of conf.d
    rm -rf "$HUB_DATA" "$HUB_CONF"
    mkdir -p "$HUB_CONF"
    cat >"$HUB_CONF/hub.yaml" <<END
node: {name: hub}
purposes: {working-time: {keep: 36500d}, activity: {keep: 36500d}}
http: {listen: ["127.0.0.1:$HUB_PORT"], connections: 20000, connections_per_address: 20000}
connectors: {ingest: {pushes_per_minute: 1000000, bytes_per_minute: 1024GiB}}
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}
log: {level: warn}
$1
END
    "$KINMU" hub init --data "$HUB_DATA" --conf "$HUB_CONF" --name localhost >>"$BENCH_DIR/log"
}

hub() { # words of kinmu
    "$KINMU" "$@" --data "$HUB_DATA" --conf "$HUB_CONF" --plugins "$HUB_PLUGINS"
}

start_hub() {
    start taskset -c "$HUB_CORE" "$KINMU" run --data "$HUB_DATA" --conf "$HUB_CONF" --plugins "$HUB_PLUGINS"
    HUB=$STARTED
    wait_for 60 hub call ingest devices || { say "the hub did not start: $(tail -n 3 "$BENCH_DIR/log")"; exit 1; }
}

simulate() { # result options…
    local result=$1
    shift
    taskset -c "$SENDER_CORE" "$KINMU" simulate --hub "$HUB_URL" --json "$@" >"$result" 2>>"$BENCH_DIR/log" ||
        { say "kinmu simulate: $(tail -n 2 "$BENCH_DIR/log")"; return 1; }
}

invite() {
    hub hub invite --uses "$1" 2>>"$BENCH_DIR/log"
}

# What the acknowledged says must be in the store, once.
check_store() { # state [engine events]
    if [ "${2:-sqlite}" != sqlite ]; then
        [ "$(ask_store "$2" "$STORE_ROWS")" = "$3" ] || say "the store has $(ask_store "$2" "$STORE_ROWS") of $3 events"
        return
    fi
    "$KINMU" simulate --verify "$HUB_DATA" --state "$1" --json >"$BENCH_DIR/verify" ||
        say "the store differs from what was acknowledged: $(cat "$BENCH_DIR/verify")"
}

rss_mib() {
    awk '$1 == "VmRSS:" {print $2 / 1024}' "/proc/$HUB/status"
}

peak_rss_mib() {
    awk '$1 == "VmHWM:" {print $2 / 1024}' "/proc/$HUB/status"
}
