"""search.py PORT PEOPLE DAYS ADMIN MANAGER - asks for first pages of logs, 200 of each kind (20 of the slow one) by one
connection each, and prints how long they take at the median, and 95 of a hundred at most. The tokens are those of an
administrator and of somebody who approves in one group."""
import datetime
import http.client
import json
import random
import sys
import time
import urllib.parse

PORT, PEOPLE, DAYS, ADMIN, MANAGER = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
random.seed(1)
TODAY = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)


def period():
    begin = random.randrange(DAYS)
    length = random.randrange(1, DAYS - begin + 1)
    first = TODAY - datetime.timedelta(days=DAYS - begin)
    return {"from": first.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": (first + datetime.timedelta(days=length)).strftime("%Y-%m-%dT%H:%M:%SZ")}


def of_person(schema, **more):
    return lambda: (schema, {"person": f"p{random.randint(1, PEOPLE)}", "limit": "100",
                             "order": random.choice(("time", "-time")), **period(), **more})


def part(text):
    """A part of a title over everybody's last 100 days."""
    return lambda: ("kinmu.window.focus", {"limit": "100", "title.part": text(), "days": "100"})


QUESTIONS = {
    "person": (ADMIN, of_person("kinmu.input.minute")),
    "person_kind": (ADMIN, of_person("kinmu.session.change", kind="logon")),
    "group": (MANAGER, lambda: ("kinmu.input.minute", {"limit": "100", **period()})),
    "group_kind": (MANAGER, lambda: ("kinmu.session.change", {"limit": "100", "kind": "logoff", **period()})),
    "part_common": (ADMIN, part(lambda: f"書 {random.randint(1, 99)}")),
    "part_rare": (ADMIN, part(lambda: f" {random.randint(10**6, 10**7)} ")),
    "everybody": (ADMIN, lambda: ("kinmu.input.minute", {"limit": "100", **period()})),
}

COUNT = {"part_rare": 20}
ADDRESS = {"part_common": "search", "part_rare": "search"}


def ask(line, token, name, schema, words):
    line.request("GET", f"/api/v1/{ADDRESS.get(name, 'rows')}/{schema}?{urllib.parse.urlencode(words, quote_via=urllib.parse.quote)}",
                 headers={"Authorization": "Bearer " + token})
    answer = line.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"{schema} {words}: {answer.status} {text[:300]!r}")
    return json.loads(text)


for name, (token, question) in QUESTIONS.items():
    line, taken, rows = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120), [], 0
    for _ in range(COUNT.get(name, 200)):
        schema, words = question()
        begin = time.perf_counter()
        page = ask(line, token, name, schema, words)
        taken.append((time.perf_counter() - begin) * 1000)
        rows += len(page["rows"])
    taken.sort()
    print(f"search.{name}.rows {rows / len(taken)}")
    print(f"search.{name}.p50 {taken[len(taken) // 2]:.2f}")
    print(f"search.{name}.p95 {taken[len(taken) * 19 // 20]:.2f}")

# A rare one to its end: how many pages, and how long they take together.
line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
schema, words = part(lambda: " 10000001 ")()
begin, pages = time.perf_counter(), 0
while pages == 0 or words["cursor"] is not None:
    words["cursor"] = ask(line, ADMIN, "part_rare", schema, words)["next"]
    pages += 1
print(f"search.part_rare.pages {pages}")
print(f"search.part_rare.to_the_end_s {time.perf_counter() - begin:.2f}")
