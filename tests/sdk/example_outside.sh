#!/bin/bash
# example_outside.sh NAME BUILD: builds and tests an installed example seeing the installed SDK only, and
# compiles it for Windows where a cross compiler is there.
set -euo pipefail
name=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build/sdk" --prefix "$work/prefix" >/dev/null
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
source=$work/prefix/share/kinmu/examples/$name
{ cmake -S "$source" -B "$work/out" && cmake --build "$work/out"; } >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ctest --test-dir "$work/out" --output-on-failure --no-tests=error
if command -v x86_64-w64-mingw32-gcc >/dev/null; then
    x86_64-w64-mingw32-gcc -std=c11 -Wall -Wextra -Werror $(pkg-config --cflags kinmu-sdk) -fsyntax-only \
        "$source/$name.c" "$source/${name}_test.c"
fi
