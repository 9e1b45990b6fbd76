#!/bin/bash
# office.sh BUILD - LibreOffice opens every file the csv exporter writes and finds in each cell what was written: the golden
# CSV files (held to the byte by the unit tests), and workbooks of all kinds out of a store, beside their CSV twins. Texts
# that look like formulas come out of it as they went in.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
BUILD=$(realpath "${1:?usage: office.sh BUILD}")
TREE=$(cd "$(dirname "$0")/../.." && pwd)
command -v soffice >/dev/null || fail "LibreOffice is missing (libreoffice-calc-nogui): ./dev setup"
trap 'rm -rf "$E2E_DIR"' EXIT
cd "$E2E_DIR"
mkdir conf plugins golden
cp "$BUILD"/plugins/{connectors/{people,approval,workday},exporters/csv}.so plugins/
cat >conf/10.yaml <<'YAML'
purposes: {working-time: {}, activity: {}, presence: {}, audit: {}, directory: {}}
exporters:
  csv: {}
  csv/payroll:
    files: [payroll]
    payroll_name: "kyuyo_{from:yyyymm}.csv"
    payroll_rows: month
    payroll:
      - {header: 社員コード, field: employee_no}
      - {header: 対象年月, field: date, format: yyyymm}
      - {header: 実働時間, field: work_min, format: "h:mm"}
      - {header: 残業時間, field: overtime_min, format: hours_2}
      - {header: 休憩, field: break_min, format: hhmm}
      - {header: 区分, text: "01"}
YAML
places=(--conf conf --data data --plugins plugins)
"$BUILD/kinmu" run "${places[@]}" --for 1 >log 2>&1 || fail "$(cat log)"
python3 "$TREE/bench/export_rows.py" data/store.db 3 3
# What spreadsheets would run, split or turn into something else (X20), and what they can hardly hold.
sqlite3 data/store.db <<'SQL'
UPDATE kinmu_window_focus_1 SET title = CASE sequence % 16
    WHEN 1 THEN '=1+1' WHEN 2 THEN '+1' WHEN 3 THEN '-1' WHEN 4 THEN '@SUM(1)' WHEN 5 THEN '=cmd|''/c calc''!A1'
    WHEN 6 THEN '＝HYPERLINK("http://x")' WHEN 7 THEN 'a,b;c"d' || char(9) || 'e' WHEN 8 THEN char(10) || '=2+2'
    WHEN 9 THEN '0001' WHEN 10 THEN '1E5' WHEN 11 THEN '2026/10/01' WHEN 12 THEN '𠮷野家 😀' WHEN 13 THEN ' x '
    WHEN 14 THEN 'http://example.jp/' WHEN 15 THEN '{=1+1}' ELSE title END;
SQL
files="files=[kinmu, gyomu, aggregation, pc, jinjer, logs, log_list, attendance_log, results, differences, members]"
for format in csv xlsx; do
    options=(--from 2026-10-01 --to 2026-10-31 --option encoding=utf8 --option profile=machine --option format=$format)
    "$BUILD/kinmu" export csv "${places[@]}" "${options[@]}" --out $format --option "$files" \
        --option 'schemas=[kinmu.window.focus/1, kinmu.input.minute/1]' >log 2>&1 || fail "$(cat log)"
    "$BUILD/kinmu" export csv/payroll "${places[@]}" "${options[@]}" --out $format/payroll >log 2>&1 || fail "$(cat log)"
    for archive in $format/*.zip; do
        unzip -q "$archive" -d "${archive%.zip}" && rm "$archive"
    done
done
cp "$TREE"/tests/golden/csv/*.cp932.csv golden/
python3 "$TREE/tests/e2e/office.py" golden csv xlsx
