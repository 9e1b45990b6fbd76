#!/bin/bash
# install.sh PACKAGES - the packages on a machine: installed, run, upgraded, removed, purged, by dpkg, in a file system
# that lies over this machine's (nothing of it is changed) with its own processes and network. With --long the
# machine is a fresh Debian made by debootstrap, and apt brings the dependencies; that needs a mirror.
. "$(dirname "$0")/lib.sh"
need_packages
[ "$(id -u)" -eq 0 ] || skip "needs root"

if [ "${2:-}" != inside ]; then
    unshare --mount --pid --fork --kill-child true 2>/dev/null || skip "may not make namespaces here"
    exec unshare --mount --pid --fork --kill-child --propagation private bash "$0" "$PACKAGES" inside
fi

WORK=$(mktemp -d)
mount -t tmpfs tmpfs "$WORK" || skip "may not mount here"
ROOT=$WORK/root LOWER=/
mkdir "$WORK/upper" "$WORK/work" "$ROOT" "$WORK/old"

in_root() {
    chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        unshare --net sh -c 'ip link set lo up 2>/dev/null; exec "$@"' sh "$@"
}

# --- The machine ---

if [ "${KINMU_TEST_LONG:-0}" = 1 ] && command -v debootstrap >/dev/null; then
    LOWER=$WORK/debian
    debootstrap --variant=minbase bookworm "$LOWER" >"$WORK/debootstrap.log" 2>&1 ||
        skip "debootstrap found no Debian: $(tail -2 "$WORK/debootstrap.log")"
fi
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$WORK/upper,workdir=$WORK/work" "$ROOT" ||
    skip "no overlay file system here"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mkdir -p "$ROOT/deb"
for package in kinmu kinmu-hub; do
    cp "$PACKAGES/${package}"_*.deb "$ROOT/deb/$package.deb"
done
if [ "$LOWER" != / ]; then
    cp /etc/resolv.conf "$ROOT/etc/"
    chroot "$ROOT" sh -c 'apt-get -q update && apt-get -q -y --no-install-recommends install /deb/kinmu.deb &&
        apt-get -q -y --no-install-recommends install adduser && apt-get -q -y purge kinmu' >"$WORK/apt.log" 2>&1 ||
        fail "apt cannot install the package: $(tail -20 "$WORK/apt.log")"
    echo "ok: a fresh Debian has or gets all that kinmu depends on"
fi

# --- An older release, made from this one: only its number and one shipped line differ ---

make_older() { # make_older PACKAGE
    dpkg-deb -R "$ROOT/deb/$1.deb" "$WORK/old/$1"
    sed -i 's/^Version: .*/Version: 0.0.9/; s/kinmu (= [^)]*)/kinmu (= 0.0.9)/' "$WORK/old/$1/DEBIAN/control"
    sed -i 's/^node:/# of the older release\nnode:/' "$WORK/old/$1"/etc/*/conf.d/10-node.yaml
    dpkg-deb --root-owner-group -b "$WORK/old/$1" "$ROOT/deb/old-$1.deb" >/dev/null
}

dpkg_in_root() {
    in_root dpkg "$@" >"$WORK/dpkg.log" 2>&1 || fail "dpkg $*: $(cat "$WORK/dpkg.log")"
}

make_older kinmu
make_older kinmu-hub
dpkg_in_root -i /deb/old-kinmu.deb /deb/old-kinmu-hub.deb
version() {
    in_root dpkg -s kinmu | sed -n 's/^Version: //p'
}
expect "version" 0.0.9 "$(version)"
echo "ok: installed"

# --- Nothing runs by itself; what is there is closed ---

[ ! -e "$ROOT/var/lib/kinmu" ] || fail "installing made a history"
! find "$ROOT/etc/systemd/system" -name 'kinmu*' 2>/dev/null | grep . || fail "installing switched a service on"
expect "the hub's folder" "kinmu:kinmu 700" "$(in_root stat -c '%U:%G %a' /var/lib/kinmu-hub)"
expect "the hub's account has no shell" /usr/sbin/nologin "$(in_root getent passwd kinmu | cut -d: -f7)"

# --- The agent, as its unit runs it ---

agent() {
    in_root env KINMU_CONF=/etc/kinmu/conf.d KINMU_DATA=/var/lib/kinmu kinmu "$@"
}

history() { # blocks of the agent
    agent journal stat | grep -oE '[0-9]+ blocks|blocks[^0-9]*[0-9]+' | grep -oE '[0-9]+' | head -1
}

agent check || fail "the agent's configuration is refused"
agent run --for 4 >"$WORK/agent.log" 2>&1 || fail "the agent does not run: $(cat "$WORK/agent.log")"
expect "the agent's folder" "root:root 700" "$(in_root stat -c '%U:%G %a' /var/lib/kinmu)"
agent journal verify >"$WORK/verify" || fail "the agent's history: $(cat "$WORK/verify")"
before=$(history)
[ "${before:-0}" -gt 0 ] || fail "the agent recorded nothing: $(agent journal stat; cat "$WORK/agent.log")"
echo "ok: the agent recorded $before blocks"

# --- The hub, under its own account ---

in_root kinmu-hub check || fail "the hub's configuration is refused"
in_root kinmu-hub hub init --name hub.example >/dev/null || fail "hub init"
expect "what init made belongs to the hub" "kinmu:kinmu" "$(in_root stat -c '%U:%G' /var/lib/kinmu-hub/hub)"
in_root kinmu-hub run --for 3 >"$WORK/hub.log" 2>&1 || fail "the hub does not run: $(cat "$WORK/hub.log")"
expect "files of the hub that are not its own" "" "$(in_root find /var/lib/kinmu-hub ! -user kinmu)"

# --- Upgrade: the administrator's words and the history stay ---

echo '# by the administrator' >>"$ROOT/etc/kinmu/conf.d/30-privacy.yaml"
dpkg_in_root --force-confdef --force-confold -i /deb/kinmu.deb /deb/kinmu-hub.deb
[ "$(version)" != 0.0.9 ] || fail "the upgrade did not happen"
expect "the administrator's line stays" "# by the administrator" "$(tail -1 "$ROOT/etc/kinmu/conf.d/30-privacy.yaml")"
! grep -q 'of the older release' "$ROOT/etc/kinmu/conf.d/10-node.yaml" || fail "an untouched file was not renewed"
agent run --for 4 >"$WORK/agent.log" 2>&1 || fail "the agent does not run after the upgrade: $(cat "$WORK/agent.log")"
[ "$(history)" -gt "$before" ] || fail "the history did not go on after the upgrade"
agent journal verify >"$WORK/verify" || fail "after the upgrade: $(cat "$WORK/verify")"
echo "ok: upgraded; the history went on from $before to $(history) blocks and verifies"

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
