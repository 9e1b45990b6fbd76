#!/bin/bash
# tool.sh KINMU PROBE_FOLDER: a plugin's own program at the shell gets its words, keeps its exit code, needs no daemon and
# no configuration; wrong words are answered with what there is.
set -euo pipefail
kinmu=$1 plugins=$2
. "$(dirname "$0")/../e2e/lib.sh"
cd "$E2E_DIR"
export KINMU_CONF=$E2E_DIR/none KINMU_DATA=$E2E_DIR/none
probe=com.example.probe

# ask CODE WORDS…: the exit code is CODE; what it says goes to `out` and `said`.
ask() {
    local expected=$1 code=0
    shift
    "$kinmu" "$@" >out 2>said || code=$?
    [ "$code" = "$expected" ] || fail "kinmu $*: exit code $code, expected $expected: $(cat out said)"
}
says() {
    grep -qF -- "$2" "$1" || fail "expected \"$2\" in: $(cat "$1")"
}

ask 3 $probe words one --conf "two words" --plugins "$plugins"
printf 'words\none\n--conf\ntwo words\n' | cmp - out
KINMU_PLUGINS=$plugins ask 0 $probe words
echo words | cmp - out
for help in $probe "$probe --help"; do
    # shellcheck disable=SC2086 # two words
    ask 0 $help --plugins "$plugins"
    says out "  kinmu $probe words WORD…"
done
ask 0 $probe words --help --plugins "$plugins"
says out "Prints its words"
ask 2 $probe wrods --plugins "$plugins"
says said "no tool \"wrods\" (did you mean \"words\"?)"
ask 2 com.example.prob --plugins "$plugins"
says said "(did you mean \"$probe\"?)"
ask 2 statsu --plugins "$plugins"
says said "(did you mean \"status\"?)"
ask 0 --help
says out "kinmu PLUGIN"
# Every command tells its words, and that is no misuse.
for command in $("$kinmu" --help | sed -n 's/^  kinmu \([a-z]*\) .*/\1/p'); do
    ask 0 "$command" --help
    says out "usage: kinmu $command"
done
ask 0 hub init -h
says out "kinmu hub init"
ask 0 plugin info $probe --plugins "$plugins"
says out "- \`kinmu $probe words WORD…\`: Prints its words"
code=0
"$kinmu" $probe words --plugins "$plugins" >/dev/full 2>said || code=$?
[ "$code" = 1 ] || fail "a full disk: exit code $code"
says said "cannot be written"
# A file that others may write is refused, and that is said where its plugin is missed.
mkdir loose
cp "$plugins/$probe.so" loose/
chmod 666 loose/$probe.so
ask 2 $probe words --plugins loose
says said "refused"
