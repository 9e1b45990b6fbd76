#!/bin/bash
# daemon_plugins.sh BUILD_DIR - X25: plugins that hang, crash, leak, lie, log in a loop or write garbage to the core.
# What the others published is whole, the daemon is the same process, the hung one is killed within 10 s, each is started
# again with growing pauses, and `kinmu status` says why.
set -u
BUILD=$1
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"

says() { # INSTANCE WORDS
    [[ "$(instance_status "$1" text)" == *"$2"* ]]
}

# within INSTANCE WORDS SECONDS
within() {
    wait_until "$3" says "$1" "$2" || kinmu_fail "$1 never said '$2', but '$(instance_status "$1" text)'"
    echo "ok: $1: $(instance_status "$1" text)"
}

restarted() { # INSTANCE TIMES SECONDS
    wait_until "$3" instance_least "$1" restarts "$2" ||
        kinmu_fail "$1: restarted $(instance_status "$1" restarts) times"
}

numbers() { # ISOLATION
    instance_status "test.numbers/$1" published
}

configure 10.yaml <<END
node: {name: e2e}
purposes: {working-time: {keep: 1095d}, activity: {keep: 90d}}
journal: {flush_interval: 100ms}
collectors:
  test.numbers/core: {isolation: core, file: $E2E_DIR/ack.core, interval: 20ms}
  test.numbers/process: {isolation: process, file: $E2E_DIR/ack.process, interval: 20ms}
connectors:
  test.echo/process: {isolation: process}
END
export DISPLAY=:none # a session of its own to serve; no server is needed
start_kinmu
wait_until 10 instance_least test.numbers/process published 50 || kinmu_fail "numbers: none"
daemon=$KINMU_PID
good=$(instance_status test.numbers/process pid)

configure 20.yaml <<END
collectors:
  test.bad/hang: {how: hang}
  test.bad/crash: {how: crash}
  test.bad/leak: {how: leak, delay: 100ms}
  test.bad/garbage: {how: garbage, delay: 500ms}
  test.bad/chatter: {how: chatter, delay: 100ms}
  test.bad/outburst: {how: outburst, delay: 100ms}
  test.bad/scream: {how: scream, delay: 100ms}
  test.bad/mutter: {how: mutter, delay: 100ms}
  test.liar: {how: lie, delay: 100ms}
END
wait_until 10 instance_is test.bad/hang health ok || kinmu_fail "the bad ones were not started"
hung=$SECONDS
within test.bad/crash "signal 11" 10
within test.bad/garbage "sent nonsense" 10
within test.bad/hang "answered nothing" 14
[ $((SECONDS - hung)) -le 11 ] || fail "the hung one was killed after $((SECONDS - hung)) s"
restarted test.bad/hang 1 1
chattered=$(grep -c "chatter: again and again" "$KINMU_LOG")
[ "$chattered" -ge 100 ] && [ "$chattered" -le 300 ] || fail "one that logs in a loop left $chattered lines"
wait_until 15 grep -q "test.bad/chatter: [0-9]* lines left out: it logged more than 100 in 10 s" "$KINMU_LOG" ||
    kinmu_fail "lines left out are not told"
wait_until 15 grep -q "test.bad/outburst: 900 lines left out" "$KINMU_LOG" || kinmu_fail "not told of one that fell silent"
wait_until 5 grep -q "test.bad/scream: 900 lines left out" "$KINMU_LOG" || kinmu_fail "not told of one that ended"
wait_until 5 grep -q "test.bad/mutter: said aloud" "$KINMU_LOG" || kinmu_fail "debug lines used up the room of a warning"
echo "ok: of thousands of lines in the log $chattered are there"
restarted test.bad/crash 3 20
restarted test.bad/garbage 3 20
wait_until 10 grep -q "runner .*test.bad" "$KINMU_LOG" || kinmu_fail "the log does not tell"
expect "the liar's events kept" 0 "$(kinmu journal cat --json --schema test.misbehave/1 | wc -l)"

# Growing pauses: between the first and the fourth start lie more than 250 + 500 + 1000 ms.
stamps=$(grep "test.bad/crash: its process" "$KINMU_LOG" | cut -d' ' -f1 | head -n 4)
first=$(date -d "$(head -n 1 <<<"$stamps")" +%s%3N)
last=$(date -d "$(tail -n 1 <<<"$stamps")" +%s%3N)
[ "$(wc -l <<<"$stamps")" -ge 3 ] && [ $((last - first)) -ge 750 ] ||
    fail "no growing pauses: $stamps"
echo "ok: pauses: $(wc -l <<<"$stamps") ends within $((last - first)) ms"

expect "the daemon is the same process" "$daemon" "$(node_status pid)"
expect "the good runner is the same process" "$good" "$(instance_status test.numbers/process pid)"
expect "restarts of the good one" 0 "$(instance_status test.numbers/process restarts)"
before_core=$(numbers core) before_process=$(numbers process)
wait_until 5 instance_least test.numbers/core published $((before_core + 20)) ||
    kinmu_fail "the good one in the core stands still"
wait_until 5 instance_least test.numbers/process published $((before_process + 20)) ||
    kinmu_fail "the good one in the runner stands still"

rm "$KINMU_CONF/20.yaml"
wait_until 15 instance_is test.bad/hang health "" || kinmu_fail "the bad ones do not go"
stop_kinmu
"$BUILD/tests/crash/prove_numbers" "$BUILD" "$E2E_DIR/ack.core" "$E2E_DIR/ack.process" ||
    fail "the others' data"

# Files that crash when they are opened: the start goes on without them.
mkdir "$E2E_DIR/plugins"
for name in first second; do
    cp "$BUILD/tests/crash/crashing/crash_on_open.so" "$E2E_DIR/plugins/$name.so"
done
KINMU_PLUGINS=$E2E_DIR/plugins:$KINMU_PLUGINS start_kinmu
wait_until 10 instance_least test.numbers/process published 10 || kinmu_fail "numbers: none beside a file that crashes"
for name in first second; do
    expect "what the log says of $name.so" 1 "$(grep -c "$name.so\": crashes or hangs when it is opened, so it is left out" "$KINMU_LOG")"
done
stop_kinmu
# Commands that look at all plugins go on as well, and say which is left out.
"$BUILD/kinmu" check --conf "$KINMU_CONF" --plugins "$E2E_DIR/plugins:$KINMU_PLUGINS" >"$E2E_DIR/out" 2>&1
expect "kinmu check beside files that crash" 0 $?
expect "what kinmu check says of them" 2 "$(grep -c "crashes or hangs when it is opened" "$E2E_DIR/out")"
"$BUILD/kinmu" plugni --plugins "$E2E_DIR/plugins:$KINMU_PLUGINS" >"$E2E_DIR/out" 2>&1
expect "a mistyped word beside files that crash" 2 $?
grep -q 'did you mean "plugin"' "$E2E_DIR/out" || fail "the word is not told: $(cat "$E2E_DIR/out")"
echo "PASS"
