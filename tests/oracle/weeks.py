#!/usr/bin/python3
"""weeks.py SEED PEOPLE SETTINGS_FILE EVENTS_FILE: random people, settings and weeks with the cases that go wrong.

The same seed gives the same files. Prints the `--until` that belongs to them, or nothing. A batch is one company in one
week, chosen around a change of clocks more often than not; a few of its people have a year of long days instead, so that
the limits of months and years are met.
"""
import datetime
import hashlib
import json
import random
import sys
import zoneinfo

ZONES = ["Asia/Tokyo", "Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/St_Johns",
         "Asia/Kathmandu", "Pacific/Auckland"]
# Around these dates clocks change in one of the zones: forward and back.
CHANGES = {"2026-03-08": "America/New_York", "2026-11-01": "America/New_York", "2026-03-29": "Europe/London",
           "2026-10-25": "Europe/London", "2026-04-05": "Australia/Lord_Howe", "2026-10-04": "Australia/Lord_Howe",
           "2026-09-27": "Pacific/Auckland"}
BREAKS = [None, "", "12:00-13:00", "11:45-12:45;18:30-19:00", "12:00-13:00;02:00-03:00", "01:30-02:30", "23:30-00:30;", "04:30-05:30"]
FORMS = [None, None, "ordinary", "outside", "home"]
# Settings with the values tried; those with a time in them apart.
PERSONAL = {
    "day.boundary": ["05:00", "05:00", "00:00", "04:00", "12:00", "02:30"],
    "pc.profile": ["nec", "miteras"], "pc.start": ["logon", "boot"], "pc.idle_min": ["1", "5", "10", "60"],
    "registration.auto": ["off", "on"], "break.lock_min": ["0", "15", "30", "60"],
    "form.order": ["home;outside;ordinary", "outside;home;ordinary", "ordinary;home;outside", "home"],
    "holiday.work": ["declared", "calendar"], "calendar": ["jp", "own;jp", "own"],
    "week.legal_holiday": ["sunday", "", "saturday;sunday", "wednesday"], "week.company_holiday": ["saturday", "", "monday;friday"],
    "week.start": ["sunday", "monday", "thursday"], "divergence.threshold_min": ["1", "15", "60", "1440"],
    "overtime.levels_min": ["1800;2160;2400;2700", "60", "1;2;3"], "overtime.month_min": ["2700", "600", "0"],
    "overtime.year_min": ["21600", "3000"], "overtime.special": ["off", "on"], "overtime.special_year_min": ["43200", "6000"],
    "overtime.special_month_min": ["6000", "900"], "overtime.average_min": ["4800", "1000"],
    "overtime.special_months": ["6", "0", "1"], "overtime.year_month": ["4", "1", "11", "12"],
    "health.limit_min": ["4800", "0", "60"], "interval.limit_min": ["660", "0", "540", "1440"],
    "interval.by": ["evidence", "punch"], "consecutive.warn_days": ["12", "3", "1"], "consecutive.limit_days": ["14", "5", "2"],
}


def origin_of(name):
    return hashlib.md5(name.encode()).hexdigest()


class Batch:
    """The lines of one company: records of master data in `settings`, what happened in `events`."""

    def __init__(self, seed, people):
        self.random = random.Random("batch %s" % seed)
        self.settings, self.events = [], []
        change = self.random.choice(list(CHANGES))
        self.zone = CHANGES[change]
        day = datetime.date.fromisoformat(change)
        if self.random.random() < 0.3:
            day = datetime.date(2026, 1, 1) + datetime.timedelta(days=self.random.randrange(365))
        self.first = day - datetime.timedelta(days=self.random.randrange(5))
        self.until = None
        if self.random.random() < 0.5:
            late = self.random.choice([0, 2, 4, 6, 6, 8, 45, 60])
            at = datetime.datetime.combine(self.first, datetime.time(), datetime.timezone.utc)
            at += datetime.timedelta(days=late, seconds=self.random.randrange(86400))
            self.until = at.isoformat()
        self.company()
        for number in range(people):
            Week(self, number, random.Random("person %s/%d" % (seed, number))).make()
        self.random.shuffle(self.settings)
        self.events += self.random.sample(self.events, len(self.events) // 50)  # told twice
        self.random.shuffle(self.events)

    def record(self, schema, values, time=None):
        line = {"schema": schema + "/1", "values": values}
        if time:
            line["time"] = time
        self.settings.append(json.dumps(line))

    def day(self, offset):
        return (self.first + datetime.timedelta(days=offset)).isoformat()

    def company(self):
        chance = self.random
        for group, parent in (("g1", None), ("g2", "g1"), ("g3", "g2"), ("g4", "g5"), ("g5", "g4")):
            self.record("kinmu.people.group", {"group_id": group, "name": group, "approvers": "", "upper_approvers": None,
                                               "parent_id": parent, "language": None, "state": "active"})
        for number in range(6):
            for start in (-400, chance.randrange(7))[:chance.randint(1, 2)]:
                self.record("kinmu.people.pattern", {
                    "pattern_id": "w%d" % number, "from_date": self.day(start), "name": "w", "breaks": chance.choice(BREAKS),
                    "work_min": chance.choice([480, 450, 465, 0]), "morning_min": chance.choice([None, 180]),
                    "start_clock": chance.choice([540, None]), "end_clock": chance.choice([1080, 1080, None, 1860]), "auto_end_clock": chance.choice([300, 300, 0, 60, 150, 720, 1380, 1439]),
                    "state": "active"})
        for offset in range(-1, 9):
            for calendar in ("jp", "own"):
                if chance.random() < 0.1:
                    self.record("kinmu.people.holiday", {"calendar": calendar, "date": self.day(offset), "name": None,
                                                         "kind": chance.choice(["legal", "company", "public", "work"])})
        for group in ("", "g1", "g3", "g5"):
            for name in PERSONAL:
                if chance.random() < 0.07:
                    self.setting("group" if group else "company", group, name, chance)
        if chance.random() < 0.15:
            self.record("kinmu.people.setting", {"scope": "company", "scope_id": "", "name": "binding.by",
                                                 "from_date": self.day(chance.choice([-400, 3])), "value": "computer"})
        if chance.random() < 0.3:
            self.setting("company", "", "company.plan", chance, ["time-report", "job-report", "telework", "standard", "advanced"])
        if chance.random() < 0.1:
            self.record("kinmu.people.setting", {"scope": "company", "scope_id": "", "name": "divergence.owner",
                                                 "from_date": self.day(3), "value": "attendance"})

    def setting(self, scope, scope_id, name, chance, values=None):
        for start in chance.choice([[-400], [-400, chance.randrange(7)], [chance.randrange(7)]]):
            self.record("kinmu.people.setting", {"scope": scope, "scope_id": scope_id, "name": name, "from_date": self.day(start),
                                                 "value": chance.choice(values or PERSONAL[name])})


class Week:
    """One person and what happened in that week."""

    def __init__(self, batch, number, chance):
        self.batch, self.chance, self.number = batch, chance, number
        self.person = "p%03d" % number
        self.ids = [self.person]
        self.zone = batch.zone if chance.random() < 0.4 else chance.choice(ZONES)
        self.punch_way = chance.choice(["punch", "punch", "attendance", "none", "both"])
        self.input_way = chance.choice(["input", "input", "events", "both"])
        self.accounts = ["a%03d" % number]
        if chance.random() < 0.1:
            self.accounts.append("b%03d" % number)
        self.devices = ["d%03d" % number]
        if chance.random() < 0.3:
            self.devices.append("e%03d" % number)
        if chance.random() < 0.1:
            self.devices.append("shared")
        self.requests = 0

    def make(self):
        chance = self.chance
        self.master_data()
        if chance.random() < 0.02:
            self.year()
            return
        for offset in range(7):
            if chance.random() < 0.8:
                self.day(offset)
            if chance.random() < 0.25:
                self.asked(offset)
        if chance.random() < 0.5:  # heard again
            for device in self.devices:
                self.session(device, "", self.at(chance.choice([7, 7, 8, 20]), chance.randrange(1440)), "boot", None)

    # ---- master data

    def master_data(self):
        chance, batch = self.chance, self.batch
        number = "n%03d" % self.number
        if chance.random() < 0.1:
            self.ids.append("o%03d" % self.number)
        if chance.random() < 0.02:
            number = ""
        for person in self.ids:
            batch.record("kinmu.people.person", {
                "person": person, "employee_no": number, "name": "x", "kana": None, "mail": None,
                "state": chance.choice(["active", "suspended"]), "is_admin": False, "sees_dashboard": False, "start_approval": "form",
                "end_approval": "form", "task_at_request": "form", "report_at_end": "form", "notify_break": False,
                "notify_before_end": False, "notify_end": False, "notify_outside": False,
                "overtime_managed": chance.random() < 0.5, "erase_asked_ns": "2026-01-01T00:00:00Z" if chance.random() < 0.1 else None,
                "language": None, "source": "import"})
            for start in chance.choice([[], [-400], [-400], [-400, chance.randrange(7)]]):
                batch.record("kinmu.people.assignment", {
                    "person": person, "from_date": batch.day(start), "group_id": chance.choice(["g1", "g2", "g3", "g4", "g5"]),
                    "pattern_id": chance.choice([None] + ["w%d" % pattern for pattern in range(7)]),
                    "work_class": chance.choice(["ordinary"] * 6 + ["manager", "discretionary", "high-skill", "special"])})
        batch.record("kinmu.people.setting", {"scope": "person", "scope_id": self.person, "name": "day.zone",
                                              "from_date": batch.day(-400), "value": self.zone})
        if chance.random() < 0.05:
            batch.setting("person", self.person, "day.zone", chance, ZONES)
        for name in PERSONAL:
            if chance.random() < (0.4 if name in ("pc.profile", "registration.auto", "break.lock_min", "day.boundary") else 0.07):
                batch.setting("person", chance.choice(self.ids), name, chance)
        self.schedules()
        self.number_text = number
        for place, account in enumerate(self.accounts):
            start = -400 if place == 0 and chance.random() < 0.95 else chance.randrange(7)
            batch.record("kinmu.people.account", {"account": account, "from_date": batch.day(start), "source": "import",
                                                  "person": chance.choice(self.ids)})
            if chance.random() < 0.05:
                batch.record("kinmu.people.account", {"account": account, "from_date": batch.day(chance.randrange(1, 7)),
                                                      "source": "import", "person": chance.choice([None, "p000"])})
        for device in self.devices:
            if chance.random() < 0.5:
                batch.record("kinmu.fleet.device", {
                    "origin": origin_of(device), "name": device, "group_id": None, "public_key": "00", "state": "active",
                    "serial": "1", "expires_ns": "2030-01-01T00:00:00+00:00", "invite_id": "1",
                    "enrolled_ns": "2025-01-01T00:00:00+00:00", "changed_by": "device", "reason": None, "agent_version": None})
            batch.record("kinmu.people.computer", {"computer": chance.choice([device, device, origin_of(device)]),
                                                   "from_date": batch.day(chance.choice([-400, -400, 2])), "person": self.person})

    def schedules(self):
        """Plans of single days, some in two versions, for one id or for several."""
        chance = self.chance
        share = chance.choice([0, 0, 0.2, 0.8])
        for offset in range(-1, 10):
            for person in self.ids:
                if chance.random() >= share:
                    continue
                for told in chance.choice([[None], [-3], [-3, 2], [4]]):
                    time = None if told is None else self.text(self.at(told, chance.randrange(1440)))
                    self.batch.record("kinmu.people.schedule", {"person": person, "date": self.batch.day(offset), **self.plan()}, time)

    def plan(self):
        chance = self.chance
        values = {"kind": chance.choice(["work", "work", "work", "legal", "company", "leave"]), "pattern_id": None, "start_clock": None,
                  "end_clock": None, "breaks": None, "state": chance.choice(["planned"] * 5 + ["withdrawn"])}
        way = chance.randrange(3)
        if way == 0 or way == 2 and values["kind"] == "work":
            values["pattern_id"] = chance.choice(["w%d" % number for number in range(7)])
        elif way == 1:
            start = chance.choice([540, 480, 30, 720, 1200, 1320, 1380, 1470])
            values["start_clock"], values["end_clock"] = start, min(2879, start + chance.choice([1, 240, 480, 540, 540, 900, 1439]))
            values["breaks"] = chance.choice(BREAKS + ["26:00-27:00", "12:00-13:00;12:30-13:30", "00:30-01:30;06:00-07:00"])
        return values

    # ---- time and lines

    def at(self, offset, clock, second=None):
        """A moment at a local clock (minutes from 00:00) of a day of the week."""
        local = datetime.datetime.combine(self.batch.first, datetime.time(), zoneinfo.ZoneInfo(self.zone))
        local += datetime.timedelta(days=offset, minutes=clock)
        local = local.replace(fold=self.chance.randrange(2))
        if second is None:
            second = self.chance.choice([0, self.chance.randrange(60)])
        return (local + datetime.timedelta(seconds=second)).astimezone(datetime.timezone.utc)

    def text(self, moment):
        zone = self.chance.choice([datetime.timezone.utc, zoneinfo.ZoneInfo(self.zone)])
        return moment.astimezone(zone).isoformat()

    def event(self, schema, moment, subject, device, values):
        self.batch.events.append(json.dumps({"schema": schema + "/1", "time": self.text(moment), "subject": subject,
                                             "origin": origin_of(device), "values": values}))

    def session(self, device, account, moment, kind, session):
        if self.chance.random() < 0.05:
            return  # never told
        self.event("kinmu.session.change", moment, account, device, {
            "kind": kind, "quality": self.chance.choice(["exact"] * 5 + ["estimated"]), "source": "logind", "session_id": session,
            "session_type": None, "remote_host": None, "auth": None, "noted_ns": None})

    def input(self, device, account, moment, keys):
        values = dict.fromkeys(["key_alpha", "key_digit", "key_numpad", "key_symbol", "key_other", "mouse_left", "mouse_right",
                                "mouse_wheel", "mouse_move"])
        values.update(keys=keys, clicks=0, observed_ms=60000)
        if keys == 0 and self.chance.random() < 0.5:
            values["mouse_move"] = self.chance.randrange(3)
        self.event("kinmu.input.minute", moment.replace(second=0), account, device, values)

    # ---- a day

    def day(self, offset):
        chance = self.chance
        start, end = chance.choice([(540, 1080), (540, 1080), (480, 1380), (600, 1620), (1260, 1800), (299, 301), (300, 900), (1310, 1745),
                                    (60, 200), (70, 1500), (1020, 1739), (840, 1740), (720, 720)])
        start, end = start + chance.randint(-40, 40) * chance.randrange(2), end + chance.randint(-40, 40) * chance.randrange(2)
        end = max(start + 1, end)
        for device in self.devices:
            if chance.random() < 0.75:
                self.use(offset, device, chance.choice(self.accounts), start, end)
        if self.punch_way in ("punch", "both"):
            self.punch_day(offset, start, end)
        if self.punch_way in ("attendance", "both") and chance.random() < 0.7:
            self.attendance(offset, start, end)
        if chance.random() < 0.2:
            self.task(offset)

    def use(self, offset, device, account, start, end):
        """Sessions and input of one account on one PC between two clocks."""
        chance = self.chance
        session = chance.choice([None, "c1", "c1", "c2"])
        start, end = start + chance.randint(-70, 70) * chance.randrange(2), end + chance.randint(-70, 70) * chance.randrange(2)
        end = max(start, end)
        if chance.random() < 0.5:
            self.session(device, "", self.at(offset, start - chance.randrange(20)), "boot", None)
        if chance.random() < 0.8:
            self.session(device, account, self.at(offset, start), chance.choice(["logon"] * 3 + ["unlock"]), session)
        clock = start
        while clock < end and chance.random() < 0.9:
            stretch = chance.choice([5, 20, 60, 120, 240])
            self.work(offset, device, account, clock, min(end, clock + stretch))
            clock += stretch
            pause = chance.choice([1, 4, 5, 6, 14, 15, 30, 61])
            self.pause(offset, device, account, session, clock, min(end, clock + pause))
            clock += pause
        for kind in chance.choice([["lock"], ["logoff"], ["logoff", "shutdown"], ["shutdown"], ["lock", "sleep"], [], [], ["lock", "shutdown"],
                                   ["switch_disconnect"], ["idle"]]):
            machine = kind in ("shutdown", "sleep")
            self.session(device, "" if machine else account, self.at(offset, end), kind, None if machine else session)
            end += chance.choice([0, 10, 300])
        if chance.random() < 0.1:
            self.gap(offset, device, account, start, end)

    def work(self, offset, device, account, start, end):
        if self.input_way == "events":
            return
        clock = start
        for _ in range(10):
            if clock >= end:
                return
            self.input(device, account, self.at(offset, clock), self.chance.choice([0, 1, 5, 30]))
            clock += self.chance.choice([1, 1, 1, 2, 5, 6, 30])

    def pause(self, offset, device, account, session, start, end):
        chance = self.chance
        way = chance.randrange(7)
        kinds = [("lock", "unlock"), ("idle", "active"), ("sleep", "resume"), ("switch_disconnect", "switch_connect"),
                 ("logoff", "logon"), (None, None), ("lock", "active")][way]
        for kind, clock in zip(kinds, (start, end)):
            if kind in ("idle", "active") and self.input_way == "input" and chance.random() < 0.5:
                continue
            if kind:
                machine = kind in ("sleep", "resume")
                name = None if machine or kind in ("idle", "active") and chance.random() < 0.7 else session
                self.session(device, "" if machine else account, self.at(offset, clock), kind, name)

    def gap(self, offset, device, account, start, end):
        chance = self.chance
        first = self.at(offset, start)
        last = first + datetime.timedelta(seconds=chance.choice([-5, 20, 600, 659, 660, 7200, 200000]))
        self.event("kinmu.observation.gap", last, chance.choice(["", account]), device, {
            "stream": chance.choice(["input", "session", "window"]), "from_ns": self.text(first), "to_ns": self.text(last),
            "cause": "crashed", "detail": None})

    def punch(self, offset, clock, kind):
        chance = self.chance
        named = chance.random() < 0.8
        self.event("kinmu.attendance.punch", self.at(offset, clock), chance.choice(["", self.accounts[0]]) if named else self.accounts[0],
                   "hub", {"kind": kind, "source": "manual", "person": chance.choice(self.ids) if named else None,
                           "work_form": chance.choice(FORMS), "task_id": None, "request_id": None, "place": None, "source_id": None,
                           "note": None})

    def punch_day(self, offset, start, end):
        chance = self.chance
        third = (end - start) // 3
        plan = [(start, "start")]
        if chance.random() < 0.4:
            plan += [(start + third, "break"), (start + third + chance.choice([1, 15, 60]), "resume")]
        if chance.random() < 0.2:
            plan += [(start + third, "end"), (start + 2 * third, "start")]
        plan.append((end, "end"))
        for clock, kind in plan:
            if chance.random() < 0.9:
                self.punch(offset, clock, kind)
        while chance.random() < 0.15:  # out of turn
            self.punch(offset, chance.choice([start, end, end + 30, start + third, 299, 300, 1740, chance.randrange(1800)]),
                       chance.choice(["start", "break", "resume", "end", "task_start"]))

    def attendance(self, offset, start, end):
        chance = self.chance
        if not self.number_text:
            return
        start = max(0, start)
        has_start, has_end = chance.random() < 0.9, chance.random() < 0.85
        for _ in range(chance.choice([1, 1, 1, 2])):
            self.event("kinmu.attendance.day", self.at(offset + 1, chance.randrange(600)), "", "hub", {
                "employee_no": self.number_text, "date": self.batch.day(offset), "source": "csv", "start_clock": start if has_start else None,
                "end_clock": chance.choice([end, end, 1620, end % 1440]) if has_end else None,
                "break_min": chance.choice([None, None, 60, 45, 2000]),
                "breaks": chance.choice([None, None, "12:00-13:00", "12:00-12:30;02:00-02:45"]),
                "holiday": chance.choice(["none"] * 6 + ["legal", "company", "leave", "half-leave", "half-leave"]),
                "work_form": chance.choice(FORMS), "planned_start_clock": None, "planned_end_clock": None, "state": "entered",
                "fetched_ns": self.text(self.at(offset + 1, 0))})

    def asked(self, offset):
        """A request of any kind, sometimes in two versions."""
        chance = self.chance
        self.requests += 1
        kind = chance.choice(["start", "end", "correction", "correction", "holiday-work", "divergence-reason", "divergence-reason", "leave",
                              "overtime"])
        values = {"request_id": "r%03d-%d" % (self.number, self.requests), "kind": kind, "person": chance.choice(self.ids),
                  "date": self.batch.day(offset), "work_form": chance.choice(FORMS), "from_clock": None, "to_clock": None,
                  "break_min": None, "overtime_min": None, "before": None, "cause": None, "reason": "x", "object": None,
                  "expires_ns": None, "group_id": "g1", "scheduled_min": chance.choice([None, None, 0, 300, 540])}
        if kind == "correction":
            values.update(from_clock=chance.choice([None, 540, 150, 1380]), to_clock=chance.choice([None, 1080, 1620, 120]),
                          break_min=chance.choice([None, None, 0, 60]))
        for _ in range(chance.choice([1, 1, 2])):
            values["state"] = chance.choice(["draft", "pending", "approved", "approved", "approved", "denied", "returned", "withdrawn", "expired"])
            self.event("kinmu.request.request", self.at(offset, chance.randrange(2880)), "", "hub", values)

    def task(self, offset):
        chance = self.chance
        self.event("kinmu.work.task", self.at(offset, chance.randrange(1440)), "", "hub", {
            "task_id": "t%03d-%d" % (self.number, offset), "person": chance.choice(self.ids), "date": self.batch.day(offset), "title": "x",
            "detail": None, "start_ns": None, "end_ns": None, "is_all_day": True, "work_form": chance.choice(FORMS[2:]),
            "kind": "personal", "report": None, "progress_percent": None, "members": None, "source": "manual", "source_id": None,
            "state": chance.choice(["planned", "running", "done", "deleted"])})

    def year(self):
        """Long days for months, by attendance only."""
        chance = self.chance
        length, longest = chance.choice([40, 100, 250, 430]), chance.choice([1100, 1260, 1440])
        for offset in range(-length, 8):
            if self.number_text and chance.random() < 0.85:
                self.event("kinmu.attendance.day", self.at(offset + 1, 400), "", "hub", {
                    "employee_no": self.number_text, "date": self.batch.day(offset), "source": "csv", "start_clock": 480,
                    "end_clock": chance.randint(1020, longest), "break_min": 60, "breaks": None, "holiday": "none", "work_form": None,
                    "planned_start_clock": None, "planned_end_clock": None, "state": "entered",
                    "fetched_ns": self.text(self.at(offset + 1, 0))})


def main():
    seed, people, settings, events = sys.argv[1:]
    batch = Batch(seed, int(people))
    for path, lines in ((settings, batch.settings), (events, batch.events)):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
    if batch.until:
        print(batch.until)


if __name__ == "__main__":
    main()
