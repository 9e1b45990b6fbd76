#!/usr/bin/env bash
# run_all.sh BUILD [SECONDS] - every fuzz target of BUILD for so long, one a processor, from its kept corpus.
# Without SECONDS: KINMU_FUZZ_SECONDS, else 6, or 60 with KINMU_TEST_LONG=1. New inputs stay in
# BUILD/fuzz-finds/NAME for the next run, a crashing one beside them. Exit 1 when a target fails.
set -uo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${1:?usage: run_all.sh BUILD [SECONDS]}
default=6
[ "${KINMU_TEST_LONG:-0}" = 1 ] && default=60
export seconds=${2:-${KINMU_FUZZ_SECONDS:-$default}}
export programs=$build/tests/fuzz finds=$build/fuzz-finds corpus=$folder/corpus

run_one() {
    local name=$1 log=$finds/$1.log begin end
    mkdir -p "$finds/$name"
    local seeds=()
    [ ! -d "$corpus/$name" ] || seeds=("$corpus/$name")
    if "$programs/${name}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        ${KINMU_TEST_SEED:+-seed=$KINMU_TEST_SEED} -artifact_prefix="$finds/$name-" \
        "$finds/$name" "${seeds[@]}" >"$log" 2>&1; then
        echo "ok: $name: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\).*/\1 runs in \2 s/p' "$log")," \
            "$(grep -oE 'cov: [0-9]+' "$log" | tail -1)"
    else
        echo "FAILED: $name; the input: $(grep -o "$finds/$name-[^ ]*" "$log" | tail -1); the end of $log:"
        tail -n 40 "$log"
        return 1
    fi
}
export -f run_one

names=()
for source in "$folder"/*_fuzz.c; do
    name=$(basename "$source" _fuzz.c)
    if [ ! -x "$programs/${name}_fuzz" ]; then
        echo "fuzz: $programs/${name}_fuzz is missing; build it: cmake --preset fuzz && cmake --build --preset fuzz"
        exit 1
    fi
    names+=("$name")
done
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I NAME bash -c 'run_one NAME' && echo "fuzz: ${#names[@]} targets, none failed"
