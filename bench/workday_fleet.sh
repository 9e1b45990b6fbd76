#!/usr/bin/env bash
# bench/workday_fleet.sh BUILD [PEOPLE] - connector `workday` over a month of a fleet, 606 rows a person-day: all days computed
# from the store and written, against SQLite reading the same rows in the same order; a late batch until its day shows it; what
# the journal grows by. The tables are filled by SQL, because only reading them is measured.
. "$(dirname "$0")/lib.sh"
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

# ---- a month: one PC each, input every minute from 9:00 to 19:00, a session, two punches ----
say "filling the store for $people people"
midnight=$(TZ=Asia/Tokyo date -d "today - $days days" +%s)
sqlite3 data/store.db >/dev/null <<SQL
PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
BEGIN;
CREATE TEMP TABLE p AS WITH RECURSIVE n(p) AS (SELECT 1 UNION ALL SELECT p + 1 FROM n WHERE p < $people) SELECT p FROM n;
CREATE TEMP TABLE d AS SELECT p - 1 AS d, ($midnight + (p - 1) * 86400) AS s FROM (WITH RECURSIVE n(p) AS (SELECT 1 UNION ALL SELECT p + 1 FROM n WHERE p < $days) SELECT p FROM n);
CREATE TEMP TABLE h AS WITH RECURSIVE n(h) AS (SELECT 9 UNION ALL SELECT h + 1 FROM n WHERE h < 18) SELECT h FROM n;
CREATE TEMP TABLE m AS WITH RECURSIVE n(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM n WHERE m < 59) SELECT m FROM n;
INSERT INTO kinmu_origin SELECT 1000 + p, cast(printf('device %09d', p) AS BLOB) FROM p;
INSERT INTO kinmu_subject SELECT 1000 + p, 'account' || p FROM p;
INSERT OR IGNORE INTO kinmu_subject VALUES(999, '');
INSERT INTO kinmu_zone VALUES(99, 'Asia/Tokyo');
INSERT INTO kinmu_boot VALUES(99, x'00');
INSERT INTO kinmu_people_person_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, version, person, employee_no, name, state)
  SELECT 1, p, 1001, 0, 0, 0, 99, 99, (SELECT id FROM kinmu_subject WHERE subject = ''), 1, 'p' || p, 'e' || p, 'name', 'active' FROM p;
INSERT INTO kinmu_people_assignment_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, version, person, from_date, group_id, work_class)
  SELECT 1, p, 1001, 0, 0, 0, 99, 99, (SELECT id FROM kinmu_subject WHERE subject = ''), 1, 'p' || p, '1970-01-01', 'g' || (p % 40), 'ordinary' FROM p;
INSERT INTO kinmu_people_account_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, version, account, from_date, person)
  SELECT 1, p, 1001, 0, 0, 0, 99, 99, (SELECT id FROM kinmu_subject WHERE subject = ''), 1, 'account' || p, '1970-01-01', 'p' || p FROM p;
DROP INDEX "kinmu_input_minute_1\$time";
INSERT INTO kinmu_input_minute_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, keys, clicks, key_alpha, mouse_left, observed_ms)
  SELECT 1000 + (d * 24 + h) * $people + p, m, 1000 + p, (s + h * 3600 + m * 60) * 1000000000, 0, 32400, 99, 99, 1000 + p, (m * 7 + p) % 40, m % 5, m % 40, m % 3, 60000
  FROM d CROSS JOIN h CROSS JOIN p CROSS JOIN m;
CREATE INDEX "kinmu_input_minute_1\$time" ON kinmu_input_minute_1(subject, unix_ns);
INSERT INTO kinmu_session_change_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, kind, quality, session_id)
  SELECT 1000 + (d * 24 + h) * $people + p, 100, 1000 + p, (s + h * 3600 + 3000) * 1000000000, 0, 32400, 99, 99, 1000 + p, iif(h = 8, 'logon', 'logoff'), 'exact', '1'
  FROM d CROSS JOIN (SELECT 8 AS h UNION ALL SELECT 19) CROSS JOIN p;
INSERT INTO kinmu_session_change_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, kind, quality)
  SELECT 1000 + (d * 24 + h) * $people + p, 101, 1000 + p, (s + h * 3600 + iif(h = 8, 2900, 3100)) * 1000000000, 0, 32400, 99, 99,
  (SELECT id FROM kinmu_subject WHERE subject = ''), iif(h = 8, 'boot', 'shutdown'), 'exact'
  FROM d CROSS JOIN (SELECT 8 AS h UNION ALL SELECT 19) CROSS JOIN p;
INSERT INTO kinmu_attendance_punch_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, kind, source, person)
  SELECT 1000 + (d * 24 + h) * $people + p, 102, 1000 + p, (s + h * 3600) * 1000000000, 0, 32400, 99, 99, 1000 + p, iif(h = 9, 'start', 'end'), 'api', 'p' || p
  FROM d CROSS JOIN (SELECT 9 AS h UNION ALL SELECT 19) CROSS JOIN p;
COMMIT;
SQL
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

# ---- a late batch of one day of one person ----
day=$(TZ=Asia/Tokyo date -d "today - 9 days" +%F)
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
