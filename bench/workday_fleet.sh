#!/usr/bin/env bash
# bench/workday_fleet.sh BUILD [PEOPLE] - connector `workday` over a month of a fleet, 606 rows a person-day: all days computed
# from the store and written, against SQLite reading the same rows in the same order; a late batch until its day shows it; a minute of
# everybody until all their days show it; what the journal grows by. The tables are filled by SQL, because only reading them is measured.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/month_lib.sh"
people=${2:-1000}
days=31
plugins=$BENCH_BUILD/plugins:$BENCH_BUILD/tests/feed
cd "$BENCH_DIR"
mkdir -m 0700 conf
cat >conf/10.yaml <<YAML
node: {name: bench}
purposes: {working-time: {keep: 1095d}, activity: {keep: 1095d}}
journal: {flush_interval: 20ms}
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}, com.example.feed: {path: $PWD/feed.txt, isolation: core}}
connectors: {people: {}, workday: {after: store, reads: ["*"], enabled: false}}
YAML
store() { sqlite3 -readonly data/store.db "$1"; }
is_up() { "$KINMU" status --data data; }
run() {
    start "$KINMU" run --conf conf --data data --plugins "$plugins"
    wait_for 60 is_up || { cat log >&2; exit 1; }
}
run
stop "$STARTED"

say "filling the store for $people people"
fill_month "$people" "$days"
rows=$(store "SELECT (SELECT count(*) FROM kinmu_input_minute_1) + (SELECT count(*) FROM kinmu_session_change_1) + (SELECT count(*) FROM kinmu_attendance_punch_1)")
figure workday.fleet_rows "$rows"

# ---- the limit: the same rows of each person, in order of time, by SQL ----
now_s() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now_s)" 'BEGIN { printf "%.2f\n", to - from }'; }
from=$(now_s)
TIMEFORMAT='%U %S'
{
    for ((p = 1; p <= people; p++)); do
        echo "SELECT count(*), sum(keys + clicks + key_alpha + mouse_left + observed_ms), max(unix_ns), max(block) FROM (SELECT * FROM kinmu_input_minute_1 WHERE subject = $((1000 + p)) ORDER BY unix_ns);"
        echo "SELECT count(*), max(kind), max(unix_ns) FROM (SELECT * FROM kinmu_session_change_1 WHERE subject = $((1000 + p)) ORDER BY unix_ns);"
        echo "SELECT count(*), max(kind), max(unix_ns) FROM (SELECT * FROM kinmu_attendance_punch_1 WHERE person = 'p$p' ORDER BY unix_ns);"
    done
} >sql
{ time sqlite3 -readonly data/store.db <sql >sums; } 2>sql_cpu
figure workday.fleet_sql "$(since "$from")"
figure workday.fleet_sql_cpu "$(awk '{ print $1 + $2 }' sql_cpu)"

# ---- all days of everybody, computed and written ----
journal() { sqlite3 -readonly data/journal.db "SELECT $1 FROM block WHERE position > $before"; }
sed -i 's/, enabled: false}}$/}}/' conf/10.yaml
before=0
before=$(journal "coalesce(max(position), 0)")
from=$(now_s)
run
are_there() { [ "$(store "SELECT count(*) FROM kinmu_work_day_1")" -ge $((people * days)) ]; }
wait_for 600 are_there || { say "days are missing: $(store "SELECT count(*) FROM kinmu_work_day_1")"; exit 1; }
all_s=$(since "$from")
figure workday.fleet_all "$all_s"
figure workday.fleet_all_cpu "$(awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$STARTED/stat")"
awk -v n=$((people * days)) -v s="$all_s" 'BEGIN { printf "workday.fleet_person_days %.0f\n", n / s }'

bytes=$(journal "sum(length(header) + length(payload))")
figure workday.fleet_confirmed "$(store "SELECT count(*) FROM kinmu_work_day_1 WHERE block > 0")"
awk -v b="$bytes" -v n=$((people * days)) 'BEGIN { printf "workday.fleet_journal_day %.0f\n", b / n }'

# ---- a minute of everybody, as it is told while their PCs record ----
cpu_s() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$STARTED/stat"; }
date=$(TZ=Asia/Tokyo date -d "5 hours ago" +%F)
from=$(now_s)
is_now() { [ "$(store "SELECT count(*) FROM kinmu_work_day_1 WHERE date = '$date' AND computed_ns >= ${from/./}")" -ge "$people" ]; }
for ((p = 1; p <= people; p++)); do echo "${from%.*} account$p input 3"; done >feed.part
before_cpu=$(cpu_s)
mv feed.part feed.txt
wait_for 300 is_now || { say "a minute of everybody is not seen"; exit 1; }
minute_s=$(since "$from")
figure workday.fleet_minute "$minute_s"
figure workday.fleet_minute_cpu "$(awk -v a="$before_cpu" -v b="$(cpu_s)" 'BEGIN { print b - a }')"
awk -v n="$people" -v s="$minute_s" 'BEGIN { printf "workday.fleet_people %.0f\n", n * 60 / s }'
wait_for 10 test -e feed.txt.done && rm -f feed.txt.done

# ---- a late batch of one day of one person ----
day=$(TZ=Asia/Tokyo date -d "$(TZ=Asia/Tokyo date +%F) - 9 days" +%F)
before=$((before + $(journal "count(*)"))) # positions have no gap
: >late
for round in 1 2 3 4 5 6 7 8 9; do
    at=$(TZ=Asia/Tokyo date -d "$day 20:1$round" +%s)
    for i in 0 1 2 3 4; do echo "$((at - i)) account$((people / 2 + round)) input 3"; done >feed.part
    from=$(now_s)
    mv feed.part feed.txt
    is_late() { [ "$(store "SELECT pc_end FROM kinmu_work_day_1 WHERE person = 'p$((people / 2 + round))' AND date = '$day'")" -ge 1210 ]; }
    wait_for 30 is_late || { say "the late batch is not seen"; exit 1; }
    since "$from" >>late
    wait_for 10 test -e feed.txt.done && rm -f feed.txt.done
done
figure workday.fleet_late "$(sort -n late | sed -n 5p)"
figure workday.fleet_late_max "$(sort -n late | tail -n 1)"
stop "$STARTED"
# The batch itself, the day that changes by it, and its warnings.
figure workday.fleet_journal_change "$(journal "sum(length(header) + length(payload)) / 9")"
