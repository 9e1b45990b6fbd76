#!/bin/bash
# boot.sh PACKAGES - the packages on a machine that runs: systemd is PID 1 there, logind tells of logins made by PAM.
# Both shipped units start, record, enrol, come back after a crash, stop clean, take an upgrade and a removal; each
# graphical login has one runner under its account, until it ends (COL-40). Over this machine's file system, or with
# --long over a fresh Debian; skipped where no systemd can be started.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/machine.sh"
need_packages
for tool in systemd-nspawn Xvfb xdotool; do
    command -v $tool >/dev/null || skip "needs $tool"
done
EXTRA_PACKAGES="systemd-sysv dbus libpam-systemd xvfb xdotool" # of a fresh Debian
export EXTRA_PACKAGES
enter_machine "$0" "${2:-}"
[ -e "$ROOT/sbin/init" ] || skip "no systemd-sysv here"
compgen -G "$ROOT/lib/*/security/pam_systemd.so" >/dev/null || skip "no libpam-systemd here"

# --- Start it ---

inside() {
    nsenter --target "$INIT" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

has_booted() {
    INIT=$(pgrep -P "$MACHINE" -n) && inside systemctl is-system-running | grep -qE 'running|degraded'
}

umount -l "$ROOT/dev" "$ROOT/proc" # the machine makes its own
# Nothing of this machine's own starts there, and a container's image may forbid packages to start anything.
rm -rf "$ROOT"/etc/systemd/system/*.wants "$ROOT"/etc/rc?.d "$ROOT/usr/sbin/policy-rc.d"
mkdir "$WORK/old"
make_older kinmu
make_older kinmu-hub
systemd-nspawn --quiet --directory="$ROOT" --machine=kinmu-test --register=no --keep-unit --link-journal=no --console=pipe \
    --boot >"$WORK/boot.log" 2>&1 </dev/null &
MACHINE=$!
wait_until 40 has_booted || skip "systemd does not run here: $(tail -2 "$WORK/boot.log")"
expect "PID 1" systemd "$(inside cat /proc/1/comm)"

shown() { # shown UNIT PROPERTY…
    local unit=$1 property
    shift
    for property; do
        inside systemctl show -P "$property" "$unit"
    done | xargs
}
main_pid() { shown "$1" MainPID; }
log_of() { inside journalctl --no-pager -u "$1" | tail -n 20; }
is_up() { [ "$(inside systemctl is-active "$1")" = active ]; }
working_time() { inside "$@" journal stat | sed -n 's/.*working-time *events \([0-9]*\),.*/\1/p'; }

# --- A first installation: nothing starts, then both units as shipped ---

inside dpkg -i /deb/old-kinmu.deb /deb/old-kinmu-hub.deb >"$WORK/dpkg.log" 2>&1 || fail "dpkg: $(cat "$WORK/dpkg.log")"
expect "after installing" "inactive inactive" "$(inside systemctl is-active kinmu kinmu-hub | xargs)"
inside systemctl start kinmu-hub
expect "a hub without keys is not started" inactive "$(inside systemctl is-active kinmu-hub)"
inside kinmu-hub hub init --name localhost >/dev/null || fail "hub init"
token=$(inside kinmu-hub hub invite 2>/dev/null)
for unit in kinmu-hub kinmu; do
    inside systemctl enable --now --quiet $unit || fail "$unit does not start: $(log_of $unit)"
    expect "$unit is started when it says so" "active notify" "$(shown $unit ActiveState Type)"
done
expect "the hub's account" kinmu "$(inside ps -o user= -p "$(main_pid kinmu-hub)")"
token=$(inside kinmu-hub hub invite 2>/dev/null)
inside kinmu agent enroll --hub https://localhost:8443 --token "$token" >"$WORK/out" || fail "cannot enrol: $(cat "$WORK/out"; log_of kinmu-hub)"
# The shipped configuration sends once a minute; what is tested here is that it arrives.
inside sed -i 's/interval: 60s/interval: 1s/' /etc/kinmu/conf.d/60-connectors.yaml
inside systemctl restart kinmu || fail "restart: $(log_of kinmu)"
has_arrived() {
    local mine
    mine=$(working_time kinmu)
    [ "$mine" -gt 0 ] && [ "$(working_time kinmu-hub)" -ge "$mine" ]
}
wait_until 30 has_arrived || fail "nothing arrives: $(inside kinmu status; log_of kinmu-hub)"
echo "ok: what the agent records is at the hub"
inside systemd-analyze security --no-pager kinmu kinmu-hub | grep '^kinmu' | sed 's/^/   /'

# --- Logins ---

# log_on ACCOUNT DISPLAY: an X server of that account, and a login by PAM whose first program knows the display.
log_on() {
    inside useradd -m -s /bin/bash "$1" || fail "no account $1"
    inside systemd-run --quiet --unit="x-$1" -p User="$1" Xvfb ":$2" -screen 0 640x480x24 -nolisten tcp || fail "no X server"
    wait_until 15 inside test -S "/tmp/.X11-unix/X$2" || fail "Xvfb of $1: $(log_of "x-$1")"
    inside systemd-run --quiet --unit="login-$1" -p User="$1" -p PAMName=login -E XDG_SESSION_TYPE=x11 \
        -E XDG_SESSION_CLASS=user -E DISPLAY=":$2" sleep 600 || fail "$1 cannot log in"
}
session_of() { inside loginctl list-sessions --no-legend | awk -v who="$1" '$3 == who { print $1 }'; }
runner_of() { inside pgrep -f "runner session:$1:$(session_of "$1")\$"; }
served() {
    inside kinmu status --json | tr '{' '\n' | grep "\"name\":\"input@$1\"" | grep '"health":"ok"' | grep -qF ":$2\\\""
}
keys_of() {
    inside kinmu journal cat --schema kinmu.input.minute/1 |
        awk -v who="$1" '$3 == who { for (i = 4; i <= NF; i++) if (sub(/^keys=/, "", $i)) sum += $i } END { print sum + 0 }'
}
has_keys() { [ "$(keys_of "$1")" = "$2" ]; }

log_on alice 71
log_on bob 72
expect "logind knows the login" "Class=user Type=x11" \
    "$(inside loginctl show-session -p Type -p Class "$(session_of alice)" | sort | xargs)"
wait_until 20 served alice 71 || fail "alice is not served: $(inside kinmu status; log_of kinmu)"
wait_until 20 served bob 72 || fail "bob is not served: $(inside kinmu status; log_of kinmu)"
expect "whose runners they are" "alice bob" \
    "$(inside ps -o user= -p "$(runner_of alice)" -p "$(runner_of bob)" | sort | xargs)"
expect "one a login" 2 "$(inside pgrep -fc 'runner session:')"
before=$(runner_of bob)
inside env DISPLAY=:71 setpriv --reuid alice --regid alice --clear-groups xdotool type --delay 20 hello
inside systemctl stop login-alice
has_left() { ! inside pgrep -f 'runner session:alice'; }
wait_until 15 has_left || fail "the runner of a login that ended stays"
wait_until 15 has_keys alice 5 || fail "what alice typed is not recorded: $(inside kinmu journal cat)"
expect "bob's goes on" "$before" "$(runner_of bob)"
inside kinmu journal cat >"$WORK/all"
holds "alice's logon" "$(grep ' alice ' "$WORK/all")" 'kind="logon"'
holds "alice's logoff" "$(grep ' alice ' "$WORK/all")" 'kind="logoff"'

# --- A notice: every account reaches its socket, and nothing else of the daemon ---

inside sed -i 's/#notice: activity/notice: activity/' /etc/kinmu/conf.d/20-purposes.yaml
inside sh -c 'printf "notices:\n  activity: {version: \"1\", ja: 数えます。, en: Counted.}\n" >/etc/kinmu/conf.d/25-notices.yaml'
wait_until 15 inside test -S /run/kinmu/notice.sock || fail "no socket for notices: $(log_of kinmu)"
as_bob() { inside setpriv --reuid bob --regid bob --clear-groups "$@"; }
holds "what bob is told" "$(as_bob kinmu notice)" '"account":"bob"'
as_bob kinmu notice accept --version 1 >"$WORK/out" 2>&1 || fail "bob cannot answer: $(cat "$WORK/out")"
holds "where he stands" "$(as_bob kinmu notice)" '"state":"accepted"'
as_bob kinmu status --data /var/lib/kinmu >"$WORK/out" 2>&1 && fail "bob reaches the control socket"
expect "who may write in its folder" "755 root" "$(inside stat -c '%a %U' /run/kinmu)"

# --- A crash ---

agent=$(main_pid kinmu) hub=$(main_pid kinmu-hub)
inside kill -9 "$agent" "$hub"
is_back() { is_up "$1" && [ "$(main_pid "$1")" != "$2" ] && [ "$(main_pid "$1")" != 0 ]; }
wait_until 30 is_back kinmu "$agent" || fail "the agent does not come back: $(log_of kinmu)"
wait_until 30 is_back kinmu-hub "$hub" || fail "the hub does not come back: $(log_of kinmu-hub)"
wait_until 20 served bob 72 || fail "bob is not served after a crash: $(inside kinmu status)"
expect "runners after a crash" 1 "$(inside pgrep -fc 'runner session:')"
echo "ok: both are back after a kill -9"

# --- Upgrade: what runs is restarted with the new program, what is stopped stays so ---

agent=$(main_pid kinmu) hub=$(main_pid kinmu-hub)
inside dpkg --force-confdef --force-confold -i /deb/kinmu.deb /deb/kinmu-hub.deb >"$WORK/dpkg.log" 2>&1 ||
    fail "dpkg: $(cat "$WORK/dpkg.log")"
wait_until 20 is_back kinmu "$agent" || fail "the agent does not run after an upgrade: $(log_of kinmu)"
wait_until 20 is_back kinmu-hub "$hub" || fail "the hub does not run after an upgrade: $(log_of kinmu-hub)"
wait_until 30 has_arrived || fail "nothing arrives after an upgrade: $(inside kinmu status)"
echo "ok: an upgrade restarts both"

# --- Stop, remove ---

for unit in kinmu kinmu-hub; do
    inside systemctl stop $unit
    expect "$unit stops clean" "success 0 inactive" "$(shown $unit Result ExecMainStatus ActiveState)"
    inside "$unit" journal verify >"$WORK/verify" || fail "$unit: $(cat "$WORK/verify")"
done
expect "processes left" "" "$(inside pgrep -x kinmu)"
inside systemctl start kinmu kinmu-hub
inside dpkg -r kinmu-hub kinmu >"$WORK/dpkg.log" 2>&1 || fail "dpkg: $(cat "$WORK/dpkg.log")"
expect "processes after a removal" "" "$(inside pgrep -x kinmu)"
[ -e "$ROOT/var/lib/kinmu/journal.db" ] || fail "removing took the history"
inside dpkg -P kinmu-hub kinmu >"$WORK/dpkg.log" 2>&1 || fail "dpkg: $(cat "$WORK/dpkg.log")"
expect "units that failed, or are known still" "" \
    "$(inside systemctl list-units --all --no-legend 'kinmu*')"
inside systemctl poweroff
wait "$MACHINE"
echo "ok: removed and purged, nothing of it left in systemd"
