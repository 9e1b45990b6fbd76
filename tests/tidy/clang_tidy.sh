#!/usr/bin/env bash
# clang_tidy.sh BUILD - clang-tidy-14 by the tree's .clang-tidy over every source that BUILD compiles, one a
# processor. A file judged clean is judged again only when it, a header it sees or .clang-tidy changes. Paths are
# followed for a third of the analyzer's own budget a function, in a third of the time; all of it with KINMU_TEST_LONG=1.
build=$(realpath "${1:?usage: clang_tidy.sh BUILD}")
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v clang-tidy-14 >/dev/null || { echo "clang_tidy: clang-tidy-14 is missing"; exit 1; }
[ -e "$build/compile_commands.json" ] || { echo "clang_tidy: configure $build first"; exit 1; }
export budget=
[ "${KINMU_TEST_LONG:-0}" = 1 ] || budget="--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000"
# shellcheck disable=SC2086
judge() {
    local said code
    said=$(clang-tidy-14 -p "$build" --quiet $budget "$1" 2>/dev/null)
    code=$?
    printf '%s\n' "$said" | grep -E '(error|warning): ' | sed "s|^$ROOT/||"
    [ "$code" -le 1 ] || echo "$1: clang-tidy ended with $code"
}
each_cached "$build" "clang_tidy${budget:+_quick}" .clang-tidy "$tidy_folder/clang_tidy.sh" | sort -u | finish clang_tidy
