"""logins.py PORT ROUND - what logins.sh asks of the API. Every secret is written to secrets/, where nobody looks for it."""
import json
import os
import re
import statistics
import subprocess
import sys
import time

from browser import FOLDER, GOOD, KINMU, Browser, at_once, expect, invite, kinmu, login, problem, secret, set_password

ROUND = sys.argv[2]
KEPT = FOLDER + "/secrets/kept.json"


def first_of_all():
    """ROL-05: `admin` sets the company up, until an administrator can log in."""
    for words in (["U6", "--role", "bootstrap"], ["admin", "--role", "admin"], ["XX"], ["U6", "--role", "boss"], ["U6", "--role", "admin"]):
        assert subprocess.run([KINMU, "login", "invite", *words], capture_output=True).returncode != 0, words
    admin = set_password("admin", "--role", "bootstrap")
    me = admin.ask("GET", "me")[2]
    expect("who sets up", ("login:admin", None, "bootstrap", ["admin"]), (me["caller"], me["person"], me["role"], me["rights"]))
    for method, path, body, wanted in (
            ("GET", "rows/kinmu.work.day", None, 200), ("GET", "rows/kinmu.input.minute", None, 200),
            ("GET", "rows/kinmu.people.person", None, 403), ("GET", "rows/kinmu.audit.change", None, 403),
            ("GET", "rows/kinmu.work.request", None, 403), ("GET", "people/U6/timeline?from=2026-11-02T05:00:00Z", None, 403),
            ("POST", "commands/people/setting_set", {}, 422), ("POST", "commands/people/person_list", {}, 403),
            ("POST", "commands/people/person_set", {"person": "U7", "name": "七"}, 200),
            ("POST", "commands/people/person_erase", {"person": "U7"}, 403),
            ("POST", "commands/approval/punch", {"kind": "start"}, 403), ("POST", "commands/approval/inbox", {}, 403)):
        known = admin.ask("GET", "schemas")[2]["schemas"]
        if path.startswith("rows/") and path[5:] not in [each["name"] for each in known]:
            continue
        expect("who sets up: " + path, wanted, admin.ask(method, path, body)[0])
    said = admin.ask("POST", "commands/api/login_invite", {"person": "A", "role": "admin"})
    expect("he invites the administrator", 200, said[0])
    secret(said[2]["invite"])
    browser = Browser()
    expect("who sets a password", 200,
           browser.enter("login/password", {"person": "A", "invite": said[2]["invite"], "password": secret(GOOD["A"])})[0])
    problem("and admin is over", 401, "session.over", admin.ask("GET", "me"))
    problem("for good", 401, "login.wrong", login("admin")[1])
    assert subprocess.run([KINMU, "login", "invite", "admin", "--role", "bootstrap"], capture_output=True).returncode != 0


def invitations():
    text = invite("U6")
    asked = Browser()
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    for body in ({"invite": wrong}, {"invite": text, "person": "U7"}, {"invite": text, "person": "XX"}, {"invite": "x"}):
        problem("a wrong invitation", 401, "login.wrong",
                asked.ask("POST", "login/password", dict({"person": "U6", "password": GOOD["U6"]}, **body)))
    problem("no password yet", 401, "login.wrong", login("U6")[1])
    for password, code in (("短い", "short"), ("x" * 300, "long"), ("password12345678", "common"), ("nu6@example nu6 nu6", "common"),
                           ("abcdefghijklmnop", "common"), ("zebrazebrazebrazebra", "common")):
        problem(password, 422, "password." + code, asked.ask("POST", "login/password", {"person": "U6", "invite": text, "password": password}))
    problem("a form", 415, "body.type.header", asked.ask("POST", "sessions", b"person=U6", {"Content-Type": "application/x-www-form-urlencoded"}))
    problem("a long body", 413, "body.long", asked.ask("POST", "sessions", {"person": "U6", "password": "x" * 5000}))
    problem("a member too many", 422, "body.unknown", asked.ask("POST", "sessions", {"person": "U6", "password": "x", "role": "admin"}))
    answers = at_once(5, lambda i: Browser().enter("login/password", {"person": "U6", "invite": text, "password": secret(GOOD["U6"])}))
    expect("one of five uses it", [200, 401, 401, 401, 401], sorted(status for status, _, _ in answers))
    problem("it is used up", 401, "login.wrong", asked.ask("POST", "login/password", {"person": "U6", "invite": text, "password": GOOD["U6"]}))
    replaced = invite("U7")
    set_password("U7")
    problem("an older invitation", 401, "login.wrong",
            asked.ask("POST", "login/password", {"person": "U7", "invite": replaced, "password": GOOD["U7"]}))


def cookies():
    browser, answer = login("U6")
    expect("a login", (200, "U6", "manager"), (answer[0], answer[2]["person"], answer[2]["role"]))
    assert "session" not in answer[2] or answer[2]["session"] is None, answer
    me = browser.ask("GET", "me")[2]
    expect("who one is", ("person:U6", "U6", ["self"]), (me["caller"], me["person"], me["rights"]))
    expect("the csrf text", browser.csrf, me["session"]["csrf"])
    expect("a command", 200, browser.ask("POST", "commands/approval/shift", {})[0])
    problem("from another site", 403, "csrf.needed", browser.ask("POST", "commands/approval/shift", {}, {"X-Kinmu-Csrf": "-"}))
    csrf, browser.csrf = browser.csrf, None
    problem("without a word", 403, "csrf.needed", browser.ask("POST", "commands/approval/shift", {}))
    browser.csrf = csrf
    problem("with a guessed text", 403, "csrf.needed", browser.ask("POST", "commands/approval/shift", {}, {"X-Kinmu-Csrf": "0" * 32}))
    problem("logging out from another site", 403, "csrf.needed", browser.ask("DELETE", "sessions", None, {"X-Kinmu-Csrf": "x"}))
    both = "__Host-kinmu=kinmu_s_x; __Host-kinmu=" + browser.cookie
    problem("two cookies of the name", 401, "login.needed", browser.ask("GET", "me", None, {"Cookie": both}))
    problem("another's data", 404, "person.unknown", browser.ask("GET", "rows/kinmu.people.person?person=U7"))
    program, answer = login("U6", bearer=True)
    assert program.cookie is None and program.bearer, answer
    expect("a program's session", "U6", program.ask("GET", "me")[2]["person"])
    problem("another secret", 401, "session.over", Browser().ask("GET", "me", None, {"Authorization": "Bearer " + program.bearer[:-4] + "0000"}))
    listed = program.ask("GET", "sessions")[2]["sessions"]
    assert len(listed) >= 3 and [each["is_current"] for each in listed].count(True) == 1, listed
    token = json.loads(kinmu("token", "create", "x", "self", "--person", "U6"))["token"]
    for method, path, body in (("GET", "sessions", None), ("DELETE", "sessions", None), ("POST", "me/password", {"current": "x", "password": "y"})):
        problem("a token: " + path, 403, "session.needed", Browser().ask(method, path, body, {"Authorization": "Bearer " + token}))
    return browser, program


def endings(browser, program):
    other = login("U7")[0]
    problem("another's session", 404, "refused", other.ask("DELETE", "sessions/" + browser.ask("GET", "me")[2]["session"]["session_id"]))
    expect("it goes on", 200, browser.ask("GET", "me")[0])
    stolen = program.bearer
    expect("logging out", 200, program.ask("DELETE", "sessions/current")[0])
    problem("is over", 401, "session.over", Browser().ask("GET", "me", None, {"Authorization": "Bearer " + stolen}))
    old, program = browser.cookie, login("U6", bearer=True)[0]
    problem("a wrong current one", 401, "login.wrong", browser.ask("POST", "me/password", {"current": "wrong wrong wrong", "password": GOOD["U6"] + "x"}))
    problem("the same", 422, "password.same", browser.ask("POST", "me/password", {"current": GOOD["U6"], "password": GOOD["U6"]}))
    changed = secret(GOOD["U6"] + " 改")
    expect("a new password", 200, browser.enter("me/password", {"current": GOOD["U6"], "password": changed})[0])
    assert browser.cookie != old, "the session is a new one"
    expect("it goes on", 200, browser.ask("GET", "me")[0])
    problem("all others are over", 401, "session.over", program.ask("GET", "me"))
    problem("the old password", 401, "login.wrong", login("U6")[1])
    GOOD["U6"] = changed
    program = login("U6", bearer=True)[0]
    expect("logging out everywhere", 200, browser.ask("DELETE", "sessions")[0])
    assert browser.cookie is None, "the cookie is taken back"
    problem("everywhere", 401, "session.over", program.ask("GET", "me"))
    many = [login("U7", bearer=True)[0] for _ in range(12)]
    expect("ten at once", [401, 200], [many[0].ask("GET", "me")[0], many[-1].ask("GET", "me")[0]])
    kinmu("login", "close", "U7", "--logout", "--reason", "試験")
    problem("an administrator ends all", 401, "session.over", many[-1].ask("GET", "me"))
    last = login("U7", bearer=True)[0]
    kinmu("person", "state", "U7", "suspended")
    problem("who is suspended", 401, "session.over", last.ask("GET", "me"))
    problem("cannot log in", 401, "login.wrong", login("U7")[1])
    resumed()
    last = login("U7", bearer=True)[0]
    kinmu("login", "close", "U7", "--reason", "退社")
    problem("a closed login", 401, "session.over", last.ask("GET", "me"))
    problem("has no password", 401, "login.wrong", login("U7")[1])
    set_password("U7")


def resumed():
    """SCR-14: who is let in again (利用者再開) needs a new password; nothing of before is good."""
    kinmu("person", "state", "U7", "active")
    problem("the password of before", 401, "login.wrong", login("U7")[1])
    token = json.loads(kinmu("token", "create", "before", "self", "--person", "U7"))["token"]
    set_password("U7")
    waiting = invite("U7")
    last = login("U7", bearer=True)[0]
    by_token = lambda: Browser().ask("GET", "me", None, {"Authorization": "Bearer " + token})
    expect("a token of his", 200, by_token()[0])
    kinmu("person", "state", "U7", "suspended")
    problem("a token of who is suspended", 401, "login.failed", by_token())
    kinmu("person", "state", "U7", "active")
    problem("the session of before", 401, "session.over", last.ask("GET", "me"))
    problem("the token of before", 401, "login.failed", by_token())
    problem("the password of before", 401, "login.wrong", login("U7")[1])
    problem("the invitation of before", 401, "login.wrong",
            Browser().ask("POST", "login/password", {"person": "U7", "invite": waiting, "password": GOOD["U7"]}))
    assert re.search(r"U7 +manager +closed ", kinmu("login", "list")), kinmu("login", "list")
    text = invite("U7")
    problem("nor is it by being invited", 401, "login.wrong", login("U7")[1])
    problem("nor is the session", 401, "session.over", last.ask("GET", "me"))
    expect("a new password", 200, Browser().enter("login/password", {"person": "U7", "invite": text, "password": GOOD["U7"]})[0])
    expect("logs in", 200, login("U7")[1][0])
    problem("the session of before stays over", 401, "session.over", last.ask("GET", "me"))
    problem("and so does the token", 401, "login.failed", by_token())
    # Raced with logging in and with a password by an invitation: whatever came first, nothing of before is good after it.
    for _ in range(5):
        text = invite("U7")

        def work(i):
            if i == 0:
                kinmu("person", "state", "U7", "suspended")
                kinmu("person", "state", "U7", "active")
                return None
            browser = Browser()
            if i == 1:
                browser.enter("login/password", {"person": "U7", "invite": text, "password": GOOD["U7"], "bearer": True})
            return browser if i == 1 else login("U7", bearer=True)[0]

        for browser in at_once(3, work)[1:]:
            if browser.bearer:
                problem("a session raced with the end", 401, "session.over", browser.ask("GET", "me"))
        problem("a password raced with it", 401, "login.wrong", login("U7")[1])
        set_password("U7")


def rights():
    manager, admin, self = set_password("U2"), login("A")[0], set_password("U1", "--role", "self")
    expect("an approver", ["self", "manager"], manager.ask("GET", "me")[2]["rights"])
    expect("sees his people", 200, manager.ask("GET", "rows/kinmu.people.person?person=U6")[0])
    expect("but only as far as invited", ["self"], self.ask("GET", "me")[2]["rights"])
    expect("an administrator", 200, admin.ask("POST", "commands/people/person_list", {})[0])
    problem("invites nobody by a key", 422, "key.secret",
            admin.ask("POST", "commands/api/login_invite", {"person": "U6"}, {"Idempotency-Key": "x"}))
    for browser, wanted in ((manager, 403), (self, 403), (admin, 200)):
        status, _, said = browser.ask("POST", "commands/api/login_invite", {"person": "U1", "role": "self"})
        expect("who invites", wanted, status)
        if status == 200:
            secret(said["invite"])
    expect("tokens are the shell's", 404, admin.ask("POST", "commands/api/token_create", {})[0])
    expect("and sessions nobody's", 404, admin.ask("POST", "commands/api/session_begin", {})[0])
    for schema in ("login", "session", "token", "answer"):
        expect("kinmu.access is not shown", 404, admin.ask("GET", "rows/kinmu.access." + schema)[0])
    kinmu("call", "people", "person_set", "person=A", "is_admin=false")
    expect("no administrator any more", ["self"], [right for right in admin.ask("GET", "me")[2]["rights"]][:1])
    expect("may no longer", 403, admin.ask("POST", "commands/people/person_list", {})[0])
    kinmu("call", "people", "person_set", "person=A", "is_admin=true")
    said = admin.ask("GET", "openapi.json")[2]["paths"]
    expect("the description", ["get", "post", "delete"], [method for method in ("get", "post", "delete") if method in said["/api/v1/sessions"]])
    expect("open to everybody", [], said["/api/v1/sessions"]["post"]["security"])


def guessing():
    def wrong(person):
        begin = time.monotonic()
        answer = login(person, "これは正しくないパスワードです")[1]
        return answer, time.monotonic() - begin

    known, unknown = [], []
    for i in range(3):
        for person, times in (("U1", known), (f"nobody{i}", unknown)):
            answer, took = wrong(person)
            problem(person, 401, "login.wrong", answer)
            times.append(took)
    expect("the same answer", wrong("U1")[0][2], wrong("nobody0")[0][2])
    assert 0.2 < statistics.median(known) / statistics.median(unknown) < 5, (known, unknown)
    problem("the fifth", 401, "login.wrong", wrong("U1")[0])
    answer = login("U1")[1]
    problem("locked, with the right one too", 429, "login.often", answer)
    assert 1 <= int(answer[1]["retry-after"]) <= 900, answer
    expect("others are not", 200, login("U2")[1][0])
    text = invite("U1", "--role", "self")
    expect("a new invitation unlocks", 200, login("U1")[1][0])
    answers = at_once(20, lambda i: login("U2", "まだ正しくないパスワードです")[1])
    assert {status for status, _, _ in answers} <= {401, 429, 503}, answers
    expect("at once is no way around", True, len([1 for status, _, _ in answers if status == 401]) <= 5)
    kinmu("login", "close", "U2", "--logout")
    invite("U2")


def hundred():
    people = ("U1", "U2", "U6", "U7", "A")
    answers = at_once(100, lambda i: login(people[i % 5], bearer=True))
    for _, answer in answers:
        assert answer[0] == 200 or (answer[0] == 503 and int(answer[1]["retry-after"]) >= 1), answer
    browsers = [browser for browser, answer in answers if answer[0] == 200]
    assert len(browsers) >= 5 and len({browser.bearer for browser in browsers}) == len(browsers), len(browsers)
    expect("sessions of their own", {200}, {browser.ask("GET", "me")[0] for browser in browsers[-5:]})
    for person in people:
        expect("and nobody is locked", 200, login(person)[1][0])


def main():
    if ROUND == "all":
        open(FOLDER + "/secrets/list", "a").close()
        first_of_all()
        invitations()
        endings(*cookies())
        rights()
        guessing()
        hundred()
        browser = login("U6", bearer=True)[0]
        json.dump({"good": GOOD, "bearer": browser.bearer, "locked": [login("U7", "これも正しくないです")[1][0] for _ in range(5)]}, open(KEPT, "w"))
        return
    kept = json.load(open(KEPT))
    GOOD.update(kept["good"])
    if ROUND == "again":
        expect("a session outlives a restart", "U6", Browser().ask("GET", "me", None, {"Authorization": "Bearer " + kept["bearer"]})[2]["person"])
        expect("and so does a password", 200, login("U6")[1][0])
    elif ROUND == "idle":
        browser = None
        while browser is None or browser.ask("GET", "me")[0] == 200: # until the reload is there
            browser = login("U6")[0]
            time.sleep(1.3)
        problem("not used for a second", 401, "session.over", browser.ask("GET", "me"))
    elif ROUND == "life":
        browser = login("U6")[0]
        while browser.ask("GET", "me")[0] == 200:
            browser = browser if time.monotonic() % 3 < 2 else login("U6")[0]
        problem("its second is over", 401, "session.over", browser.ask("GET", "me"))
    elif ROUND == "later":
        text, asked = invite("U7"), Browser()
        again = {"person": "U7", "invite": text, "password": secret(GOOD["U7"] + " 再")}
        problem("a bad password leaves it good", 422, "password.short", asked.ask("POST", "login/password", dict(again, password="x")))
        with open(os.environ["CRASH_CLOCK_FILE"], "w") as clock:
            clock.write("86401")
        problem("a day later", 401, "login.wrong", asked.ask("POST", "login/password", again))
        with open(os.environ["CRASH_CLOCK_FILE"], "w") as clock:
            clock.write("0")
        expect("within the day", 200, asked.enter("login/password", again)[0])
    print("ok: logins", ROUND)


main()
