#!/bin/bash
# packages.sh PACKAGES - each package holds what it is for: lintian has no error to name, dependencies are those of the
# programs in it, what an administrator edits is a conffile, and nothing names the machine it was built on.
. "$(dirname "$0")/lib.sh"
need_packages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$PACKAGES" || exit 2

if command -v lintian >/dev/null; then
    errors=$(lintian --allow-root --fail-on none ./*.deb 2>&1 | grep '^E:')
    expect "lintian's errors" "" "$errors"
fi

depends=$(dpkg-deb -f kinmu_*.deb Depends)
for library in libc6 libssl3 libuv1 libsqlite3-0 libcurl4; do
    holds "kinmu depends on $library" "$depends" "\b$library\b"
done
version=$(dpkg-deb -f kinmu_*.deb Version)
holds "the hub wants its own program" "$(dpkg-deb -f kinmu-hub_*.deb Depends)" "kinmu \(= $version\)"

if compgen -G 'kinmu-postgres_*.deb' >/dev/null; then # where libpq-dev was there to build with
    holds "libpq comes with the module alone" "$(dpkg-deb -f kinmu-postgres_*.deb Depends)" "libpq5"
fi
! grep -q libpq <<<"$depends" || fail "an agent needs libpq"

for package in kinmu kinmu-hub; do
    dpkg-deb -x ${package}_*.deb "$work/$package"
    dpkg-deb -e ${package}_*.deb "$work/$package.control"
    expect "every file of $package below /etc is a conffile" "$(cd "$work/$package" && find etc -type f -printf '/%p\n' | sort)" \
        "$(sort "$work/$package.control/conffiles")"
    expect "$package: what others could write" "" "$(find "$work/$package" -perm /022 ! -type l)"
done
dpkg-deb -x kinmu-sdk_*.deb "$work/sdk"
expect "files in two packages" "" "$(for package in ./*.deb; do dpkg-deb -c "$package" | awk '!/^d/ { print $6 }'; done | sort | uniq -d)"
expect "files that name the sources' place" "" "$(grep -rlF "$SOURCES" "$work")"

# The agent's package has what an agent needs and no more.
root=$work/kinmu
plugins=$(echo "$root"/usr/lib/*/kinmu/plugins)
"$root/usr/bin/kinmu" check --conf "$root/etc/kinmu/conf.d" --plugins "$plugins" || fail "the agent's configuration"
[ ! -e "$plugins/connectors/ingest.so" ] || fail "an agent gets ingest"
echo "ok: the agent's configuration is right with the agent's plugins"
