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
    chroot "$1" sh -c 'apt-get -q update &&
        apt-get -q -y --no-install-recommends install /deb/*.deb procps iproute2 && apt-get -q -y purge kinmu kinmu-hub &&
        deluser kinmu && rm -rf /var/lib/kinmu* /deb' >"$WORK/apt.log" 2>&1 ||
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
