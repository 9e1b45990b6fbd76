#!/bin/bash
# new_refusals.sh TOOL TEMPLATE: bad words get one clear message and nothing is made; a folder that exists
# is left as it is; a copy that fails half way leaves nothing.
set -uo pipefail
tool=$1
export KINMU_TEMPLATE=$2
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

# refused EXIT-CODE PART-OF-THE-MESSAGE WORDS…
refused() {
    local code=$1 message=$2
    shift 2
    "$tool" "$@" >out.txt 2>err.txt
    local got=$?
    if [ $got != "$code" ] || ! grep -qF -- "$message" err.txt; then
        echo "\"$*\" gave $got and said:" >&2
        cat err.txt >&2
        failed=1
    fi
    rm -f out.txt err.txt
    if [ -n "$(ls -A)" ]; then
        echo "\"$*\" left: $(ls -A)" >&2
        failed=1
        rm -rf ./*
    fi
}

refused 2 "KIND and NAME are missing"
refused 2 "NAME is missing" collector
refused 2 'KIND is none of collector, connector, exporter: "plugin"' plugin com.acme.badge
refused 2 'one word too many: "again"' collector com.acme.badge again
refused 2 'unknown option "--force"' collector com.acme.badge --force
refused 2 "--dir needs the name of a folder" collector com.acme.badge --dir
refused 2 "reverse domain" collector badge
refused 2 "63 bytes" collector com.acme.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
for name in Com.acme.badge com.acme.Badge com..badge .com.badge com.acme.1badge com.acme.bad_ge com.acme.-b \
    com.acme/../badge 'com.acme.ba dge' com.acme-.badge; do
    refused 2 "NAME may hold words" collector "$name"
done
refused 2 "must not end" collector com.acme.
refused 2 "must not end" collector com.acme.badge-
refused 2 "taken by the SDK" collector com.acme.kinmu
refused 1 "cannot make" collector com.acme.badge --dir no/such/folder
KINMU_TEMPLATE=/nonexistent refused 1 'no template at "/nonexistent"' collector com.acme.badge

# A template without the kind's part fails after common/ was copied.
half=$(mktemp -d)
cp -r "$KINMU_TEMPLATE/common" "$half/"
KINMU_TEMPLATE=$half refused 1 "cannot read \"$half/exporter\"" exporter com.acme.badge
rm -rf "$half"

# What exists stays.
mkdir badge && echo mine >badge/note
if "$tool" collector com.acme.badge 2>err.txt || ! grep -qF '"badge" exists already' err.txt ||
    [ "$(ls -A badge)" != note ]; then
    echo "an existing folder was not left alone" >&2
    failed=1
fi
"$tool" collector com.acme.badge --dir=other/ >out.txt || failed=1
test -f other/CMakeLists.txt && ! test -e other.part || failed=1
exit $failed
