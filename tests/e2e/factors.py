"""factors.py PORT ROUND - what factors.sh asks of the API about second factors. Codes are made by oathtool; the clock is the
daemon's, moved by CRASH_CLOCK_FILE, so that each code stands at the begin of a step of its own."""
import json
import os
import re
import subprocess
import sys
import time

from browser import FOLDER, GOOD, KINMU, Browser, at_once, expect, invite, kinmu, login, problem, secret, set_password

ROUND = sys.argv[2]
KEPT = FOLDER + "/secrets/factors.json"
SECRETS = {}


def clock():
    try:
        return int(open(os.environ["CRASH_CLOCK_FILE"]).read())
    except FileNotFoundError:
        return 0


def move(seconds):
    text = str(clock() + seconds)
    with open(os.environ["CRASH_CLOCK_FILE"] + ".new", "w") as out:
        out.write(text)
    os.rename(os.environ["CRASH_CLOCK_FILE"] + ".new", os.environ["CRASH_CLOCK_FILE"])


def forward():
    """To the first seconds of a step at least two after this one."""
    now = time.time() + clock()
    move(62 + int(30 - now % 30) % 30)


def code(person, steps=0, key=None):
    key = key or SECRETS[person]
    return subprocess.run(["oathtool", "--totp", "-b", "-N", "@%d" % (time.time() + clock() + 30 * steps), key],
                          capture_output=True, text=True, check=True).stdout.strip()


def wrong(person):
    """Six digits that are the code of no step near."""
    near = {code(person, steps) for steps in range(-2, 4)}
    return next("%06d" % number for number in range(100000, 100010) if "%06d" % number not in near)


def offer(browser, person, **more):
    status, _, said = browser.ask("POST", "me/second_factor", dict({"password": GOOD[person]}, **more))
    expect(person + " is offered one", 200, status)
    with open(FOLDER + "/secrets/base32", "a") as out:
        out.write(said["secret"] + "\n")
    secret(said["secret"])
    expect("the address", f"otpauth://totp/Kinmu:{person}?secret={said['secret']}&issuer=Kinmu&algorithm=SHA1&digits=6&period=30", said["uri"])
    assert re.fullmatch("[A-Z2-7]{32}", said["secret"]), said
    return said["secret"]


def confirm(browser, person, key):
    status, _, said = browser.enter("me/second_factor/confirm", {"code": code(person, key=key), "bearer": bool(browser.bearer)})
    expect(person + " confirms it", 200, status)
    expect("ten recovery codes", 10, len(set(said["recovery_codes"])))
    for each in said["recovery_codes"]:
        assert re.fullmatch("([a-z2-7]{4}-){3}[a-z2-7]{4}", each), each
        secret(each)
        secret(each.replace("-", "").upper())
    SECRETS[person] = key
    return said["recovery_codes"]


def state(browser):
    said = browser.ask("GET", "me")[2]["second_factor"]
    return said["active"], said["required"], said["recovery_codes"]


def enrol():
    browser, other = set_password("U6"), login("U6", bearer=True)[0]
    expect("none yet", (False, False, 0), state(browser))
    problem("a wrong password", 401, "login.wrong", browser.ask("POST", "me/second_factor", {"password": "wrong wrong wrong"}))
    problem("nothing to confirm", 422, "factor.offer", browser.ask("POST", "me/second_factor/confirm", {"code": "123456"}))
    problem("nothing to remove", 422, "factor.none", browser.ask("POST", "me/second_factor/remove", {"password": GOOD["U6"]}))
    problem("from another site", 403, "csrf.needed", browser.ask("POST", "me/second_factor", {"password": GOOD["U6"]}, {"X-Kinmu-Csrf": "-"}))
    token = json.loads(kinmu("token", "create", "x", "self", "--person", "U6"))["token"]
    problem("by a token", 403, "session.needed",
            Browser().ask("POST", "me/second_factor", {"password": GOOD["U6"]}, {"Authorization": "Bearer " + token}))
    first = offer(browser, "U6")
    expect("offered is not set up", 200, login("U6")[1][0])
    key = offer(browser, "U6")
    assert key != first
    problem("the first code of an offer that was replaced", 401, "code.wrong",
            browser.ask("POST", "me/second_factor/confirm", {"code": code("U6", key=first)}))
    old = browser.cookie
    codes = confirm(browser, "U6", key)
    assert browser.cookie != old
    expect("set up", (True, False, 10), state(browser))
    problem("all other sessions are over", 401, "session.over", other.ask("GET", "me"))
    problem("confirmed twice", 422, "factor.offer", browser.ask("POST", "me/second_factor/confirm", {"code": code("U6", 1)}))
    late = set_password("U7")
    key = offer(late, "U7")
    move(601)
    problem("ten minutes later", 422, "factor.offer", late.ask("POST", "me/second_factor/confirm", {"code": code("U7", key=key)}))
    assert re.search(r"U6 .* yes +-\n", kinmu("login", "list")), kinmu("login", "list")
    return codes


def asked(codes):
    problem("a password alone", 401, "code.needed", login("U6")[1])
    problem("a wrong password with a code", 401, "login.wrong", login("U6", "wrong wrong wrong", code=code("U6"))[1])
    forward()
    problem("three steps ahead", 401, "code.wrong", login("U6", code=code("U6", 3))[1])
    problem("two steps ago", 401, "code.wrong", login("U6", code=code("U6", -2))[1])
    now = code("U6")
    expect("the step before", 200, login("U6", code=code("U6", -1))[1][0])
    problem("again", 401, "code.wrong", login("U6", code=code("U6", -1))[1])
    expect("this step", 200, login("U6", code=now[:3] + " " + now[3:])[1][0])
    problem("again", 401, "code.wrong", login("U6", code=now)[1])
    expect("the step after", 200, login("U6", code=code("U6", 1))[1][0])
    forward()
    ahead = code("U6", 1)
    expect("a clock that is fast", 200, login("U6", code=ahead)[1][0])
    problem("then no code from before it", 401, "code.wrong", login("U6", code=code("U6"))[1])
    for _ in range(5):
        forward()
        now = code("U6")
        expect("one of two at once", [200, 401], sorted(at_once(2, lambda i: login("U6", code=now)[1][0])))
    browser, answer = login("U6", code=codes[0])
    expect("a recovery code", 200, answer[0])
    expect("is used up", (True, False, 9), state(browser))
    problem("for good", 401, "code.wrong", login("U6", code=codes[0])[1])
    expect("as it is typed", 200, login("U6", code=codes[1].upper().replace("-", " "))[1][0])
    answers = at_once(3, lambda i: login("U6", code=codes[2])[1][0])
    expect("one of three at once", 1, answers.count(200))
    told = [row["values"] for row in browser.ask("GET", "rows/kinmu.audit.change?person=U6&limit=1000")[2]["rows"]]
    assert any(row.get("object") == "kinmu.access.factor/1" and row.get("after") == '{"recovery_codes":9}' for row in told), told
    assert [row for row in told if row.get("action") == "login" and row.get("result") == "failed"], told


def guessed():
    """Right passwords between wrong codes are no way around the lock; who is locked is so with the right code."""
    kinmu("login", "invite", "U6")
    forward()
    for _ in range(5):
        problem("guessing", 401, "code.wrong", login("U6", code=wrong("U6"))[1])
        assert login("U6")[1][0] in (401, 429), "the password alone"
    problem("the right one", 429, "login.often", login("U6", code=code("U6"))[1])
    kinmu("login", "invite", "U6")
    expect("an invitation unlocks", 200, login("U6", code=code("U6"))[1][0])
    forward()
    answers = at_once(20, lambda i: login("U6", code=wrong("U6"))[1])
    assert len([1 for answer in answers if answer[0] == 401]) <= 5, answers
    kinmu("login", "invite", "U6")
    browser = login("U6", code=code("U6"))[0]
    for _ in range(5):
        problem("guessing by a session", 401, "code.wrong",
                browser.ask("POST", "me/second_factor/remove", {"password": GOOD["U6"], "code": wrong("U6")}))
    problem("is locked, too", 429, "login.often",
            browser.ask("POST", "me/second_factor/remove", {"password": GOOD["U6"], "code": code("U6")}))
    problem("whatever else a browser sends along", 429, "login.often",
            browser.ask("POST", "me/second_factor/remove", {"password": GOOD["U6"], "code": code("U6")},
                        {"Cookie": "a=1; __Host-kinmu=" + browser.cookie}))


def of_another():
    browser = set_password("U2")
    SECRETS["U2"] = None
    key = offer(browser, "U2")
    codes = confirm(browser, "U2", key)
    forward()
    problem("another's code", 401, "code.wrong", login("U6", code=code("U2"))[1])
    problem("another's recovery code", 401, "code.wrong", login("U6", code=codes[0])[1])
    expect("his own", 200, login("U2", code=code("U2"))[1][0])
    expect("and still its owner's", 200, login("U2", code=codes[0])[1][0])
    return codes


def changed(codes):
    forward()
    browser, other = login("U2", code=code("U2"))[0], login("U2", code=codes[1], bearer=True)[0]
    problem("changing without a code", 401, "code.needed", browser.ask("POST", "me/second_factor", {"password": GOOD["U2"]}))
    problem("by the code that logged in", 401, "code.wrong", browser.ask("POST", "me/second_factor", {"password": GOOD["U2"], "code": code("U2")}))
    forward()
    used = code("U2")
    key = offer(browser, "U2", code=used)
    problem("and that code is used", 401, "code.wrong", login("U2", code=used)[1])
    forward()
    expect("the old one until it is confirmed", 200, login("U2", code=code("U2"))[1][0])
    fresh = confirm(browser, "U2", key)
    problem("others are over", 401, "session.over", other.ask("GET", "me"))
    problem("the recovery codes of before", 401, "code.wrong", login("U2", code=codes[2])[1])
    problem("removing without a code", 401, "code.needed", browser.ask("POST", "me/second_factor/remove", {"password": GOOD["U2"]}))
    problem("with a wrong password", 401, "login.wrong",
            browser.ask("POST", "me/second_factor/remove", {"password": "wrong wrong wrong", "code": fresh[0]}))
    expect("removed", 200, browser.enter("me/second_factor/remove", {"password": GOOD["U2"], "code": fresh[0]})[0])
    expect("it goes on", (False, False, 0), state(browser))
    expect("a password suffices", 200, login("U2")[1][0])


def reset():
    """A new password is no way around the code (invitations are mailed); an administrator clears, and it is told."""
    text, asked = invite("U6"), Browser()
    forward()
    new = {"person": "U6", "invite": text, "password": secret(GOOD["U6"] + " 再")}
    problem("an invitation alone", 401, "code.needed", asked.ask("POST", "login/password", new))
    problem("with a wrong code", 401, "code.wrong", asked.ask("POST", "login/password", dict(new, code=wrong("U6"))))
    now = code("U6")
    expect("with a code", 200, asked.enter("login/password", dict(new, code=now))[0])
    GOOD["U6"] = new["password"]
    problem("which is used", 401, "code.wrong", login("U6", code=now)[1])
    admin = set_password("A", "--role", "admin")
    manager = login("U2")[0]
    problem("who may not", 403, "role.denied", manager.ask("POST", "commands/api/factor_clear", {"person": "U6"}))
    forward()
    browser = login("U6", code=code("U6"))[0]
    expect("cleared", 200, admin.ask("POST", "commands/api/factor_clear", {"person": "U6", "reason": "電話の紛失"})[0])
    problem("his sessions are over", 401, "session.over", browser.ask("GET", "me"))
    browser, answer = login("U6")
    expect("a password suffices", 200, answer[0])
    told = [row["values"] for row in browser.ask("GET", "rows/kinmu.audit.change?person=U6&limit=1000")[2]["rows"]]
    assert any(row.get("object") == "kinmu.access.factor/1" and row.get("reason") == "電話の紛失" and row["changed_by"].endswith("A") for row in told), told
    problem("cleared twice", 404, "refused", admin.ask("POST", "commands/api/factor_clear", {"person": "U6"}))
    key = offer(admin, "A")
    confirm(admin, "A", key)
    problem("one's own", 403, "refused", admin.ask("POST", "commands/api/factor_clear", {"person": "A"}))
    problem("nor with the login", 403, "refused", admin.ask("POST", "commands/api/login_close", {"person": "A"}))
    expect("is still set up", True, state(admin)[0])
    key = offer(browser, "U6")
    confirm(browser, "U6", key)
    assert subprocess.run([KINMU, "factor", "clear", "U1"], capture_output=True).returncode != 0
    expect("at the shell", "none", json.loads(kinmu("factor", "clear", "U6", "--reason", "紛失"))["state"])
    browser = login("U6")[0]
    confirm(browser, "U6", offer(browser, "U6"))
    kinmu("login", "close", "U6")
    expect("closing takes it away", 200, set_password("U6").ask("GET", "me")[0])
    browser = login("U6")[0]
    confirm(browser, "U6", offer(browser, "U6"))


def required():
    """second_factor: [admin]; whose login was there before is let to himself only."""
    while not (said := Browser().ask("GET", "me")) or not state(login("A", code=next_code("A"))[0])[1]:
        assert said
    forward()
    expect("with one", 200, login("A", code=code("A"))[0].ask("GET", "schemas")[0])
    expect("who needs none", 200, login("U2")[0].ask("GET", "schemas")[0])
    expect("cleared", 0, subprocess.run([KINMU, "factor", "clear", "A"], capture_output=True).returncode)
    browser, answer = login("A")
    expect("logs in", 200, answer[0])
    expect("to himself", (False, True, 0), state(browser))
    for method, path in (("GET", "schemas"), ("GET", "rows/kinmu.people.person"), ("POST", "commands/people/person_list"),
                         ("POST", "commands/api/login_invite"), ("GET", "master/user"), ("GET", "searches"), ("GET", "commands")):
        problem(path, 403, "factor.needed", browser.ask(method, path, {} if method == "POST" else None))
    confirm(browser, "A", offer(browser, "A"))
    expect("set up", 200, browser.ask("GET", "schemas")[0])
    json.dump({"secrets": SECRETS, "good": GOOD}, open(KEPT, "w"))


def next_code(person):
    forward()
    return code(person)


def main():
    if ROUND == "all":
        asked(enrol())
        guessed()
        changed(of_another())
        reset()
        json.dump({"secrets": SECRETS, "good": GOOD}, open(KEPT, "w"))
    else:
        kept = json.load(open(KEPT))
        SECRETS.update(kept["secrets"])
        GOOD.update(kept["good"])
        if ROUND == "required":
            required()
        elif ROUND == "again":
            forward()
            problem("still needed", 401, "code.needed", login("A")[1])
            now = code("A")
            expect("and the same", 200, login("A", code=now)[1][0])
            problem("once", 401, "code.wrong", login("A", code=now)[1])
        elif ROUND == "lost":
            forward()
            problem("the key is another one", 503, "factor.key", login("A", code=code("A"))[1])
            for _ in range(6):
                problem("nor is a recovery code judged", 503, "factor.key", login("A", code="abcd-efgh-2345-67ab")[1])
            problem("nor without", 401, "code.needed", login("A")[1])
            kinmu("factor", "clear", "A")
            expect("cleared", 200, login("A")[1][0])
    print("ok: factors", ROUND)


main()
