"""browser.py - logging in to the API as browsers and programs do, for logins.py and factors.py: the port is the first argument.
Every secret is written to secrets/, where nobody looks for it."""
import http.client
import json
import os
import ssl
import subprocess
import sys
import threading

PORT = int(sys.argv[1])
KINMU, FOLDER = os.environ["KINMU"], os.environ["E2E_DIR"]
TRUST = ssl.create_default_context(cafile=FOLDER + "/tls/server.pem")
GOOD = {person: f"正しい馬の電池のホチキス {person} 7" for person in ("U1", "U2", "U6", "U7", "A", "admin")}


def secret(text):
    with open(FOLDER + "/secrets/list", "a", encoding="utf-8") as out:
        out.write(text + "\n")
    return text


def kinmu(*words):
    done = subprocess.run([KINMU, *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def expect(what, wanted, got):
    assert wanted == got, f"{what}: expected {wanted!r}, got {got!r}"


class Browser:
    """Keeps a cookie as a browser would, and the csrf text as the page would."""

    def __init__(self):
        self.cookie, self.csrf, self.bearer = None, None, None

    def ask(self, method, path, body=None, headers=None):
        line = http.client.HTTPSConnection("localhost", PORT, timeout=60, context=TRUST)
        send = {}
        if self.cookie:
            send["Cookie"] = "theme=dark; __Host-kinmu=" + self.cookie
        if self.csrf and method != "GET":
            send["X-Kinmu-Csrf"] = self.csrf
        if self.bearer:
            send["Authorization"] = "Bearer " + self.bearer
        if body is not None:
            send["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        send.update(headers or {})
        line.request(method, "/api/v1/" + path, body, send)
        answer = line.getresponse()
        text = answer.read()
        line.close()
        head = {name.lower(): value for name, value in answer.getheaders()}
        if "set-cookie" in head:
            name, _, rest = head["set-cookie"].partition("=")
            parts = rest.split("; ")
            expect("the cookie's name", "__Host-kinmu", name)
            expect("its attributes", {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"},
                   {part for part in parts[1:] if not part.startswith("Max-Age=")})
            self.cookie = parts[0] or None
            if self.cookie:
                secret(self.cookie)
        said = json.loads(text) if text[:1] == b"{" else text
        if isinstance(said, dict) and said.get("csrf"):
            self.csrf = said["csrf"]
        return answer.status, head, said

    def enter(self, path, body):
        status, head, said = self.ask("POST", path, body)
        if status == 200 and said.get("session"):
            self.bearer = secret(said["session"])
        return status, head, said


def problem(what, status, code, answer):
    expect(what, (status, "urn:kinmu:problem:" + code, "no-store"),
           (answer[0], answer[2]["type"], answer[1]["cache-control"]))
    assert any(ord(letter) > 0x3000 for letter in answer[2]["detail_ja"]), (what, answer)


def invite(person, *more):
    return secret(json.loads(kinmu("login", "invite", person, *more))["invite"])


def set_password(person, *more):
    browser = Browser()
    answer = browser.enter("login/password", {"person": person, "invite": invite(person, *more), "password": secret(GOOD[person])})
    expect(person + " sets a password", 200, answer[0])
    return browser


def login(person, password=None, **more):
    browser = Browser()
    answer = browser.enter("sessions", dict({"person": person, "password": password or GOOD[person]}, **more))
    return browser, answer


def at_once(count, work):
    answers, gate = [None] * count, threading.Barrier(count)

    def run(i):
        gate.wait()
        answers[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
