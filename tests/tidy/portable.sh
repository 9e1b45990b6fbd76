#!/usr/bin/env bash
# portable.sh BUILD - the seam for Windows is real: every core file outside core/platform and every plugin
# file that is no backend (backends.txt) passes a compile by mingw's gcc. The libraries' headers are this
# system's own, linked into BUILD/tidy/windows: they are portable text; libuv's chooses win.h by itself.
build=$(realpath "${1:?usage: portable.sh BUILD}")
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
compiler=x86_64-w64-mingw32-gcc-posix
command -v "$compiler" >/dev/null || { echo "portable: $compiler is missing; install gcc-mingw-w64-x86-64-posix"; exit 1; }

headers=$build/tidy/windows
mkdir -p "$headers/openssl"
link_header() { # a header or a folder of headers, from the first place that has it
    local place
    for place in /usr/include "/usr/include/$(uname -m)-linux-gnu" /usr/include/postgresql; do
        [ ! -e "$place/$1" ] || { ln -sfn "$place/$1" "$headers/$1"; return 0; }
    done
    echo "portable: no header $1; install its -dev package"
    exit 1
}
for name in http_parser.h sqlite3.h zstd.h zstd_errors.h yaml.h msgpack.h msgpack jansson.h jansson_config.h minizip isa-l isa-l.h xlsxwriter.h xlsxwriter uv.h uv curl libpq-fe.h postgres_ext.h pg_config_ext.h; do
    link_header "$name" || exit 1
done
for file in /usr/include/openssl/*.h "/usr/include/$(uname -m)-linux-gnu"/openssl/*.h; do
    [ ! -e "$file" ] || ln -sf "$file" "$headers/openssl/"
done
[ -e "$headers/uv/win.h" ] || { echo "portable: libuv's headers lack uv/win.h"; exit 1; }

# The list's names as whole-line patterns of grep.
backend_patterns() {
    list_lines tests/tidy/backends.txt | sed -e 's/\./\\./g' -e 's|\*|[^/]*|g'
}
files() {
    find core -name '*.c' -not -path 'core/platform/*'
    find plugins -name '*.c' | grep -vxf <(backend_patterns)
}
compile() {
    local own
    own=core
    [[ $1 != plugins/*/*/* ]] || own=$(cut -d/ -f1-3 <<<"$1")
    "$compiler" -std=c11 -fsyntax-only -Wall -Wextra -Wno-unused-const-variable \
        -Werror=implicit-function-declaration -D__USE_MINGW_ANSI_STDIO=1 -DKINMU_VERSION='"0"' -DKINMU_PREFIX='"/"' \
        -DKINMU_PLUGIN_DIR='"/"' -DKINMU_CONF_DIR='"/"' -DKINMU_DATA_DIR='"/"' -DKINMU_RUN_DIR='"/"' -I"$headers" -I"$own" -Icore -Isdk/include -Iplugins/shared "$1" 2>&1 |
        grep -E '(error|warning): ' || true
}
export -f compile
export compiler headers
{
    backend_patterns | while read -r pattern; do
        find plugins -name '*.c' | grep -x -- "$pattern" >/dev/null ||
            echo "tests/tidy/backends.txt: no file fits $pattern; take it out"
    done
    files | sort | xargs -P "$(nproc)" -I FILE bash -c 'compile FILE'
} | sort -u | finish portable
