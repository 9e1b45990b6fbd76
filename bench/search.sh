#!/usr/bin/env bash
# bench/search.sh BUILD [PEOPLE] - the first page of logs over REST from a store of 10^7 rows: of one person by an administrator, of
# a group of 14 by its approver; periods of 1 to 31 days, newest first or oldest; and of everybody's windows by a part
# of the title. Each kind of question over one connection.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/month_lib.sh"
people=${2:-540}
days=31
cd "$BENCH_DIR"
mkdir -m 0700 conf
port=$((20000 + RANDOM % 12000))
cat >conf/10.yaml <<YAML
node: {name: bench}
purposes: {working-time: {keep: 1095d}, activity: {keep: 1095d}}
http: {listen: ["127.0.0.1:$port"]}
collectors: {session: {enabled: false}, input: {enabled: false}, window: {enabled: false}}
connectors: {people: {}, workday: {after: store, reads: ["*"], enabled: false}, approval: {}}
exporters: {api: {reads: ["*"]}}
YAML
is_up() { "$KINMU" status --data data; }
run() {
    start "$KINMU" run --conf conf --data data --plugins "$BENCH_BUILD/plugins"
    wait_for 60 is_up || { cat log >&2; exit 1; }
}
run
stop "$STARTED"
say "filling the store for $people people"
fill_month "$people" "$days"
# As many windows: whoever looks for a part of a title reads them all when it is rare.
sqlite3 data/store.db "INSERT INTO kinmu_window_focus_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, process, title, cause)
    SELECT block, sequence + 1000, origin, unix_ns, 0, utc_offset_s, zone, boot_id, subject, 'soffice', '報告書 ' || ((block * 60 + sequence) % 9999991) || ' - 表計算', 'focus' FROM kinmu_input_minute_1"
figure search.rows "$(sqlite3 -readonly data/store.db "SELECT count(*) FROM kinmu_input_minute_1")"
# Their groups, g0 to g39, and who approves in them.
sqlite3 data/store.db "INSERT INTO kinmu_people_group_1(block, sequence, origin, unix_ns, mono_ns, utc_offset_s, zone, boot_id, subject, version,
    group_id, name, approvers, state) SELECT 1, 10000 + p, 1001, 0, 0, 0, 99, 99, 999, 1, 'g' || (p % 40), 'group', 'p' || (p % 40 + 1), 'active'
    FROM (WITH RECURSIVE n(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM n WHERE p < 39) SELECT p FROM n)"
run
token() { "$KINMU" token create bench "$@" --data data --plugins "$BENCH_BUILD/plugins" | jq -r .token; }
python3 "$BENCH_TREE/bench/search.py" "$port" "$people" "$days" "$(token admin)" "$(token manager --person p1)"
stop "$STARTED"
