#!/bin/bash
# units.sh PACKAGES - the units are well-formed and as closed as their job allows. The scores are systemd's own
# (0.0 closed, 10.0 open); docs/admin/secure.md explains what is left.
. "$(dirname "$0")/lib.sh"
command -v systemd-analyze >/dev/null || skip "needs systemd-analyze"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prepare() { # prepare UNIT: with the names it will have when installed, and a program that exists
    sed -e 's|@CMAKE_INSTALL_FULL_BINDIR@/kinmu|/bin/true|' -e 's|@CMAKE_INSTALL_FULL_SYSCONFDIR@|/etc|' \
        -e 's|@CMAKE_INSTALL_FULL_DOCDIR@|/usr/share/doc/kinmu|' "$SOURCES/packaging/systemd/$1.in" >"$work/$1"
    ! grep -n '@[A-Z_]*@' "$work/$1" || fail "$1: a name was not replaced"
}

score() { # score UNIT: ten times systemd's figure
    systemd-analyze security --no-pager --offline=true "$work/$1" 2>/dev/null |
        sed -n 's/.*Overall exposure level for .*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p' | sed 's/^0*\(.\)/\1/'
}

judge() { # judge UNIT MOST
    local found
    prepare "$1"
    found=$(score "$1")
    [ -n "$found" ] || fail "$1: systemd-analyze gave no score"
    [ "$found" -le "$2" ] || fail "$1: exposure $found/10; at most $2/10"
    echo "ok: $1: exposure $found/10 (at most $2/10)"
}

judge kinmu-hub.service 20
judge kinmu.service 35
# The hub needs an account that the packages make; here one that every Debian has stands in.
sed -i 's/^\(User\|Group\)=kinmu/\1=nogroup/; s/^User=nogroup/User=nobody/' "$work/kinmu-hub.service"
said=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work/kinmu.service" "$work/kinmu-hub.service" 2>&1 |
    grep -F "$work" || true)
expect "systemd finds nothing to say" "" "$said"
# A restriction that is taken out must be seen.
grep -v '^PrivateUsers=\|^CapabilityBoundingSet=\|^SystemCallFilter=\|^User=' "$work/kinmu-hub.service" >"$work/open.service"
[ "$(score open.service)" -gt 20 ] || fail "an open unit passes as closed"
echo "ok: an open unit is told from a closed one"
