#!/usr/bin/env bash
# analyzer.sh BUILD - gcc -fanalyzer over every source that BUILD compiles, one a processor, cached as
# clang_tidy.sh is. A finding that is false is answered by clearer code, else by analyzer_false.txt.
build=$(realpath "${1:?usage: analyzer.sh BUILD}")
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -e "$build/compile_commands.json" ] || { echo "analyzer: configure $build first"; exit 1; }
judge() {
    eval "$2 -O0 -fanalyzer -fdiagnostics-plain-output -c $1 -o /dev/null" 2>&1 |
        grep -E 'warning: .*-Wanalyzer|error: ' | sed -e "s|^$ROOT/||" -e "s|\$| (while judging $1)|"
}
without_false() {
    awk -v list="$tidy_folder/analyzer_false.txt" '
        BEGIN {
            while ((getline line < list) > 0) {
                sub(/[ \t]*#.*/, "", line)
                if (split(line, part, " ") == 2) { unmet["[" part[2] "] (while judging " part[1] ")"] = line }
            }
        }
        {
            for (end in unmet) { if (index($0, end) > 0) { met[end] = 1; next } }
            print
        }
        END { for (end in unmet) { if (!(end in met)) { print list ": \"" unmet[end] "\" is not found any more; take it out" } } }'
}
each_cached "$build" analyzer "$tidy_folder/analyzer.sh" | without_false | sort -u | finish analyzer
