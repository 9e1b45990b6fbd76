#!/usr/bin/python3
"""causes.py KINMU PLUGINS [MISSES]: how often the first candidate for the cause of a divergence is the right one (U9).

The stories in causes/*.txt were written, with their labels, before the rules were looked at. Of each cause one half is `tuned`: what went
wrong there was used to improve the rules; the other, `held`, only measures. With MISSES (tuned or held) what is wrong in that half is told.
One day of one person (his account, in Asia/Tokyo, threshold 60 minutes) is one story:
    story LABEL tuned|held [hard] WHAT HAPPENED
and what follows it, parts ended by `;` or the line. The day is Tuesday 2026-11-10 unless `date` says otherwise; after `yesterday` a
part is about the day before it. The device is d where none is named.
    profile nec|miteras                miteras unless said; `set NAME VALUE` any other setting
    minutes off                        input minutes are not collected
    work START-END [FORM]              punches; `punch CLOCK KIND` a single one
    attend START-END | attend leave    attendance day of a file
    on CLOCK [@DEVICE]                 boot, and logon a minute later
    pc START-END [@DEVICE]             the same, used, logged off and shut down by END
    use START-END [@DEVICE]            the person is at it: minutes with input, some without
    tremble START-END                  minutes in which nothing but the mouse moved once
    CHANGE CLOCK [estimated] [rdp] [@DEVICE]   a kinmu.session.change
    gap START-END STREAM CAUSE
    calendar START-END TITLE [place=PLACE] [attendees=N] [busy=HOW] [allday] | private | TITLE removed
    meeting START-END                  a task of kind meeting
    presence CLOCK STATE [LABEL]
"""
import collections
import datetime
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

from workday import minutes

HERE = os.path.dirname(os.path.abspath(__file__))
CAUSES = ["windows-update", "wake-timer", "forgot-shutdown", "work-before-boot", "meeting-away", "other-pc", "private-time"]
UNKNOWN = "unknown"
MACHINE = ("boot", "shutdown", "sleep", "resume")
CHANGES = MACHINE + ("logon", "logoff", "lock", "unlock", "idle", "active", "switch_connect", "switch_disconnect")
# A candidate, by what it was seen, and when; none at all is "".
NAMED = r"|[a-z-]+ (restart|resume|boot|left-on|device|appointment|task|messenger) \d+:\d\d-\d+:\d\d"


class Story:
    def __init__(self, place, number, words):
        self.place, self.label, self.half, self.is_hard = place, words[0], words[1], words[2] == "hard"
        self.what = " ".join(words[3 if self.is_hard else 2:])
        if self.label not in CAUSES + [UNKNOWN] or self.half not in ("tuned", "held"):
            raise ValueError("%s: story LABEL tuned|held [hard] WHAT" % place)
        self.person = "p%03d" % number
        self.date, self.profile, self.has_minutes = datetime.date(2026, 11, 10), "miteras", True
        self.settings, self.parts = [], []
        self.changes = collections.Counter()
        self.random = random.Random(number)

    def moment(self, clock, days=0, seconds=0):
        local = datetime.datetime.combine(self.date + datetime.timedelta(days=days), datetime.time())
        at = minutes(clock) if isinstance(clock, str) else clock
        return (local + datetime.timedelta(minutes=at, seconds=seconds)).isoformat() + "+09:00"

    def record(self, schema, **values):
        return {"schema": "kinmu.%s/1" % schema, "values": values}

    def event(self, schema, days, clock, device="d", subject=None, **values):
        account = "a" + self.person if subject is None else subject
        origin = (device + self.person).ljust(32, "0")
        return dict(self.record(schema, **values), time=self.moment(clock, days), subject=account, origin=origin)

    def change(self, days, clock, kind, device, words=()):
        """Changes of one minute come one after the other, as they are written."""
        is_machine = kind in MACHINE
        minute = self.moment(clock, days)
        self.changes[minute] += 1
        change = self.event("session.change", days, clock, device, "" if is_machine else None, kind=kind,
                            quality="estimated" if "estimated" in words else "exact",
                            source="input" if kind in ("idle", "active") else "kernel" if kind == "boot" else "logind",
                            session_id=None if is_machine or kind in ("idle", "active") else "2", session_type="rdp" if "rdp" in words else None)
        return dict(change, time=self.moment(clock, days, 5 * (self.changes[minute] - 1)))

    def minute(self, days, at, device, keys, clicks, moves):
        return self.event("input.minute", days, at, device, keys=keys, clicks=clicks, mouse_move=moves, observed_ms=60000)

    def use(self, days, first, last, device):
        """A person at the PC: minutes with input, and of those between the first and the last a fifth without."""
        if self.has_minutes:
            for at in range(first, last + 1):
                is_active = at in (first, last) or self.random.random() < 0.8
                yield self.minute(days, at, device, *(self.random.randrange(1, 200) if is_active else 0 for _ in range(3)))

    def appointment(self, days, words):
        first, _, last = words[0].partition("-")
        is_private = "private" in words
        known = dict(word.split("=") for word in words if "=" in word)
        values = {"source": "outlook", "source_id": self.person + words[0], "change": "present", "start_ns": self.moment(first, days),
                  "end_ns": self.moment(last, days), "title": None if is_private else words[1], "place": known.get("place"),
                  "is_private": is_private, "is_all_day": "allday" in words, "busy": known.get("busy", "busy"),
                  "attendees": int(known["attendees"]) if "attendees" in known else None}
        if "removed" in words:
            values.update(change="removed", start_ns=None, end_ns=None, title=None)
        # As the connector saw it at seven; what was called off, at eight.
        return self.event("calendar.event", days, "8:00" if "removed" in words else "7:00", **values)

    def lines(self, days, words):
        device = next((word[1:] for word in words if word[0] == "@"), "d")
        what, rest = words[0], [word for word in words[1:] if word[0] != "@"]
        span = [minutes(clock) for clock in rest[0].split("-")] if what in ("work", "pc", "use", "tremble", "gap", "meeting") else []
        if what == "work":
            for clock, kind in zip(span, ("start", "end")):
                yield self.event("attendance.punch", days, clock, kind=kind, source="manual", person=self.person, work_form=(rest + [None])[1])
        elif what == "punch":
            yield self.event("attendance.punch", days, rest[0], kind=rest[1], source="manual", person=self.person)
        elif what == "attend":
            start, end = (None, None) if rest[0] == "leave" else map(minutes, rest[0].split("-"))
            yield self.record("attendance.day", employee_no=self.person, date=(self.date + datetime.timedelta(days=days)).isoformat(), source="csv",
                              start_clock=start, end_clock=end, holiday="leave" if start is None else "none", state="entered")
        elif what == "on":
            yield self.change(days, rest[0], "boot", device)
            yield self.change(days, minutes(rest[0]) + 1, "logon", device)
        elif what == "pc":
            yield from self.lines(days, ["on", rest[0].partition("-")[0], "@" + device])
            yield from self.use(days, span[0] + 2, span[1] - 2, device)
            yield self.change(days, span[1] - 1, "logoff", device)
            yield self.change(days, span[1], "shutdown", device)
        elif what == "use":
            yield from self.use(days, span[0], span[1], device)
        elif what == "tremble":
            for at in range(span[0], span[1] + 1):
                yield self.minute(days, at, device, 0, 0, 1)
        elif what == "gap":
            yield self.event("observation.gap", days, span[1], device, None if rest[1] == "input" else "", stream=rest[1],
                             from_ns=self.moment(span[0], days), to_ns=self.moment(span[1], days), cause=rest[2])
        elif what == "calendar":
            yield self.appointment(days, rest)
        elif what == "meeting":
            yield self.record("work.task", task_id="t" + self.person, person=self.person, date=(self.date + datetime.timedelta(days=days)).isoformat(),
                              title="会議", start_ns=self.moment(span[0], days), end_ns=self.moment(span[1], days), is_all_day=False,
                              work_form="ordinary", kind="meeting", source="manual", state="done")
        elif what == "presence":
            yield self.event("presence.change", days, rest[0], state=rest[1], source="teams", label=(rest + [None, None])[2])
        elif what in CHANGES:
            yield self.change(days, rest[0], what, device, rest)
        else:
            raise ValueError("%s: there is no part \"%s\"" % (self.place, what))

    def read(self, words):
        days = -1 if words[0] == "yesterday" else 0
        words = words[1:] if days else words
        if words[0] == "date":
            self.date = datetime.date.fromisoformat(words[1])
        elif words[0] == "profile":
            self.profile = words[1]
        elif words[0] == "set":
            self.settings.append(words[1:])
        elif words[0] == "minutes":
            self.has_minutes = False
        else:
            self.parts.append((days, words))

    def input(self):
        yield self.record("people.person", person=self.person, employee_no=self.person, name=self.what)
        yield self.record("people.account", account="a" + self.person, from_date="2026-01-01", person=self.person)
        for name, value in self.settings + [("pc.profile", self.profile)]:
            yield self.record("people.setting", scope="person", scope_id=self.person, name=name, from_date="2026-01-01", value=value)
        for days, words in self.parts:
            yield from self.lines(days, words)


def stories():
    number = 0
    for path in sorted(glob.glob(os.path.join(HERE, "causes", "*.txt"))):
        story = None
        with open(path, encoding="utf-8") as file:
            for row, line in enumerate(file, 1):
                line = line.partition("#")[0].strip()
                if line.startswith("story "):
                    if story:
                        yield story
                    number += 1
                    story = Story("%s:%d" % (os.path.basename(path), row), number, line.split()[1:])
                elif line:
                    for part in line.split(";"):
                        story.read(part.split())
        yield story


def replay(program, told):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("settings.ndjson", "events.ndjson")]
        for path, is_event in zip(paths, (False, True)):
            with open(path, "w", encoding="utf-8") as file:
                for story in told:
                    file.writelines(json.dumps(line) + "\n" for line in story.input() if ("time" in line) == is_event)
        done = subprocess.run([program[0], "workday", "replay", "--plugins", program[1], "--settings", paths[0], "--events", paths[1]],
                              capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {(row["values"]["person"], row["values"]["date"]): row["values"] for row in rows if row["schema"] == "kinmu.work.day/1"}


def is_divergence(day):
    figures = [day["divergence_start_min"], day["divergence_end_min"]]
    return any(abs(figure or 0) >= 60 for figure in figures) or set(day["divergence_kinds"].split(";")) & {"undeclared", "no-pc", "no-attendance"}


def main():
    program, misses = sys.argv[1:3], sys.argv[3] if len(sys.argv) > 3 else None
    told = list(stories())
    days = replay(program, told)
    faults, tally = [], collections.Counter()
    for story in told:
        day = days.get((story.person, story.date.isoformat()))
        if day is None or not is_divergence(day):
            faults.append("%s: %s: the day has no divergence" % (story.place, story.what))
            continue
        faults += ["%s: %s names no evidence" % (story.place, cause) for cause in day["divergence_causes"].split(";")
                   if not re.fullmatch(NAMED, cause)]
        first = day["divergence_causes"].partition(";")[0].partition(" ")[0] or UNKNOWN
        tally[story.half, story.is_hard, story.label, first] += 1
        if story.half == misses and first != story.label:
            print("%s: %s: %s: %s, not %s (%s %s, %s %s)" % (story.place, story.what, day["divergence_causes"], first, story.label,
                  day["divergence_start_min"], day["divergence_end_min"], day["divergence_kinds"], day["quality"]))

    def count(of):
        right = sum(n for key, n in tally.items() if of(*key) and key[2] == key[3])
        return right, sum(n for key, n in tally.items() if of(*key))

    print("%-17s%s" % ("label", "".join("%18s" % name for name in CAUSES + [UNKNOWN])))
    for label in CAUSES + [UNKNOWN]:
        print("%-17s%s" % (label, "".join("%18s" % ("%d + %d" % tuple(sum(tally[half, hard, label, first] for hard in (False, True))
                                                                  for half in ("tuned", "held"))) for first in CAUSES + [UNKNOWN])))
    shares = {"tuned": lambda half, *_: half == "tuned", "held": lambda half, *_: half == "held", "all": lambda *_: True,
              "hard": lambda _, hard, *__: hard, "unknown, held": lambda half, _, label, __: half == "held" and label == UNKNOWN,
              "unknown": lambda _, __, label, ___: label == UNKNOWN}
    for name, of in shares.items():
        right, whole = count(of)
        print("%-17s%d of %d: %.1f %%" % (name, right, whole, 100 * right / whole))
        if name not in ("tuned", "hard") and right < 0.8 * whole:
            faults.append("%s: fewer than 80 of 100 are right" % name)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
