#!/bin/bash
# fails_only.sh KINMU FILE [NAME]: the check of FILE fails exactly the test it is named after; `good`
# passes all of them with none skipped. NAME writable_file_refused: a loose copy of FILE is checked.
set -euo pipefail
kinmu=$1 file=$2 name=${3:-$(basename "$2" .so)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$name" = writable_file_refused ]; then
    cp "$file" "$work/loose.so"
    chmod 666 "$work/loose.so"
    file=$work/loose.so
fi
code=0
"$kinmu" plugin check "$file" --seed 7 >"$work/report" || code=$?
cat "$work/report"
failed=$(sed -n 's/^FAILED *\([^: ]*\).*/\1/p' "$work/report")
if [ "$name" = good ]; then
    [ "$code" = 0 ] && grep -q ': [1-9][0-9]* ok, 0 failed, 0 skipped ' "$work/report"
    exit
fi
if [ "$failed" != "${name//_/-}" ] || [ "$code" != 1 ]; then
    echo "expected exit code 1 and only ${name//_/-} to fail; exit code $code, failed: $failed" >&2
    exit 1
fi
# What the report says about doing it again holds.
code=0
"$kinmu" plugin check "$file" --only "$failed" --seed 7 >"$work/again" || code=$?
[ "$code" = 1 ] && grep -q "^FAILED *$failed" "$work/again"
