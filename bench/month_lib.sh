# bench/month_lib.sh - sourced: fills the store below data/ with days of a fleet before today, 606 rows a person-day: one PC
# each, input every minute from 9:00 to 19:00, a session, two punches. By SQL, because only reading the rows is measured.

fill_month() { # PEOPLE DAYS
    local midnight
    midnight=$(TZ=Asia/Tokyo date -d "$(TZ=Asia/Tokyo date +%F) - $2 days" +%s) # "today" alone has a time of day
    sqlite3 data/store.db >/dev/null <<SQL
PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
BEGIN;
CREATE TEMP TABLE p AS WITH RECURSIVE n(p) AS (SELECT 1 UNION ALL SELECT p + 1 FROM n WHERE p < $1) SELECT p FROM n;
CREATE TEMP TABLE d AS SELECT p - 1 AS d, ($midnight + (p - 1) * 86400) AS s FROM (WITH RECURSIVE n(p) AS (SELECT 1 UNION ALL SELECT p + 1 FROM n WHERE p < $2) SELECT p FROM n);
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
DROP INDEX "kinmu_input_minute_1\$place";
INSERT INTO kinmu_input_minute_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, keys, clicks, key_alpha, mouse_left, observed_ms)
  SELECT 1000 + (d * 24 + h) * $1 + p, m, 1000 + p, (s + h * 3600 + m * 60) * 1000000000, 0, 32400, 99, 99, 1000 + p, (m * 7 + p) % 40, m % 5, m % 40, m % 3, 60000
  FROM d CROSS JOIN h CROSS JOIN p CROSS JOIN m;
CREATE UNIQUE INDEX "kinmu_input_minute_1\$place" ON kinmu_input_minute_1(block, sequence);
INSERT INTO kinmu_session_change_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, kind, quality, session_id)
  SELECT 1000 + (d * 24 + h) * $1 + p, 100, 1000 + p, (s + h * 3600 + 3000) * 1000000000, 0, 32400, 99, 99, 1000 + p, iif(h = 8, 'logon', 'logoff'), 'exact', '1'
  FROM d CROSS JOIN (SELECT 8 AS h UNION ALL SELECT 19) CROSS JOIN p;
INSERT INTO kinmu_session_change_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, kind, quality)
  SELECT 1000 + (d * 24 + h) * $1 + p, 101, 1000 + p, (s + h * 3600 + iif(h = 8, 2900, 3100)) * 1000000000, 0, 32400, 99, 99,
  (SELECT id FROM kinmu_subject WHERE subject = ''), iif(h = 8, 'boot', 'shutdown'), 'exact'
  FROM d CROSS JOIN (SELECT 8 AS h UNION ALL SELECT 19) CROSS JOIN p;
INSERT INTO kinmu_attendance_punch_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, kind, source, person)
  SELECT 1000 + (d * 24 + h) * $1 + p, 102, 1000 + p, (s + h * 3600) * 1000000000, 0, 32400, 99, 99, 1000 + p, iif(h = 9, 'start', 'end'), 'api', 'p' || p
  FROM d CROSS JOIN (SELECT 9 AS h UNION ALL SELECT 19) CROSS JOIN p;
COMMIT;
SQL
}
