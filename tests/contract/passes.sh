#!/bin/bash
# passes.sh KINMU FILE [OPTION=VALUE…]: a plugin passes `kinmu plugin check`. Options are given to it by
# --set, for what only happens with them.
set -euo pipefail
kinmu=$1 file=$2
shift 2
words=()
for option in "$@"; do
    words+=(--set "$option")
done
exec "$kinmu" plugin check "$file" --seed 7 "${words[@]}"
