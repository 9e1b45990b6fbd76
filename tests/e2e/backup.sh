#!/bin/bash
# backup.sh BUILD_DIR - a hub's data is copied while it records at full speed; then the daemon is killed
# and its folder lost. The restored folder proves whole, exports up to the backup what the lost one did,
# records on, and does not reuse a number of its own chain: a checkpoint from after the backup says what
# was lost. A damaged backup, a target that is not empty and an agent's folder are refused.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../crash/daemon.sh"
unset WAYLAND_DISPLAY DISPLAY
ROOT=$(realpath "$(dirname "$0")/../..")
B=$E2E_DIR/backup
N=$E2E_DIR/new

end_all() {
    [ -z "$KINMU_PID" ] || kill -9 "$KINMU_PID" 2>/dev/null
}
at_end end_all

# refused WORDS… : the command fails and says TEXT ($TEXT).
refused() {
    kinmu "$@" >"$E2E_DIR/out" 2>&1 && fail "not refused: kinmu $*"
    grep -q "$TEXT" "$E2E_DIR/out" || fail "kinmu $*: $(cat "$E2E_DIR/out")"
    echo "ok: refused: $TEXT"
}

# verified DATA [WORDS…]
verified() {
    local data=$1
    shift
    kinmu journal verify --data "$data" "$@" >"$E2E_DIR/verify" || fail "verify: $(cat "$E2E_DIR/verify")"
    echo "ok: $(cat "$E2E_DIR/verify")"
}

# numbers DATA: every number recorded, oldest first.
numbers() {
    kinmu journal cat --json --data "$1" --schema test.number/1
}

has_blocks() {
    [ "$(kinmu status --json | sed -n 's/.*"journal":{"blocks":\([0-9]*\).*/\1/p')" -ge "$1" ]
}

configure 50-load.yaml <<END
journal:
  flush_interval: 20ms
purposes:
  activity:
  working-time:
collectors:
  test.numbers:
    isolation: core
    file: $E2E_DIR/side
END
kinmu hub init >"$E2E_DIR/hub" 2>&1 || fail "hub init: $(cat "$E2E_DIR/hub")"
start_kinmu

echo "-- while it records"
wait_until 60 has_blocks 100 || kinmu_fail "no load: $(kinmu status)"
kinmu backup "$B" --with-store >"$E2E_DIR/out" || fail "backup: $(cat "$E2E_DIR/out")"
(cd "$B" && find . -type f | sort | tr '\n' ' ') >"$E2E_DIR/files"
for file in journal.db store.db keys/keys.db keys/device.key keys/hub/ca.key keys/hub/server.pem manifest.jsonl; do
    grep -q "\./$file" "$E2E_DIR/files" || fail "$file is missing: $(cat "$E2E_DIR/files")"
done
expect "readable by others" "" "$(find "$B" -perm /077)"
TEXT='is there already' refused backup "$B"
BLOCKS=$(sqlite3 -readonly "$B/journal.db" 'SELECT count(*) FROM block')
wait_until 60 has_blocks $((BLOCKS + 100)) || kinmu_fail "it stopped recording"
kinmu journal checkpoint "$E2E_DIR/after.json" >/dev/null || fail "no checkpoint"

echo "-- the machine is lost"
kill -9 "$KINMU_PID"
wait "$KINMU_PID" 2>/dev/null
KINMU_PID=
numbers "$KINMU_DATA" >"$E2E_DIR/lost"
HUB=$(sha256sum <"$KINMU_DATA/hub/ca.key")

echo "-- what is no good is refused, and leaves nothing"
TEXT='not empty' refused restore "$B" --data "$KINMU_DATA"
cp -r "$B" "$E2E_DIR/bad"
printf 'X' | dd of="$E2E_DIR/bad/journal.db" bs=1 seek=20000 conv=notrunc 2>/dev/null
TEXT='is not the file of the manifest' refused restore "$E2E_DIR/bad" --data "$N"
cp "$B/journal.db" "$E2E_DIR/bad/journal.db"
sed -i 's/"size":\([0-9]*\)/"size":1\1/' "$E2E_DIR/bad/manifest.jsonl"
TEXT='was changed near line 2' refused restore "$E2E_DIR/bad" --data "$N"
rm -r "$E2E_DIR/bad/keys"
cp "$B/manifest.jsonl" "$E2E_DIR/bad/manifest.jsonl"
TEXT='keys' refused restore "$E2E_DIR/bad" --data "$N"
expect "left behind" "" "$(ls -d "$N"* 2>/dev/null)"

echo "-- restored"
kinmu restore "$B" --data "$N" >"$E2E_DIR/out" || fail "restore: $(cat "$E2E_DIR/out")"
expect "the hub's key" "$HUB" "$(sha256sum <"$N/hub/ca.key")"
verified "$N"
grep -q 'restored 1 times' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
numbers "$N" >"$E2E_DIR/kept"
KEPT=$(wc -l <"$E2E_DIR/kept")
[ "$KEPT" -gt 0 ] && [ "$KEPT" -lt "$(wc -l <"$E2E_DIR/lost")" ] || fail "kept $KEPT records"
head -n "$KEPT" "$E2E_DIR/lost" | cmp -s - "$E2E_DIR/kept" || fail "the records up to the backup differ"
echo "ok: $KEPT records as they were"
kinmu store digest --data "$N" >"$E2E_DIR/digest" || fail "store: $(cat "$E2E_DIR/digest")"
LIVE=$(cat "$E2E_DIR/digest")

echo "-- it goes on, behind numbers it gave up"
export KINMU_DATA=$N
HIGHEST=$(sqlite3 -readonly "$N/journal.db" 'SELECT max(chain) FROM block')
start_kinmu
wait_until 60 has_blocks $((BLOCKS + 50)) || kinmu_fail "it does not record: $(kinmu status)"
stop_kinmu
verified "$N"
[ "$(sqlite3 -readonly "$N/journal.db" "SELECT min(chain) FROM block WHERE chain > $HIGHEST")" -gt 4294967296 ] ||
    fail "numbers were used again"
sed -n '/^```python/,/^```/p' "$ROOT/docs/journal.md" | grep -v '^```' >"$E2E_DIR/verifier.py"
/usr/bin/python3 "$E2E_DIR/verifier.py" "$N" >"$E2E_DIR/python" 2>&1 || fail "Python: $(cat "$E2E_DIR/python")"
expect "the Python program of docs/journal.md" "whole: $(sqlite3 -readonly "$N/journal.db" 'SELECT count(*) FROM block') blocks, 1 restores" \
    "$(cat "$E2E_DIR/python")"
REBUILT=$(kinmu store rebuild | sed -n 's/^digest: //p')
expect "store as rebuilt" "$(kinmu store digest)" "$REBUILT"
[ "$REBUILT" != "$LIVE" ] || fail "nothing was recorded after the restore"

echo "-- who has a checkpoint from after the backup sees that something is lost, and that it was said"
kinmu journal verify --checkpoint "$E2E_DIR/after.json" >"$E2E_DIR/verify" && fail "the loss was not seen"
grep -q 'TRUNCATED.*a backup was restored here' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"

echo "-- evidence over a restored chain"
SUBJECT=$(kinmu journal cat --json --schema test.number/1 | head -n 1 | sed 's/.*"subject":"\([^"]*\)".*/\1/')
kinmu evidence --subject "$SUBJECT" --month "$(date +%Y-%m)" --out "$E2E_DIR/a.jsonl" >"$E2E_DIR/out" ||
    fail "evidence: $(cat "$E2E_DIR/out")"
kinmu evidence verify "$E2E_DIR/a.jsonl" >"$E2E_DIR/verify" || fail "verify: $(cat "$E2E_DIR/verify")"
grep -q 'restored from a backup' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
sed -n '/^```python/,/^```/p' "$ROOT/docs/evidence.md" | grep -v '^```' >"$E2E_DIR/verifier.py"
/usr/bin/python3 "$E2E_DIR/verifier.py" "$E2E_DIR/a.jsonl" >"$E2E_DIR/python" 2>&1 || fail "Python: $(cat "$E2E_DIR/python")"
expect "blocks Python proves" "$(grep -c '"header":' "$E2E_DIR/a.jsonl")" \
    "$(sed -n 's/.* \([0-9]*\) blocks.*/\1/p' "$E2E_DIR/python")"

echo "-- the note taken away"
sqlite3 "$N/journal.db" 'DELETE FROM restored'
kinmu journal verify >"$E2E_DIR/verify" && fail "numbers are missing without a word, and nobody saw it"
grep -q REMOVED "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"

echo "-- an agent's folder is not backed up"
mkdir "$N/hub.d"
TEXT='back up the hub' refused backup "$E2E_DIR/agent"
expect "left behind" "" "$(ls -d "$E2E_DIR/agent"* 2>/dev/null)"
echo "PASS"
