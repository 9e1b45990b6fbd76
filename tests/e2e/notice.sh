#!/usr/bin/env bash
# notice.sh BUILD_DIR - who is recorded is told and asked first (RET-04, COL-43, X41): nothing of a purpose with a notice is written
# before its own account accepted, from the next event on it is, and no longer once he withdraws; another account's answer counts for
# that account alone; a new version asks again unless the company keeps answers; a killed daemon remembers, erasing forgets; the hub
# has the ledger. A real daemon with its hub, and two accounts of this machine. Needs root, to ask as other accounts.
set -u
BUILD=$(realpath "$1")
[ "$EUID" = 0 ] || { echo "skipped: notice needs root, only root may ask as two other accounts"; exit 77; }
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins:$BUILD/tests/feed
. "$(dirname "$0")/../crash/daemon.sh"
for tool in jq python3 curl; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
ALICE=nobody BOB=games # accounts every Debian has
PUBLIC=$(mktemp -d "${TMPDIR:-/tmp}/kinmu-e2e-public.XXXXXX")
. "$(dirname "$0")/hub_lib.sh"
end_notice() {
    rm -rf "$PUBLIC"
}
at_end end_notice

as() { # ACCOUNT COMMAND…: with that account's rights and nothing of ours
    local account=$1
    shift
    setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups env -i PATH="$PATH" "$@"
}
notice() { # ACCOUNT WORDS…
    local account=$1
    shift
    as "$account" "$PUBLIC/kinmu" notice "$@" --data "$KINMU_DATA" 2>&1
}
at_terminal() { # ACCOUNT WORDS…: what is typed comes by standard input
    local account=$1
    shift
    script -qec "setpriv --reuid $account --regid $(id -g "$account") --clear-groups env -i $PUBLIC/kinmu notice $* --data $KINMU_DATA" /dev/null
}
state() { # ACCOUNT
    notice "$1" | jq -r '.notices[0].state'
}
recorded() { # what was counted, with whom it is of
    kinmu journal cat --json --schema kinmu.input.minute/1 | jq -r '.subject + " " + (.values.keys | tostring)' | LC_ALL=C sort | paste -sd,
}
# happens LINE…: as `ACCOUNT WHAT ARGUMENT`, just after now, and all of it is durable or dropped.
happens() {
    printf "$(($(date +%s) + 1)) %s\n" "$@" >"$E2E_DIR/feed.new"
    mv "$E2E_DIR/feed.new" "$E2E_DIR/feed"
    wait_until 20 test -e "$E2E_DIR/feed.done" || kinmu_fail "the collector does not publish"
    rm "$E2E_DIR/feed.done"
}
# tell VERSION RENEW TEXT: what conf.d says from now on.
tell() {
    local before
    before=$(node_status reloads 2>/dev/null)
    configure 20.yaml <<END
notices:
  counts:
    version: "$1"
    renew: $2
    ja: |
      $3
      打鍵の内容は記録しません。
    en: Keys are counted, never what is typed.
purposes:
  working-time: {keep: 1095d}
  activity: {keep: 90d, notice: counts, doc: 操作回数}
  audit: {keep: 1095d}
END
    [ -z "$before" ] || wait_until 10 reloads_least $((before + 1)) || kinmu_fail "the change was not noticed"
}
reloads_least() {
    [ "$(node_status reloads)" -ge "$1" ]
}
ledger() { # what the company has, in the order of the PC
    on_hub journal cat --json --schema kinmu.audit.agreement/1 |
        jq -r '.subject + " " + .values.document + " " + .values.document_version + " " + .values.action'
}
has_all() { # the last answer comes last
    ledger >"$E2E_DIR/ledger"
    grep -q "^$BOB notice/counts 2 decline" "$E2E_DIR/ledger"
}

chmod 755 "$E2E_DIR" "$PUBLIC"
install -m 755 "$KINMU" "$PUBLIC/kinmu"
cat >"$hub_conf/10.yaml" <<END
node: {name: hub}
purposes: {activity: {}, working-time: {}, audit: {}}
journal: {flush_interval: 20ms}
http: {listen: ["127.0.0.1:$port"]}
connectors: {ingest: {}, people: {}}
exporters: {api: {reads: ["*"]}}
END
start_hub

configure 10.yaml <<END
node: {name: pc}
journal: {flush_interval: 20ms}
store: {enabled: false}
collectors: {com.example.feed: {path: $E2E_DIR/feed, isolation: core}}
connectors: {uplink: {interval: 1s}}
END
tell 1 ask '操作の回数を数えます。'
token=$(on_hub hub invite --uses 1 2>/dev/null)
enroll "$token"
start_kinmu
wait_until 10 instance_is com.example.feed health ok || kinmu_fail "the collector does not run"

# ---- before anybody answered ----
happens "$ALICE input 1" "$BOB input 2" "- input 3" "$ALICE change logon" "$BOB focus kinmu-canary"
expect "counts before anybody answered" "" "$(recorded)"
expect "dropped, and counted so" 4 "$(instance_status com.example.feed dropped_purpose)"
expect "a purpose without a notice" 1 "$(kinmu journal cat --json --schema kinmu.session.change/1 | grep -c .)"

# ---- told: who, what for, how long ----
notice "$BOB" >"$E2E_DIR/told"
expect "whom, where, state" "$BOB pc waiting" "$(jq -r '.account + " " + .node + " " + .notices[0].state' "$E2E_DIR/told")"
expect "what for and how long" "activity 操作回数 90" "$(jq -r '.notices[0].purposes[] | .purpose + " " + .doc + " " + (.keep_days | tostring)' "$E2E_DIR/told")"
expect "where it goes" "https://127.0.0.1:$port" "$(jq -r .hub "$E2E_DIR/told")"
jq -r '.notices[0].purposes[0].records[]' "$E2E_DIR/told" | grep -q . || fail "not told what is recorded: $(cat "$E2E_DIR/told")"
at_terminal "$BOB" show </dev/null >"$E2E_DIR/told"
grep -q '打鍵の内容は記録しません。' "$E2E_DIR/told" && grep -q '90 日' "$E2E_DIR/told" || fail "at a terminal: $(cat "$E2E_DIR/told")"
expect "status: who has not answered" "$BOB" "$(kinmu status --json | jq -r '.notices[0].waiting[]')"
kinmu status | grep -q "答え待ち / not answered: $BOB" || fail "$(kinmu status)"

# ---- one answers, for himself alone ----
notice "$BOB" accept >"$E2E_DIR/said" && fail "accepted unread"
grep -q -- '--version' "$E2E_DIR/said" || fail "$(cat "$E2E_DIR/said")"
notice "$BOB" accept --version 2 >/dev/null && fail "accepted another version"
notice "$BOB" withdraw >/dev/null && fail "withdrew what was not accepted"
as "$BOB" "$PUBLIC/kinmu" status --data "$KINMU_DATA" >/dev/null 2>&1 && fail "the control socket is open to everybody"
notice "$BOB" accept counts --version 1 | grep -q 同意を記録しました || fail "not accepted"
happens "$ALICE input 4" "$BOB input 5" "- input 6" "$BOB focus kinmu-seen" "$ALICE focus kinmu-canary"
expect "after his answer, of him alone" "$BOB 5" "$(recorded)"
printf '%s\n' "$(($(date +%s) - 60)) $BOB input 7" >"$E2E_DIR/feed.new"
mv "$E2E_DIR/feed.new" "$E2E_DIR/feed"
wait_until 20 test -e "$E2E_DIR/feed.done" && rm "$E2E_DIR/feed.done"
expect "what was observed before his answer" "$BOB 5" "$(recorded)"
expect "the others are asked still" waiting "$(state "$ALICE")"

# ---- hostile frames at the socket: closed, and nobody else is held up ----
as "$ALICE" python3 - "$KINMU_DATA-notice/notice.sock" <<'END' || fail "the socket"
import os, socket, struct, sys

def ask(data, close=True):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(sys.argv[1])
    got = b""
    try:
        if data:
            s.sendall(data)
        if not close:
            return s
        while piece := s.recv(65536):
            got += piece
    except (ConnectionResetError, BrokenPipeError):
        pass
    s.close()
    return got

def frame(kind, body):
    return struct.pack("<IHH", len(body), kind, 0) + body

def text(t):
    return b"\xd9" + bytes([len(t)]) + t

answer = text(b"accept") + text(b"counts") + text(b"1") + b"\xc4\x20" + bytes(32)
assert ask(frame(64, text(b"status") + text(b""))) == b"", "the control socket's words"
assert ask(frame(66, text(b"stop") + text(b"") + text(b"") + b"\xc4\x20" + bytes(32))) == b"", "another word"
assert ask(frame(66, answer[:-1])) == b"", "cut off"
assert ask(frame(66, text(b"x" * 200) * 3)) == b"", "names too long"
assert ask(b"\xff" * 4096) == b"", "no frame"
assert ask(struct.pack("<IHH", 1 << 20, 66, 0) + bytes(2000)) == b"", "a frame larger than any request"
assert "もう一度".encode() in ask(frame(66, answer)), "another text than the one in force"
for _ in range(20):
    ask(os.urandom(64))
first = ask(frame(66, answer)[:5], close=False)
assert "一度に".encode() in ask(b""), "two questions of one account"
assert "一度に".encode() in ask(b""), "two questions of one account"
os.close(first.detach())
END
expect "none of it was an answer" waiting "$(state "$ALICE")"

# ---- killed, started again, with more history than is looked at each time ----
mapfile -t many < <(seq -f 'u%g change logon' 300)
happens "${many[@]}"
kill -KILL "$KINMU_PID"
wait "$KINMU_PID" 2>/dev/null
start_kinmu # looks at all of it, and notes where the answers lie
stop_kinmu
start_kinmu # looks there
happens "$ALICE input 8" "$BOB input 9"
expect "after a restart" "$BOB 5,$BOB 9" "$(recorded)"
at_terminal "$ALICE" accept <<<no >"$E2E_DIR/told" && fail "accepted by no"
grep -q '操作の回数を数えます。' "$E2E_DIR/told" || fail "not shown before it is asked: $(cat "$E2E_DIR/told")"
expect "who says no when asked" waiting "$(state "$ALICE")"
at_terminal "$ALICE" accept <<<yes >"$E2E_DIR/told" || fail "accept: $(cat "$E2E_DIR/told")"
happens "$ALICE input 10" "$BOB input 11"
expect "both" "$BOB 11,$BOB 5,$BOB 9,$ALICE 10" "$(recorded)"

# ---- withdrawn ----
notice "$ALICE" decline >/dev/null && fail "declined what is accepted"
notice "$BOB" withdraw | grep -q 撤回 || fail "not withdrawn"
happens "$ALICE input 12" "$BOB input 13"
expect "after he withdrew" "$BOB 11,$BOB 5,$BOB 9,$ALICE 10,$ALICE 12" "$(recorded)"
stop_kinmu
start_kinmu
happens "$BOB input 14"
expect "and after a restart" "$BOB 11,$BOB 5,$BOB 9,$ALICE 10,$ALICE 12" "$(recorded)"
expect "his state" withdrawn "$(state "$BOB")"

# ---- another version asks again, unless answers are kept; another text under the same version does, too ----
tell 2 ask '操作の回数を数えます。'
expect "a new version" waiting "$(state "$ALICE")"
happens "$ALICE input 15"
tell 2 keep '操作の回数を数えます。'
happens "$ALICE input 16" "$BOB input 17"
tell 1 ask '操作の回数と時刻を数えます。'
expect "a text changed under its version" waiting "$(state "$ALICE")"
happens "$ALICE input 18"
tell 2 ask '操作の回数を数えます。'
notice "$ALICE" accept --version 2 >/dev/null || fail "accept 2"
happens "$ALICE input 19"
expect "versions" "$BOB 11,$BOB 5,$BOB 9,$ALICE 10,$ALICE 12,$ALICE 16,$ALICE 19" "$(recorded)"
notice "$BOB" decline >/dev/null || fail "decline"
expect "declined" declined "$(state "$BOB")"

# ---- the company's copy ----
wait_until 20 has_all || kinmu_fail "it is not sent: $(cat "$E2E_DIR/ledger")"
seen() { grep -rqa kinmu-seen "$hub_data"; } # the hub's tables are plain
wait_until 20 seen || fail "what was accepted is not in the hub's tables"
expect "files with what was not" "" "$(grep -rla kinmu-canary "$hub_data" "$KINMU_DATA")"
answers() { # ACCOUNT
    awk -v who="$1" '$1 == who && $2 == "notice/counts" && $4 != "shown" { print $4 " " $3 }' "$E2E_DIR/ledger" | paste -sd,
}
expect "what each answered" "acknowledge 1,acknowledge 2; acknowledge 1,withdraw 1,decline 2" "$(answers "$ALICE"); $(answers "$BOB")"
expect "who was told before he answered" "shown 1 shown 1" \
    "$(for who in "$ALICE" "$BOB"; do awk -v who="$who" '$1 == who { print $4 " " $3; exit }' "$E2E_DIR/ledger"; done | paste -sd' ')"
on_hub person set U1 --employee_no N1 --name U1 >/dev/null && on_hub account set "$BOB" --person U1 --from_date "$(yesterday)" >/dev/null || fail "people"
mine=$(on_hub token create mine self --person U1 | sed -n 's/.*"token":"\(kinmu_[^"]*\)".*/\1/p')
expect "he sees his own at the hub" "acknowledge withdraw decline" "$(curl -sk -H "Authorization: Bearer $mine" \
    "https://127.0.0.1:$port/api/v1/rows/kinmu.audit.agreement" | tee "$E2E_DIR/said" | jq -r '.rows[].values.action' | grep -v shown | paste -sd' ')"
on_hub export csv --from "$(yesterday)" --to "$(tomorrow)" --out "$E2E_DIR/out" --option 'schemas=[kinmu.audit.agreement/1]' \
    --option encoding=utf8-bom >"$E2E_DIR/said" 2>&1 || fail "$(cat "$E2E_DIR/said")"
expect "the ledger as CSV, answers" 5 "$(grep -cE 'acknowledge|withdraw|decline' "$E2E_DIR"/out/kinmu.audit.agreement-1.csv)"

# ---- erased: forgotten, and asked anew ----
kinmu journal erase --subject "$ALICE" >/dev/null || kinmu_fail "erase"
happens "$ALICE input 20"
expect "after his records were erased" "$BOB 11,$BOB 5,$BOB 9" "$(recorded)"
expect "he is asked anew, and nobody else" "waiting declined" "$(state "$ALICE") $(state "$BOB")"
stop_kinmu
start_kinmu
expect "also after a restart" "waiting declined" "$(state "$ALICE") $(state "$BOB")"

# ---- nobody fills the history with answers ----
notice "$ALICE" show >"$E2E_DIR/told"
as "$ALICE" python3 - "$KINMU_DATA-notice/notice.sock" "$(jq -r '.notices[0].sha256' "$E2E_DIR/told")" <<'END' >"$E2E_DIR/said" || fail "the socket"
import socket, struct, sys

def text(t):
    return b"\xd9" + bytes([len(t)]) + t

for i in range(62):
    word = b"decline" if i == 0 else b"accept" if i % 2 else b"withdraw"
    body = text(word) + text(b"counts") + text(b"2") + b"\xc4\x20" + bytes.fromhex(sys.argv[2])
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.sendall(struct.pack("<IHH", len(body), 66, 0) + body)
    got = b""
    while piece := s.recv(65536):
        got += piece
    s.close()
    print(i, "too many" if b"too many" in got else "taken" if len(got) < 20 else got)
END
expect "answers of an hour, and one may always withdraw" "61 taken, 61 too many" "$(grep -c 'taken' "$E2E_DIR/said") taken, $(tail -n 1 "$E2E_DIR/said")"

# ---- nor keeps others out: connections of many accounts that say nothing ----
python3 - "$KINMU_DATA-notice/notice.sock" "$(id -u "$ALICE")" <<'END' >"$E2E_DIR/said" 2>&1 || fail "$(cat "$E2E_DIR/said")"
import os, socket, struct, sys

def connect(uid):
    s = socket.socket(socket.AF_UNIX)
    os.seteuid(uid)
    s.connect(sys.argv[1]) # waits where many do
    os.seteuid(0)
    s.settimeout(20)
    return s

silent = [connect(30000 + i) for i in range(40)]
alice = connect(int(sys.argv[2]))
body = b"\xd9\x04show\xd9\x00\xd9\x00\xc4\x20" + bytes(32)
alice.sendall(struct.pack("<IHH", len(body), 66, 0) + body)
got = b""
while piece := alice.recv(65536):
    got += piece
assert b'"account"' in got, got
END

# ---- no notice in force: no socket ----
configure 20.yaml <<<'purposes: {working-time: {}, activity: {}, audit: {}}'
gone() { [ ! -e "$KINMU_DATA-notice/notice.sock" ]; }
wait_until 10 gone || kinmu_fail "the socket is still there"
notice "$BOB" >"$E2E_DIR/said" && fail "an answer from nobody"
grep -q 'no notice is asked for' "$E2E_DIR/said" || fail "$(cat "$E2E_DIR/said")"
happens "$BOB input 21"
expect "and everybody is recorded" "$BOB 11,$BOB 21,$BOB 5,$BOB 9" "$(recorded)"

# ---- where the socket's folder is a link, its target is left alone; the next reload finds it mended ----
rm -r "$KINMU_DATA-notice"
install -d -m 700 "$E2E_DIR/private"
ln -s "$E2E_DIR/private" "$KINMU_DATA-notice"
tell 2 ask '操作の回数を数えます。'
kinmu status --json | jq -r .notice_problem | grep -q 'is a link' || fail "$(kinmu status --json | jq -r .notice_problem)"
expect "the link's target" "700 " "$(stat -c %a "$E2E_DIR/private") $(ls "$E2E_DIR/private")"
rm "$KINMU_DATA-notice"
tell 2 ask '操作の回数を数えます。'
expect "the next reload" "declined" "$(state "$BOB")"
stop_kinmu
