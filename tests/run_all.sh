#!/usr/bin/env bash
# All tests, by ctest, in three builds that ./dev made: sanitizers (dev), release, fuzz. Ends with a line
# "N passed, N failed"; tests that could not run here are neither, and named before it. Argument 1: 1 = the long rounds.
set -uo pipefail
cd "$(dirname "$0")/.."
export KINMU_TEST_LONG=${1:-0}
export KINMU_TEST_SEED=${KINMU_TEST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "== $(date -u +%Y-%m-%dT%H:%M:%SZ) seed $KINMU_TEST_SEED long $KINMU_TEST_LONG"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# One more at a time than processors: many wait for what they watch.
ctest --preset dev -j $(($(nproc) + 1)) --no-tests=error 2>&1 | tee "$log"
total=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$log" | tail -1)
failed=$(sed -n 's/.*, \([0-9]*\) tests failed out of .*/\1/p' "$log" | tail -1)
if [ -z "$total" ] || [ -z "$failed" ]; then
    echo "0 passed, 1 failed"
    exit 1
fi
mapfile -t skipped < <(sed -n 's/^[[:space:]]*[0-9]* - \(.*\) (Skipped)$/\1/p' "$log")
[ ${#skipped[@]} -eq 0 ] || echo "not run here, ${#skipped[@]}: ${skipped[*]}"
echo "$((total - failed - ${#skipped[@]})) passed, $failed failed"
[ "$failed" -eq 0 ]
