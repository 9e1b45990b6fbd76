#!/usr/bin/python3
"""peer.py FOLDER: a server with good and bad manners for the tests of the HTTP client.

One listener per certificate of FOLDER (certificates.sh), one that asks for a client certificate, one that
speaks TLS 1.1 only, one without TLS. Writes FOLDER/ports as "name port" lines when all of them listen, and
lives until its standard input is closed. What it has seen is asked from the plain one: /seen?NAME.
"""
import gzip
import http.server
import os
import socket
import ssl
import sys
import threading
import time
import warnings
import urllib.parse
from email.utils import formatdate

warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1 is the point
folder = sys.argv[1]
seen = {}  # listener -> [connections, requests]
tries = {}  # id -> failures so far
lock = threading.Lock()
bomb = gzip.compress(bytes(64 << 20), 9)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def setup(self):
        super().setup()
        with lock:
            seen[self.server.name][0] += 1

    def log_message(self, *arguments):
        pass

    def answer(self, code, body=b"", headers=()):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drop(self):
        """Closes without the TLS alert that says so."""
        self.wfile.flush()
        raw = socket.socket(fileno=os.dup(self.connection.fileno()))
        raw.shutdown(socket.SHUT_RDWR)
        raw.close()
        self.close_connection = True

    def handle_any(self):
        with lock:
            seen[self.server.name][1] += 1
        length = int(self.headers.get("Content-Length", "0"))
        self.body = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        self.query = {k: v[0] for k, v in urllib.parse.parse_qs(url.query).items()}
        getattr(self, "do" + url.path.replace("/", "_"), self.do_none)()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def do_none(self):
        self.answer(404, b"nothing here")

    def do_hello(self):
        self.answer(200, b"hello", [("X-Manners", "good"), ("X-Empty", "")])

    def do_seen(self):
        name = urllib.parse.urlsplit(self.path).query
        with lock:
            self.answer(200, b"%d %d" % tuple(seen[name]))

    def do_echo(self):
        text = self.command + " " + self.path + "\n" + str(self.headers) + "\n"
        self.answer(200, text.encode("latin-1") + self.body)

    def do_fail(self):
        """The first `times` answers are `code`, with Retry-After when asked."""
        key = self.query["id"]
        with lock:
            tries[key] = tries.get(key, 0) + 1
            count = tries[key]
        if count > int(self.query.get("times", "1")):
            self.answer(200, b"tries %d" % count)
            return
        headers = []
        if "after" in self.query:
            headers.append(("Retry-After", self.query["after"]))
        if "date" in self.query:
            headers.append(("Retry-After", formatdate(time.time() + int(self.query["date"]), usegmt=True)))
        self.answer(int(self.query["code"]), b"not now", headers)

    def do_lost(self):
        """The first `times` requests lose their connection after they were read."""
        key = self.query["id"]
        with lock:
            tries[key] = tries.get(key, 0) + 1
            count = tries[key]
        if count > int(self.query.get("times", "1")):
            self.answer(200, b"tries %d" % count)
        else:
            self.drop()

    def do_tries(self):
        with lock:
            self.answer(200, b"%d" % tries.get(self.query["id"], 0))

    def do_slow(self):
        time.sleep(float(self.query.get("s", "3")))
        self.answer(200, b"late")

    def do_slowbody(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"begun")
        self.wfile.flush()
        time.sleep(3)

    def do_big(self):
        self.answer(200, b"x" * int(self.query["n"]))

    def do_stream(self):
        """n bytes in chunks, each byte telling its place."""
        self.send_response(int(self.query.get("code", "200")))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        left = int(self.query["n"])
        at = 0
        while left > 0:
            size = min(left, 30000)
            data = bytes((at + i) % 251 for i in range(size))
            self.wfile.write(b"%x\r\n" % size + data + b"\r\n")
            at += size
            left -= size
        self.wfile.write(b"0\r\nX-Trailer: late\r\n\r\n")

    def do_bomb(self):
        self.answer(200, bomb, [("Content-Encoding", "gzip")])

    def do_gzip(self):
        self.answer(200, gzip.compress(b"unpacked"), [("Content-Encoding", "gzip")])

    def do_redirect(self):
        self.answer(302, b"", [("Location", self.query["to"])])

    def do_cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.drop()

    def do_noend(self):
        """No length and no end: only the connection's end, which an attacker can forge."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"all of it?")
        self.drop()

    def do_headers(self):
        self.answer(200, b"", [("X-%d" % i, "y") for i in range(int(self.query["n"]))])

    def do_tag(self):
        if self.headers.get("If-None-Match") == '"v1"':
            self.answer(304, b"", [("ETag", '"v1"')])
        else:
            self.answer(200, b"fresh", [("ETag", '"v1"')])

    def do_who(self):
        subject = dict(pair[0] for pair in self.connection.getpeercert().get("subject", ()))
        self.answer(200, subject.get("commonName", "nobody").encode())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, name, context):
        self.name = name
        self.context = context
        seen[name] = [0, 0]
        super().__init__(("0.0.0.0", 0), Handler)

    def finish_request(self, request, address):
        if self.context is not None:
            try:
                request.settimeout(10)
                request = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
                request.do_handshake()
            except (ssl.SSLError, OSError):
                time.sleep(0.3)  # the alert is read before the connection is reset
                return
        try:
            super().finish_request(request, address)
        except (ssl.SSLError, OSError):
            pass

    def handle_error(self, request, address):
        pass


def context(name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    return made


def listeners():
    yield "plain", None
    for name in ("good", "wrong-host", "stranger", "expired", "self-signed"):
        yield name, context(name)
    old = context("good")
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    yield "old", old
    mutual = context("good")
    mutual.verify_mode = ssl.CERT_REQUIRED
    mutual.load_verify_locations(f"{folder}/ca.pem")
    yield "mutual", mutual


lines = []
for listener, made in listeners():
    server = Server(listener, made)
    lines.append(f"{listener} {server.server_address[1]}\n")
    threading.Thread(target=server.serve_forever, daemon=True).start()
with open(f"{folder}/ports.part", "w") as file:
    file.writelines(lines)
os.rename(f"{folder}/ports.part", f"{folder}/ports")
sys.stdin.read()
