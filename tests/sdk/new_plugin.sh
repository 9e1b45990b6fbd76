#!/bin/bash
# new_plugin.sh KIND TOOL BUILD: installs the SDK into an empty prefix, makes a plugin from its template,
# then builds and tests it seeing that prefix only; for Windows too where a cross compiler is there.
set -euo pipefail
kind=$1 tool=$2 build=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build/sdk" --prefix "$work/prefix" >"$work/install.log"
export KINMU_TEMPLATE=$work/prefix/share/kinmu/template
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig
export ASAN_OPTIONS=${ASAN_OPTIONS:-}
cd "$work"
"$tool" "$kind" com.acme.door-badge --dir plugin
cd plugin

# No word of the template is left, in contents or in names.
if grep -rniE 'newplugin|newkind|com\.example' . || find . | grep -i newplugin; then
    echo "the template's names are still there" >&2
    exit 1
fi
test -f src/door_badge.c && test -f tests/door_badge_test.c && test -f conf.d/50-door_badge.yaml

# build FOLDER CMAKE-WORDS…
build() {
    local folder=$1
    shift
    cmake -B "$folder" -DCMAKE_INSTALL_PREFIX="$work/prefix" "$@" >"$folder.log" 2>&1 &&
        cmake --build "$folder" >>"$folder.log" 2>&1 || { cat "$folder.log"; exit 1; }
}

build build-c11
ctest --test-dir build-c11 --output-on-failure -R door_badge --no-tests=error
cmake --install build-c11 >install.log
installed=$(find "$work/prefix" -name com.acme.door-badge.so)
case $installed in
*/kinmu/plugins/${kind}s/com.acme.door-badge.so) ;;
*) echo "installed at \"$installed\"" >&2; exit 1 ;;
esac
if ldd "$installed" | grep -vE 'linux-vdso|libc\.so|ld-linux'; then
    echo "the plugin links something of the host" >&2
    exit 1
fi
test "$(nm -D --defined-only "$installed" | wc -l)" = 1

if command -v c++ >/dev/null; then
    build build-cxx -DDOOR_BADGE_CXX=ON
    ctest --test-dir build-cxx --output-on-failure -R door_badge --no-tests=error
    test "$(nm -D --defined-only build-cxx/com.acme.door-badge.so | wc -l)" = 1
fi

if command -v x86_64-w64-mingw32-gcc >/dev/null; then
    build build-windows --toolchain cmake/windows.cmake
    test -f build-windows/com.acme.door-badge.dll && test -f build-windows/door_badge_test.exe
fi
