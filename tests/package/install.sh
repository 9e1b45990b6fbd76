#!/bin/bash
# install.sh PACKAGES - the packages on a machine: installed, run, enrolled, upgraded, removed, purged, by dpkg, in a
# file system that lies over this machine's (nothing of it is changed) with its own processes and network. With --long
# the machine is a fresh Debian made by debootstrap, and apt brings the dependencies; that needs a mirror.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/machine.sh"
need_packages
enter_machine "$0" "${2:-}"

dpkg_in_root() {
    in_root dpkg "$@" >"$WORK/dpkg.log" 2>&1 || fail "dpkg $*: $(cat "$WORK/dpkg.log")"
}

version() {
    in_root dpkg -s kinmu | sed -n 's/^Version: //p'
}

mkdir "$WORK/old"
make_older kinmu
make_older kinmu-hub
dpkg_in_root -i /deb/old-kinmu.deb /deb/old-kinmu-hub.deb
expect "version" 0.0.9 "$(version)"
echo "ok: installed"

# --- Nothing runs by itself; what is there is closed ---

[ ! -e "$ROOT/var/lib/kinmu" ] || fail "installing made a history"
! find "$ROOT/etc/systemd/system" -name 'kinmu*' 2>/dev/null | grep . || fail "installing switched a service on"
expect "the hub's folder" "kinmu:kinmu 700" "$(in_root stat -c '%U:%G %a' /var/lib/kinmu-hub)"
expect "the hub's account has no shell" /usr/sbin/nologin "$(in_root getent passwd kinmu | cut -d: -f7)"

# --- A hub under its own account, and an agent as its unit runs it, with what is shipped ---

agent() {
    in_root env KINMU_CONF=/etc/kinmu/conf.d KINMU_DATA=/var/lib/kinmu kinmu "$@"
}

hub() {
    in_root kinmu-hub "$@"
}

working_time() { # working_time NODE: how many of its events the agent or the hub keeps
    "$1" journal stat | sed -n 's/.*working-time *events \([0-9]*\),.*/\1/p'
}

run_hub() {
    hub run >>"$WORK/hub.log" 2>&1 &
    wait_until 20 hub status || fail "the hub does not run: $(cat "$WORK/hub.log")"
}

run_agent() {
    agent run >>"$WORK/agent.log" 2>&1 &
    wait_until 20 agent status || fail "the agent does not run: $(cat "$WORK/agent.log")"
}

end_both() { # as systemd does: SIGTERM to the daemon
    local pid
    for pid in $(in_root pgrep -f '^(/usr/bin/)?kinmu run'); do
        kill "$pid" 2>/dev/null
    done
    wait
}

has_recorded() {
    [ "$(working_time agent)" -gt 0 ]
}

has_arrived() {
    [ "$(working_time hub)" -eq "$(working_time agent)" ]
}

agent check || fail "the agent's configuration is refused"
hub check || fail "the hub's configuration is refused"
hub hub init --name hub.example >/dev/null || fail "hub init"
run_hub
token=$(hub hub invite 2>/dev/null)
run_agent
wait_until 20 has_recorded || fail "the agent recorded nothing: $(agent status)"
end_both
expect "the agent's folder" "root:root 700" "$(in_root stat -c '%U:%G %a' /var/lib/kinmu)"
expect "files of the hub that are not its own" "" "$(in_root find /var/lib/kinmu-hub ! -user kinmu)"

# --- Upgrade: the administrator's words, the agent's history and the hub's invitation stay ---

echo '# by the administrator' >>"$ROOT/etc/kinmu/conf.d/30-privacy.yaml"
dpkg_in_root --force-confdef --force-confold -i /deb/kinmu.deb /deb/kinmu-hub.deb
[ "$(version)" != 0.0.9 ] || fail "the upgrade did not happen"
expect "the administrator's line stays" "# by the administrator" "$(tail -1 "$ROOT/etc/kinmu/conf.d/30-privacy.yaml")"
! grep -q 'of the older release' "$ROOT/etc/kinmu/conf.d/10-node.yaml" || fail "an untouched file was not renewed"
run_hub
agent agent enroll --hub https://localhost:8443 --token "$token" || fail "the agent cannot enrol: $(cat "$WORK/hub.log")"
# The shipped configuration sends once a minute; what is tested here is that it arrives.
mine=$ROOT/etc/kinmu/conf.d/60-connectors.yaml
sed -i 's/interval: 60s/interval: 1s/' "$mine"
run_agent
wait_until 60 has_arrived || fail "not all of the agent is at the hub: $(agent status; hub journal stat; cat "$WORK/hub.log")"
end_both
agent journal verify >"$WORK/verify" || fail "the agent's history: $(cat "$WORK/verify")"
hub journal verify >"$WORK/verify" || fail "the hub's history: $(cat "$WORK/verify")"
sed -i "s/interval: 1s/interval: 60s/" "$mine"
echo "ok: upgraded; what the older release recorded is at the newer hub, and both histories verify"

# --- Remove, purge: the history stays until its administrator says otherwise ---

after=$(sha256sum "$ROOT"/var/lib/kinmu/journal.db)
dpkg_in_root -r kinmu-hub kinmu
[ ! -e "$ROOT/usr/bin/kinmu" ] || fail "removing left the program"
[ -e "$ROOT/etc/kinmu/conf.d/30-privacy.yaml" ] || fail "removing took the administrator's words"
dpkg_in_root -P kinmu-hub kinmu
holds "purging says what it leaves" "$(cat "$WORK/dpkg.log")" "history stays in /var/lib/kinmu;"
holds "purging says what it leaves of the hub" "$(cat "$WORK/dpkg.log")" "history stays in /var/lib/kinmu-hub;"
expect "what purging left below /etc" "" "$(find "$ROOT/etc" -path "$ROOT/etc/kinmu*")"
expect "the history after a purge" "$after" "$(sha256sum "$ROOT"/var/lib/kinmu/journal.db)"
touch "$ROOT/var/lib/kinmu/delete-on-purge"
dpkg_in_root -i /deb/kinmu.deb
dpkg_in_root -P kinmu
[ ! -e "$ROOT/var/lib/kinmu" ] || fail "the mark did not delete the history"
[ -e "$ROOT/var/lib/kinmu-hub/journal.db" ] || fail "the agent's mark deleted the hub's history"
echo "ok: purging deletes a history only where the mark says so"
