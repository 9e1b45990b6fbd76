#!/bin/bash
# shell.sh KINMU WORDS_FOLDER TWIN_FOLDER: a plugin's commands under words of the command line: how words become values,
# who is said to ask, which instance is asked, what is refused and with which exit code.
set -euo pipefail
kinmu=$1 plugins=$2 twin=$3
. "$(dirname "$0")/../e2e/lib.sh"
cd "$E2E_DIR"
export KINMU_PLUGINS=$plugins KINMU_CONF=$E2E_DIR/conf KINMU_DATA=$E2E_DIR/data
plugin=com.example.words daemon=
me=$(id -un)
umask 077
end() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" || true
    daemon=
}
at_end end

# ask CODE WORDS…: the exit code is CODE; what it says goes to `out` and `said`.
ask() {
    local expected=$1 code=0
    shift
    "$kinmu" "$@" >out 2>said || code=$?
    [ "$code" = "$expected" ] || fail "kinmu $*: exit code $code, expected $expected: $(cat out said)"
}
answers() {
    local expected=$1
    shift
    ask 0 "$@"
    expect "kinmu $*" "$expected" "$(cat out)"
}
refuses() {
    local expected=$1
    shift
    ask 2 "$@"
    grep -qF -- "$expected" said || fail "kinmu $*: expected \"$expected\" in: $(cat said)"
}
begin() {
    "$kinmu" run >run.log 2>&1 &
    daemon=$!
    wait_until 20 "$kinmu" call "$1" list || fail "no daemon: $(cat run.log)"
}

mkdir conf
echo "connectors: {$plugin: {isolation: core}}" >conf/10.yaml
ask 0 check # what create asks for too early is refused there, too
ask 1 stamp start
grep -qF "no Kinmu is running" said
begin $plugin

answers "$plugin os:$me: [start] - - - -" stamp start
answers "$plugin os:$me: [start] [sato] 1 [home] 7" stamp start --person sato work_form=home --is-late minutes=7
answers "$plugin os:$me: [end] [sato] 0 [at home] -" stamp --is-late=false end sato "at home"
answers "$plugin os:$me: [end] [佐藤 美咲] - - -" stamp kind=end --person="佐藤 美咲"
answers "$plugin os:$me: [end] [a=b] - - -" stamp end -- a=b
answers "$plugin os:$me: [end] [two
lines] - - -" stamp end "two
lines"
answers "$plugin os:$me: [$PWD/a.csv
/b.csv]" stamps take a.csv /b.csv
answers "{\"who\":\"os:$me\"}" stamps list
answers "{\"text\":\"$plugin os:$me: [end] - - - -\"}" call $plugin stamp-it kind=end
if [ "$me" = root ] && id nobody >/dev/null 2>&1; then # only root and the owner reach the socket
    expect "another account" 1 "$(setpriv --reuid nobody --clear-groups "$kinmu" stamp start >/dev/null 2>&1 || echo 1)"
fi

refuses "no field \"persn\" (did you mean \"person\"?)" stamp start persn=sato
refuses "no field \"persn\"" stamp start --persn sato
refuses "kind is one of start|end, not \"begin\"" stamp begin
refuses "is missing: \"kind\"" stamp --person sato
refuses "given twice: \"kind\"" stamp start kind=end
refuses "one word too many: \"c\"" stamp start a b 1 c
refuses "nothing stands after \"--person\"" stamp start --person
refuses "no command \"lists\"" stamps lists
refuses "(did you mean \"stamp\"?)" stanp
ask 1 stamp start minutes=many
grep -qF "not a number" said
ask 1 stamp start --instance other
grep -qF "no instance other of plugin" said
ask 0 stamp --help
grep -qF "kinmu stamp KIND [PERSON] [--is-late] [WORK_FORM] [MINUTES]" out
ask 0 $plugin
grep -qF "kinmu stamps take FILES…" out
ask 0 plugin info $plugin
grep -qF -- "- \`take\`, \`kinmu stamps take\` (self): Takes." out
end

# Two instances: which one must be said.
echo "connectors: {$plugin/a: {isolation: core}, $plugin/b: {}}" >conf/10.yaml
begin $plugin/b
wait_until 20 "$kinmu" call $plugin/a list || fail "no second instance"
ask 1 stamp start
grep -qF "2 instances of plugin" said
answers "$plugin/b os:$me: [start] - - - -" stamp start --instance $plugin/b
end

# A second plugin with the same words is refused, and the word stays the first one's.
KINMU_PLUGINS=$plugins:$twin ask 1 plugin list
grep -qF "com.example.twin.so: error: " said
grep -qF "the shell word \"stamp\" is already given by" said
