#!/bin/bash
# vendors_pass.sh KINMU SDK template KIND | example NAME: what a vendor begins with passes `kinmu plugin
# check`, built by a plain compiler call that sees the SDK's headers only.
set -euo pipefail
kinmu=$1 sdk=$2 what=$3 name=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export KINMU_TEMPLATE=$sdk/template
umask 077

if [ "$what" = template ]; then
    (cd "$work" && "$kinmu" plugin new "$name" com.acme.door-badge --dir plugin >/dev/null)
    sources=("$work"/plugin/src/*.c)
else
    sources=("$sdk/examples/$name/$name.c")
fi
"${CC:-cc}" -std=c11 -g -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror -I"$sdk/include" \
    -Wno-unused-const-variable "${sources[@]}" -o "$work/plugin.so"
"$kinmu" plugin check "$work/plugin.so" --seed 7
