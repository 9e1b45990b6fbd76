# What the checks of this tree share. A check prints one line a finding, "file:line: what, what to do",
# and fails by `finish` when there was one. ROOT is the tree that is judged (self_test.sh gives another).
set -uo pipefail
export LC_ALL=C
tidy_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=${KINMU_TIDY_ROOT:-$(cd "$tidy_folder/../.." && pwd)}
cd "$ROOT" || exit 2

# The C files of the tree, or of the folders given.
c_files() {
    [ $# -gt 0 ] || set -- core plugins sdk tests bench
    local folder
    for folder in "$@"; do
        [ ! -d "$folder" ] || find "$folder" -type f \( -name '*.c' -o -name '*.h' \)
    done | sort
}

# The lines of a list file without comments and blank lines.
list_lines() {
    [ ! -f "$1" ] || sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$1"
}

# Reads findings from standard input: prints them and fails when there is one.
finish() {
    local findings count
    findings=$(cat)
    if [ -n "$findings" ]; then
        count=$(printf '%s\n' "$findings" | wc -l)
        printf '%s\n' "$findings"
        echo "tidy $1: $count findings"
        return 1
    fi
    echo "tidy $1: clean"
}

# "file<TAB>command" of every source of core, plugins and examples that BUILD compiles, without output,
# sanitizers and -Werror. The judged files are those the build knows, each with its own flags.
compile_commands() {
    sed -n -e 's/^ *"command": "\(.*\)",$/\1/p' -e 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$1/compile_commands.json" |
        sed -e 's/\\"/"/g' -e 's/\\\\/\\/g' | paste -d '\t' - - |
        awk -F '\t' -v root="$ROOT/" '
            index($2, root) == 1 {
                file = substr($2, length(root) + 1)
                if (file !~ /^(core|plugins|sdk\/examples)\// || file ~ /_test\.c$/ || file in seen) { next }
                seen[file] = 1
                command = $1
                gsub(/ -fsanitize=[^ ]*| -fno-sanitize[^ ]*| -Werror| -MD| -M[FTQ] [^ ]*| -o [^ ]*| -c [^ ]*/, "", command)
                print file "\t" command
            }'
}

# Runs `judge FILE COMMAND` for each of them, one a processor, unless it was judged clean before: what a
# compiler sees of the file, the file itself and the judge's settings (files after BUILD and NAME) are hashed.
# A file with findings is judged again each time. judge prints findings.
each_cached() { # BUILD NAME SETTING-FILES…
    local build=$1
    cache=$build/tidy/$2
    shift 2
    settings=$(cat "$@" | sha256sum)
    mkdir -p "$cache"
    find "$cache" -type f -mtime +14 -delete
    each_one() {
        local file=${1%%$'\t'*} command=${1#*$'\t'} key findings
        key=$({ eval "$command -E -P $file" && cat "$file" && echo "$command $settings"; } 2>&1 | sha256sum)
        key=$cache/${key%% *}
        [ -e "$key" ] && return
        findings=$(judge "$file" "$command")
        if [ -n "$findings" ]; then printf '%s\n' "$findings"; else : >"$key"; fi
    }
    export -f each_one judge
    export cache settings ROOT build
    compile_commands "$build" | xargs -d '\n' -P "$(nproc)" -I LINE bash -c 'each_one "$1"' each LINE
}
