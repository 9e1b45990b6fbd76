# fleet.sh - for bash, after lib.sh: hubs and agents as real daemons in folders below E2E_DIR.
#
#     build=…; . lib.sh; . fleet.sh
#     start_hub one; make_agent pc1 one; start_agent pc1; wait_until 20 has_arrived pc1; …
#
# Agents record the numbers of tests/crash/crash_source.c, so that what arrived can be compared with what
# was recorded. All that was started is stopped at the end, each by its process id.
kinmu=$build/kinmu
unset KINMU_DATA KINMU_CONF
export KINMU_PLUGINS=$build/plugins/connectors:$build/tests/crash/plugins
folder=$E2E_DIR
umask 077
declare -A pid_of=()

# A port nobody listens on, the same for the same name.
port_of() {
    [ -e "$folder/$1.port" ] || free_port >"$folder/$1.port"
    cat "$folder/$1.port"
}

stop_daemon() { # NAME [SIGNAL]
    [ -n "${pid_of[$1]:-}" ] || return 0
    kill "-${2:-TERM}" "${pid_of[$1]}" 2>/dev/null
    wait "${pid_of[$1]}" 2>/dev/null
    unset "pid_of[$1]"
}
end_fleet() {
    local name
    for name in "${!pid_of[@]}"; do
        stop_daemon "$name" KILL
    done
}
at_end end_fleet

run_daemon() { # NAME
    "$kinmu" run --conf "$folder/$1.conf" --data "$folder/$1" >>"$folder/$1.log" 2>&1 &
    pid_of[$1]=$!
    wait_until 30 status_of "$1" || fail "$1 did not start: $(tail -n 20 "$folder/$1.log")"
}
status_of() { "$kinmu" status --json --data "$folder/$1"; }
# What `kinmu status` says of an instance: health and text, or a number.
health_of() { status_of "$1" | jq -r --arg of "$2" '.instances[] | select(.name == $of) | .health + ": " + .text'; }
metric_of() { status_of "$1" | jq -r --arg of "$2" --arg key "$3" '.instances[] | select(.name == $of) | .metrics[$key]'; }
says() { health_of "$1" "$2" | grep -q -- "$3"; } # for wait_until
least() { [ "$(metric_of "$1" "$2" "$3")" -ge "$4" ] 2>/dev/null; }

# start_hub NAME [PORT…]: makes its keys once, runs it at these ports (else one of its own).
start_hub() {
    local name=$1 ports='' port
    shift
    for port in "${@:-$(port_of "$name")}"; do
        ports="$ports${ports:+, }\"127.0.0.1:$port\""
    done
    mkdir -p "$folder/$name.conf"
    [ -e "$folder/$name.conf/10.yaml" ] || cat >"$folder/$name.conf/10.yaml" <<END
node: {name: $name}
purposes: {activity: {keep: 30d}, audit: {}}
journal: {flush_interval: 20ms}
http: {listen: [$ports]}
connectors: {ingest: {pushes_per_minute: ${HUB_PUSHES:-100000}}}
END
    [ -d "$folder/$name/hub" ] ||
        "$kinmu" hub init --data "$folder/$name" --name localhost --name 127.0.0.1 >/dev/null || fail "hub init $name"
    run_daemon "$name"
    wait_until 20 hub "$name" invites || fail "the hub $name is not ready: $(tail -n 20 "$folder/$name.log")"
}
hub() { # NAME COMMAND…
    local name=$1
    shift
    "$kinmu" hub "$@" --data "$folder/$name"
}
device() { hub "$1" devices --json | jq -r --arg name "$2" --arg key "$3" '.[] | select(.name == $name) | .[$key]'; }

configure_agent() { # NAME [INTERVAL OF THE NUMBERS; "" = none]
    local numbers=''
    [ -z "${2-50ms}" ] || numbers="  test.numbers/$1: {isolation: core, file: $folder/$1.numbers, interval: ${2-50ms}}"
    mkdir -p "$folder/$1.conf"
    cat >"$folder/$1.conf/10.yaml" <<END
node: {name: $1}
purposes: {activity: {keep: 30d}, audit: {}}
journal: {flush_interval: 50ms}
store: {enabled: false}
collectors:
$numbers
connectors: {uplink: {interval: 1s, live: true}}
END
}
# make_agent NAME HUB [PORT]: its configuration, enrolled.
make_agent() {
    [ -e "$folder/$1.conf" ] || configure_agent "$1"
    "$kinmu" agent enroll --data "$folder/$1" --conf "$folder/$1.conf" --name "$1" \
        --hub "https://127.0.0.1:${3:-$(port_of "$2")}" --token "$(hub "$2" invite 2>/dev/null)" >"$folder/out" 2>&1 ||
        fail "enrolling $1: $(cat "$folder/out")"
}
start_agent() { run_daemon "$1"; }

# The numbers that a journal holds, as "lane number" lines, sorted; of an agent, a hub or a copy.
numbers_in() {
    "$kinmu" journal cat --json --schema test.number/1 --data "$folder/$1" |
        jq -r '.values | (.lane + " " + (.number | tostring))' | LC_ALL=C sort
}
verify() { "$kinmu" journal verify --data "$folder/$1" >"$folder/out" 2>&1 || fail "$1: $(cat "$folder/out")"; }
# True when everything the agent holds now has arrived.
is_sent() { [ "$(metric_of "$1" uplink unsent_blocks)" = 0 ]; }
# hub_has HUB AGENT: compares; the agent must stand still.
hub_has() {
    numbers_in "$2" >"$folder/$2.held"
    numbers_in "$1" >"$folder/$1.held"
    [ -s "$folder/$2.held" ] || fail "$2 recorded nothing"
    [ -z "$(uniq -d "$folder/$1.held")" ] || fail "records twice in $1"
    LC_ALL=C comm -23 "$folder/$2.held" "$folder/$1.held" >"$folder/out"
    [ ! -s "$folder/out" ] || fail "$(wc -l <"$folder/out") of the $(wc -l <"$folder/$2.held") records of $2 are not in $1"
    echo "ok: all $(wc -l <"$folder/$2.held") records of $2 are in $1, each once"
}
# Without keys and numbers: `kinmu status` for people, as one line.
told() { "$kinmu" status --data "$folder/$1" | grep -i "$2"; }
