#!/usr/bin/env bash
# style.sh - the tree's own style, measured by style.awk: a comment at each file's head, lines of at most 100
# columns, functions of at most 70 code lines, files of at most 600 lines, no banned calls, no #ifdef of an
# operating system outside core/platform and the plugins' backends, and in no text file marks of a merge that was not
# finished. exceptions.txt names what is over a limit
# and by how much; it may only shrink: an exception that is too generous fails as well.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
exceptions=${KINMU_TIDY_EXCEPTIONS:-tests/tidy/exceptions.txt}

judge() {
    mapfile -t files < <(c_files)
    awk -f "$tidy_folder/style.awk" "${files[@]}" | awk -v list="$exceptions" '
        BEGIN {
            text["head"] = "begins with no comment that says what the file is for"
            text["columns"] = "columns; at most 100"
            text["file-lines"] = "lines; at most 600, split the file by its jobs"
            text["function-lines"] = "code lines in one function; at most 70, split it"
            text["banned"] = "is banned; see CONTRIBUTING.md for what to call instead"
            text["os"] = "#ifdef of an operating system; this belongs to core/platform or a backend file"
            while ((getline line < list) > 0) {
                sub(/[ \t]*#.*/, "", line)
                if (split(line, part, " ") == 3) { allowed[part[1] " " part[2]] = part[3] }
            }
        }
        $1 == "os" && ($2 ~ /^core\/platform\// || $2 ~ /^plugins\/.*(linux|posix|windows|x11|wayland)[a-z_]*\.c$/) { next }
        {
            key = $1 " " $2
            if ($3 > worst[key]) { worst[key] = $3; place[key] = $4 }
        }
        END {
            for (key in worst) {
                split(key, part, " "); rule = part[1]
                if (key in allowed && worst[key] <= allowed[key]) { continue }
                subject = rule == "banned" ? substr(part[2], index(part[2], ":") + 1) "()" : worst[key]
                print place[key] ": " (rule == "head" ? "" : subject " ") text[rule]
            }
            for (key in allowed) {
                if (!(key in worst)) { print list ": \"" key "\" is not needed any more; take it out" }
                else if (worst[key] < allowed[key]) { print list ": \"" key "\" has shrunk to " worst[key] "; write that" }
            }
        }' | sort
}
unmerged() {
    { grep -rnIE '^(<<<<<<<|>>>>>>>|\|\|\|\|\|\|\|)( |$)' --exclude-dir=.git --exclude-dir=build . || true; } |
        sed -nE 's|^\./([^:]*:[0-9]+):.*|\1: a mark of a merge that was not finished; decide it|p' | sort
}
{
    judge
    unmerged
} | finish style
