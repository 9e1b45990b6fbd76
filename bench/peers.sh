#!/usr/bin/env bash
# bench/peers.sh BUILD - collectd and rsyslog beside Kinmu, in the same minutes on the same machine:
# memory, processor time, wake-ups and bytes written while idle; what is lost at kill -9, and, for
# root, at a power cut (a loop-mounted ext4 that is shut down without flushing). Each peer runs as its
# package's defaults suggest, with the smallest configuration that does the job.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/process.sh"
idle=${BENCH_IDLE_SECONDS:-60}

# collectd: processor and memory to CSV files every 10 s, its default interval.
start_collectd() {
    mkdir -p "$BENCH_DIR/collectd"
    cat >"$BENCH_DIR/collectd.conf" <<END
BaseDir "$BENCH_DIR/collectd"
PIDFile "$BENCH_DIR/collectd/pid"
Interval 10
LoadPlugin cpu
LoadPlugin memory
LoadPlugin csv
<Plugin csv>
  DataDir "$BENCH_DIR/collectd/csv"
</Plugin>
END
    start collectd -f -C "$BENCH_DIR/collectd.conf"
    COLLECTD=$STARTED
}

# rsyslog: a unix socket to a file, with its default queue in memory.
start_rsyslog() { # folder
    cat >"$1/rsyslog.conf" <<END
global(workDirectory="$1")
module(load="imptcp")
input(type="imptcp" path="$1/socket")
template(name="raw" type="string" string="%rawmsg%\n")
action(type="omfile" file="$1/out" template="raw")
END
    rm -f "$1/socket"
    start rsyslogd -n -f "$1/rsyslog.conf" -i "$1/pid"
    RSYSLOG=$STARTED
    wait_for 10 test -S "$1/socket" || say "rsyslog did not start: $(tail -n 3 "$BENCH_DIR/log")"
}

start_kinmu() { # the sources that need no display
    start "$KINMU" run --conf "$BENCH_TREE/conf.d/agent" --data "$BENCH_DIR/kinmu" --plugins "$BENCH_BUILD/plugins"
    AGENT=$STARTED
}

watch_one() { # name pid…
    local name=$1
    shift
    PIDS=$*
    watch_cost "peer.$name" "$idle"
    figure "peer.$name.rss" "$(rss_kib $PIDS)"
    figure "peer.$name.pss" "$(pss_kib $PIDS)"
}

side_by_side() {
    start_collectd
    mkdir -p "$BENCH_DIR/rsyslog"
    start_rsyslog "$BENCH_DIR/rsyslog"
    start_kinmu
    sleep 5
    local watchers=()
    say "collectd, rsyslog and kinmu idle for $idle s"
    watch_one collectd "$COLLECTD" >"$BENCH_DIR/collectd.lines" & watchers+=($!)
    watch_one rsyslog "$RSYSLOG" >"$BENCH_DIR/rsyslog.lines" & watchers+=($!)
    watch_one kinmu $(with_children "$AGENT") >"$BENCH_DIR/kinmu.lines" & watchers+=($!)
    wait "${watchers[@]}"
    cat "$BENCH_DIR"/{collectd,rsyslog,kinmu}.lines
    stop "$COLLECTD" "$RSYSLOG" "$AGENT"
}

# ---- loss: accepted by the time of the blow and not found afterwards, in percent ----

rate=20000
blow_after_s=4

lost() { # name accepted found
    [ "${2:-0}" -gt 0 ] || { say "$1: nothing was accepted"; return; }
    awk -v name="$1" -v accepted="$2" -v found="${3:-0}" \
        'BEGIN {print name, (accepted > found ? (accepted - found) * 100 / accepted : 0)}'
}

kill_rsyslog() { kill -9 "$RSYSLOG"; }
kill_kinmu() { kill -9 "$PUBLISHER"; }
cut_power() { "$BENCH_BIN/power_cut" "$BENCH_DIR/disk" || say "the power cannot be cut here"; }

# Accepted: written to its socket whole. Plain syslog has no acknowledgement to wait for.
blow_rsyslog() { # folder blow
    mkdir -p "$1"
    start_rsyslog "$1"
    say "blow to rsyslog: $2"
    timeout 30 "$BENCH_BIN/feed" "$1/socket" $rate $((blow_after_s * 2)) >"$BENCH_DIR/accepted" 2>>"$BENCH_DIR/log" &
    local feeder=$!
    sleep $blow_after_s
    "$2"
    kill -9 "$RSYSLOG" 2>/dev/null
    wait "$RSYSLOG" "$feeder" 2>/dev/null
}

# Accepted: its ticket was durable.
blow_kinmu() { # folder blow
    say "blow to kinmu: $2"
    "$BENCH_BIN/journal_bench" acknowledge "$1" $rate $((blow_after_s * 2)) >"$BENCH_DIR/accepted" 2>>"$BENCH_DIR/log" &
    PUBLISHER=$!
    sleep $blow_after_s
    "$2"
    kill -9 "$PUBLISHER" 2>/dev/null
    wait "$PUBLISHER" 2>/dev/null
}

mount_disk() { mount -o loop,noatime "$BENCH_DIR/image" "$BENCH_DIR/disk"; }

make_disk() {
    mkdir -p "$BENCH_DIR/disk"
    truncate -s 256M "$BENCH_DIR/image"
    mkfs.ext4 -q -F "$BENCH_DIR/image" && mount_disk 2>/dev/null
}

found_lines() { # file; binary zeros of a torn file are no lines
    grep -a -c 'line [0-9]\{9\} x' "$1" 2>/dev/null || true
}

losses() {
    blow_rsyslog "$BENCH_DIR/rsyslog-kill" kill_rsyslog
    lost peer.rsyslog.lost_kill "$(cat "$BENCH_DIR/accepted")" "$(found_lines "$BENCH_DIR/rsyslog-kill/out")"
    blow_kinmu "$BENCH_DIR/kinmu-kill" kill_kinmu
    lost peer.kinmu.lost_kill "$(tail -n 1 "$BENCH_DIR/accepted")" "$("$BENCH_BIN/journal_bench" count "$BENCH_DIR/kinmu-kill")"
    make_disk || { say "no loop device here: no power cut"; return; }
    blow_rsyslog "$BENCH_DIR/disk/rsyslog" cut_power
    local accepted
    accepted=$(cat "$BENCH_DIR/accepted")
    umount "$BENCH_DIR/disk" && mount_disk
    lost peer.rsyslog.lost_power "$accepted" "$(found_lines "$BENCH_DIR/disk/rsyslog/out")"
    blow_kinmu "$BENCH_DIR/disk/kinmu" cut_power
    umount "$BENCH_DIR/disk" && mount_disk
    lost peer.kinmu.lost_power "$(tail -n 1 "$BENCH_DIR/accepted")" "$("$BENCH_BIN/journal_bench" count "$BENCH_DIR/disk/kinmu")"
    umount "$BENCH_DIR/disk"
}

for peer in collectd rsyslogd; do
    command -v $peer >/dev/null || { say "$peer is not installed: no comparison"; exit 0; }
done
side_by_side
losses
