# daemon.sh - for bash: a real `kinmu run` in a folder of its own below E2E_DIR (tests/e2e/lib.sh).
#
#     BUILD=build/dev
#     . tests/e2e/lib.sh; . tests/crash/daemon.sh
#     configure 50-x.yaml <<END … END
#     start_kinmu; … kinmu status …; stop_kinmu
#
# The folders are KINMU_CONF, KINMU_DATA and KINMU_PLUGINS, as the program itself reads them.
KINMU=$BUILD/kinmu
KINMU_PID=
export KINMU_CONF=$E2E_DIR/conf KINMU_DATA=$E2E_DIR/data
export KINMU_PLUGINS=${KINMU_PLUGINS:-$BUILD/plugins:$BUILD/tests/crash/plugins}
KINMU_LOG=$E2E_DIR/kinmu.log
mkdir -p "$KINMU_CONF"

kinmu() {
    "$KINMU" "$@"
}

# configure FILE: standard input becomes that file of conf.d, at once.
configure() {
    cat >"$E2E_DIR/conf.new"
    mv "$E2E_DIR/conf.new" "$KINMU_CONF/$1"
}

kinmu_fail() {
    tail -n 40 "$KINMU_LOG" >&2
    fail "$@"
}

# start_kinmu [COMMAND PREFIX…]: returns when it answers.
start_kinmu() {
    "$@" "$KINMU" run >>"$KINMU_LOG" 2>&1 &
    KINMU_PID=$!
    wait_until 30 kinmu status || kinmu_fail "the daemon did not start"
}

# stop_kinmu: by SIGTERM; its exit code must be 0.
stop_kinmu() {
    kill -TERM "$KINMU_PID"
    wait "$KINMU_PID" || kinmu_fail "the daemon ended with code $?"
    KINMU_PID=
}

# node_status KEY: a value of the status outside the instances.
node_status() {
    kinmu status --json | sed 's/,"instances":.*//' | grep -o "\"$1\":\(\"[^\"]*\"\|[0-9-]*\)" |
        head -n 1 | cut -d: -f2- | tr -d '"'
}

# instance_status INSTANCE KEY
instance_status() {
    kinmu status --json | sed 's/{"name":/\n&/g' | grep "^{\"name\":\"$1\"" |
        grep -o "\"$2\":\(\"[^\"]*\"\|[0-9-]*\)" | head -n 1 | cut -d: -f2- | tr -d '"'
}

# instance_is INSTANCE KEY VALUE, instance_least INSTANCE KEY NUMBER: for wait_until.
instance_is() {
    [ "$(instance_status "$1" "$2")" = "$3" ]
}
instance_least() {
    [ "$(instance_status "$1" "$2")" -ge "$3" ] 2>/dev/null
}

end_kinmu() {
    if [ -n "$KINMU_PID" ]; then
        kill -KILL "$KINMU_PID" 2>/dev/null
        wait "$KINMU_PID" 2>/dev/null
    fi
}
at_end end_kinmu

# Days around today, so that midnight does not matter.
yesterday() {
    date -d '1 day ago' +%F
}
tomorrow() {
    date -d '1 day' +%F
}
