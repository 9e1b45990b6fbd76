#!/bin/bash
# api.sh BUILD_DIR - the API through the daemon, with people made by commands: tokens and their life, who may what and
# sees whom (api.py has the table), commands with keys that may be repeated, pages while rows arrive, 100 clients over
# one request, the timeline of what a feed tells; then the same answers after a restart, and the walk-through of docs/api.md as it stands there.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins:$BUILD/tests/feed
. "$(dirname "$0")/../crash/daemon.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
PORT=$(free_port) || exit 1
ERROR=$E2E_DIR/error

configure 10.yaml <<END
node: {name: e2e}
journal: {flush_interval: 20ms}
http: {listen: ["127.0.0.1:$PORT"]}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}, presence: {keep: 90d}}
collectors:
  com.example.feed: {path: $E2E_DIR/feed.txt, isolation: core}
connectors:
  people:
  approval:
    reads: ["*"]
  workday: {after: store, reads: ["*"]}
exporters:
  jobs:
  api:
    reads: ["*"]
END
start_kinmu
wait_until 10 instance_is api health ok || kinmu_fail "api did not start"

# G1 above G2; U1 approves in G1, U2 in G2, where U6 and U7 work; U5 is in the sister group G3; A is an administrator.
printf '%s\n' "$GROUPS_HEAD" \
    '1,G1,本社,U1,,,' '1,G2,開発,U2,,G1,' '1,G3,営業,U5,,G1,' | cp932 "$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for person in U1:G1:0 U2:G2:0 U5:G3:0 U6:G2:0 U7:G2:0 A:G1:1; do
        IFS=: read -r id group admin <<<"$person"
        echo "1,$id,N$id,$id,,$group,$admin,0,0,$id@example.com,0,0,0,0,0,0,0,0,0,,"
    done
} | cp932 "$E2E_DIR/user.csv"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" >"$ERROR" 2>&1 || kinmu_fail "import: $(cat "$ERROR")"

export KINMU
python3 "$HERE/api.py" "$PORT" "$E2E_DIR/kept.json" all || kinmu_fail "api.py"
expect "a failed login is told with its address" yes \
    "$(grep -q 'api: authentication failed: address 127.0.0.1' "$KINMU_LOG" && echo yes)"
expect "tokens in the log" 0 "$(grep -c 'kinmu_[0-9a-f]\{16\}_' "$KINMU_LOG")"
expect "tokens in the journal" 0 "$(kinmu journal cat --json | grep -c 'kinmu_[0-9a-f]\{16\}_')"
expect "who changed, and by which way" yes \
    "$(kinmu journal cat --json | grep -q '"changed_by":"U6".*"channel":"api"' && echo yes)"

stop_kinmu
start_kinmu
wait_until 10 instance_is api health ok || kinmu_fail "api did not come back"
python3 "$HERE/api.py" "$PORT" "$E2E_DIR/kept.json" again || kinmu_fail "api.py after a restart"

# The lines of docs/api.md that begin with $ are run as they stand there.
TOKEN=$(sed -n 's/.*"admin": "\(kinmu_[^"]*\)".*/\1/p' "$E2E_DIR/kept.json")
export TOKEN URL=http://127.0.0.1:$PORT/api/v1
lines=$(grep -c '^    \$ ' "$HERE/../../docs/api.md")
[ "$lines" -ge 5 ] || fail "docs/api.md shows $lines commands"
while IFS= read -r line; do
    (eval "set -o pipefail; $line") >"$E2E_DIR/out" 2>"$ERROR" || fail "docs/api.md: $line: $(cat "$E2E_DIR/out" "$ERROR")"
    ! grep -q '"urn:kinmu:problem' "$E2E_DIR/out" || fail "docs/api.md: $line: $(cat "$E2E_DIR/out")"
done < <(sed -n 's/^    \$ //p' "$HERE/../../docs/api.md")
echo "ok: docs/api.md: $lines commands"
stop_kinmu
