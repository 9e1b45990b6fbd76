#!/usr/bin/env bash
# `./dev run`: a first real day of one PC, in two minutes. Without a display at hand it opens a virtual
# one and works in it; with one it records the person at it. Argument 1: the build folder.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
seconds=${KINMU_FIRST_DAY_SECONDS:-120}
kinmu=$build/kinmu
export KINMU_DATA=${KINMU_DATA:-$PWD/data} KINMU_CONF=$PWD/conf.d/standalone KINMU_PLUGINS=$build/plugins
started=()

stop_all() {
    local pid
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null
    done
    wait 2>/dev/null
}
trap stop_all EXIT
trap 'exit 130' INT TERM

start() { # program words…
    "$@" >/dev/null 2>&1 &
    started+=($!)
}

wait_for() { # seconds command…
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -ge "$end" ] && return 1
        sleep 0.1
    done
}

open_virtual_display() {
    local number=60
    while [ -e "/tmp/.X11-unix/X$number" ] || [ -e "/tmp/.X$number-lock" ]; do
        number=$((number + 1))
    done
    export DISPLAY=:$number
    start Xvfb "$DISPLAY" -screen 0 1280x800x24 -nolisten tcp -noreset
    wait_for 10 xdpyinfo || { echo "dev run: the virtual display did not start" >&2; exit 1; }
    start openbox
    wait_for 10 xdotool get_desktop
    start xterm -u8 -T "報告書 report" -e sh
    start xterm -u8 -T "メール mail" -e sh
    wait_for 10 xdotool search --onlyvisible --class xterm
}

# One round of ordinary work: words, figures, mouse, another window. The words are thrown away.
work_a_little() {
    local window
    for window in $(xdotool search --onlyvisible --class xterm); do
        xdotool windowactivate --sync "$window" 2>/dev/null
        xdotool type --delay 60 "weekly report 2026 "
        xdotool key --delay 60 BackSpace BackSpace
        xdotool mousemove_relative -- 12 7 mousemove_relative -- -12 -7 click 4 click 5
        sleep 1
    done
}

"$kinmu" check || exit 1
virtual=0
if [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
    virtual=1
    echo "== 画面がないので仮想画面で $seconds 秒間働きます / no display here: working in a virtual one for $seconds s"
    open_virtual_display
else
    echo "== この PC を記録します。Ctrl-C で止まります / recording this PC; stop with Ctrl-C"
fi
"$kinmu" run &
daemon=$!
started+=("$daemon")
wait_for 20 "$kinmu" status || { echo "dev run: Kinmu did not start" >&2; exit 1; }

if [ "$virtual" = 1 ]; then
    end=$((SECONDS + seconds))
    while [ "$SECONDS" -lt "$end" ]; do
        work_a_little
    done
else
    trap - INT
    trap ':' INT
    wait "$daemon"
    trap 'exit 130' INT
    "$kinmu" run & # once more, to show what was recorded
    daemon=$!
    started+=("$daemon")
    wait_for 20 "$kinmu" status
fi

echo
"$kinmu" status
echo
echo "== 業務日 / the business day (kinmu day)"
"$kinmu" day
kill -TERM "$daemon"
wait "$daemon" 2>/dev/null
echo
echo "== 最後の記録 / the last records (kinmu journal cat)"
"$kinmu" journal cat | tail -12
today=$(date +%F)
rm -rf "$KINMU_DATA/export"
mkdir -p "$KINMU_DATA/export"
"$kinmu" export csv --from "$today" --to "$today" --out "$KINMU_DATA/export" --option encoding=utf8-bom || exit 1
echo
for file in "$KINMU_DATA"/export/*_pc.csv "$KINMU_DATA"/export/*_app.csv; do
    echo "== $file"
    tail -n 5 "$file"
done
echo
echo "== 検証 / proof (kinmu journal verify)"
"$kinmu" journal verify || exit 1
cat <<END

何を   どのキーかは記録せず、回数・前面のアプリ・セッションだけを記録しました。
What   counts (never which key), the foreground program, and session changes were recorded.
どこ   $KINMU_DATA (暗号化した履歴 journal.db、表 store.db) / CSV: $KINMU_DATA/export
Where  $KINMU_DATA (encrypted history journal.db, tables store.db) / CSV: $KINMU_DATA/export
検証   KINMU_DATA=$KINMU_DATA $build/kinmu journal verify
Verify the line above; one changed byte of the history makes it fail and name the place.
END
