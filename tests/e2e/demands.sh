#!/bin/bash
# demands.sh BUILD_DIR - what a person asks about his records, from its arrival to its answer: by his own login and on paper,
# who it is checked, the deadline shown, near and over, what cannot be said done, by the shell and by the API; all of it once more after a restart.
set -euo pipefail
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins
. "$(dirname "$0")/../crash/daemon.sh"
. "$(dirname "$0")/api_lib.sh"
api_conf
start_api
make_people U1 U2 A
kinmu person set A --is_admin true >/dev/null
SELF=$(token self self --person U1)
OTHER=$(token other self --person U2)
ADMIN=$(token admin admin --person A)
said() {
    grep -qF -- "$1" body || fail "the answer has no $1: $(cat body)"
}
rows() { # TOKEN
    curl -sS -H "Authorization: Bearer $1" "$URL/rows/kinmu.audit.demand"
}
day() {
    date -d "$1" +%F
}
health() {
    instance_status people health
}

# ---- by his own login: who he is is known; others do not see it ----
expect "a demand" 200 "$(call "$SELF" demand_add '{"kind": "disclosure", "detail": "4 月の記録をすべて"}')"
said "\"due_date\":\"$(day '30 days')\",\"state\":\"identified\""
first=$(grep -o 'D[0-9]*-[0-9]*' body | head -n 1)
expect "for somebody else" 403 "$(call "$OTHER" demand_add '{"kind": "erasure", "detail": "x", "person": "U1"}')"
expect "backdated by himself" 422 "$(call "$SELF" demand_add "{\"kind\": \"inquiry\", \"detail\": \"x\", \"received\": \"$(day yesterday)\"}")"
expect "another kind" 422 "$(call "$SELF" demand_add '{"kind": "other", "detail": "x"}')"
rows "$SELF" >body
said "\"demand_id\":\"$first\",\"person\":\"U1\",\"kind\":\"disclosure\",\"state\":\"identified\""
said "\"due_date\":\"$(day '30 days')\""
expect "another sees" '{"schema":"kinmu.audit.demand/1","rows":[],"next":null}' "$(rows "$OTHER")"
expect "another takes it back" 404 "$(call "$OTHER" demand_withdraw "{\"demand\": \"$first\"}")"
expect "health" ok "$(health)"
expect "in the status" 1 "$(kinmu status | grep -c "未回答 1 件、期限切れ 0 件、次の期限 $first ($(day '30 days'))")"

# ---- on paper: checked, near its deadline, over it ----
second=$(kinmu demand add correction "住所" --person U2 --received "$(day '-23 days')" | grep -o 'D[0-9]*-[0-9]*')
rows "$ADMIN" >body
said "\"due_date\":\"$(day '7 days')\""
said '"notice":"soon"'
expect "told near the end" 1 "$(grep -c " warn .*next $second ($(day '7 days'))" "$KINMU_LOG")"
refused "本人確認" demand answer "$second" done corrected
kinmu demand identify "$second" "社員証を確認" >/dev/null
third=$(kinmu demand add erasure "全部" --person U2 --received "$(day '-31 days')" | grep -o 'D[0-9]*-[0-9]*')
expect "health beyond a deadline" degraded "$(health)"
expect "in the status" 1 "$(kinmu status | grep -c "未回答 3 件、期限切れ 1 件、次の期限 $third")"
expect "an answer without words" 422 "$(call "$ADMIN" demand_answer "{\"demand\": \"$second\", \"outcome\": \"refused\", \"answer\": \"\"}")"
expect "an answer" 200 "$(call "$ADMIN" demand_answer "{\"demand\": \"$second\", \"outcome\": \"done\", \"answer\": \"訂正しました\"}")"
expect "a second one" 409 "$(call "$ADMIN" demand_answer "{\"demand\": \"$second\", \"outcome\": \"refused\", \"answer\": \"x\"}")"
expect "by the person himself" 403 "$(call "$SELF" demand_answer "{\"demand\": \"$first\", \"outcome\": \"done\", \"answer\": \"x\"}")"

# ---- an erasure is not done before it is; after a restart all stands as it stood ----
kinmu demand identify "$third" "来社" >/dev/null
refused "kinmu person erase" demand answer "$third" done erased
stop_kinmu
start_api
kinmu person erase U2 "asked for" >/dev/null
kinmu demand answer "$third" done "消去しました" >/dev/null
expect "health" ok "$(health)"
expect "taken back" 200 "$(call "$SELF" demand_withdraw "{\"demand\": \"$first\"}")"
expect "in the status" 0 "$(kinmu status | grep -c 開示等の請求 || true)"
kinmu demand list >list
expect "states" "done done withdrawn" "$(grep -o '"state":"[a-z]*"' list | cut -d'"' -f4 | sort | xargs)"
kinmu journal cat --json >events
expect "who, in the audit" 1 "$(grep -c "\"changed_by\":\"A\".*\"object\":\"kinmu.audit.demand/1\",\"object_id\":\"$second\".*\"channel\":\"api\"" events)"
stop_kinmu
