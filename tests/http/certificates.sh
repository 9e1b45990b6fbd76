#!/bin/bash
# certificates.sh FOLDER [DEVICE_KEY_PEM]: a good authority with a good server, and every bad one a client
# meets: expired, for another name, signed by itself, from an authority nobody asked for. With the key of a
# device, that device's client certificate and a stranger's.
set -euo pipefail
cd "$1"
device=${2:-}
exec 2>certificates.log

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>&1 ||
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

authority() { # NAME
    key "$1"
    openssl req -x509 -new -key "$1.key" -subj "/CN=Test authority $1" -days 3650 -out "$1.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

signed() { # NAME AUTHORITY SUBJECT_ALTERNATIVE_NAMES USAGE DAYS
    [ -e "$1.key" ] || key "$1"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$3" "$4" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days "$5" -extfile "$1.ext" \
        -out "$1.pem"
}

here=DNS:localhost,IP:127.0.0.1,IP:0.0.0.0
authority ca
authority other-ca
signed good ca "$here" serverAuth 3650
signed wrong-host ca DNS:elsewhere.example serverAuth 3650
signed stranger other-ca "$here" serverAuth 3650
signed expired ca "$here" serverAuth -1
key self-signed
openssl req -x509 -new -key self-signed.key -subj /CN=localhost -days 3650 -addext "subjectAltName=$here" \
    -out self-signed.pem
if [ -n "$device" ]; then
    cp "$device" client.key
    signed client ca DNS:device.example clientAuth 3650
fi
openssl x509 -in good.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
    openssl base64 >good.pin
openssl x509 -in stranger.pem -noout -pubkey | openssl pkey -pubin -outform DER |
    openssl dgst -sha256 -binary | openssl base64 >stranger.pin
