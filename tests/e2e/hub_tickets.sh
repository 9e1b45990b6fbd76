#!/usr/bin/env bash
# hub_tickets.sh BUILD - TLS session tickets of a hub: good after its restart and on another node with the same
# authority, worth nothing at another hub and after a change of authority. Who holds one is judged by what the hub knows now:
# revoked meanwhile, he is not let in. An agent's own connection uses them. (Certificates that run out: http_tls.sh.)
build=$(realpath "$1")
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fleet.sh"
for tool in jq openssl python3; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done
cd "$folder" || exit 1

# Another node: the same authority and server, a journal of its own, which is enough for TLS.
start_hub one
mkdir two two.conf
cp -r one/hub two/
start_hub two
start_hub other

# ---- devices that openssl plays: with the key of an enrolled one ----
become() { # NAME: NAME.pem NAME.key
    make_agent "$1" one
    cp "$1/hub.d/client.pem" "$1.pem"
    python3 -c '
import base64, sys
seed = open(sys.argv[1] + "/device.key", "rb").read()[8:40]
der = bytes.fromhex("302e020100300506032b657004220420") + seed
print("-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der).decode() + "\n-----END PRIVATE KEY-----")' "$1" >"$1.key"
}
become friend
become traitor

# say HUB OPTION…: an empty push; what openssl says goes to `said`, the answer's status into `status`. The answer
# ends the connection, so what comes after the handshake (a ticket) has come.
say() {
    local hub=$1
    shift
    printf 'POST /ingest/v1/push HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' |
        timeout 20 openssl s_client -connect "127.0.0.1:$(port_of "$hub")" -CAfile one/hub/anchor.pem -ign_eof "$@" >said 2>&1
    status=$(sed -n 's|^HTTP/1.1 \([0-9]*\).*|\1|p' said)
    kind=$(sed -n 's/^\(New\|Reused\), .*/\1/p' said | head -n 1)
}
with() { echo -cert "$1.pem" -key "$1.key"; }
# shellcheck disable=SC2046
{
    say one $(with friend) -sess_out friend.session
    expect "first" "New 400" "$kind $status"
    say one $(with traitor) -sess_out traitor.session
    expect "first of another" "New 400" "$kind $status"
}
say one -sess_out nobody.session
expect "first without a certificate" "New 403" "$kind $status"

# ---- the hub's process changes, the agent's connection breaks: tickets hold, for an agent's own client too ----
resumed() { # HUB: handshakes since its start that began with a ticket
    curl -sS --cacert "$1/hub/anchor.pem" "https://127.0.0.1:$(port_of "$1")/metrics" |
        sed -n 's/^kinmu_http_handshakes_resumed_total //p'
}
start_agent friend
wait_until 20 least friend uplink pushes_total 1 || fail "the agent does not push: $(health_of friend uplink)"
stop_daemon one KILL
start_hub one
expect "resumed at a hub that has just started" 0 "$(resumed one)"
pushed=$(metric_of friend uplink pushes_total)
wait_until 60 least friend uplink pushes_total $((pushed + 1)) || fail "the agent does not come back: $(health_of friend uplink)"
[ "$(resumed one)" -ge 1 ] || fail "the agent came back without its ticket"
echo "ok: the agent came back by its ticket"
stop_daemon friend

say one -sess_in friend.session
expect "with a ticket of before the restart, known by it alone" "Reused 400" "$kind $status"
grep -q 'Server Temp Key: X25519' said || fail "no new key was agreed on: $(grep -i 'key' said)"
echo "ok: a resumed session agrees on a key of its own"
say two -sess_in friend.session
expect "at another node" Reused "$kind"
say other -sess_in nobody.session
expect "at another hub" "New 403" "$kind $status"

# ---- what the hub knows now counts, not what it knew when it gave the ticket ----
hub one revoke traitor --reason test >/dev/null || fail "revoke"
say one -sess_in traitor.session
expect "revoked since" "Reused 403" "$kind $status"
stop_daemon one
start_hub one
say one -sess_in traitor.session
expect "revoked since, and the hub started again" "Reused 403" "$kind $status"
stop_daemon two
cat other/hub/ca.pem >>two/hub/ca.pem
start_hub two
say two -sess_in nobody.session
expect "when the authority has changed" "New 403" "$kind $status"
