"""searches.py PORT FILE all - what searches.sh asks of lists and searches: the same clients and people as api.py."""
import calendar
import csv
import json
import os
import subprocess
import time
import urllib.parse

from api import TOKENS, ask, command, create, expect, kinmu, pages, problem

WHOLE_S = 90  # a day that was computed from a part of its records is computed again within a minute
FOLDER = os.environ["E2E_DIR"]
# Business days in Tokyo, whose clock is nine hours ahead; the third is the day before yesterday.
MIDNIGHT_S = int(time.time() + 9 * 3600) // 86400 * 86400 - 9 * 3600
DAYS = [MIDNIGHT_S - back * 86400 for back in (4, 3, 2)]
BEFORE = time.strftime("%F", time.gmtime(DAYS[0] - 86400))  # accounts are given out by the hub's own days


def date(day, form="%F"):
    return time.strftime(form, time.gmtime(DAYS[day] + 9 * 3600))


def clock(hour, minute=0):
    return hour * 3600 + minute * 60


def tell(lines):
    """Feeds (day, second of it, account, said)."""
    feed = os.path.join(FOLDER, "feed.txt")
    while os.path.exists(feed):
        time.sleep(0.02)
    with open(feed + ".part", "w") as out:
        for day, second, account, said in sorted(lines):
            out.write(f"{DAYS[day] + second} {account} {said}\n")
    os.rename(feed + ".part", feed)


def until(what, seconds, found):
    end = time.time() + seconds
    while not (value := found()):
        assert time.time() < end, what
        time.sleep(0.05)
    return value


def export(*options, first=None, last=None):
    folder = os.path.join(FOLDER, "out")
    subprocess.run(["rm", "-rf", folder], check=True)
    kinmu("export", "csv", "--from", (first or date(0))[:8] + "01", "--to", last_of_month(last or date(2)), "--out", folder, *options)
    return folder


def last_of_month(text):
    return subprocess.run(["date", "-d", f"{text[:8]}01 +1 month -1 day", "+%F"], capture_output=True, text=True,
                          check=True).stdout.strip()


def days():
    """A day of work of two people, one of whom has two ids; on the PC from 9:00 to 18:00."""
    for account, person in (("sato6", "U6"), ("sato7", "U7"), ("sato8", "U8"), ("sato5", "U5")):
        kinmu("account", "set", account, "--person", person, "--from_date", BEFORE)
    lines = []
    for account in ("sato6", "sato7", "sato5"):
        lines += [(2, clock(9, 2), account, "punch start"), (2, clock(18, 1), account, "punch end"),
                  (2, clock(9, 0), account, "change logon"), (2, clock(18, 5), account, "change logoff")]
        lines += [(2, clock(hour, 1), account, "input 5") for hour in range(9, 19)]
    tell(lines)
    until("days of three people", WHOLE_S, lambda: len([
        row for row in pages(TOKENS["admin"], f"rows/kinmu.work.day?date={date(2)}")
        if (row["values"]["pc_start"], row["values"]["pc_end"], row["values"]["work_end"]) == (541, 1081, 1081)]) == 3)


def workdata():
    months = sorted({date(day, "%Y%m") for day in range(3)})
    rows = [row for month in months for row in pages(TOKENS["puller"], f"kinmu?month={month}&limit=7")]
    folder = export("--option", "files=[kinmu]", "--option", "encoding=utf8", "--option", "profile=machine")
    name, = [name for name in os.listdir(folder) if name.startswith("kinmu_")]
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    assert len(wanted) > 20 and any(row["出勤時刻"] == "09:02" for row in wanted), wanted
    expect("the rows of the file", sorted(map(tuple, (row.values() for row in wanted))),
           sorted(map(tuple, (row.values() for row in rows))))
    expect("its columns, in their order", list(wanted[0]), list(rows[0]))
    path = f"kinmu?month={months[-1]}"
    status, head, page = ask(TOKENS["puller"], "GET", path)
    expect("a month", (200, months[-1], list(wanted[0])), (status, page["month"], page["columns"]))
    expect("what is known is not sent again", 304, ask(TOKENS["puller"], "GET", path, None, {"If-None-Match": head["etag"]})[0])
    expect("a manager's people", {"N2", "N6", "N7"}, {row["社員番号"] for row in pages(TOKENS["manager"], path)})
    expect("a person's own", {"N6"}, {row["社員番号"] for row in pages(TOKENS["self"], path)})
    expect("two ids are one employee", 1, len([row for row in pages(TOKENS["manager"], f"kinmu?month={date(2, '%Y%m')}")
                                               if row["社員番号"] == "N7" and row["日付"] == date(2, "%Y/%m/%d")]))
    looks = until("who looked", 10, lambda: [
        row["values"]["reader"] for row in pages(TOKENS["subordinate"], "rows/kinmu.audit.read?order=time")
        if row["values"]["schema"] == "kinmu.work.day/1" and row["values"]["reader"] == "U2"])
    assert looks
    problem("a pull is all it may", 403, "scope.denied", ask(TOKENS["puller"], "GET", "rows/kinmu.people.person"))
    for query, code in (("", "query.value"), ("month=2026", "query.value"), ("month=202613", "query.value"),
                        ("month=2026-1-1", "query.value"), ("month=20261122", "query.value"), ("month=-20261", "query.value"),
                        ("month=202611&limit=0", "query.value"), ("month=202611&date=1", "query.unknown"),
                        ("month=202611&cursor=zz", "cursor.bad"), ("month=202611&cursor=5b5d", "cursor.bad")):
        problem(query, 422, code, ask(TOKENS["admin"], "GET", "kinmu?" + query))
    cursor = ask(TOKENS["admin"], "GET", path + "&limit=1")[2]["next"]
    problem("a cursor of another month", 422, "cursor.other",
            ask(TOKENS["admin"], "GET", f"kinmu?month=202001&cursor={cursor}"))
    problem("a cursor of another caller", 422, "cursor.other", ask(TOKENS["manager"], "GET", path + "&cursor=" + cursor))


def quote(**words):
    return urllib.parse.urlencode({name.replace("_", "."): word for name, word in words.items()}, quote_via=urllib.parse.quote)


def ids(rows):
    return sorted((row["origin"], row["sequence"]) for row in rows)


def search():
    """What a search finds is what the rows are, whoever looks and however small the pages."""
    for role in ("admin", "manager", "self"):
        for schema in ("kinmu.session.change", "kinmu.input.minute", "kinmu.attendance.punch"):
            wanted = ids(pages(TOKENS[role], f"rows/{schema}?limit=1000"))
            for limit in (1, 3, 1000):
                found = pages(TOKENS[role], f"search/{schema}?limit={limit}")
                expect(f"{role} {schema} by {limit}", wanted, ids(found))
    assert ids(pages(TOKENS["admin"], "search/kinmu.session.change?limit=1000")), "something to find"
    found = pages(TOKENS["self"], "search/kinmu.input.minute?limit=2")
    expect("one's own, newest first", sorted((row["time"] for row in found), reverse=True), [row["time"] for row in found])
    status, _, page = ask(TOKENS["admin"], "GET", "search/kinmu.input.minute?limit=1000")
    expect("a page of everybody's, newest first", sorted((row["time"] for row in page["rows"]), reverse=True),
           [row["time"] for row in page["rows"]])
    expect("it was over", (None, page["from"]), (page["next"], page["searched_from"]))
    for schema, query, fits in (("kinmu.session.change", quote(kind="logon"), lambda row: row["values"]["kind"] == "logon"),
                                ("kinmu.session.change", quote(text="ogo"), lambda row: "ogo" in row["values"]["kind"]),
                                ("kinmu.session.change", quote(text="%"), lambda row: False),
                                ("kinmu.attendance.punch", quote(text="an", source="manual"),
                                 lambda row: row["values"]["source"] == "manual"),
                                ("kinmu.session.change", quote(subject="sato6"), lambda row: row["subject"] == "sato6")):
        rows = [row for row in pages(TOKENS["admin"], f"rows/{schema}?limit=1000") if fits(row)]
        expect(f"{schema} {query}", ids(rows), ids(pages(TOKENS["admin"], f"search/{schema}?limit=2&{query}")))
    begin = time.strftime("%FT%TZ", time.gmtime(DAYS[2]))
    end = time.strftime("%FT%TZ", time.gmtime(DAYS[2] + clock(9, 2)))
    expect("a period", 1, len(pages(TOKENS["self"], f"search/kinmu.session.change?from={begin}&to={end}&kind=logon")))
    expect("none before", 0, len(pages(TOKENS["self"], f"search/kinmu.session.change?to={begin}&days=3&kind=logon")))
    day = 86400
    now = int(time.time())
    for days, code in ((100, None), (101, "search.days"), (0, "query.value"), (-1, "query.value"), ("x", "query.value")):
        answer = ask(TOKENS["admin"], "GET", f"search/kinmu.session.change?days={days}")
        expect(f"{days} days", 200, answer[0]) if code is None else problem(f"{days} days", 422, code, answer)
    problem("101 days by from", 422, "search.days", ask(TOKENS["admin"], "GET", "search/kinmu.session.change?from="
            + time.strftime("%FT%TZ", time.gmtime(now - 101 * day))))
    path = "search/kinmu.session.change?"
    for query, code in (("from=" + end + "&to=" + begin, "query.value"), ("days=3&from=" + begin, "query.both"),
                        ("order=time", "query.unknown"), ("text=", "query.value"), ("limit=0", "query.value"),
                        ("cursor=zz", "cursor.bad"), ("nothing.part=1", "query.unknown"), ("month=1", "query.unknown")):
        problem(query, 422, code, ask(TOKENS["admin"], "GET", path + query))
    problem("a record is no log", 422, "search.record", ask(TOKENS["admin"], "GET", "search/kinmu.work.day"))
    problem("what is not shown is not looked through", 422, "query.unknown",
            ask(TOKENS["operator"], "GET", path + "kind=logon"))
    expect("nor by a part", 0, len(pages(TOKENS["operator"], path + "text=logon")))
    # A cursor grants nothing: edges of another period, of too long a one, or without its row.
    cursor = ask(TOKENS["admin"], "GET", path + "limit=1")[2]["next"]
    text = bytes.fromhex(cursor).decode()
    said = json.loads(text)
    for at, number in ((4, 0), (6, 2 ** 62), (8, said[10] + 1), (10, 2 ** 62), (4, "x")):
        broken = said[:at] + [number] + said[at + 1:]
        problem(f"a broken cursor {at}", 422, "cursor.bad", ask(TOKENS["admin"], "GET", path + "limit=1&cursor="
                + json.dumps(broken).encode().hex()))
    problem("a shortened one", 422, "cursor.bad", ask(TOKENS["admin"], "GET", path + "limit=1&cursor="
            + json.dumps(said[:13]).encode().hex()))
    problem("another's", 422, "cursor.other", ask(TOKENS["manager"], "GET", path + "limit=1&cursor=" + cursor))


def saved():
    def keep(role, name, schema="kinmu.session.change", conditions="kind=logon&days=7", **more):
        return command(TOKENS[role], "api/search_save", {"name": name, "schema": schema, "conditions": conditions}, **more)

    def listed(role):
        return ask(TOKENS[role], "GET", "searches")[2]["searches"]

    expect("kept", 200, keep("manager", "今週のログオン")[0])
    expect("as it was said", [{"name": "今週のログオン", "schema": "kinmu.session.change", "conditions": "kind=logon&days=7"}],
           listed("manager"))
    expect("another's are his own", ([], []), (listed("self"), listed("admin")))
    path = "searches/" + urllib.parse.quote("今週のログオン") + "/rows"
    run = pages(TOKENS["manager"], path + "?limit=1")
    expect("run again, page by page", ids(pages(TOKENS["manager"], "search/kinmu.session.change?kind=logon&days=7")), ids(run))
    assert len(run) == 2, run
    problem("of another", 404, "search.unknown", ask(TOKENS["admin"], "GET", path))
    problem("with conditions of its own", 422, "query.unknown", ask(TOKENS["manager"], "GET", path + "?kind=lock"))
    expect("changed", 200, keep("manager", "今週のログオン", conditions="kind=lock&days=7")[0])
    expect("finds others", [], pages(TOKENS["manager"], path))
    # What one may see is judged when it is run, not when it was kept.
    expect("of somebody out of reach", 200, keep("manager", "U5", conditions="person=U5")[0])
    problem("finds nobody", 404, "person.unknown", ask(TOKENS["manager"], "GET", "searches/U5/rows"))
    expect("too long a period", 200, keep("manager", "長い", conditions="days=101")[0])
    problem("is refused when run", 422, "search.days", ask(TOKENS["manager"], "GET", "searches/" + urllib.parse.quote("長い") + "/rows"))
    for name, schema, conditions in (("", "kinmu.session.change", ""), ("a/b", "kinmu.session.change", ""),
                                     ("..", "kinmu.session.change", ""), ("x" * 65, "kinmu.session.change", ""),
                                     ("a\u0007", "kinmu.session.change", ""), ("a", "kinmu.work.day", ""), ("a", "no.such", ""),
                                     ("a", "kinmu.session.change", "a=%zz"), ("a", "kinmu.session.change", "a=1&a=2"),
                                     ("a", "kinmu.session.change", "cursor=1"), ("a", "kinmu.session.change", "x" * 2001)):
        problem(f"{name!r} {schema} {conditions[:9]}", 422, "refused", keep("manager", name, schema, conditions))
    expect("deleted", 200, command(TOKENS["manager"], "api/search_delete", {"name": "U5"})[0])
    problem("once", 404, "refused", command(TOKENS["manager"], "api/search_delete", {"name": "U5"}))
    problem("and gone", 404, "search.unknown", ask(TOKENS["manager"], "GET", "searches/U5/rows"))
    expect("the others stay", ["今週のログオン", "長い"], sorted(each["name"] for each in listed("manager")))
    problem("its rows are shown to nobody", 404, "schema.unknown", ask(TOKENS["admin"], "GET", "rows/kinmu.search.saved"))
    changes = [row["values"]["action"] for row in pages(TOKENS["admin"], "rows/kinmu.audit.change?limit=1000")
               if row["values"]["object"] == "kinmu.search.saved/1" and row["values"]["changed_by"] == "U2"]
    expect("who did what", ["create", "create", "create", "delete", "update"], sorted(changes))


def with_clock(rows, wanted, count):
    return rows if len(rows) == count and any(row["clock"] == wanted for row in rows) else []


def attendance():
    """Of ten logs of a day the two that became start and end; by a punch, or by the PC where it registers."""
    kinmu("account", "set", "kiosk", "--person", "U2", "--from_date", BEFORE)
    lines = [(1, clock(9), "kiosk", "change logon"), (1, clock(9), "kiosk", "input 3"), (1, clock(9) + 20, "kiosk", "punch start"),
             (1, clock(9) + 40, "kiosk", "punch start"), (1, clock(9), "kiosk", "change unlock")]
    lines += [(1, clock(hour), "kiosk", "change " + kind) for hour, kind in ((10, "lock"), (11, "unlock"), (12, "lock"), (13, "unlock"))]
    lines += [(1, clock(18), "kiosk", "change lock"), (1, clock(18) + 30, "kiosk", "punch end")]
    tell(lines)

    def logs(role, query):
        return pages(TOKENS[role], f"attendance/logs?limit=1&{query}")

    def shown(row):
        log = row["log"] and (row["log"]["schema"].removeprefix("kinmu."), row["log"]["values"].get("kind"), row["log"]["time"][17:])
        return row["person"], row["kind"], row["clock"], log, row["error"]

    day = f"date.min={date(1)}&date.max={date(1)}"
    rows = until("a day of U2", WHOLE_S, lambda: with_clock(logs("manager", day + "&person=U2"), "18:00", 2))
    expect("two of ten logs", [("U2", "start", "09:00", ("attendance.punch", "start", "20Z"), False),
                               ("U2", "end", "18:00", ("attendance.punch", "end", "30Z"), False)], list(map(shown, rows)))
    expect("where and when", (date(1), date(1) + "T09:00:00+09:00", "N2"), (rows[0]["date"], rows[0]["minute"], rows[0]["employee_no"]))
    # Where the PC registers by itself, its logs are the linked ones; with a punch beside them there are two means.
    kinmu("setting", "set", "--name", "registration.auto", "--value", "on", "--from_date", date(0))
    tell([(0, clock(8), "sato5", "change logon"), (0, clock(8) + 5, "sato5", "input 3"), (0, clock(17), "sato5", "input 3"),
          (0, clock(17) + 50, "sato5", "change logoff"), (0, clock(8, 30), "sato6", "punch start"), (0, clock(8, 30), "sato6", "input 3"),
          (0, clock(17, 30), "sato6", "input 1")])
    day = f"date.min={date(0)}&date.max={date(0)}"
    rows = until("a day by the PC", WHOLE_S, lambda: with_clock(with_clock(logs("admin", day), "17:00", 4), "17:30", 4))
    expect("of the PC", [("U5", "start", "08:00", ("session.change", "logon", "00Z"), False),
                         ("U5", "end", "17:00", ("session.change", "logoff", "50Z"), False)], list(map(shown, rows))[:2])
    expect("two means: エラー勤務", [("U6", "start", "08:30", ("attendance.punch", "start", "00Z"), True),
                                    ("U6", "end", "17:30", ("input.minute", None, "00Z"), True)], list(map(shown, rows))[2:])
    expect("one's own alone", {"U6"}, {row["person"] for row in logs("self", day)})
    # The file has the same rows.
    folder = export("--option", "files=[attendance_log]", "--option", "encoding=utf8", "--option", "profile=machine")
    name, = [name for name in os.listdir(folder) if name.startswith("attendance_log_")]
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        written = [(row["操作ユーザー"], row["操作内容"][:2], row["記録日時"] if "（" in row["操作内容"] else None,
                    row["備考"] == "エラー勤務") for row in csv.DictReader(file)]
    period = f"date.min={date(0)[:8]}01&date.max={last_of_month(date(2))}"

    def local(row):
        log = row["log"]
        when = log and time.strptime(log["time"][:19], "%Y-%m-%dT%H:%M:%S")
        return when and time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(calendar.timegm(when) + log["utc_offset_s"]))

    expect("the file's rows", sorted(map(str, written)),
           sorted(str((row["person"], {"start": "出勤", "end": "退勤"}[row["kind"]], local(row), row["error"]))
                  for row in pages(TOKENS["admin"], "attendance/logs?" + period)))
    for query, code in (("date.min=2026-02-30", "query.value"), (f"date.min={date(1)}&date.max={date(0)}", "query.value"),
                        ("date.min=2026-01-01&date.max=2026-04-11", "search.days"), ("limit=201", "query.value"),
                        ("from=2026-01-01", "query.unknown"), ("cursor=zz", "cursor.bad")):
        problem(query, 422, code, ask(TOKENS["admin"], "GET", "attendance/logs?" + query))
    expect("100 days", 200, ask(TOKENS["admin"], "GET", "attendance/logs?date.min=2026-01-01&date.max=2026-04-10")[0])


PATTERN = {"U5": (clock(7, 50) // 60, clock(16, 30) // 60), "U6": (clock(9, 0) // 60, clock(18, 0) // 60)}


def model(rows, month, threshold, against):
    """What a report says of these days, worked out another way: {side: (days, over days, average, longest, people)}."""
    said = {}
    for side, edge in (("start", "start"), ("end", "end")):
        values = []
        for row in rows:
            if row["date"].replace("-", "")[:6] != month:
                continue
            if against == "punch":
                value = row[f"divergence_{side}_min"]
                value = None if side == "end" and row["is_auto_ended"] else value
            else:
                planned = PATTERN.get(row["person"], (None, None))[side == "end"] if row["scheduled_by"] is None else row[f"scheduled_{side}"]
                fits = row["day_kind"] == "work" and planned is not None and row[f"pc_{edge}"] is not None
                value = abs(row[f"pc_{edge}"] - planned) if fits else None
            if value is not None:
                values.append((abs(value), row["person"]))
        over = [value for value in values if value[0] > threshold]
        said[side] = (len(values), len(over), sum(value for value, _ in over) / len(over) if over else None,
                      max((value for value, _ in over), default=0), len({person for _, person in over}))
    return said


def differences_of_file(month, against, threshold):
    """The rows of the files of a month, in the shape of the API's."""
    first = f"{month[:4]}-{month[4:]}-01"
    folder = export("--option", "files=[differences]", "--option", "encoding=utf8", "--option", "profile=machine",
                    "--option", f"differences_against={against}", "--option", f"differences_threshold={threshold}", first=first, last=first)
    files = []
    for name, ids in ((f"difference_{month}.csv", 2), (f"difference_group_{month}.csv", 3)):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        size = 4 if ids == 2 else 5
        cells = [[float(cell) if cell else None for cell in row[ids:]] for row in rows]
        files.append([(row[:ids], [numbers[at:at + size] for at in range(0, 4 * size, size)]) for row, numbers in zip(rows, cells)])
    return files


def differences_of_row(row, names):
    parts = [part for side in ("start", "end") for part in (row[side], row[side]["before"])]
    return [[part[name] for name in names] for part in parts]


def same_in_files(month, against, threshold):
    people, groups = differences_of_file(month, against, threshold)
    path = f"reports/differences?month={month}&threshold={threshold}&against={against}"
    names = ["days", "over_days", "average_min", "max_min"]
    expect(path + " as a file", [([row["employee_no"], row["name"]], differences_of_row(row, names)) for row in pages(TOKENS["admin"], path)], people)
    names.insert(2, "over_people")
    said = ask(TOKENS["admin"], "GET", path + "&by=group")[2]
    wanted = [(row["group_id"], row) for row in said["rows"]] + [("", said["total"])]
    expect(path + " by group as a file", [(name, row["people"], differences_of_row(row, names)) for name, row in wanted],
           [(ids[0], int(ids[2]), numbers) for ids, numbers in groups])


def differences():
    kinmu("pattern", "set", "P5", "--from_date", BEFORE, "--name", "早番", "--work_min", "450", "--start_clock", "470", "--end_clock", "990", "--auto_end_clock", "1380")
    kinmu("pattern", "set", "P6", "--from_date", BEFORE, "--name", "日勤", "--work_min", "480", "--start_clock", "540", "--end_clock", "1080", "--auto_end_clock", "1380")
    kinmu("person", "set", "U5", "--pattern_id", "P5", "--from_date", BEFORE)
    kinmu("person", "set", "U6", "--pattern_id", "P6", "--from_date", BEFORE)
    kinmu("pattern", "set", "P7", "--from_date", BEFORE, "--name", "自由", "--work_min", "450", "--auto_end_clock", "1380")
    kinmu("schedule", "set", "U6", date(0), "start_clock=600", "end_clock=960")
    kinmu("schedule", "set", "U5", date(0), "pattern_id=P7")  # it has no clocks: nothing to compare with
    months = sorted({date(day, "%Y%m") for day in range(3)})
    before = time.strftime("%Y%m", time.gmtime(DAYS[0] - 32 * 86400))

    def check():
        rows = [row["values"] for row in pages(TOKENS["admin"], "rows/kinmu.work.day?limit=1000")]
        planned = {(row["person"], row["date"]): row["scheduled_by"] for row in rows if row["scheduled_by"]}
        if planned != {("U6", date(0)): "clocks", ("U5", date(0)): "pattern"}:
            return False, planned
        for month, previous in zip(months, [before] + months):
            for against in ("punch", "schedule"):
                for threshold in (0, 1, 30):
                    path = f"reports/differences?month={month}&threshold={threshold}&against={against}"
                    _, _, page = ask(TOKENS["admin"], "GET", path)
                    people = pages(TOKENS["admin"], path + "&limit=1")
                    groups = ask(TOKENS["admin"], "GET", path + "&by=group")[2]
                    expect(path + " by group", page["total"], groups["total"])
                    for said, whose in ([(page["total"], rows)]
                                        + [(one, [row for row in rows if row["person"] == one["person"]]) for one in people]
                                        + [(one, [row for row in rows if row["group_id"] == one["group_id"]]) for one in groups["rows"]]):
                        for side in ("start", "end"):
                            for part, when in ((said[side], month), (said[side]["before"], previous)):
                                wanted = model(whose, when, threshold, against)[side]
                                got = (part["days"], part["over_days"], part["average_min"], part["max_min"],
                                       part.get("over_people", wanted[4]))
                                average = wanted[2] is None or abs(got[2] - wanted[2]) < 0.051
                                if not average or got[:2] + got[3:] != wanted[:2] + wanted[3:]:
                                    return False, (path, said, side, when, wanted)
                    assert any(one["person"] == "U6" for one in people) or month != months[-1], people
        return True, None

    end = time.time() + WHOLE_S  # days are computed again for the pattern
    while not (result := check())[0]:
        assert time.time() < end, result
        time.sleep(0.2)
    for month in months:
        same_in_files(month, "punch", 0)
        same_in_files(month, "schedule", 1)
    path = f"reports/differences?month={months[-1]}&threshold=0"
    total = ask(TOKENS["admin"], "GET", path)[2]["total"]
    assert total["start"]["over_days"] > 0 and total["start"]["average_min"] > 0, total
    path += "&against=schedule"
    assert ask(TOKENS["admin"], "GET", path)[2]["total"]["end"]["days"] >= 0
    expect("a manager's people", {"U2", "U6", "U7"}, {row["person"] for row in pages(TOKENS["manager"], path)})
    expect("a person's own", {"U6"}, {row["person"] for row in pages(TOKENS["self"], path)})
    expect("no name without the scope", False, "name" in pages(TOKENS["puller"], path)[0])
    for query, code in (("", "query.value"), ("month=202613", "query.value"), ("month=2026-1", "query.value"),
                        ("month=202611&threshold=-1", "query.value"), ("month=202611&threshold=1441", "query.value"),
                        ("month=202611&against=pc", "query.value"), ("month=202611&by=day", "query.value"),
                        ("month=202611&limit=0", "query.value"), ("month=202611&cursor=zz", "cursor.bad"),
                        ("month=202611&date=1", "query.unknown")):
        problem(query, 422, code, ask(TOKENS["admin"], "GET", "reports/differences?" + query))


def main():
    for name, role, *more in (("self", "self", "--person", "U6"), ("subordinate", "self", "--person", "U7"),
                              ("manager", "manager", "--person", "U2"), ("admin", "admin", "--person", "A"),
                              ("operator", "operator"), ("puller", "admin", "--scope", "read:kinmu.work.day")):
        TOKENS[name] = create(name, role, *more)["token"]
    for step in (days, workdata, search, saved, attendance, differences):
        step()
        print("ok:", step.__name__, flush=True)


main()
