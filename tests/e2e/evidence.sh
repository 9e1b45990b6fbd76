#!/bin/bash
# evidence.sh BUILD_DIR - taking evidence beside a running daemon: the person's records, verified by the
# program in a folder without data and by the Python program of docs/evidence.md; an edited copy is refused
# with the line by both; the taking itself stands in the journal under the person's name.
set -u
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
ROOT=$(realpath "$(dirname "$0")/../..")

KINMU=$BUILD/kinmu
ACCOUNT=$(id -un)
MONTH=$(date +%Y-%m)
DAEMON=
export KINMU_DATA=$E2E_DIR/data KINMU_CONF=$E2E_DIR/conf.d KINMU_PLUGINS=$BUILD/plugins
unset WAYLAND_DISPLAY DISPLAY

end_all() {
    stop_process "$DAEMON"
}
at_end end_all

# records FILE: how many it shows.
records() {
    grep -c '"record":' "$1"
}

has_events() {
    "$KINMU" journal cat --json 2>/dev/null | grep -q "\"subject\":\"$ACCOUNT\""
}

# python FILE: the verifier the documentation prints.
python_verifier() {
    /usr/bin/python3 "$E2E_DIR/verifier.py" "$1" >"$E2E_DIR/python" 2>&1
}

mkdir -p "$KINMU_CONF"
cat >"$KINMU_CONF/test.yaml" <<END
purposes:
  working-time:
collectors:
  session:
END
sed -n '/^```python/,/^```/p' "$ROOT/docs/evidence.md" | grep -v '^```' >"$E2E_DIR/verifier.py"

echo "-- beside the daemon"
"$KINMU" run 2>"$E2E_DIR/daemon.log" &
DAEMON=$!
wait_until 20 "$KINMU" status || fail "no daemon: $(tail -n 20 "$E2E_DIR/daemon.log")"
cd "$E2E_DIR" || fail "no folder"
# Nothing may be known of the account yet: asking for it then is refused, and leaves no file.
"$KINMU" evidence --subject nobody-here --month "$MONTH" >"$E2E_DIR/out" 2>&1 && fail "evidence about nobody"
grep -q 'nothing is kept of subject "nobody-here"' "$E2E_DIR/out" || fail "$(cat "$E2E_DIR/out")"
[ ! -e "evidence-nobody-here-$MONTH.jsonl" ] || fail "a file about nobody"
SUBJECT=$ACCOUNT
wait_until 5 has_events || SUBJECT=
"$KINMU" evidence --subject "$SUBJECT" --month "$MONTH" --out "$E2E_DIR/a.jsonl" --reason "本人の請求" \
    >"$E2E_DIR/out" || fail "evidence: $(cat "$E2E_DIR/out")"
[ "$(records "$E2E_DIR/a.jsonl")" -gt 0 ] || fail "no record: $(cat "$E2E_DIR/out")"
expect "the file is the operator's alone" 600 "$(stat -c %a "$E2E_DIR/a.jsonl")"

echo "-- who took it stands in the journal, before the file did"
"$KINMU" journal cat --json --schema kinmu.audit.read/1 >"$E2E_DIR/cat"
grep "\"subject\":\"$SUBJECT\"" "$E2E_DIR/cat" | grep -q "\"reader\":\"os:$ACCOUNT\".*\"reason\":\"本人の請求\"" ||
    fail "no audit: $(cat "$E2E_DIR/cat")"

echo "-- verified without any data"
KINMU_DATA=/nonexistent "$KINMU" evidence verify "$E2E_DIR/a.jsonl" >"$E2E_DIR/verify" ||
    fail "verify: $(cat "$E2E_DIR/verify")"
grep -q '正常 / OK' "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
python_verifier "$E2E_DIR/a.jsonl" || fail "Python: $(cat "$E2E_DIR/python")"
expect "Python counts the same" "$(records "$E2E_DIR/a.jsonl")" \
    "$(sed -n 's/^whole: \([0-9]*\) records.*/\1/p' "$E2E_DIR/python")"

echo "-- a changed record is named by both"
LINE=$(grep -n '"record":' "$E2E_DIR/a.jsonl" | head -n 1 | cut -d: -f1)
sed "${LINE}s/\"time\":\"20/\"time\":\"21/" "$E2E_DIR/a.jsonl" >"$E2E_DIR/b.jsonl"
"$KINMU" evidence verify "$E2E_DIR/b.jsonl" >"$E2E_DIR/verify" && fail "a changed record passed"
grep -q "ALTERED: line $LINE:.*record" "$E2E_DIR/verify" || fail "$(cat "$E2E_DIR/verify")"
python_verifier "$E2E_DIR/b.jsonl" && fail "Python passed a changed record"
grep -q "line $LINE was changed" "$E2E_DIR/python" || fail "$(cat "$E2E_DIR/python")"
head -n -1 "$E2E_DIR/a.jsonl" >"$E2E_DIR/b.jsonl"
"$KINMU" evidence verify "$E2E_DIR/b.jsonl" >/dev/null && fail "a file without its seal passed"

echo "-- without a daemon"
kill -TERM "$DAEMON" && wait "$DAEMON"
DAEMON=
"$KINMU" evidence --subject "$SUBJECT" --month "$MONTH" --out "$E2E_DIR/c.jsonl" >"$E2E_DIR/out" ||
    fail "evidence: $(cat "$E2E_DIR/out")"
"$KINMU" evidence verify "$E2E_DIR/c.jsonl" >/dev/null || fail "verify"
[ "$(records "$E2E_DIR/c.jsonl")" -gt "$(records "$E2E_DIR/a.jsonl")" ] ||
    fail "the audit entry of the first taking is missing in the second"
expect "audit entries" 2 "$("$KINMU" journal cat --json --schema kinmu.audit.read/1 | grep -c '"evidence"')"
"$KINMU" journal verify >/dev/null || fail "the journal is no longer whole"
echo "PASS"
