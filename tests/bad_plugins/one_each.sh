#!/bin/bash
# one_each.sh KINMU FOLDER: every test of `kinmu plugin check --list` has a bad plugin and a line in the docs, every bad
# plugin a test.
set -euo pipefail
tests=$("$1" plugin check --list | awk '{print $1}' | sort)
plugins=$({ cd "$2" && ls ./*.c | sed 's|^\./||; s|\.c$||; s|_|-|g' | grep -v '^good$'
    echo writable-file-refused; } | sort)
diff <(echo "$tests") <(echo "$plugins")

# The page for people names the same tests.
diff <(echo "$tests") <(sed -n 's/^| `\([a-z0-9-]*\)` |.*/\1/p' "$2/../../docs/plugin-check.md" | sort)
