#!/bin/bash
# headers.sh COMPILER FLAGS… -- HEADERS…: compiles a file that includes nothing but one header, for each
# of them; names those that do not stand alone. Exit 1 when there is one.
set -u
compile=()
while [ "$1" != "--" ]; do
    compile+=("$1")
    shift
done
shift
if [ $# -eq 0 ]; then
    echo "headers.sh: no headers given" >&2
    exit 1
fi
failed=0
for header in "$@"; do
    if ! echo "#include <$header>" | "${compile[@]}" -; then
        echo "headers.sh: <$header> does not compile alone: ${compile[*]}" >&2
        failed=1
    fi
done
exit $failed
