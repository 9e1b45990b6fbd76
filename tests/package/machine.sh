# machine.sh - a machine to install on: ROOT, a file system over this one's (or over a fresh Debian), in name spaces of
# its own for mounts, processes and network. Everything in it ends with the test; nothing of this machine is changed.
# Needs lib.sh.

in_root() {
    chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# A fresh Debian with what the packages depend on, brought by apt from the packages' own words.
make_debian() {
    debootstrap --variant=minbase bookworm "$1" >"$WORK/debootstrap.log" 2>&1 ||
        skip "debootstrap found no Debian: $(tail -2 "$WORK/debootstrap.log")"
    mkdir "$1/deb"
    cp "$PACKAGES"/kinmu_*.deb "$PACKAGES"/kinmu-hub_*.deb "$1/deb/"
    # shellcheck disable=SC2086 # several words
    chroot "$1" sh -c 'apt-get -q update &&
        apt-get -q -y --no-install-recommends install /deb/*.deb procps iproute2 "$@" && apt-get -q -y purge kinmu kinmu-hub &&
        deluser kinmu && rm -rf /var/lib/kinmu* /deb' sh ${EXTRA_PACKAGES:-} >"$WORK/apt.log" 2>&1 ||
        fail "apt cannot install the packages: $(tail -20 "$WORK/apt.log")"
    echo "ok: a fresh Debian has or gets all that the packages depend on"
}

make_machine() {
    local lower=/ package
    mount -t tmpfs tmpfs "$WORK" || skip "may not mount here"
    mkdir "$WORK/upper" "$WORK/work" "$ROOT"
    mount -t proc proc /proc
    if [ "${KINMU_TEST_LONG:-0}" = 1 ] && command -v debootstrap >/dev/null; then
        lower=$WORK/debian
        make_debian "$lower"
    fi
    mount -t overlay overlay -o "lowerdir=$lower,upperdir=$WORK/upper,workdir=$WORK/work" "$ROOT" ||
        skip "no overlay file system here"
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mkdir -p "$ROOT/deb"
    for package in kinmu kinmu-hub; do
        cp "$PACKAGES/${package}"_*.deb "$ROOT/deb/$package.deb"
    done
}

# make_older PACKAGE: an older release of it, made from this one: only its number and one shipped line differ.
make_older() {
    dpkg-deb -R "$ROOT/deb/$1.deb" "$WORK/old/$1"
    sed -i 's/^Version: .*/Version: 0.0.9/; s/kinmu (= [^)]*)/kinmu (= 0.0.9)/' "$WORK/old/$1/DEBIAN/control"
    sed -i 's/^node:/# of the older release\nnode:/' "$WORK/old/$1"/etc/*/conf.d/10-node.yaml
    dpkg-deb --root-owner-group -b "$WORK/old/$1" "$ROOT/deb/old-$1.deb" >/dev/null
}

# enter_machine SCRIPT STEP: runs the script again inside; returns there with WORK and ROOT set.
enter_machine() {
    case "$2" in
    "")
        [ "$(id -u)" -eq 0 ] || skip "needs root"
        unshare --mount --pid --net --fork --kill-child true 2>/dev/null || skip "may not make name spaces here"
        WORK=$(mktemp -d)
        export WORK ROOT=$WORK/root
        unshare --mount --pid --fork --kill-child --propagation private bash "$1" "$PACKAGES" made
        local status=$?
        rmdir "$WORK"
        exit "$status"
        ;;
    made) # still with this machine's network, for apt
        make_machine
        exec unshare --net bash "$1" "$PACKAGES" ready
        ;;
    esac
    ip link set lo up || skip "no loopback network here"
}
