#!/bin/bash
# operator.sh BUILD_DIR - who runs the node looks at what was recorded of people only while an administrator of the company lets him
# (operator.access: approved, RET-05): refused without, asked for, granted by an administrator's login alone, for a person, a group or
# everybody; seen by whom it concerns; over when it is ended. And nothing of it where access is open.
set -euo pipefail
BUILD=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
KINMU_PLUGINS=$BUILD/plugins
. "$(dirname "$0")/../crash/daemon.sh"
. "$(dirname "$0")/api_lib.sh"
api_conf
configure 20.yaml <<<'exporters: {json: {reads: ["*"]}}'
start_api
make_people U1 U2 A B
kinmu group set G1 --name G1 --approvers A >/dev/null
kinmu group set G2 --name G2 --approvers A --parent_id G1 >/dev/null
kinmu person set U1 --group_id G2 >/dev/null
kinmu account set 'PC\u1' --person U1 >/dev/null
for id in A B; do
    kinmu person set "$id" --is_admin true >/dev/null
done
SELF=$(token self self --person U1)
ADMIN=$(token admin admin --person A)
MACHINE=$(token machine admin)
SECOND=$(token second admin --person B)
kinmu account set "$(id -un)" --person B >/dev/null
ask() {
    kinmu access ask "$@" | grep -o 'A[0-9]*-[0-9]*'
}
reads() { # TOKEN: who looked, as its owner sees it
    curl -sS -H "Authorization: Bearer $1" "$URL/rows/kinmu.audit.read?limit=1000" | grep -o '"reader":"os:[^}]*' || true
}
month=$(date -u +%Y-%m)

# ---- open, as a company that runs its own machine has it ----
kinmu person show U1 >answer
expect "a look where access is open" 1 "$(grep -c '"person":"U1"' answer)"
expect "and nobody is told" "" "$(reads "$SELF")"
refused "operator.access" setting set operator.access approved
expect "approved, by a program" 403 "$(call "$MACHINE" setting_set '{"name": "operator.access", "value": "approved"}')"
expect "approved, by an administrator" 200 "$(call "$ADMIN" setting_set '{"name": "operator.access", "value": "approved"}')"

# ---- nothing is seen; what is no look goes on ----
refused "kinmu access ask" person show U1
refused "--person U1" person show U1
for look in "person list" "account list" "computer list" "demand list" "export-n $E2E_DIR" "person export U1 --out $E2E_DIR/U1.zip" "journal cat --json" \
    "export json --from $(yesterday) --to $(tomorrow) --out $E2E_DIR/out" "evidence --subject U1 --month $month" \
    "token create more admin --person A" "login invite A --role admin"; do
    # shellcheck disable=SC2086
    refused "kinmu access ask" $look
done
expect "files of what was refused" "" "$(find . -name '*.zip' -o -name '*.csv' -o -path './out/*' -o -name 'evidence-*')"
refused "operator.access" setting set operator.access open
kinmu person set U2 --kana ユーニ >/dev/null
kinmu group list >/dev/null
kinmu status >/dev/null

# ---- asked for, and decided by an administrator who logs in ----
refused "1 to 72 hours" access ask why --hours 73
refused "no person" access ask why --person U9
refused "not both" access ask why --person U1 --group_id G1
first=$(ask "打刻の調査" --person U1 --hours 2)
refused "kinmu access ask" person show U1
refused "API" call people access_grant access="$first"
expect "granted by a program" 403 "$(call "$MACHINE" access_grant "{\"access\": \"$first\"}")"
expect "granted by the person looked at" 403 "$(call "$SELF" access_grant "{\"access\": \"$first\"}")"
expect "granted by the operator's own login" 403 "$(call "$SECOND" access_grant "{\"access\": \"$first\"}")"
expect "asked for by a program" 403 "$(call "$MACHINE" access_ask '{"reason": "x"}')"
expect "granted" 200 "$(call "$ADMIN" access_grant "{\"access\": \"$first\"}")"
expect "granted twice" 409 "$(call "$ADMIN" access_grant "{\"access\": \"$first\"}")"
kinmu person show U1 >answer
expect "a look by the grant" 1 "$(grep -c '"person":"U1"' answer)"
kinmu evidence --subject U1 --month "$month" --out evidence.jsonl >/dev/null
refused "kinmu access ask" person show U2
refused "kinmu access ask" person list
seen=$(reads "$SELF")
expect "the person sees who looked, why and by what" 1 "$(grep -cF "\"instance\":\"people person_show\",\"reason\":\"$first: 打刻の調査\"" <<<"$seen")"
expect "and the evidence taken" 2 "$(grep -cF '"instance":"evidence"' <<<"$seen")" # asked by the account, and the taking itself
expect "what was refused is no look" 3 "$(wc -l <<<"$seen")"
expect "the administrator sees it" 1 "$(reads "$ADMIN" | grep -cF "\"instance\":\"people person_show\",\"reason\":\"$first: ")"

# ---- a group, everybody; refused; ended ----
second=$(ask "group" --group_id G1)
expect "granted" 200 "$(call "$ADMIN" access_grant "{\"access\": \"$second\"}")"
kinmu access end "$first" >/dev/null
kinmu person show U1 >/dev/null
refused "kinmu access ask" person show U2
expect "ended by the administrator" 200 "$(call "$ADMIN" access_end "{\"access\": \"$second\"}")"
refused "kinmu access ask" person show U1
refused "over" access end "$second"
third=$(ask "no")
expect "refused" 200 "$(call "$ADMIN" access_refuse "{\"access\": \"$third\"}")"
refused "kinmu access ask" person list
fourth=$(ask "all")
expect "granted" 200 "$(call "$ADMIN" access_grant "{\"access\": \"$fourth\"}")"
stop_kinmu
start_api
kinmu person list >answer
expect "everybody, after a restart too" 4 "$(grep -o '"employee_no"' answer | wc -l)"
listed() {
    reads "$SELF" | grep -qF "\"instance\":\"people person_list\",\"reason\":\"$fourth: all\""
}
wait_until 5 listed || fail "who is in a list does not see who read it"
kinmu journal cat --json >events
of_first() { # WHO ACTION
    grep -c "\"changed_by\":\"$1\",\"action\":\"$2\",\"result\":\"done\",\"object\":\"kinmu.audit.access/1\",\"object_id\":\"$first\"" events
}
expect "asked, granted and ended, in the audit" "1 1 1" "$(of_first "os:$(id -un)" create) $(of_first A update) $(of_first "os:$(id -un)" update)"
kinmu access list --all >answer
expect "states" "ended ended granted refused" "$(grep -o '"state":"[a-z]*"' answer | cut -d'"' -f4 | sort | xargs)"
stop_kinmu

# ---- a node that has the store and not the master data: nobody to ask, so nobody looks ----
sed -i 's/^connectors:.*/connectors: {}/' "$KINMU_CONF/10.yaml"
start_kinmu
wait_until 10 instance_is api health ok || kinmu_fail "api did not start without people"
refused "do it on that node" journal cat --json
refused "do it on that node" export json --from "$(yesterday)" --to "$(tomorrow)" --out "$E2E_DIR/out2"
kinmu status >/dev/null
mv "$KINMU_DATA/store.db" "$KINMU_DATA/away.db" # what cannot be read refuses too, and says so
refused "(operator.access) cannot be read: " journal cat --json
mv "$KINMU_DATA/away.db" "$KINMU_DATA/store.db"
stop_kinmu
