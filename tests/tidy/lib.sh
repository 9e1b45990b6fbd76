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
