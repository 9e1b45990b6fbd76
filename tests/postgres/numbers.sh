# tests/postgres/numbers.sh - a daemon that publishes numbers into a journal on a server and repeats them, and
# the judgement at the end. Sourced after lib.sh by scripts that set build, folder and place.
DAEMON=

fail() {
    echo "FAIL: $*"
    tail -n 20 "$folder/daemon.log"
    exit 1
}

numbers_start() {
    plugins=$build/plugins:$build/tests/crash/plugins
    if [ ! -d "$folder/conf" ]; then
        mkdir -m 0700 "$folder/conf" "$folder/data"
        cat >"$folder/conf/conf.yaml" <<CONF
node: {name: crash}
purposes: {activity: {keep: 30d}}
journal: {flush_interval: 20ms, postgres: "$place"}
store: {postgres: "$place"}
collectors:
  test.numbers: {isolation: core, file: "$folder/acknowledged", interval: 5ms}
connectors:
  test.echo: {isolation: core}
CONF
    fi
    "$build/kinmu" run --conf "$folder/conf" --data "$folder/data" --plugins "$plugins" >>"$folder/daemon.log" 2>&1 &
    DAEMON=$!
}

ask() { # the server that takes writes
    PGTARGETSESSIONATTRS=read-write "$POSTGRES_BIN/psql" "$place" -Atqc "$1"
}

acknowledged() { # how many numbers
    cat "$folder/acknowledged" 2>/dev/null | awk '{ total += $4 - $3 + 1 } END { print total + 0 }'
}

has_more_than() { [ "$(acknowledged)" -gt "$1" ]; }

wait_for() { # SECONDS COMMAND…: while the daemon lives
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] && kill -0 "$DAEMON" 2>/dev/null || return 1
        sleep 0.05
    done
}

is_settled() {
    [ "$(ask 'SELECT (SELECT count(*) FROM kinmu_store.test_number_1) = (SELECT count(*) FROM kinmu_store.test_echo_1)
        AND (SELECT max(position) FROM kinmu_journal.block) = (SELECT position FROM kinmu_store.kinmu_cursor)')" = t ]
}

numbers_judge() { # stops the source, waits for the rest, stops the daemon; the last line says what there is
    sed -i 's/interval: 5ms/interval: 60s/' "$folder/conf/conf.yaml"
    kill -HUP "$DAEMON"
    sleep 1
    wait_for 60 is_settled || fail "the store did not catch up"
    kill -TERM "$DAEMON"
    wait "$DAEMON" || fail "the daemon ended badly"
    DAEMON=
    awk '{ for (n = $3; n <= $4; n++) print n }' "$folder/acknowledged" | sort >"$folder/wanted"
    ask 'SELECT number FROM kinmu_store.test_number_1' | sort >"$folder/numbers"
    ask 'SELECT number FROM kinmu_store.test_echo_1' | sort >"$folder/echoes"
    ! grep -q '^disagree' "$folder/acknowledged" || fail "a ticket was told too early"
    [ -z "$(uniq -d "$folder/numbers")" ] || fail "a number is there twice"
    local missing
    missing=$(comm -23 "$folder/wanted" "$folder/numbers" | wc -l)
    [ "$missing" -eq 0 ] || fail "$missing acknowledged numbers are missing"
    cmp -s "$folder/numbers" "$folder/echoes" || fail "the repeated numbers are not those published"
    "$build/kinmu" journal verify --conf "$folder/conf" --plugins "$plugins" --data "$folder/data" >"$folder/verify" ||
        fail "the journal does not verify: $(cat "$folder/verify")"
    echo "ok: $1; $(wc -l <"$folder/wanted") acknowledged, $(wc -l <"$folder/numbers") there, none missing, none doubled"
}
