"""searches.py PORT FILE all - what searches.sh asks of lists and searches: the same clients and people as api.py."""
import csv
import os
import subprocess
import time

from api import KINMU, TOKENS, ask, create, expect, kinmu, pages, problem

FOLDER = os.environ["E2E_DIR"]
# Business days in Tokyo, whose clock is nine hours ahead; the third is the day before yesterday.
MIDNIGHT_S = int(time.time() + 9 * 3600) // 86400 * 86400 - 9 * 3600
DAYS = [MIDNIGHT_S - back * 86400 for back in (4, 3, 2)]


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


def export(*options):
    folder = os.path.join(FOLDER, "out")
    subprocess.run(["rm", "-rf", folder], check=True)
    kinmu("export", "csv", "--from", date(0)[:8] + "01", "--to", last_of_month(date(2)), "--out", folder, *options)
    return folder


def last_of_month(text):
    return subprocess.run(["date", "-d", f"{text[:8]}01 +1 month -1 day", "+%F"], capture_output=True, text=True,
                          check=True).stdout.strip()


def days():
    """A day of work of two people, one of whom has two ids; on the PC from 9:00 to 18:00."""
    for account, person in (("sato6", "U6"), ("sato7", "U7"), ("sato8", "U8"), ("sato5", "U5")):
        kinmu("account", "set", account, "--person", person, "--from_date", date(0))
    lines = []
    for account in ("sato6", "sato7", "sato5"):
        lines += [(2, clock(9, 2), account, "punch start"), (2, clock(18, 1), account, "punch end"),
                  (2, clock(9, 0), account, "change logon"), (2, clock(18, 5), account, "change logoff")]
        lines += [(2, clock(hour, 1), account, "input 5") for hour in range(9, 19)]
    tell(lines)
    until("days of three people", 20, lambda: len([
        row for row in pages(TOKENS["admin"], f"rows/kinmu.work.day?date={date(2)}")
        if row["values"]["pc_start"] is not None and row["values"]["work_end"] is not None]) >= 3)


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


def main():
    for name, role, *more in (("self", "self", "--person", "U6"), ("subordinate", "self", "--person", "U7"),
                              ("manager", "manager", "--person", "U2"), ("admin", "admin", "--person", "A"),
                              ("operator", "operator"), ("puller", "admin", "--scope", "read:kinmu.work.day")):
        TOKENS[name] = create(name, role, *more)["token"]
    for step in (days, workdata):
        step()
        print("ok:", step.__name__, flush=True)


main()
