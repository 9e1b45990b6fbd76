#!/usr/bin/env bash
# plans.sh BUILD - COL-06, COL-49: what a company bought decides what its PCs record. A real hub with the plan
# time-report: nothing of a scripted run but its sessions is in the agent's journal, the hub's, the store, the logs and
# the files, and the day has its hours all the same. Then the plan is standard, and all of it comes.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
KINMU_PLUGINS=$BUILD/plugins:$BUILD/tests/feed
for tool in jq; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
. "$(dirname "$0")/hub_lib.sh"
at() { # CLOCK: two days ago in Tokyo, as a moment
    date -d "TZ=\"Asia/Tokyo\" $day $1" +%s
}
day=$(TZ=Asia/Tokyo date -d '2 days ago' +%F)

# run PROCESS: a day of somebody at that program.
run() {
    rm -f "$E2E_DIR/feed.txt.done"
    cat >"$E2E_DIR/feed.part" <<END
$(at 9:00) sato change logon
$(at 9:01) sato focus $1
$(at 9:01) sato input 4711
$(at 9:02) sato presence available
$(at 12:00) sato change idle
$(at 13:00) sato change active
$(at 13:01) sato focus $1
$(at 13:01) sato input 4711
$(at 18:00) sato change logoff
END
    mv "$E2E_DIR/feed.part" "$E2E_DIR/feed.txt"
    wait_until 20 test -e "$E2E_DIR/feed.txt.done" || kinmu_fail "the run is not recorded"
}
arrived() { # SCHEMA COUNT: rows of the hub's journal
    [ "$(on_hub journal cat --schema "$1" 2>/dev/null | wc -l)" = "$2" ]
}
# buys PLAN FROM: the hub looks every 15 s, and at once when it decides after others did, as over an invitation.
buys() {
    on_hub_done setting set company.plan "$1" "from_date=$2"
    token=$(on_hub hub invite --uses 1 2>/dev/null) || fail "invite"
}
# collects yes|no: whether the agent was told so.
collects() {
    kinmu status --json | jq -e --arg none "$([ "$1" = yes ] && echo 0 || echo 2)" \
        '[.policy_values[] | select(endswith("collect: false (conf.d: true)"))] | length == ($none | tonumber)' >/dev/null
}
exported() { # FOLDER FILES
    on_hub export csv --from "$day" --to "$day" --out "$E2E_DIR/$1" --option "files=[$2]" --option encoding=utf8 >"$E2E_DIR/error" 2>&1
}
on_hub_done() { # COMMAND…
    on_hub "$@" >/dev/null 2>"$E2E_DIR/error" || fail "$*: $(cat "$E2E_DIR/error")"
}

cat >"$hub_conf/10.yaml" <<END
node: {name: hub}
purposes: {activity: {}, presence: {}, working-time: {}}
http: {listen: ["127.0.0.1:$port"]}
journal: {flush_interval: 50ms}
connectors:
  ingest: {reads: [kinmu.people.setting]}
  people: {}
  workday: {after: store, reads: ["*"]}
END
start_hub
golden=$(dirname "$0")/../golden/people
on_hub_done import "$golden/group.csv" "$golden/user.csv" "$golden/work_pattern.csv" from_date=2020-01-01
on_hub_done account set sato --person U03 from_date=2020-01-01
buys time-report 2020-01-01

configure 10.yaml <<END
node: {name: pc}
purposes: {working-time: {}, activity: {}, presence: {}}
journal: {flush_interval: 50ms}
privacy: {title: on}
collectors:
  com.example.feed: {path: $E2E_DIR/feed.txt, isolation: core}
connectors:
  uplink: {interval: 1s}
END
enroll "$token"
start_kinmu
wait_until 20 collects no || kinmu_fail "the plan did not come: $(kinmu status)"

echo "-- time-report: sessions, and nothing else"
run "kanaria-$$.exe"
wait_until 20 arrived kinmu.session.change/1 4 || fail "the sessions did not arrive: $(on_hub journal cat | tail -3)"
expect "dropped at the agent" 5 "$(instance_status com.example.feed dropped_purpose)"
on_hub_done recompute
exported time kinmu || fail "the day: $(cat "$E2E_DIR/error")"
expect "the day from its sessions" "09:00,18:00,09:00,08:00" "$(grep '^03,' "$E2E_DIR"/time/kinmu_*.csv | tr -d '\r' | cut -d, -f8-)"
exported time log_list || fail "the list of logs: $(cat "$E2E_DIR/error")"
exported pc pc && fail "a file of details was written"
grep -q '"pc" is not part of the plan "time-report".*but of: job-report, telework, standard, advanced' "$E2E_DIR/error" ||
    fail "the file of details: $(cat "$E2E_DIR/error")"
kinmu journal cat >"$E2E_DIR/agent.journal"
on_hub journal cat >"$E2E_DIR/hub.journal"
for what in agent.journal hub.journal data hub kinmu.log hub.log time; do
    [ -e "$E2E_DIR/$what" ] || fail "there is no $what"
    grep -raqE "kanaria-$$" "$E2E_DIR/$what" && fail "$what holds the name of the program"
done
grep -E 'kinmu\.(input|window|presence)\.' "$E2E_DIR/agent.journal" "$E2E_DIR/hub.journal" && fail "details were recorded"

echo "-- standard: all of it"
buys standard "$day"
wait_until 20 collects yes || kinmu_fail "the plan did not come: $(kinmu status)"
run "sperling-$$.exe"
wait_until 20 arrived kinmu.window.focus/1 2 || fail "the windows did not arrive: $(on_hub journal cat | tail -3)"
kinmu journal cat >"$E2E_DIR/agent.journal"
expect "names and titles in the agent's journal" 2 "$(grep -c "sperling-$$.*sperling-$$" "$E2E_DIR/agent.journal")"
expect "counts there" 2 "$(grep -c 'kinmu.input.minute.*4711' "$E2E_DIR/agent.journal")"
grep -q "kanaria-$$" "$E2E_DIR/agent.journal" && fail "what was not collected came later"
wait_until 10 exported logs logs || fail "the files: $(cat "$E2E_DIR/error")"
grep -q "sperling-$$" "$E2E_DIR"/logs/*_app.csv || fail "no program in the application log"
stop_kinmu
stop_hub
echo "PASS"
