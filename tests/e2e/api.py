"""api.py PORT FILE all|again - what api.sh asks of the API. FILE keeps what the second round compares."""
import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse

PORT, KEPT, ROUND = int(sys.argv[1]), sys.argv[2], sys.argv[3]
KINMU = os.environ["KINMU"]


def kinmu(*words):
    done = subprocess.run([KINMU, *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def ask(token, method, path, body=None, headers=None):
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    send = {"Authorization": "Bearer " + token} if token else {}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    if body is not None:
        send["Content-Type"] = "application/json"
    send.update(headers or {})
    line.request(method, "/api/v1/" + path, body, send)
    answer = line.getresponse()
    text = answer.read()
    line.close()
    head = {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, head, json.loads(text) if text[:1] == b"{" else text


def expect(what, wanted, got):
    assert wanted == got, f"{what}: expected {wanted!r}, got {got!r}"


def problem(what, wanted, code, answer):
    status, head, said = answer
    expect(what, (wanted, "application/problem+json", "no-store"), (status, head["content-type"], head["cache-control"]))
    expect(what, (wanted, "urn:kinmu:problem:" + code), (said["status"], said["type"]))
    for member in ("title", "title_ja", "detail", "detail_ja"):
        assert said[member], (what, said)
    assert any(ord(letter) > 0x3000 for letter in said["detail_ja"]), (what, said)


def create(name, role, *more):
    return json.loads(kinmu("token", "create", name, role, *more))


def command(token, path, body, headers=None):
    return ask(token, "POST", "commands/" + path, body, headers)


def pages(token, path, between=lambda: None):
    rows, cursor = [], ""
    while True:
        status, _, page = ask(token, "GET", path + cursor)
        expect(path + cursor, 200, status)
        rows += page["rows"]
        if page["next"] is None:
            return rows
        cursor = "&cursor=" + page["next"]
        between()


TOKENS = {}

# The day before yesterday, a business day in Tokyo, whose clock is nine hours ahead.
BEGIN_S = int(time.time() + 9 * 3600) // 86400 * 86400 - 2 * 86400 + (5 - 9) * 3600
DAY = "from=" + time.strftime("%FT%T+09:00", time.gmtime(BEGIN_S + 9 * 3600))

# Every endpoint by every role: what it answers. X = nobody. "another" is a person outside the manager's groups.
ROLES = ("X", "self", "manager", "admin", "personless", "operator", "reader", "caller")
MATRIX = [
    # method, path, body,                                  X    self mngr admn none oper read call
    ("GET", "openapi.json", None,                          401, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "me", None,                                    401, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "schemas", None,                               401, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "commands", None,                              401, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "rows/kinmu.people.person", None,              401, 200, 200, 200, 200, 200, 200, 403),
    ("GET", "rows/kinmu.people.person/1", None,            401, 200, 200, 200, 200, 200, 200, 403),
    ("GET", "rows/kinmu.people.person?person=U6", None,    401, 200, 200, 200, 200, 200, 200, 403),
    ("GET", "rows/kinmu.people.person?person=U7", None,    401, 404, 200, 200, 200, 200, 200, 403),
    ("GET", "rows/kinmu.people.person?person=U5", None,    401, 404, 404, 200, 200, 200, 200, 403),
    ("GET", "rows/kinmu.people.person?person=XX", None,    401, 404, 404, 200, 200, 200, 200, 403),
    ("GET", "rows/kinmu.work.day?person=U5", None,         401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "rows/kinmu.input.minute?person=U5", None,     401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "rows/kinmu.audit.read?person=U7", None,       401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "rows/kinmu.people.group", None,               401, 200, 200, 200, 200, 200, 403, 403),
    ("GET", "rows/kinmu.people.setting", None,             401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "rows/kinmu.access.token", None,               401, 404, 404, 404, 404, 404, 404, 404),
    ("GET", "people/U6/timeline?" + DAY, None,             401, 200, 200, 200, 200, 200, 403, 403),
    ("GET", "people/U5/timeline?" + DAY, None,             401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "people/XX/timeline?" + DAY, None,             401, 404, 404, 404, 404, 404, 403, 403),
    ("GET", "search/kinmu.session.change", None,           401, 200, 200, 200, 200, 200, 403, 403),
    ("GET", "search/kinmu.session.change?person=U5", None, 401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "search/kinmu.audit.read?person=U7", None,     401, 404, 404, 200, 200, 200, 403, 403),
    ("GET", "search/kinmu.people.person", None,            401, 422, 422, 422, 422, 422, 422, 403),
    ("GET", "attendance/logs", None,                       401, 200, 200, 200, 200, 403, 403, 403),
    ("GET", "attendance/logs?person=U5", None,             401, 404, 404, 200, 200, 403, 403, 403),
    ("GET", "reports/differences?month=202611", None,      401, 200, 200, 200, 200, 403, 403, 403),
    ("GET", "reports/differences?month=202611&person=U5", None,
                                                           401, 404, 404, 200, 200, 403, 403, 403),
    ("GET", "searches", None,                              401, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "searches/x/rows", None,                       401, 404, 404, 404, 404, 404, 404, 404),
    ("POST", "commands/api/search_delete", {"name": "x"},  401, 404, 404, 404, 404, 403, 403, 403),
    ("GET", "kinmu?month=202611", None,                    401, 200, 200, 200, 200, 403, 403, 403),
    ("GET", "kinmu?month=202611&person=U5", None,          401, 404, 404, 200, 200, 403, 403, 403),
    ("GET", "jobs", None,                                  401, 403, 403, 200, 200, 403, 403, 403),
    ("GET", "jobs/1", None,                                401, 403, 403, 404, 404, 403, 403, 403),
    ("GET", "jobs/1/files/a.csv", None,                    401, 403, 403, 404, 404, 403, 403, 403),
    ("GET", "master/a.csv", None,                          401, 403, 403, 404, 404, 403, 403, 403),
    ("GET", "sessions", None,                              401, 403, 403, 403, 403, 403, 403, 403),
    ("DELETE", "sessions", None,                           401, 403, 403, 403, 403, 403, 403, 403),
    ("DELETE", "sessions/current", None,                   401, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "sessions", {},                               422, 422, 422, 422, 422, 422, 422, 422),
    ("POST", "sessions", {"person": "U6", "password": "?"}, 401, 401, 401, 401, 401, 429, 429, 429),
    ("POST", "login/password", {},                         422, 422, 422, 422, 422, 422, 422, 422),
    ("POST", "me/password", {"current": "", "password": ""}, 401, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "me/second_factor", {"password": ""},         401, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "me/second_factor/confirm", {"code": ""},     401, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "me/second_factor/remove", {"password": ""},  401, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "commands/api/factor_clear", {"person": "U9"}, 401, 403, 403, 404, 404, 403, 403, 403),
    ("POST", "commands/api/factor_offer", {},              401, 404, 404, 404, 404, 404, 404, 404),
    ("POST", "commands/api/login_invite", {"person": "U6"}, 401, 403, 403, 200, 200, 403, 403, 403),
    ("POST", "commands/api/login_close", {"person": "U9"}, 401, 403, 403, 404, 404, 403, 403, 403),
    ("POST", "commands/api/session_begin", {},             401, 404, 404, 404, 404, 404, 404, 404),
    ("GET", "rows/kinmu.access.login", None,               401, 404, 404, 404, 404, 404, 404, 404),
    ("GET", "rows/no.such.schema", None,                   401, 404, 404, 404, 404, 404, 404, 404),
    ("POST", "commands/people/person_list", {},            401, 403, 403, 200, 200, 403, 403, 403),
    ("POST", "commands/people/access_ask", {},             401, 403, 403, 403, 403, 422, 403, 403),
    ("POST", "commands/approval/shift", {},                401, 200, 200, 200, 403, 403, 403, 200),
    ("POST", "commands/approval/shift", {"person": "U5"},  401, 403, 403, 200, 200, 403, 403, 403),
    ("POST", "commands/approval/inbox", {},                401, 403, 200, 200, 200, 403, 403, 403),
    ("POST", "commands/approval/approve", {"request_id": "r0-0"},
                                                           401, 403, 404, 404, 404, 403, 403, 403),
    ("POST", "imports", {},                                401, 403, 403, 415, 415, 403, 403, 403),
    ("POST", "commands/people/import", {},                 401, 404, 404, 404, 404, 404, 404, 404),
    ("POST", "commands/api/token_create", {},              401, 404, 404, 404, 404, 404, 404, 404),
    ("POST", "commands/api/answer_begin", {},              401, 404, 404, 404, 404, 404, 404, 404),
    ("GET", "commands/approval/shift", None,               405, 405, 405, 405, 405, 405, 405, 405),
    ("POST", "me", {},                                     405, 405, 405, 405, 405, 405, 405, 405),
    ("GET", "nothing", None,                               404, 404, 404, 404, 404, 404, 404, 404),
]


def matrix():
    for method, path, body, *wanted in MATRIX:
        for role, status in zip(ROLES, wanted):
            answer = ask(TOKENS.get(role), method, path, body)
            assert answer[0] == status, f"{role} {method} {path} {body}: expected {status}, got {answer}"
    # The table knows every address of the description but the commands, and some command of each permission.
    paths = ask(TOKENS["admin"], "GET", "openapi.json")[2]["paths"]
    known = {path.split("?")[0] for _, path, *_ in MATRIX}
    for path, methods in paths.items():
        form = path.removeprefix("/api/v1/")
        for word, example in (("{schema}", "kinmu.people.person"), ("{version}", "1"), ("{person}", "U6"), ("{job}", "1"),
                              ("{file}", "a.csv"), ("{name}", "x"), ("{session}", "current")):
            form = form.replace(word, example)
        assert form in known or form.startswith("commands/"), f"{path} is not in the table"
    permissions = {methods["post"]["x-permission"] for path, methods in paths.items() if path.startswith("/api/v1/commands/") and "post" in methods}
    expect("permissions", {"self", "manager", "admin", "operator"}, permissions)


def fields():
    def of(role, path):
        return {row["values"]["person"]: row["values"] for row in pages(TOKENS[role], path)}

    own = of("self", "rows/kinmu.people.person?limit=1")
    expect("a person sees himself alone", ["U6"], list(own))
    assert own["U6"]["mail"] == "U6@example.com" and own["U6"]["is_admin"] is False, own
    managed = of("manager", "rows/kinmu.people.person?limit=2")
    expect("a manager sees his group and himself", {"U2", "U6", "U7"}, set(managed))
    everybody = of("admin", "rows/kinmu.people.person?limit=4")
    expect("an administrator sees all", {"U1", "U2", "U5", "U6", "U7", "A"}, set(everybody))
    node = of("operator", "rows/kinmu.people.person")
    assert "name" not in node["U6"] and "person" in node["U6"], node
    groups = pages(TOKENS["self"], "rows/kinmu.people.group")
    assert len(groups) == 3 and all("approvers" not in row["values"] for row in groups), groups
    problem("a field that is not shown is no condition", 422, "query.unknown",
            ask(TOKENS["operator"], "GET", "rows/kinmu.people.person?name=U6"))
    expect("a condition", ["U7"], list(of("admin", "rows/kinmu.people.person?employee_no=NU7")))
    read = pages(TOKENS["subordinate"], "rows/kinmu.audit.read?order=time")
    assert any(row["values"]["reader"] == "U2" and row["values"]["schema"] == "kinmu.people.person/1" for row in read), read
    assert all(row["values"]["of_person"] == "U7" for row in read), read


def timeline():
    feed = os.path.join(os.path.dirname(KEPT), "feed.txt")
    kinmu("account", "set", "sato7", "--person", "U7", "--from_date", time.strftime("%F", time.gmtime(BEGIN_S - 172800)))
    lines = [(0, "change logon"), (-60, "input 9"), (0, "input 3"), (60, "input 5"), (120, "input 0"), (180, "input 0"),
             (240, "input 1"), (1800, "gap 600"), (1500, "gap 600"), (90000, "gap 4000"), (86400, "input 7"),
             (600, "presence away"), (3600, "change lock")]
    with open(feed + ".part", "w") as out:
        for at, said in sorted(lines):
            out.write(f"{BEGIN_S + at} sato7 {said}\n")
        out.write(f"{BEGIN_S} other input 5\n")
    os.rename(feed + ".part", feed)
    path = "people/U7/timeline?" + DAY

    def moment(second):
        return time.strftime("%FT%T+09:00", time.gmtime(BEGIN_S + second + 9 * 3600))

    def spans(said, group, name, more=None):
        for each in said[group][name]:
            assert len(each["origin"]) == 32, each
        return [(each["kind"], each["from"], each["to"], *([each[more]] if more else [])) for each in said[group][name]]

    begun = time.time()
    said = {"day": None}
    while said["day"] is None or len(said["computers"]["changes"]) < 2:
        assert time.time() < begun + 20, said
        said = ask(TOKENS["subordinate"], "GET", path)[2]
    expect("whose, and when", ("U7", moment(0), moment(86400)), (said["person"], said["from"], said["to"]))
    expect("the day is the row", (moment(0)[:10], "U7", "Asia/Tokyo"),
           (said["day"]["date"], said["day"]["person"], said["day"]["zone"]))
    expect("operation", [("operated", moment(0), moment(120)), ("quiet", moment(120), moment(240)),
                         ("operated", moment(240), moment(300))], spans(said, "computers", "operation"))
    expect("gaps are gaps", [("gap", moment(900), moment(1800), "stopped"), ("gap", moment(86000), moment(86400), "stopped")],
           spans(said, "computers", "gaps", "cause"))
    expect("changes", [("logon", moment(0), moment(0), "exact"), ("lock", moment(3600), moment(3600), "exact")],
           spans(said, "computers", "changes", "quality"))
    expect("a messenger is no camera, and nothing here tells of incidents", ([], None), (said["lanes"]["presence"], said["lanes"]["incident"]))
    # Punches of now: work, a break, work again, which goes on until it is ended.
    for kind in ("start", "break", "resume"):
        expect(kind, 200, command(TOKENS["subordinate"], "approval/punch", {"kind": kind})[0])
    recent = "people/U7/timeline?from=" + time.strftime("%FT%TZ", time.gmtime(time.time() - 3600))
    work = spans(ask(TOKENS["subordinate"], "GET", recent)[2], "lanes", "work")
    expect("the lane of work", ["work", "break", "work"], [kind for kind, *_ in work])
    expect("has no holes", (work[1][1], work[2][1], None), (work[0][2], work[1][2], work[2][2]))
    expect("an end", 200, command(TOKENS["subordinate"], "approval/punch", {"kind": "end"})[0])
    assert ask(TOKENS["subordinate"], "GET", recent)[2]["lanes"]["work"][-1]["to"], "the shift was ended"
    # By others: the fields they may see, and he is told of each schema once.
    said = ask(TOKENS["manager"], "GET", path)[2]
    expect("a manager sees minutes", 3, len(said["computers"]["operation"]))
    expect("and his punches", 200, ask(TOKENS["manager"], "GET", recent)[0])
    looks = []
    while looks.count("kinmu.work.day/1") < 1 or looks.count("kinmu.attendance.punch/1") < 1:
        looks = [row["values"]["schema"] for row in pages(TOKENS["subordinate"], "rows/kinmu.audit.read?order=time")
                 if row["values"]["reader"] == "U2"]
        assert time.time() < begun + 20, looks
    expect("who looked at him, once", (1, 1, 1), tuple(looks.count(f"kinmu.{name}/1") for name in
                                                       ("input.minute", "observation.gap", "attendance.punch")))
    said = ask(TOKENS["operator"], "GET", path)[2]
    expect("an operator sees gaps, no work", (None, None, None, 2), (said["lanes"]["work"], said["computers"]["operation"],
                                                                     said["computers"]["changes"], len(said["computers"]["gaps"])))
    for query, code in (("", "query.value"), ("from=2026-11-22", "query.value"), (DAY + "&to=" + moment(0), "query.value"),
                        (DAY + "&to=" + moment(90001), "query.value"), (DAY + "&order=time", "query.unknown")):
        problem(query, 422, code, ask(TOKENS["subordinate"], "GET", "people/U7/timeline?" + query))
    expect("25 hours", 200, ask(TOKENS["subordinate"], "GET", path + "&to=" + moment(90000))[0])


def bad_input():
    token = TOKENS["self"]
    problem("no JSON", 400, "body.json", command(token, "approval/shift", b"{"))
    problem("twice", 400, "body.json", command(token, "approval/shift", b'{"person":"U6","person":"U6"}'))
    problem("a list", 400, "body.object", command(token, "approval/shift", b"[]"))
    problem("not UTF-8", 400, "body.json", command(token, "approval/shift", b'{"person":"\xff"}'))
    problem("deep", 400, "body.json", command(token, "approval/shift", b'{"a":' + b"[" * 100000))
    problem("unknown member", 422, "body.unknown", command(token, "approval/shift", {"persn": "U6"}))
    problem("missing", 422, "body.missing", command(token, "approval/punch", {}))
    problem("of another type", 422, "body.type", command(token, "approval/punch", {"kind": 1}))
    problem("a number for a text", 422, "body.type", command(token, "approval/punch", {"kind": "start", "overtime_min": "60"}))
    problem("a NUL", 400, "body.json", command(token, "approval/shift", {"person": "U6\0"}))
    problem("too long a text", 422, "body.type", command(token, "approval/shift", {"person": "x" * 20000}))
    problem("no choice", 422, "body.choice", command(token, "approval/punch", {"kind": "begin"}))
    problem("form data", 415, "body.type.header",
            command(token, "approval/shift", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}))
    status, head, said = command(token, "approval/shift", b'{"person":"' + b"x" * 1100000 + b'"}')
    expect("oversize", (413, "application/problem+json", 413), (status, head["content-type"], said["status"]))
    problem("a bad key", 400, "key.bad", command(token, "approval/shift", {}, {"Idempotency-Key": "x" * 129}))
    for query, status, code in (("limit=0", 422, "query.value"), ("limit=1001", 422, "query.value"),
                                ("limit=x", 422, "query.value"), ("order=name", 422, "query.value"),
                                ("from=2026-11-22", 422, "query.value"), ("nothing=1", 422, "query.unknown"),
                                ("limit=1&limit=2", 400, "query.twice"), ("person=%ff", 400, "query.encoding"),
                                ("person=%0", 400, "query.encoding"), ("cursor=zz", 422, "cursor.bad"),
                                ("cursor=5b5d", 422, "cursor.bad"), ("date.over=1", 422, "query.unknown"),
                                ("date.min=2026-02-30", 422, "query.value"), ("date=2026-11", 422, "query.value"),
                                ("state.part=", 422, "query.value"), ("work_min.part=1", 422, "query.value"),
                                ("state.max=", 200, None)):
        answer = ask(TOKENS["admin"], "GET", "rows/kinmu.work.day?" + query)
        if code is None:
            expect(query, status, answer[0])
        else:
            problem(query, status, code, answer)
    problem("time without a person", 422, "query.order", ask(TOKENS["admin"], "GET", "rows/kinmu.input.minute?order=time"))
    expect("from with an offset", 200,
           ask(token, "GET", "rows/kinmu.input.minute?from=2026-11-22T00:00:00+09:00&to=2026-11-23T00:00:00Z")[0])
    first = ask(TOKENS["admin"], "GET", "rows/kinmu.people.person?limit=1")[2]["next"]
    problem("a cursor of another question", 422, "cursor.other",
            ask(TOKENS["admin"], "GET", "rows/kinmu.people.person?state=active&cursor=" + first))
    problem("a cursor of another caller", 422, "cursor.other",
            ask(TOKENS["personless"], "GET", "rows/kinmu.people.person?cursor=" + first))


def repeated(kept):
    body = {"kind": "overtime", "date": kept["date"], "overtime_min": 30, "reason": "鍵"}
    key = {"Idempotency-Key": "one"}
    first = command(TOKENS["self"], "approval/request", body, key)
    expect("a request", (200, "pending"), (first[0], first[2]["state"]))
    again = command(TOKENS["self"], "approval/request", body, key)
    expect("the same again", (first[0], first[2]), (again[0], again[2]))
    problem("another body", 422, "key.other", command(TOKENS["self"], "approval/request", dict(body, reason="x"), key))
    problem("another command", 422, "key.other", command(TOKENS["self"], "approval/shift", {}, key))
    refused = command(TOKENS["self"], "approval/resubmit", {"request_id": first[2]["request_id"]}, {"Idempotency-Key": "two"})
    problem("a refusal", 422, "refused", refused)
    expect("is kept, too", refused[2], command(TOKENS["self"], "approval/resubmit",
                                              {"request_id": first[2]["request_id"]}, {"Idempotency-Key": "two"})[2])
    listed = command(TOKENS["self"], "approval/request_list", {})[2]["rows"]
    expect("it was done once", 1, len([row for row in listed if row.get("reason") == "鍵"]))
    other = command(TOKENS["subordinate"], "approval/shift", {}, key)
    expect("another caller's key is his own", 200, other[0])
    shown = command(TOKENS["self"], "approval/request_show", {"request_id": first[2]["request_id"]})
    expect("a JSON output is JSON", "submit", shown[2]["text"]["steps"][0]["action"])
    # What is another's is answered as what is not there: word for word, but for the id that was asked for.
    task = command(TOKENS["self"], "approval/task_add", {"title": "隠す"})[2]["task_id"]
    for path, field, there, more in (
            ("request_show", "request_id", first[2]["request_id"], {}), ("withdraw", "request_id", first[2]["request_id"], {}),
            ("resubmit", "request_id", first[2]["request_id"], {}), ("task_set", "task_id", task, {"title": "x"}),
            ("task_delete", "task_id", task, {}), ("task_list", "person", "U6", {}), ("request_list", "person", "U6", {}),
            ("shift", "person", "U6", {}), ("task_add", "person", "U6", {"title": "x"})):
        told = []
        for what in (there, "r0-0" if field == "request_id" else "nothing"):
            status, _, said = command(TOKENS["stranger"], "approval/" + path, dict(more, **{field: what}))
            told.append((status, said["type"], said["detail"].replace(what, "*"), said["detail_ja"].replace(what, "*")))
        expect("another's " + path, told[1], told[0])
        expect("and nothing else", field == "person", told[0][0] == 403)
    # Twenty at once under one key: one of them does it, the others are told so or get its answer.
    answers = at_once(20, lambda i: command(TOKENS["self"], "approval/task_add", {"title": "同時"}, {"Idempotency-Key": "many"}))
    assert {status for status, _, _ in answers} <= {200, 409}, answers
    expect("one task", 1, len([row for row in command(TOKENS["self"], "approval/task_list", {})[2]["rows"] if row["title"] == "同時"]))
    kept.update(body=body, first=first[2])


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


def race(kept):
    made = command(TOKENS["subordinate"], "approval/request",
                   {"kind": "overtime", "date": kept["date"], "overtime_min": 60, "reason": "競争"})
    expect("to race over", 200, made[0])
    which = {"request_id": made[2]["request_id"]}
    ways = (("manager", "approve"), ("manager", "deny"), ("upper", "approve"), ("subordinate", "withdraw"))
    answers = at_once(100, lambda i: command(TOKENS[ways[i % 4][0]], "approval/" + ways[i % 4][1], which))
    won = [answer for answer in answers if answer[0] == 200]
    expect("of 100 clients one decides", 1, len(won))
    expect("and all others are told", {422}, {status for status, _, _ in answers} - {200})
    shown = command(TOKENS["subordinate"], "approval/request_show", which)[2]["text"]
    expect("as it is written down", won[0][2]["state"], shown["state"])
    expect("in two steps", 2, len(shown["steps"]))
    expect("by himself", shown["steps"][1]["decided_by"], {"approve": shown["steps"][1]["decided_by"], "deny": "U2",
                                                           "withdraw": "U7"}[shown["steps"][1]["action"]])


def paging():
    token = TOKENS["self"]

    def add():
        expect("a task", 200, command(token, "approval/task_add", {"title": "増える"})[0])

    for _ in range(7):
        add()
    before = {row["values"]["task_id"] for row in pages(token, "rows/kinmu.work.task?limit=1000")}
    ids = [row["values"]["task_id"] for row in pages(token, "rows/kinmu.work.task?limit=2", add)]
    assert len(ids) == len(set(ids)) and before <= set(ids), (before, ids)
    titles = [row["values"]["title"] for row in pages(token, "rows/kinmu.work.task?limit=1000")]
    for part in ("増え", "%", "_"):
        found = pages(token, "rows/kinmu.work.task?limit=3&title.part=" + urllib.parse.quote(part))
        expect("tasks with " + part, sorted(title for title in titles if part in title), sorted(row["values"]["title"] for row in found))
    assert "増える" in titles, titles
    for order in ("journal", "time", "-time"):
        path = "rows/kinmu.audit.change?person=U6&order=" + order
        before = [(row["origin"], row["sequence"]) for row in pages(token, path + "&limit=1000")]
        rows = [(row["origin"], row["sequence"]) for row in pages(token, path + "&limit=3", add)]
        assert len(rows) == len(set(rows)) and set(before) <= set(rows), (order, before, rows)
        expect("in order " + order, before, [row for row in rows if row in set(before)])


def unchanged():
    path = "rows/kinmu.work.task?limit=1000"
    tag = ask(TOKENS["self"], "GET", path)[1]["etag"]

    def since(role):
        status, head, body = ask(TOKENS[role], "GET", path, None, {"If-None-Match": 'W/"older", ' + tag})
        return status, head["etag"] == tag, body == b""

    expect("what is known is not sent again", (304, True, True), since("self"))
    expect("another sees something else", (200, False, False), since("subordinate"))
    expect("a task", 200, command(TOKENS["self"], "approval/task_add", {"title": "新しい"})[0])
    expect("what changed is sent", (200, False, False), since("self"))


def description():
    status, head, said = ask(TOKENS["admin"], "GET", "openapi.json")
    expect("the description", (200, "3.1.0", "no-store"), (status, said["openapi"], head["cache-control"]))
    assert "access-control-allow-origin" not in head, head
    commands = ask(TOKENS["admin"], "GET", "commands")[2]["commands"]
    for each in commands:
        assert f"/api/v1/commands/{each['instance']}/{each['command']}" in said["paths"], each
    schemas = ask(TOKENS["admin"], "GET", "schemas")[2]["schemas"]
    assert len(schemas) > 15 and all(f"{each['name']}.{each['version']}" in said["components"]["schemas"] for each in schemas)

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                at = said
                for word in node["$ref"][2:].split("/"):
                    at = at[word]
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(said)
    punch = said["paths"]["/api/v1/commands/approval/punch"]["post"]
    fields = punch["requestBody"]["content"]["application/json"]["schema"]
    expect("what a command needs", (["kind"], False), (fields["required"], fields["additionalProperties"]))


def life():
    made = create("短命", "self", "--person", "U6")
    expect("a new token", 200, ask(made["token"], "GET", "me")[0])
    listed = kinmu("token", "list")
    assert listed.startswith("トークン・役割・") and made["token_id"] in listed, listed
    kinmu("token", "revoke", made["token_id"], "--reason", "試験")
    problem("revoked, at once", 401, "login.failed", ask(made["token"], "GET", "me"))
    assert made["token_id"] not in kinmu("token", "list") and made["token_id"] in kinmu("token", "list", "--all")
    other = TOKENS["self"][:-1] + ("0" if TOKENS["self"][-1] != "0" else "1")
    problem("a wrong secret", 401, "login.failed", ask(other, "GET", "me"))
    for words in (["x", "self"], ["x", "boss"], ["x", "admin", "--person", "U6"], ["x", "self", "--person", "XX"],
                  ["x", "admin", "--scope", "write"], ["x", "admin", "--expires", "2001-01-01"], ["", "admin"]):
        assert subprocess.run([KINMU, "token", "create", *words], capture_output=True).returncode != 0, words
    kinmu("call", "people", "person_set", "person=A", "is_admin=false")
    problem("no administrator any more", 403, "role.denied", command(TOKENS["admin"], "people/person_list", {}))
    kinmu("call", "people", "person_set", "person=A", "is_admin=true")
    kinmu("person", "state", "U7", "suspended")
    problem("who may not log in", 401, "login.failed", ask(TOKENS["subordinate"], "GET", "me"))
    kinmu("person", "state", "U7", "active")
    problem("his token of before is void", 401, "login.failed", ask(TOKENS["subordinate"], "GET", "me"))
    TOKENS["subordinate"] = create("subordinate", "self", "--person", "U7")["token"]
    expect("who may again", 200, ask(TOKENS["subordinate"], "GET", "me")[0])


def pace():
    problem("nobody", 401, "login.needed", ask(None, "GET", "me"))
    expect("how to log in", 'Bearer realm="kinmu"', ask(None, "GET", "me")[1]["www-authenticate"])
    problem("something else than a token", 401, "login.failed", ask("", "GET", "me", None, {"Authorization": "Basic eDp5"}))
    for _ in range(20):
        answer = ask("kinmu_" + "0" * 16 + "_" + "1" * 40, "GET", "me")
        if answer[0] == 429:
            break
    problem("too often", 429, "login.often", answer)
    assert 1 <= int(answer[1]["retry-after"]) <= 60, answer
    expect("a valid token is served all the same", 200, ask(TOKENS["self"], "GET", "me")[0])


def main():
    if ROUND == "again":
        kept = json.load(open(KEPT))
        TOKENS.update(kept["tokens"])
        again = command(TOKENS["self"], "approval/request", kept["body"], {"Idempotency-Key": "one"})
        expect("the same answer after a restart", kept["first"], again[2])
        return
    kept = {"date": subprocess.run(["date", "+%F"], capture_output=True, text=True).stdout.strip(), "tokens": TOKENS}
    for name, role, *more in (("self", "self", "--person", "U6"), ("subordinate", "self", "--person", "U7"),
                              ("stranger", "self", "--person", "U5"), ("manager", "manager", "--person", "U2"),
                              ("upper", "manager", "--person", "U1"), ("admin", "admin", "--person", "A"),
                              ("personless", "admin"), ("operator", "operator"),
                              ("reader", "admin", "--scope", "read:kinmu.people.person"),
                              ("caller", "self", "--person", "U6", "--scope", "call:approval/shift")):
        TOKENS[name] = create(name, role, *more)["token"]
    me = ask(TOKENS["manager"], "GET", "me")[2]
    expect("who I am", ("person:U2", "U2", ["self", "manager"]), (me["caller"], me["person"], me["rights"]))
    for step in (matrix, fields, timeline, bad_input, description, life, paging, unchanged):
        step()
        print("ok:", step.__name__, flush=True)
    for step in (repeated, race):
        step(kept)
        print("ok:", step.__name__, flush=True)
    pace()
    print("ok: pace")
    json.dump(kept, open(KEPT, "w"))


if __name__ == "__main__":
    main()
