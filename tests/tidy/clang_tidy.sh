#!/usr/bin/env bash
# clang_tidy.sh BUILD - clang-tidy-14 by the tree's .clang-tidy over every source that BUILD compiles, one a
# processor. A file judged clean is judged again only when it, a header it sees or .clang-tidy changes.
build=$(realpath "${1:?usage: clang_tidy.sh BUILD}")
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v clang-tidy-14 >/dev/null || { echo "clang_tidy: clang-tidy-14 is missing"; exit 1; }
[ -e "$build/compile_commands.json" ] || { echo "clang_tidy: configure $build first"; exit 1; }
judge() {
    clang-tidy-14 -p "$build" --quiet "$1" 2>/dev/null | grep -E '(error|warning): ' | sed "s|^$ROOT/||"
}
each_cached "$build" clang_tidy .clang-tidy "$tidy_folder/clang_tidy.sh" | sort -u | finish clang_tidy
