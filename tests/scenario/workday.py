#!/usr/bin/python3
"""workday.py KINMU PLUGINS: the cases in workday/*.txt, each through `kinmu workday replay`, forwards and shuffled with lines repeated.

A case is one person (p, number 1, account a) in Asia/Tokyo. Lines, with dates as 2026-11-02 or ranges 2026-11-02..2026-11-06:
    case NAME                          begins a case; everything after it belongs to it
    set NAME VALUE [DATE]              a company setting
    pattern WORK AUTO_END [BREAKS] [morning H:MM]
    shift ID KEY=VALUE …               a pattern that schedules name
    plan DATES KIND [KEY=VALUE …]      a schedule: work, legal, company or leave; "withdrawn" as a value of state takes it back
    holiday DATE legal|company|public|work
    work DATES START-END [BREAK]       an attendance day; clocks up to 47:59, BREAK in h:mm
    attend DATE KEY=VALUE …            an attendance day field by field
    punch DATE CLOCK KIND [FORM]
    input DATE CLOCK[-CLOCK] [DEVICE]  an active minute, or each from the first to the last
    session DATE CLOCK KIND [estimated] [DEVICE]
    machine DATE CLOCK KIND [estimated] a session change of the device itself
    gap DATE CLOCK-CLOCK [machine]     of the person, or of the device itself
    computer DEVICE [DATE [null]]      whose the device is where binding.by is computer: p's, or nobody's
    request DATE KIND STATE KEY=VALUE …
    task DATE FORM
    managed                            overtime is to be asked for (残業管理区分 1)
    erased                             the person's erasure was asked for
    refused WORDS                      the whole input is, and the fault says so
    class CLASS                        class of work
    until MOMENT
    day DATE KEY=VALUE …               what must come out; a clock or duration as h:mm, else as printed
    no day DATE
    month MONTH KEY=VALUE …
    alerts PERIOD [RULE/LEVEL=VALUE …] all alerts of that period, and no other
Dates and clocks are local; clocks of events may pass 24:00. `zone NAME` as the second line changes the zone.
"""
import datetime
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))


def minutes(text):
    sign = -1 if text.startswith("-") else 1
    hours, rest = text.lstrip("-").split(":")
    return sign * (int(hours) * 60 + int(rest))


def value(text):
    if text in ("null", "true", "false"):
        return json.loads(text)
    if text.lstrip("-").replace(":", "", 1).isdigit():
        return minutes(text) if ":" in text else int(text)
    return "" if text == '""' else text


def pairs(words):
    return {key: value(text) for key, text in (word.split("=", 1) for word in words)}


def texts(words):
    """As pairs; breaks are a text of clocks."""
    return {key: rest if key in ("breaks", "pattern_id") else value(rest) for key, rest in (word.split("=", 1) for word in words)}


def dates(text):
    first, _, last = text.partition("..")
    day = datetime.date.fromisoformat(first)
    while day <= datetime.date.fromisoformat(last or first):
        yield day.isoformat()
        day += datetime.timedelta(days=1)


class Case:
    def __init__(self, place, name):
        self.place, self.name, self.zone, self.until = place, name, "Asia/Tokyo", None
        self.settings, self.events, self.expected, self.count, self.refused = [], [], [], 0, None
        self.assignment = {"person": "p", "from_date": "1970-01-01", "group_id": "g", "pattern_id": None, "work_class": "ordinary"}
        self.record("people.person", person="p", employee_no="1", name="P")
        self.record("people.account", account="a", from_date="1970-01-01", person="p")

    def record(self, schema, **values):
        self.count += 1
        self.settings.append({"schema": "kinmu.%s/1" % schema, "time": "2000-01-01T00:00:%02d.%06dZ" % divmod(self.count, 1000000), "values": values})

    def moment(self, date, clock):
        """The first of two equal clocks; "+" behind it means the second."""
        local = datetime.datetime.fromisoformat(date) + datetime.timedelta(minutes=minutes(clock.rstrip("+")))
        local = local.replace(tzinfo=zoneinfo.ZoneInfo(self.zone), fold=clock.endswith("+"))
        return local.astimezone(datetime.timezone.utc)

    def event(self, schema, moment, subject="a", device="d", **values):
        self.events.append({"schema": "kinmu.%s/1" % schema, "time": moment.isoformat(), "subject": subject, "origin": device * 32, "values": values})

    def setting(self, name, text, date="2000-01-01"):
        self.record("people.setting", scope="company", scope_id="", name=name, from_date=date, value=text)

    def read(self, words):
        what, rest = words[0], words[1:]
        if what == "zone":
            self.zone = rest[0]
            self.setting("day.zone", self.zone)
        elif what == "set":
            self.setting(*rest)
        elif what == "pattern":
            morning = minutes(rest[rest.index("morning") + 1]) if "morning" in rest else None
            breaks = rest[2] if len(rest) > 2 and rest[2] != "morning" else None
            self.assignment["pattern_id"] = "w"
            self.record("people.pattern", pattern_id="w", from_date="2000-01-01", name="w", work_min=minutes(rest[0]),
                        auto_end_clock=minutes(rest[1]), breaks=breaks, morning_min=morning, state="active")
        elif what == "shift":
            self.record("people.pattern", pattern_id=rest[0], from_date="2000-01-01", name="s", state="active",
                        **{"auto_end_clock": 300, **pairs(rest[1:])})
        elif what == "plan":
            for date in dates(rest[0]):
                self.record("people.schedule", person="p", date=date, kind=rest[1], **{"state": "planned", **texts(rest[2:])})
        elif what == "class":
            self.assignment["work_class"] = rest[0]
        elif what == "holiday":
            self.record("people.holiday", calendar="jp", date=rest[0], kind=rest[1])
        elif what == "work":
            start, end = map(minutes, rest[1].split("-"))
            for date in dates(rest[0]):
                self.record("attendance.day", employee_no="1", date=date, source="t", start_clock=start, end_clock=end,
                            break_min=minutes(rest[2]) if len(rest) > 2 else 0, holiday="none", state="entered")
        elif what == "attend":
            self.record("attendance.day", employee_no="1", date=rest[0], source="t", state="entered", **{"holiday": "none", **pairs(rest[1:])})
        elif what == "punch":
            self.event("attendance.punch", self.moment(rest[0], rest[1]), kind=rest[2], source="manual", work_form=rest[3] if len(rest) > 3 else None)
        elif what == "input":
            first, _, last = rest[1].partition("-")
            at, end = self.moment(rest[0], first), self.moment(rest[0], last or first)
            while at <= end:
                self.event("input.minute", at, device=rest[2] if len(rest) > 2 else "d", keys=1, clicks=0)
                at += datetime.timedelta(minutes=1)
        elif what in ("session", "machine"):
            quality = "estimated" if "estimated" in rest else "exact"
            device = rest[-1] if len(rest[-1]) == 1 else "d"
            self.event("session.change", self.moment(rest[0], rest[1]), "a" if what == "session" else "", device, kind=rest[2], quality=quality, source="t")
        elif what == "gap":
            start, end = (self.moment(rest[0], clock) for clock in rest[1].split("-"))
            self.event("observation.gap", end, "" if "machine" in rest else "a", stream="input", from_ns=start.isoformat(), to_ns=end.isoformat(), cause="unknown")
        elif what == "computer":
            self.record("people.computer", computer=rest[0] * 32, from_date=(rest + ["2000-01-01"])[1], person=None if rest[-1] == "null" else "p")
        elif what == "request":
            self.record("request.request", request_id="r%d" % self.count, kind=rest[1], person="p", date=rest[0], state=rest[2], group_id="g", **pairs(rest[3:]))
        elif what == "task":
            self.record("work.task", task_id="t%d" % self.count, person="p", date=rest[0], title="t", is_all_day=True, work_form=rest[1],
                        kind="personal", source="manual", state="done")
        elif what == "managed":
            self.record("people.person", person="p", employee_no="1", name="P", overtime_managed=True)
        elif what == "erased":
            self.record("people.person", person="p", employee_no="1", name="P", erase_asked_ns="2000-01-01T00:00:00Z")
        elif what == "refused":
            self.refused = " ".join(rest)
        elif what == "until":
            self.until = rest[0]
        elif what == "no":
            self.expected.append(("no day", rest[1], None))
        elif what in ("day", "month", "alerts"):
            self.expected.append((what, rest[0], pairs(rest[1:])))
        else:
            raise ValueError("%s: there is no line \"%s\"" % (self.place, what))

    def run(self, program, shuffle):
        lines = self.settings + [{"schema": "kinmu.people.assignment/1", "values": self.assignment}], self.events
        if shuffle:
            chance = random.Random(self.name)
            lines = [chance.sample(part + part[::3], len(part) + len(part[::3])) for part in lines]
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("settings.ndjson", "events.ndjson")]
            for path, part in zip(paths, lines):
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(json.dumps(line) + "\n" for line in part)
            words = [program[0], "workday", "replay", "--plugins", program[1], "--settings", paths[0], "--events", paths[1], "--months"]
            done = subprocess.run(words + (["--until", self.until] if self.until else []), capture_output=True, encoding="utf-8", check=False)
        if self.refused:
            return None, [] if done.returncode == 1 and self.refused in done.stderr else ["%d: %s" % (done.returncode, done.stderr.strip())]
        if done.returncode != 0:
            return None, [done.stderr.strip()]
        return done.stdout, self.check([json.loads(line) for line in done.stdout.splitlines()])

    def check(self, rows):
        faults = []
        days = {row["values"]["date"]: row["values"] for row in rows if row["schema"] == "kinmu.work.day/1"}
        months = {row["values"]["month"]: row["values"] for row in rows if row["schema"] == "kinmu.work.month/1"}
        alerts = [row["values"] for row in rows if row["schema"] == "kinmu.alert/1"]
        for what, period, wanted in self.expected:
            if what == "no day":
                faults += ["%s is printed" % period] if period in days else []
                continue
            if what == "alerts":
                got = {"%s/%d" % (row["rule"], row["level"]): row["value"] for row in alerts if row["period"] == period}
                faults += [] if got == wanted else ["alerts %s: %s, not %s" % (period, got, wanted)]
                continue
            row = (days if what == "day" else months).get(period)
            if row is None:
                faults.append("%s %s is not printed" % (what, period))
                continue
            faults += ["%s %s: %s is %s, not %s" % (what, period, key, json.dumps(row[key]), json.dumps(wanted[key]))
                       for key in wanted if row[key] != wanted[key]]
        for date, row in days.items():
            if row["work_end"] is not None and row["deemed_end"] != row["work_end"] - row["break_min"]:
                faults.append("%s: #6 is not #4 - #5" % date)
            if row["pc_active_min"] > row["pc_span_min"]:
                faults.append("%s: #11 is over #10" % date)
            if self.zone == "Asia/Tokyo" and row["pc_start"] is not None and row["pc_span_min"] != row["pc_end"] - row["pc_start"]:
                faults.append("%s: #10 is not #9 - #8" % date)
        return faults


def cases():
    for path in sorted(glob.glob(os.path.join(HERE, "workday", "*.txt"))):
        case = None
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                words = line.partition("#")[0].split()
                if words and words[0] == "case":
                    if case:
                        yield case
                    case = Case("%s:%d" % (os.path.basename(path), number), " ".join(words[1:]))
                elif words:
                    case.read(words)
        if case:
            yield case


def check_page(program):
    """The example of docs/replay.md: settings, events and what is printed, in this order."""
    with open(os.path.join(HERE, "../../docs/replay.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```json\n(.*?)^```$", file.read(), re.DOTALL | re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("settings.ndjson", "events.ndjson")]
        for path, block in zip(paths, blocks):
            with open(path, "w", encoding="utf-8") as file:
                file.write(block)
        done = subprocess.run([program[0], "workday", "replay", "--plugins", program[1], "--settings", paths[0], "--events", paths[1], "--months"],
                              capture_output=True, encoding="utf-8", check=False)
    version = re.compile(r'"rule_version":"[^"]*"')
    if version.sub("", done.stdout) == version.sub("", blocks[2]):
        return 0
    print("docs/replay.md: the example prints\n%s%s" % (done.stdout, done.stderr))
    return 1


def main():
    program = sys.argv[1:3]
    count, failed = 1, check_page(program)
    for case in cases():
        count += 1
        printed, faults = case.run(program, False)
        again, _ = case.run(program, True)
        if not case.expected and not case.refused:
            faults.append("nothing is expected")
        if printed != again:
            faults.append("shuffled and repeated lines give other rows")
        failed += bool(faults)
        for fault in faults:
            print("%s: %s: %s" % (case.place, case.name, fault))
    print("%d cases, %d failed" % (count, failed))
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
