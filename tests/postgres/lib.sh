# tests/postgres/lib.sh - a PostgreSQL server of the test's own: fresh data in a folder of its own, a
# socket there, a port of its own, ended by its process id. Sourced by scripts; needs root to become
# the user postgres, or to be no root at all.
POSTGRES_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)

as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups "$@"
    else
        "$@"
    fi
}

wait_until() { # SECONDS COMMAND…: true as soon as the command is
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

postgres_missing() { # says why there can be no server, or nothing
    [ -n "$POSTGRES_BIN" ] || { echo "PostgreSQL is not installed (package postgresql-15)"; return; }
    [ "$(id -u)" -ne 0 ] || id postgres >/dev/null 2>&1 || echo "there is no user postgres"
}

postgres_folder() { # FOLDER: makes it, for postgres alone
    mkdir -p "$1"
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$1"
    chmod 0755 "$1"
}

free_port() {
    local port
    for ((port = 20000 + RANDOM % 12000; ; port++)); do # below those the system gives away
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

postgres_make() { # FOLDER: initdb, settings that hurt a test less
    postgres_folder "$1"
    as_postgres "$POSTGRES_BIN/initdb" -D "$1/data" -A trust -U kinmu --no-sync -E UTF8 --locale=C.UTF-8 \
        >"$1/initdb.log" 2>&1 || { cat "$1/initdb.log"; return 1; }
    cat >>"$1/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$1'
shared_buffers = 32MB
max_connections = 60
logging_collector = off
fsync = ${POSTGRES_FSYNC:-off}
CONF
}

postgres_start() { # FOLDER PORT: returns when it answers
    local i
    as_postgres "$POSTGRES_BIN/postgres" -D "$1/data" -p "$2" >>"$1/log" 2>&1 </dev/null &
    for ((i = 0; i < 300; i++)); do
        ! "$POSTGRES_BIN/pg_isready" -q -h "$1" -p "$2" -U kinmu -d postgres || return 0
        sleep 0.1
    done
    echo "the server did not start:"
    tail -n 20 "$1/log"
    return 1
}

postgres_pid() { # FOLDER: of the server itself, not of what started it
    head -n 1 "$1/data/postmaster.pid" 2>/dev/null
}

postgres_stop() { # FOLDER [SIGNAL]: INT = fast, KILL = as a crash; returns when it is gone
    local pid i
    pid=$(postgres_pid "$1")
    [ -n "$pid" ] || return 0
    kill -"${2:-INT}" "$pid" 2>/dev/null
    for ((i = 0; i < 300; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    echo "server $pid does not end; killing it"
    kill -KILL "$pid" 2>/dev/null
}
