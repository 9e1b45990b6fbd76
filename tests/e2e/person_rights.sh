#!/bin/bash
# person_rights.sh BUILD_DIR - what a person may ask for: everything about him handed over, every record counted; everything
# about him destroyed, but what the law or a hold keeps, and that later; a receipt that is looked up, not believed. Nobody
# else loses anything.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$E2E_DIR/plugins
. "$(dirname "$0")/../crash/daemon.sh"
GOLDEN=$(cd "$(dirname "$0")/../golden/people" && pwd)
STORE=$KINMU_DATA/store.db
NAME=canary-name
umask 077

mkdir -p "$E2E_DIR/plugins"
cp "$BUILD/tests/feed/feed.so" "$BUILD"/plugins/connectors/{people,workday}.so "$E2E_DIR/plugins/"
settings() { # TIME_RECORDS
    configure 10.yaml <<END
purposes: {working-time: {}, activity: {}, presence: {}}
collectors:
  com.example.feed: {path: $E2E_DIR/feed.txt, isolation: core}
connectors:
  people: {time_records: $1}
  workday: {after: store, reads: ["*"]}
journal: {flush_interval: 100ms}
END
}
feed() {
    rm -f "$E2E_DIR/feed.txt.done"
    cat >"$E2E_DIR/feed.part"
    mv "$E2E_DIR/feed.part" "$E2E_DIR/feed.txt"
    wait_until 60 test -e "$E2E_DIR/feed.txt.done" || kinmu_fail "the feed is not taken"
}
events() { # ACCOUNT: two days of work, last month and this week
    local day begin
    for day in 3 40; do
        begin=$(date -d "-$day days 00:00" +%s)
        echo "$begin $1 change logon"
        echo "$((begin + 60)) $1 input 7"
        echo "$((begin + 3600)) $1 input 9"
        echo "$((begin + 7200)) $1 change logoff"
    done
}
sql() {
    sqlite3 -readonly "$STORE" "$1"
}
days_of() {
    sql "SELECT count(*) FROM kinmu_work_day_1 WHERE person = '$1'"
}
has_days() {
    [ "$(days_of "$1")" -ge 2 ]
}
rows_of() { # SUBJECT TABLE
    sql "SELECT count(*) FROM $2 t JOIN kinmu_subject s ON s.id = t.subject WHERE s.subject = '$1'"
}
erase() { # PERSON REASON
    kinmu person erase "$1" "$2" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "erase: $(cat "$E2E_DIR/answer")"
    cat "$E2E_DIR/answer"
}
files_with() {
    find "$KINMU_DATA" -type f -exec grep -laF -- "$1" {} + | sed 's|.*/||' | sort | tr '\n' ' '
}
clean_of() {
    [ -z "$(files_with "$1")" ]
}
expect_gone() { # WORDS…: in no file, and in no event that can still be read
    local word
    kinmu journal cat >"$E2E_DIR/cat" 2>&1
    for word in "$@"; do
        wait_until 20 clean_of "$word" || kinmu_fail "$word stands in $(files_with "$word")"
        grep -F -- "$word" "$E2E_DIR/cat" && kinmu_fail "the journal still tells of $word"
    done
}

settings 1095d
start_kinmu
wait_until 10 instance_is people health ok || kinmu_fail "people did not start"
kinmu import --lenient "$GOLDEN"/{group,user,work_pattern}.csv >"$E2E_DIR/answer" 2>&1 || kinmu_fail "import: $(cat "$E2E_DIR/answer")"
kinmu call people person_set person=U06 "name=$NAME" mail=canary-mail@example.com >/dev/null || kinmu_fail "person_set"
kinmu account set canary-six --person U06 --from_date 2020-01-01 >/dev/null || kinmu_fail "account_set"
kinmu account set canary-seven --person U07 --from_date 2020-01-01 >/dev/null || kinmu_fail "account_set"
(events canary-six; events canary-seven) | feed
wait_until 60 has_days U06 || kinmu_fail "no days of U06"
wait_until 60 has_days U07 || kinmu_fail "no days of U07"

echo "-- everything about a person, handed over"
answer=$(kinmu person export U06 --out "$E2E_DIR/handed" 2>&1) || kinmu_fail "export: $answer"
python3 - "$STORE" "$E2E_DIR/handed" "$answer" U06 06 canary-six <<'END' || kinmu_fail "the export is not all of it"
import json, pathlib, sqlite3, sys
store, folder, answer, names = sys.argv[1], pathlib.Path(sys.argv[2]), json.loads(sys.argv[3]), set(sys.argv[4:])
db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
faults = total = 0
subjects = {i for i, s in db.execute("SELECT id, subject FROM kinmu_subject") if s in names}
for schema, table in db.execute("SELECT schema, table_name FROM kinmu_schema").fetchall():
    cursor = db.execute(f'SELECT * FROM "{table}"')
    columns = [c[0] for c in cursor.description]
    rows = 0
    for row in cursor:
        texts = [v for v in row if isinstance(v, str)]
        rows += row[columns.index("subject")] in subjects or any(set(t.split(";")) & names for t in texts)
    if schema == "kinmu.audit.read/1":
        rows -= 1  # of the export itself
    file = folder / (schema.replace("/", "-") + ".ndjson")
    written = [json.loads(line) for line in file.open(encoding="utf-8")] if file.exists() else []
    total += len(written)
    if len(written) != max(rows, 0):
        print(schema, "has", rows, "rows, written", len(written))
        faults += 1
page = (folder / "index.html").read_text(encoding="utf-8")
assert total == answer["rows"] > 8 and "canary-name" in page and "Records about you" in page, answer
sys.exit(faults > 0)
END
echo "ok: every row about U06 is handed over: $answer"
expect "the folder is made for this account alone" 700 "$(stat -c %a "$E2E_DIR/handed")"
kinmu person export U06 --out "$E2E_DIR/handed" >"$E2E_DIR/answer" 2>&1 && kinmu_fail "wrote over files"
kinmu person export U06 --out "$E2E_DIR/handed.zip" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "export: $(cat "$E2E_DIR/answer")"
unzip -qt "$E2E_DIR/handed.zip" >/dev/null || kinmu_fail "the archive is damaged"
expect "files in the archive, with who took the first" "$( (ls "$E2E_DIR/handed"; echo kinmu.audit.read-1.ndjson) | sort -u)" "$(unzip -Z1 "$E2E_DIR/handed.zip" | sort)"
cmp "$E2E_DIR/handed/kinmu.people.person-1.ndjson" <(unzip -p "$E2E_DIR/handed.zip" kinmu.people.person-1.ndjson) || kinmu_fail "the archive has other rows"
before=$(sha256sum <"$E2E_DIR/handed.zip")
kinmu person export U06 --out "$E2E_DIR/handed.zip" >"$E2E_DIR/answer" 2>&1 && kinmu_fail "wrote over an archive"
expect "an archive that is there" "$before" "$(sha256sum <"$E2E_DIR/handed.zip")"
expect "what is left beside it" "" "$(ls -d "$E2E_DIR"/handed.zip?* 2>/dev/null)"
# What an export that was killed left is cleared by the next one; what is somebody's own stays.
mkdir -m 0700 "$E2E_DIR/again.zip.part"
echo half >"$E2E_DIR/again.zip.part/index.html"
echo half >"$E2E_DIR/again.zip.part/kinmu.people.person-1.ndjson"
echo half >"$E2E_DIR/again.zip.part/archive.zip"
kinmu person export U06 --out "$E2E_DIR/again.zip" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "export after a crash: $(cat "$E2E_DIR/answer")"
expect "what is left after the next" "" "$(ls -d "$E2E_DIR"/again.zip?* 2>/dev/null)"
cmp "$E2E_DIR/handed/kinmu.people.person-1.ndjson" <(unzip -p "$E2E_DIR/again.zip" kinmu.people.person-1.ndjson) || kinmu_fail "the archive after a crash has other rows"
# What looks the same and is another export's at work is not touched, and neither of the two takes the other's files.
mkdir -m 0700 "$E2E_DIR/busy.zip.part"
echo half >"$E2E_DIR/busy.zip.part/index.html"
exec 8<"$E2E_DIR/busy.zip.part"
flock -n 8 || kinmu_fail "flock"
kinmu person export U06 --out "$E2E_DIR/busy.zip" >"$E2E_DIR/answer" 2>&1 && kinmu_fail "took the folder of an export at work"
expect "an export at work" half "$(cat "$E2E_DIR/busy.zip.part/index.html")"
exec 8<&-
mkdir -m 0700 "$E2E_DIR/own.zip.part"
touch "$E2E_DIR/own.zip.part/index.html" "$E2E_DIR/own.zip.part/notes.txt"
kinmu person export U06 --out "$E2E_DIR/own.zip" >"$E2E_DIR/answer" 2>&1 && kinmu_fail "took somebody's folder"
expect "somebody's folder" "index.html notes.txt" "$(ls "$E2E_DIR/own.zip.part" | xargs)"
ln -s own.zip.part "$E2E_DIR/link.zip.part"
kinmu person export U06 --out "$E2E_DIR/link.zip" >"$E2E_DIR/answer" 2>&1 && kinmu_fail "followed a link"

echo "-- erased but for what the law keeps"
before=$(days_of U07)
kinmu month close "$(date -d '-40 days' +%Y-%m)" --anyway >"$E2E_DIR/answer" 2>&1 || kinmu_fail "month close: $(cat "$E2E_DIR/answer")"
closed_of() {
    sql "SELECT count(*) || ' ' || sum(pc_active_min) FROM kinmu_work_day_1 WHERE person = '$1' AND state = 'closed'"
}
closed=$(closed_of U06)
answer=$(erase U06 "asked for")
[[ "$answer" == *'"state":"kept"'*'109'*'"kept_until":"20'* ]] || kinmu_fail "the law: $answer"
expect "input of U06" 0 "$(rows_of canary-six kinmu_input_minute_1)"
[ "$(rows_of canary-six kinmu_session_change_1)" -gt 0 ] || kinmu_fail "time records of U06 are gone"
grep -q deleted <<<"$(kinmu person show U06)" || kinmu_fail "U06 is not deleted: $(kinmu person show U06)"

echo "-- of who is erased nothing is late"
computed() { # again, after the erasure
    [ "$(sql "SELECT count(*) FROM kinmu_work_day_1 WHERE person = 'U06' AND state <> 'closed' AND pc_active_min > 0")" = 0 ]
}
kinmu recompute U06 "$(date -d '-41 days' +%F)" >"$E2E_DIR/answer" 2>&1 || kinmu_fail "recompute: $(cat "$E2E_DIR/answer")"
wait_until 20 computed || kinmu_fail "U06 is not computed after the erasure"
expect "closed days of U06" "$closed" "$(closed_of U06)"
expect "late evidence of U06" 0 "$(sql "SELECT count(*) FROM kinmu_alert_1 WHERE rule = 'late-evidence' AND person = 'U06'")"

echo "-- a hold survives an erasure, everything else does not"
settings 0d
wait_until 20 sh -c "'$KINMU' status --json | grep -q '\"reloads\":[1-9]'" || kinmu_fail "the settings are not taken"
wait_until 10 instance_is people health ok || kinmu_fail "people did not start again"
kinmu hold add 2000-01-01 lawsuit >"$E2E_DIR/answer" 2>&1 && kinmu_fail "a hold of nobody"
hold=$(kinmu hold add 2000-01-01 lawsuit --person U07 | grep -o 'H[0-9]*-[0-9]*') || kinmu_fail "hold add"
answer=$(erase U07 "asked for")
[[ "$answer" == *'"state":"kept"'*"$hold"* ]] || kinmu_fail "the hold: $answer"
expect "days of U07" "$before" "$(days_of U07)"
kinmu journal erase --subject canary-seven >"$E2E_DIR/answer" 2>&1 && kinmu_fail "a hold does not hold"
grep -q "$hold" "$E2E_DIR/answer" || kinmu_fail "no word of the hold: $(cat "$E2E_DIR/answer")"
answer=$(erase U06 "asked for")
[[ "$answer" == *'"state":"erased"'* || "$answer" == *'"state":"unfinished"'* ]] || kinmu_fail "U06: $answer"
receipt=$(grep -o '"receipt":"[0-9a-f]*"' <<<"$answer" | cut -d'"' -f4)
expect_gone "$NAME" canary-mail canary-six
nothing_of() { # whatever was being computed meanwhile is taken back
    [ "$(sql "SELECT count(*) FROM kinmu_subject WHERE subject = '$1'")" = 0 ]
}
wait_until 10 nothing_of U06 || kinmu_fail "the store still has rows of U06"
expect "days of U07, who is another" "$before" "$(days_of U07)"
kinmu journal receipts "$receipt" >"$E2E_DIR/receipts" || kinmu_fail "receipt: $(cat "$E2E_DIR/receipts")"
grep -q '確認済み / verified' "$E2E_DIR/receipts" || kinmu_fail "receipt: $(cat "$E2E_DIR/receipts")"

echo "-- released, the rest goes too"
kinmu hold release "$hold" settled >/dev/null || kinmu_fail "hold release"
answer=$(erase U07 "asked for")
[[ "$answer" == *'"state":"erased"'* || "$answer" == *'"state":"unfinished"'* ]] || kinmu_fail "U07: $answer"
expect_gone canary-seven
kinmu journal receipts >"$E2E_DIR/receipts" || kinmu_fail "receipts: $(cat "$E2E_DIR/receipts")"
stop_kinmu
live=$(kinmu store digest)
expect "digest" "$live" "$(kinmu store rebuild | sed -n 's/^digest: //p')"
echo PASS
