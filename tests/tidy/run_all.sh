#!/usr/bin/env bash
# run_all.sh BUILD - every check of the tree, each once; also one ctest entry each, label tidy.
build=${1:?usage: run_all.sh BUILD, a configured build folder}
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
failed=0
for check in layers style format portable docs analyzer clang_tidy self_test; do
    bash "$folder/$check.sh" "$build" || failed=1
done
exit $failed
