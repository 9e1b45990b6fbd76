#!/usr/bin/env bash
# bench/agent.sh BUILD - a real agent (conf.d/agent: input, window, session) at a virtual display: memory,
# processor time, wake-ups and disk, idle and under 10 keys/s + 200 mouse moves/s; its start; and
# `kinmu check` on 100 files. BENCH_IDLE_SECONDS and BENCH_LOAD_SECONDS may be set.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/process.sh"
idle=${BENCH_IDLE_SECONDS:-60}
load=${BENCH_LOAD_SECONDS:-120}
plugins=$BENCH_BUILD/plugins

open_display() {
    local number=${BENCH_DISPLAY:-90}
    while [ -e "/tmp/.X11-unix/X$number" ] || [ -e "/tmp/.X$number-lock" ]; do
        number=$((number + 1))
    done
    export DISPLAY=:$number
    start Xvfb "$DISPLAY" -screen 0 1280x800x24 -nolisten tcp
    wait_for 10 xdpyinfo || { say "the virtual display did not start"; exit 1; }
    start openbox
    start xterm -e sleep 86400
    wait_for 10 xdotool search --onlyvisible --class xterm
}

start_agent() { # data folder
    start "$KINMU" run --conf "$BENCH_TREE/conf.d/agent" --data "$1" --plugins "$plugins"
    AGENT=$STARTED
}

stop_agent() {
    stop "$AGENT"
}

has_block() {
    [ "$(sqlite3 -readonly "$1/journal.db" 'SELECT count(*) FROM block' 2>/dev/null || echo 0)" -gt 0 ]
}

# Figures of a start: until the first event is in a committed block.
first_events() {
    local round begin end
    for round in 1 2 3 4 5; do
        begin=$EPOCHREALTIME
        start_agent "$BENCH_DIR/start-$round"
        until has_block "$BENCH_DIR/start-$round"; do
            [ $((${EPOCHREALTIME/./} - ${begin/./})) -gt 20000000 ] && break
        done
        end=$EPOCHREALTIME
        figure agent.first_event $(((${end/./} - ${begin/./}) / 1000))
        stop_agent
    done
}

check_100_files() {
    local conf=$BENCH_DIR/hundred number round begin end
    mkdir -p "$conf"
    cp "$BENCH_TREE"/conf.d/standalone/*.yaml "$conf"
    for ((number = $(ls "$conf" | wc -l); number < 100; number++)); do
        printf 'exporters:\n  # number %d\n  csv/user%d:\n    encoding: utf8-bom\n' $number $number >"$conf/90-$number.yaml"
    done
    for round in 1 2 3 4 5; do
        begin=$EPOCHREALTIME
        "$KINMU" check --conf "$conf" --plugins "$plugins" >/dev/null || say "check refuses its own files"
        end=$EPOCHREALTIME
        figure check.100_files $(((${end/./} - ${begin/./}) / 1000))
    done
}

# Bytes of block rows: what a day adds to the journal, but for page overhead.
row_bytes() {
    sqlite3 -readonly "$1/journal.db" 'SELECT sum(length(header) + ifnull(length(payload), 0) + 12) FROM block'
}

floor() {
    start "$BENCH_BIN/agent_limit" "$BENCH_DIR"
    PIDS=$STARTED
    sleep 1
    figure limit.agent.pss "$(pss_kib $PIDS)"
    figure limit.agent.alone "$(alone_kib $PIDS)"
    watch_cost limit.agent.idle "$idle"
    kill "$STARTED"
}

measure_agent() {
    local data=$BENCH_DIR/agent before spent
    start_agent "$data"
    wait_for 20 has_block "$data" || say "no event: $(tail -n 3 "$BENCH_DIR/log")"
    sleep 5
    PIDS=$(with_children "$AGENT")
    say "agent idle for $idle s"
    watch_cost agent.idle "$idle"
    figure agent.pss_idle "$(pss_kib $PIDS)"
    say "agent under load for $load s"
    before=$(row_bytes "$data")
    MORE_ARGUMENTS="10 200" watch_cost agent.load "$load" "$BENCH_BIN/inject"
    sleep 2
    awk -v bytes=$(($(row_bytes "$data") - before)) -v seconds="$load" \
        'BEGIN {print "agent.disk_day", bytes / 1e6 / seconds * 8 * 3600}'
    figure agent.pss "$(pss_kib $PIDS)"
    figure agent.alone "$(alone_kib $PIDS)"
    figure agent.rss "$(rss_kib $PIDS)"
    stop_agent
}

open_display
check_100_files
first_events
floor
measure_agent
