#!/bin/bash
# workday.sh BUILD_DIR: days in the store of a running Kinmu are those `kinmu workday replay` computes from what the
# same journal exports (X14): after everything came at once, after a late batch, after kill -9, after a rebuild.
set -euo pipefail
build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
kinmu=$build/kinmu
. "$here/lib.sh"
cd "$E2E_DIR"
daemon=
umask 077
end() {
    stop_process "$daemon"
}
at_end end

mkdir -p conf plugins
cp "$build/tests/feed/feed.so" "$build/plugins/connectors/workday.so" "$build/plugins/exporters/json.so" plugins/
cat >conf/10.yaml <<YAML
purposes: {working-time: {}, activity: {}, presence: {}}
collectors:
  com.example.feed: {path: $PWD/feed.txt, isolation: core}
connectors:
  workday: {after: store, reads: ["*"]}
exporters:
  json: {}
journal: {flush_interval: 100ms}
YAML

run() {
    "$kinmu" run --conf conf --plugins plugins --data data >>run.log 2>&1 &
    daemon=$!
}

# feed LINES…: published and durable when it returns.
feed() {
    rm -f feed.txt.done
    cat >feed.part
    mv feed.part feed.txt
    wait_until 60 test -e feed.txt.done || fail "the feed is not taken: $(tail -3 run.log)"
}

# days: three weeks of two people and one who shares the other's PC, up to yesterday; the days are of Tokyo.
days() {
    python3 "$here/workday.py" events
}

# same: what the store has is what a replay of the journal's export gives.
same() {
    rm -rf out
    "$kinmu" export json --conf conf --plugins plugins --data data --from "$(date -d '-90 days' +%F)" \
        --to "$(date -d '+1 day' +%F)" --out out >export.log 2>&1 || return 1
    : >none.ndjson
    "$kinmu" workday replay --plugins plugins --settings none.ndjson --events out/events.ndjson --months \
        --until "$(date -u +%FT%TZ)" >replay.ndjson 2>replay.err || return 1
    python3 "$here/workday.py" compare out/events.ndjson replay.ndjson >compare.log 2>&1
}

# now: days are computed at once, not a minute after those of before.
now() {
    "$kinmu" recompute --data data --plugins plugins >recompute.log 2>&1 || fail "recompute: $(cat recompute.log)"
}

run
days | feed
now
wait_until 60 same || fail "live is not replay: $(tail -n 5 compare.log export.log run.log recompute.log)"
echo "ok: live = replay: $(cat compare.log)"
