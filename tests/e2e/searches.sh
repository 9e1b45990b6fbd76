#!/bin/bash
# searches.sh BUILD_DIR - lists and searches of the API over days of the past, which a feed tells: 勤務データ as another
# system pulls it, which is the file of `kinmu export` row for row (searches.py has the rest).
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins:$BUILD/tests/feed
. "$(dirname "$0")/../crash/daemon.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
PORT=$(free_port) || exit 1
ERROR=$E2E_DIR/error

configure 10.yaml <<YAML
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
  api:
    reads: ["*"]
YAML
start_kinmu
wait_until 10 instance_is api health ok || kinmu_fail "api did not start"

# G1 above G2 and G3. U1 approves in G1, U2 in G2, U5 in G3; U7 and U8 are two ids of one employee.
for row in "G1 本社 U1" "G2 開発 U2 G1" "G3 営業 U5 G1"; do
    read -r id name approver parent <<<"$row"
    echo "1,$id,$name,$approver,,$parent," >>"$E2E_DIR/groups"
done
{
    echo "$GROUPS_HEAD"
    cat "$E2E_DIR/groups"
} | cp932 "$E2E_DIR/group.csv"
{
    echo "$USERS_HEAD"
    for person in U1:G1:0:1 U2:G2:0:2 U5:G3:0:5 U6:G2:0:6 U7:G2:0:7 U8:G2:0:7 A:G1:1:9; do
        IFS=: read -r id group admin number <<<"$person"
        echo "1,$id,N$number,$id,,$group,$admin,0,0,$id@example.com,0,0,0,0,0,0,0,0,0,,"
    done
} | cp932 "$E2E_DIR/user.csv"
kinmu import "$E2E_DIR/group.csv" "$E2E_DIR/user.csv" >"$ERROR" 2>&1 || kinmu_fail "import: $(cat "$ERROR")"

export KINMU E2E_DIR
python3 "$HERE/searches.py" "$PORT" "$E2E_DIR/kept.json" all || kinmu_fail "searches.py"

# The report is part of a plan, or not: that of the month's last day.
report() { # MONTH: the answer's code
    curl -sS -H "Authorization: Bearer $TOKEN" -o "$E2E_DIR/body" -w '%{http_code}' "http://127.0.0.1:$PORT/api/v1/reports/differences?month=$1"
}
TOKEN=$(kinmu token create plans admin | grep -o 'kinmu_[A-Za-z0-9_-]*')
kinmu setting set company.plan job-report --from_date 2026-03-31 >/dev/null || kinmu_fail "the plan"
expect "before the plan" 200 "$(report 202602)"
expect "with job-report" 422 "$(report 202603)"
grep -q 'plan.report.*not part of the plan.*job-report.*time-report, telework, standard, advanced' "$E2E_DIR/body" || kinmu_fail "$(cat "$E2E_DIR/body")"
stop_kinmu
