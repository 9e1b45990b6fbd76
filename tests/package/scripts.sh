#!/bin/bash
# scripts.sh PACKAGES - what runs as root on an administrator's machine is small and clean.
. "$(dirname "$0")/lib.sh"
cd "$SOURCES/packaging" || exit 2
mapfile -t scripts < <(find deb -type f \( -name 'p*inst' -o -name 'p*rm' \) && echo kinmu-hub.in)
[ "${#scripts[@]}" -ge 7 ] || fail "only ${#scripts[@]} scripts found"
for script in "${scripts[@]}"; do
    lines=$(wc -l <"$script")
    [ "$lines" -le 30 ] || fail "$script has $lines lines; at most 30: a maintainer script must be read at a glance"
    head -1 "$script" | grep -qx '#!/bin/sh' || fail "$script is not for /bin/sh"
done
shellcheck "${scripts[@]}" || fail "shellcheck"
shellcheck -x -P "$SOURCES/tests/package" -s bash -e SC1091,SC2034 "$SOURCES"/tests/package/*.sh || fail "shellcheck of the tests"
echo "ok: ${#scripts[@]} scripts"
