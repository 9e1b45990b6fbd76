#!/bin/bash
# http_nginx.sh BUILD_DIR: the shipped examples of a reverse proxy do what they say: HTTP/2 outside, the
# client's address inside, no metrics, server's parts unbuffered; agents' certificates pass the stream example.
set -euo pipefail
build=$(realpath "$1")
tree=$(realpath "$(dirname "$0")/../..")
kinmu=$build/kinmu plugins=$build/tests/contract
. "$(dirname "$0")/lib.sh"
command -v nginx >/dev/null && [ -e "$plugins/com.example.probe.so" ] || { echo "needs nginx and the probe plugin"; exit 77; }
cd "$E2E_DIR"
umask 077
daemon= proxy=
end() {
    stop_process "$proxy"
    stop_process "$daemon"
}
at_end end
mkdir -p data/hub conf.d
for name in ca server device; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $name.key 2>/dev/null
done
openssl req -x509 -key ca.key -subj /CN=authority -days 9 -out ca.pem
printf 'subjectAltName=DNS:localhost,DNS:kinmu.example.com\n' >names
for name in server device; do
    openssl req -new -key $name.key -subj /CN=$name -out $name.csr
    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile names -out $name.pem 2>/dev/null
done
cp server.pem server.key ca.pem data/hub/
port=$(free_port) outside=$(free_port) agents=$(free_port)
printf 'open sesame 1' >secret
cat >conf.d/node.yaml <<CONF
node: {name: behind, data: $E2E_DIR/data}
purposes: {inventory: {keep: 30d}}
http: {listen: ["127.0.0.1:$port"], trusted_proxies: ["127.0.0.1"]}
connectors:
  com.example.probe: {isolation: core, report: $E2E_DIR/report, secret: "\${file:$E2E_DIR/secret}", server: "http://127.0.0.1:9"}
CONF
"$kinmu" run --conf conf.d --plugins "$plugins" 2>log &
daemon=$!
# The examples with this test's ports and files; their rules as they are.
here() {
    sed -e "s/127.0.0.1:8443/127.0.0.1:$port/" -e "s/listen 443/listen 127.0.0.1:$outside/" -e "s/listen 8444/listen 127.0.0.1:$agents/" \
        -e "s|/etc/nginx/kinmu/browsers|$E2E_DIR/server|" -e "s|/var/lib/kinmu|$E2E_DIR/data|" "$tree/packaging/nginx/$1"
}
here browsers.conf >browsers.conf
stream=/usr/lib/nginx/modules/ngx_stream_module.so
{
    [ ! -e $stream ] || echo "load_module $stream;"
    echo "daemon off; pid $E2E_DIR/nginx.pid; error_log $E2E_DIR/nginx.log; user root;"
    echo "events {} http { access_log off; client_body_temp_path $E2E_DIR/body; proxy_temp_path $E2E_DIR/proxy;"
    echo "fastcgi_temp_path $E2E_DIR/f; uwsgi_temp_path $E2E_DIR/u; scgi_temp_path $E2E_DIR/s; include $E2E_DIR/browsers.conf; }"
    [ ! -e $stream ] || here agents.conf
} >nginx.conf
nginx -c "$E2E_DIR/nginx.conf" -p "$E2E_DIR" -e "$E2E_DIR/nginx.log" 2>nginx.err &
proxy=$!
url=https://kinmu.example.com:$outside
ask() { curl -sS --max-time 10 --cacert ca.pem --resolve "kinmu.example.com:$outside:127.0.0.1" "$@"; }
wait_until 60 ask -f "$url/com.example.probe/hello" || fail "no way through: $(cat nginx.log nginx.err log)"
expect "protocol outside" 2 "$(ask --http2 -o /dev/null -w '%{http_version}' "$url/com.example.probe/hello")"
ask -H 'X-Forwarded-For: 192.0.2.66' "$url/com.example.probe/hello" | grep -q 'x-forwarded-for "127.0.0.1"' ||
    fail "the proxy's word is not passed on, or a client's is"
expect "metrics" 404 "$(ask -o /dev/null -w '%{http_code}' "$url/metrics")"
head -c 2000000 /dev/zero >upload
expect "a streamed body" "counted 2000000, in parts 1" "$(ask -T upload -X POST "$url/com.example.probe/count")"
expect "an answer in parts" 4194304 "$(ask "$url/com.example.probe/parts" | wc -c)"
if [ -e $stream ]; then
    curl -sS --max-time 10 --cacert ca.pem --cert device.pem --key device.key --resolve "localhost:$agents:127.0.0.1" \
        "https://localhost:$agents/com.example.probe/device" | grep -q 'key 91' || fail "the certificate is lost"
    echo "ok: a device's certificate passes"
fi
