#!/usr/bin/env bash
# format.sh - every C file is as clang-format-14 writes it; `./dev format` does that.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v clang-format-14 >/dev/null || { echo "format: clang-format-14 is missing"; exit 1; }
c_files | xargs -P "$(nproc)" -n 40 clang-format-14 --dry-run 2>&1 |
    sed -n 's/^\([^:]*:[0-9]*\):.*clang-format.*/\1: not as clang-format writes it; run .\/dev format/p' |
    sort -t: -k1,1 -u | finish format
