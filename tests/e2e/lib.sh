# lib.sh - shared by the end-to-end tests: a real X server to work in, and the scripted work itself.
#
#     . "$(dirname "$0")/lib.sh"
#     start_display            # a free number; start_display 81 = that one
#     col10_script             # types and clicks into the xterm opened by start_display
#     stop_display
#
# Everything started here is stopped by stop_display, which also runs at exit; see at_end. Needs Xvfb, openbox,
# xterm, xdotool.

E2E_DIR=$(mktemp -d "${TMPDIR:-/tmp}/kinmu-e2e.XXXXXX")
XVFB_PID= OPENBOX_PID= XTERM_PID=

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# expect WHAT EXPECTED GOT
expect() {
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
    echo "ok: $1: $3"
}

# wait_until SECONDS COMMAND…: true as soon as the command is, false when the time is over.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

SERVERS_STARTED=0

# start_server [NUMBER [XVFB OPTION…]]: only the X server. Its number is this test's own: a server that goes removes its
# socket after its lock, and would take that of another test which found the number free between the two.
start_server() {
    local number=${1:-$((100 + $$ % 10000 * 5 + SERVERS_STARTED++))}
    shift $(($# > 0 ? 1 : 0))
    : >"$E2E_DIR/display"
    Xvfb ":$number" -displayfd 3 -screen 0 1280x800x24 -nolisten tcp "$@" \
        3>"$E2E_DIR/display" >"$E2E_DIR/xvfb.log" 2>&1 &
    XVFB_PID=$!
    wait_until 15 test -s "$E2E_DIR/display" ||
        fail "Xvfb did not start: $(cat "$E2E_DIR/xvfb.log")"
    DISPLAY=:$(cat "$E2E_DIR/display")
    export DISPLAY
}

# may_look_inside: whether this user sees the memory and the open files of processes that hide them, as Kinmu does
# (CAP_SYS_PTRACE): root does, but not root of an ordinary container.
may_look_inside() {
    [ $((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >> 19 & 1)) -eq 1 ]
}

# free_port: a port of 127.0.0.1 that nobody listens on, below those the system gives to outgoing connections, so
# that none of them takes it before the test does.
free_port() {
    local port
    for _ in {1..50}; do
        port=$((10000 + RANDOM % 22000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return 0; }
    done
    fail "no free port"
}

# localhost_certificate FOLDER: server.key and server.pem there, signed by itself.
localhost_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/server.key" -out "$1/server.pem" \
        -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>"$1/openssl" ||
        fail "certificate: $(cat "$1/openssl")"
}

# N's files: the first line of each, and cp932 FILE, which writes standard input as they are written.
GROUPS_HEAD='更新区分,グループID,グループ名,承認者,上位承認者,上位グループID,削除フラグ'
USERS_HEAD='更新区分,ユーザID,社員番号,ユーザ名,ふりがな,所属グループID,管理者権限,見える化ダッシュボード閲覧権限,働き方検索権限,メールアドレス,開始申請承認必須区分,終了申請承認必須区分,申請時業務登録必須区分,勤務終了時業務報告必須区分,休憩通知区分,勤務終了前通知区分,勤務終了予定時刻通知区分,勤務時間外バルーン通知区分,残業管理区分,勤務パターンID,削除区分'
PATTERNS_HEAD='更新区分,勤務パターンID,勤務パターン名,休憩時間帯,業務時間（分）,午前業務時間（分）,自動終了時刻,削除フラグ'
cp932() {
    sed 's/$/\r/' | iconv -f UTF-8 -t CP932 >"$1"
}

# token NAME ROLE [WORDS…]: a new token of the running daemon (crash/daemon.sh); only its text is printed.
token() {
    kinmu token create "$@" | sed -n 's/.*"token":"\(kinmu_[^"]*\)".*/\1/p'
}

# stop_process PID: SIGTERM, then until it is gone; "" is nobody. Never fails, so that `set -e` goes on.
stop_process() {
    [ -n "$1" ] || return 0
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

stop_server() {
    stop_process "$XVFB_PID"
    XVFB_PID=
}

# start_display [NUMBER [XVFB OPTION…]]: server, window manager, and a focused xterm (window id in
# XTERM_WINDOW) that swallows what is typed, with the pointer over it.
start_display() {
    start_server "$@"
    openbox >"$E2E_DIR/openbox.log" 2>&1 &
    OPENBOX_PID=$!
    wait_until 15 xdotool get_desktop || fail "openbox did not start: $(cat "$E2E_DIR/openbox.log")"
    xterm -geometry 80x24+100+100 -T kinmu-e2e -e cat >"$E2E_DIR/xterm.log" 2>&1 &
    XTERM_PID=$!
    wait_until 15 xdotool search --onlyvisible --name kinmu-e2e || fail "xterm did not start"
    XTERM_WINDOW=$(xdotool search --onlyvisible --name kinmu-e2e | head -n 1)
    xdotool windowactivate --sync "$XTERM_WINDOW"
    xdotool mousemove --sync 250 250 # a warp: no device moved, so it does not count
}

stop_display() {
    stop_process "$XTERM_PID"
    stop_process "$OPENBOX_PID"
    XTERM_PID= OPENBOX_PID=
    stop_server
}

# COL-10: 5 letters, 4 digits, 3 keypad keys, 2 symbols, F1; 7 left, 6 right, 5 wheel steps, 9
# moves. All keys are typed unshifted (KP_End is the keypad's 1 without Num Lock): a Shift would be
# one more "other". Clicks fall on the xterm, where they only select text; on the root openbox opens a menu.
col10_script() {
    xdotool type --delay 15 hello
    xdotool type --delay 15 1906
    xdotool key --delay 15 KP_End KP_Down KP_Add
    xdotool type --delay 15 ',.'
    xdotool key F1
    xdotool click --repeat 7 --delay 15 1
    xdotool click --repeat 6 --delay 15 3
    xdotool click --repeat 5 --delay 15 4
    local i
    for i in 1 2 3 4 5 6 7 8 9; do
        xdotool mousemove_relative -- $((i % 2 * 4 - 2)) 1
    done
}

# at_end FUNCTION: is called when the test ends, whatever happened, the newest first. A test sets no trap of its own:
# the exit code would be the one of its last command.
E2E_AT_END=()
at_end() {
    E2E_AT_END=("$1" "${E2E_AT_END[@]}")
}

end_e2e() {
    local status=$? step
    trap - EXIT
    set +e
    for step in "${E2E_AT_END[@]}"; do
        "$step"
    done
    stop_display
    cd /
    rm -rf "$E2E_DIR"
    exit "$status"
}
trap end_e2e EXIT
