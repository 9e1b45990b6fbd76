#!/usr/bin/env bash
# in_release.sh OWN-BUILD PROGRAM WORDS… - runs a program of this folder from build/release, which ./dev
# test makes first, because many rounds are slow with sanitizers; without it, from OWN-BUILD. @BUILD@ in
# the words becomes the build taken.
set -euo pipefail
build=$1
program=$2
shift 2
release=$(cd "$(dirname "$0")/../.." && pwd)/build/release
if [ -x "$release/kinmu" ] && [ -x "$release/tests/crash/$program" ]; then
    build=$release
fi
exec "$build/tests/crash/$program" "${@//@BUILD@/$build}"
