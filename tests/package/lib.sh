# lib.sh PACKAGES - shared by the tests of the packages. SOURCES is the tree, PACKAGES where the .deb files are.
set -u
PACKAGES=${1:?usage: NAME.sh FOLDER-OF-THE-PACKAGES}
SOURCES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# expect WHAT EXPECTED GOT
expect() {
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
    echo "ok: $1: $3"
}

# holds WHAT TEXT PATTERN
holds() {
    grep -qE -- "$3" <<<"$2" || fail "$1: \"$3\" is not in: $2"
    echo "ok: $1"
}

# wait_until SECONDS COMMAND…
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

need_packages() {
    compgen -G "$PACKAGES/kinmu_*.deb" >/dev/null || skip "no packages in $PACKAGES; build them with ./dev package"
}
