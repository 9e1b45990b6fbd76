# api_lib.sh - for bash, after lib.sh and crash/daemon.sh: a daemon with people and the API, asked with curl. The test
# works in E2E_DIR from then on.
#
#     api_conf [tls]; start_api
#     make_people U1 A; SELF=$(token self self --person U1)
#     call "$SELF" demand_add '{"kind": "inquiry", "detail": "x"}' # prints the code; the answer is in `body`
PORT=$(free_port) || exit 1
URL=http://127.0.0.1:$PORT/api/v1
cd "$E2E_DIR" || exit 1

# api_conf [tls]: conf.d with people and the API; with tls a certificate for localhost is made, server.pem.
api_conf() {
    local tls=
    if [ "${1:-}" = tls ]; then
        umask 077
        localhost_certificate .
        tls=", certificate: $E2E_DIR/server.pem, key: $E2E_DIR/server.key"
        URL=https://localhost:$PORT/api/v1
    fi
    configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
http: {listen: ["127.0.0.1:$PORT"]$tls}
purposes: {working-time: {keep: 1095d}, audit: {keep: 1095d}}
connectors: {people: {}}
exporters: {api: {reads: ["*"]}}
END
}

# start_api [COMMAND PREFIX…]: start_kinmu, and the API answers.
start_api() {
    start_kinmu "$@"
    wait_until 20 instance_is api health ok || kinmu_fail "api did not start"
}

make_people() { # ID…
    local id
    for id in "$@"; do
        kinmu person set "$id" --employee_no "N$id" --name "$id" --mail "$id@example.com" >/dev/null
    done
}

call() { # TOKEN COMMAND BODY, of people: the answer's code; the answer in body
    curl -sS -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -o body -w '%{http_code}' -d "$3" "$URL/commands/people/$2"
}

refused() { # TEXT WORDS…: a command at the shell that must fail and say so
    local text=$1
    shift
    if kinmu "$@" >answer 2>&1; then fail "not refused: $*"; fi
    grep -qF -- "$text" answer || fail "$*: $(cat answer)"
}
