# bench/process.sh - sourced: what a set of processes costs, from /proc. Arguments are process ids.

with_children() { # pid: itself and its children
    echo "$1"
    pgrep -P "$1"
}

# Proportional share of memory, in KiB.
pss_kib() {
    local pid
    for pid in "$@"; do
        cat "/proc/$pid/smaps_rollup"
    done | awk '$1 == "Pss:" {sum += $2} END {print sum}'
}

# As if nobody else mapped their libraries: each file's pages once, plus what is their own.
alone_kib() {
    local pid
    for pid in "$@"; do
        cat "/proc/$pid/smaps"
    done | awk '
        /^[0-9a-f]+-[0-9a-f]+ / {place = $6 ~ /^\// ? $6 " " $3 : ""}
        $1 == "Rss:" {rss = $2}
        $1 == "Private_Dirty:" {
            dirty += $2
            if (place != "" && rss - $2 > most[place]) most[place] = rss - $2
        }
        END {for (place in most) dirty += most[place]; print dirty}'
}

rss_kib() {
    local pid
    for pid in "$@"; do
        cat "/proc/$pid/smaps_rollup"
    done | awk '$1 == "Rss:" {sum += $2} END {print sum}'
}

# Nanoseconds on a processor, of all threads.
cpu_ns() {
    local pid
    for pid in "$@"; do
        cat "/proc/$pid"/task/*/schedstat
    done 2>/dev/null | awk '{sum += $1} END {printf "%.0f\n", sum}'
}

# Times a thread was woken after it had waited.
wakeups() {
    local pid
    for pid in "$@"; do
        cat "/proc/$pid"/task/*/status
    done 2>/dev/null | awk '$1 == "voluntary_ctxt_switches:" {sum += $2} END {print sum}'
}

# Bytes given to the disk, whole pages counted as the kernel does.
written_bytes() {
    local pid
    for pid in "$@"; do
        cat "/proc/$pid/io"
    done 2>/dev/null | awk '$1 == "write_bytes:" {sum += $2} END {print sum}'
}

# Runs "$2…" (or sleeps) and prints PREFIX.cpu_hour, .wakeups, .written_hour of the processes in PIDS.
watch_cost() { # prefix seconds command words…
    local prefix=$1 seconds=$2 begin end cpu wakes bytes
    shift 2
    cpu=$(cpu_ns $PIDS) wakes=$(wakeups $PIDS) bytes=$(written_bytes $PIDS) begin=$EPOCHREALTIME
    "${@:-sleep}" "$seconds" ${MORE_ARGUMENTS:-}
    end=$EPOCHREALTIME
    awk -v prefix="$prefix" -v spent=$((${end/./} - ${begin/./})) -v cpu=$(($(cpu_ns $PIDS) - cpu)) \
        -v wakes=$(($(wakeups $PIDS) - wakes)) -v bytes=$(($(written_bytes $PIDS) - bytes)) 'BEGIN {
            seconds = spent / 1e6
            print prefix ".cpu_hour", cpu / 1e9 / seconds * 3600
            print prefix ".wakeups", wakes / seconds
            print prefix ".written_hour", bytes / 1e6 / seconds * 3600
        }'
}
