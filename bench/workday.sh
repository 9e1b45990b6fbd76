#!/usr/bin/env bash
# bench/workday.sh BUILD - person-days a second in the rules of the working day, by both profiles.
set -euo pipefail
build=${1:?bench/workday.sh: needs the build folder}
"$build/bench/workday_rules" 200 nec
"$build/bench/workday_rules" 200 miteras
