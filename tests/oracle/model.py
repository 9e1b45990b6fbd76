#!/usr/bin/python3
"""model.py --settings FILE --events FILE [--until MOMENT] [--months]: the rules of docs/replay.md a second time.

Written from that page alone, without a look at the connector `workday`, so that an error in one of the two shows as a
difference (compare.py). It favours plainness over speed: working time is a set of minutes, a figure is the size of a
set. It takes correct input for granted and finds no candidates of causes (`divergence_causes`).

Moments are microseconds since 1970 UTC, minutes are whole minutes of that count, dates are ordinals (date.toordinal).
"""
import argparse
import bisect
import calendar
import datetime
import functools
import json
import sys
import zoneinfo

MINUTE = 60_000_000
FORTY_DAYS = 40 * 1440 * MINUTE
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
FAR = 1 << 62  # later than everything
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PERSON, ASSIGNMENT, PATTERN, GROUP, ACCOUNT, COMPUTER, HOLIDAY, SETTING, SCHEDULE, DEVICE = (
    "kinmu.people.person", "kinmu.people.assignment", "kinmu.people.pattern", "kinmu.people.group", "kinmu.people.account",
    "kinmu.people.computer", "kinmu.people.holiday", "kinmu.people.setting", "kinmu.people.schedule", "kinmu.fleet.device")
SESSION, INPUT, GAP, PUNCH, ATTENDANCE, REQUEST, TASK = (
    "kinmu.session.change", "kinmu.input.minute", "kinmu.observation.gap", "kinmu.attendance.punch", "kinmu.attendance.day",
    "kinmu.request.request", "kinmu.work.task")
LOGS = {SESSION, INPUT, GAP, PUNCH, "kinmu.calendar.event", "kinmu.presence.change"}
KEYS = {
    PERSON: ["person"], ASSIGNMENT: ["person", "from_date"], PATTERN: ["pattern_id", "from_date"], GROUP: ["group_id"],
    ACCOUNT: ["account", "from_date"], COMPUTER: ["computer", "from_date"], HOLIDAY: ["calendar", "date"],
    SETTING: ["scope", "scope_id", "name", "from_date"], DEVICE: ["origin"], ATTENDANCE: ["employee_no", "date"],
    REQUEST: ["request_id"], TASK: ["task_id"], SCHEDULE: ["person", "date"],
}
PRESETS = {
    "company.plan": "standard",
    "day.zone": "Asia/Tokyo", "day.boundary": "05:00", "binding.by": "account", "pc.profile": "nec", "pc.start": "logon",
    "pc.idle_min": "5", "registration.auto": "off", "break.lock_min": "0", "form.order": "home;outside;ordinary",
    "holiday.work": "declared", "calendar": "jp", "week.legal_holiday": "sunday", "week.company_holiday": "saturday",
    "week.start": "sunday", "divergence.threshold_min": "60", "divergence.owner": "kinmu",
    "overtime.levels_min": "1800;2160;2400;2700", "overtime.month_min": "2700", "overtime.year_min": "21600",
    "overtime.special": "off", "overtime.special_year_min": "43200", "overtime.special_month_min": "6000",
    "overtime.average_min": "4800", "overtime.special_months": "6", "overtime.year_month": "4", "health.limit_min": "4800",
    "interval.limit_min": "660", "interval.by": "evidence", "consecutive.warn_days": "12", "consecutive.limit_days": "14",
}
# What happens at one moment happens in this order.
ORDER = ["shutdown", "logoff", "switch_disconnect", "sleep", "lock", "idle", "boot", "resume", "switch_connect", "logon", "unlock",
         "active"]
WAKING = {"logon", "unlock", "switch_connect", "active"}
BUSY = {"active", "logon", "unlock", "resume", "switch_connect"}
COUNTS = ["keys", "clicks", "key_alpha", "key_digit", "key_numpad", "key_symbol", "key_other", "mouse_left", "mouse_right",
          "mouse_wheel", "mouse_move"]


# ---------------------------------------------------------------------------------------------------------------- time

def moment(text):
    return (datetime.datetime.fromisoformat(text) - EPOCH) // datetime.timedelta(microseconds=1)


def moment_text(us):
    at = EPOCH + datetime.timedelta(microseconds=us)
    return at.isoformat(timespec="microseconds" if us % 1_000_000 else "seconds")


def ordinal(text):
    return datetime.date.fromisoformat(text).toordinal()


def date_text(day):
    return datetime.date.fromordinal(day).isoformat()


def weekday(day):
    return WEEKDAYS[datetime.date.fromordinal(day).weekday()]


def clock_of(text):
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def span_list(text):
    """ "11:45-12:45;18:30-19:00" as pairs of clocks. """
    return [tuple(clock_of(side) for side in part.split("-")) for part in (text or "").split(";") if part]


@functools.lru_cache(maxsize=1 << 18)
def quarter(zone, number):
    """(ordinal of the local date, minute of the local day, whether this clock came before) of a quarter of an hour's
    beginning. Differences to UTC have been whole quarters everywhere since 1972."""
    at = (EPOCH + datetime.timedelta(minutes=number * 15)).astimezone(zoneinfo.ZoneInfo(zone))
    return at.toordinal(), at.hour * 60 + at.minute, at.fold == 1


def local(zone, minute):
    date, of_day, is_fold = quarter(zone, minute // 15)
    return date, of_day + minute % 15, is_fold


def minutes_where(minutes, zone, holds):
    """Those of a set of minutes whose quarter's (date, minute of the day, …) is as asked."""
    quarters = {number for number in {minute // 15 for minute in minutes} if holds(*quarter(zone, number))}
    return {minute for minute in minutes if minute // 15 in quarters}


@functools.lru_cache(maxsize=1 << 16)
def wall(zone, day, clock):
    """The minute at which the clock shows `clock` minutes of the date: of two the first, of none the next there is."""
    day, clock = day + clock // 1440, clock % 1440
    guess = (day - EPOCH.toordinal()) * 1440 + clock
    # No zone is farther than a day from UTC. The clock never runs back past midnight by a whole day.
    low, high = guess - 1440, guess + 1440
    naive = datetime.datetime.fromordinal(day) + datetime.timedelta(minutes=clock)
    for minute in sorted(guess - int(zoneinfo.ZoneInfo(zone).utcoffset(naive.replace(fold=fold)).total_seconds() // 60)
                         for fold in (0, 1)):
        if local(zone, minute)[:2] == (day, clock):
            return minute
    while low < high:  # the first minute that shows this clock or a later one
        middle = (low + high) // 2
        if local(zone, middle)[:2] < (day, clock):
            low = middle + 1
        else:
            high = middle
    return low


@functools.lru_cache(maxsize=None)
def zone_data_version():
    for folder in zoneinfo.TZPATH:
        try:
            with open(folder + "/tzdata.zi", encoding="ascii") as text:
                return text.readline().split()[-1]
        except OSError:
            pass
    return "unknown"


# --------------------------------------------------------------------------------------------------------------- input

class Files:
    """The lines that count: logs as a list without repetitions, records as the version in force."""

    def __init__(self, lines, until):
        self.logs = {}  # schema -> [(moment, subject, origin, values)]
        self.records = {}  # schema -> {key: (moment or None, values)}
        self.heard = {}  # origin -> last moment
        self.last = None
        seen = set()
        for text in lines:
            line = json.loads(text)
            schema, values = line["schema"].rsplit("/", 1)[0], line["values"]
            if schema not in LOGS and schema not in KEYS:
                continue
            at = moment(line["time"]) if line.get("time") else None
            if at is not None and at > until:
                continue
            if at is not None:
                self.last = at if self.last is None else max(self.last, at)
            if schema in LOGS:
                if text not in seen:
                    seen.add(text)
                    self.logs.setdefault(schema, []).append((at, line["subject"], line["origin"], values))
                    self.heard[line["origin"]] = max(at, self.heard.get(line["origin"], at))
            else:
                key = tuple(values[name] for name in KEYS[schema])
                rows = self.records.setdefault(schema, {})
                old = rows.get(key)
                if old is None or (-FAR if at is None else at) >= (-FAR if old[0] is None else old[0]):
                    rows[key] = (at, values)

    def rows(self, schema):
        return [values for at, values in self.records.get(schema, {}).values()]


class History:
    """What holds from dates on. Of rows from one date the one of the smallest id holds."""

    def __init__(self, rows):  # (from ordinal, id, value)
        self.days, self.values = [], []
        for day, _, value in sorted(rows, key=lambda row: row[:2]):
            if not self.days or self.days[-1] != day:
                self.days.append(day)
                self.values.append(value)

    def at(self, day, otherwise=None):
        place = bisect.bisect_right(self.days, day)
        return self.values[place - 1] if place else otherwise


NOTHING = History([])


class Company:
    """Master data and settings, and whose an event is."""

    def __init__(self, files, until):
        self.files, self.until, self.is_replayed_whole = files, until, until == FAR
        self.last = files.last if until == FAR else until  # what is on stays on until here
        self.people = {}  # any id -> the id that stands for the person
        self.ids = {}  # that id -> all ids
        numbers = {}
        self.number_of = {}
        self.overtime_managed = set()
        self.to_be_erased = set()
        for row in sorted(files.rows(PERSON), key=lambda row: row["person"]):
            number = row["employee_no"] or ""
            person = numbers.setdefault(number, row["person"]) if number else row["person"]
            self.people[row["person"]] = person
            self.ids.setdefault(person, []).append(row["person"])
            self.number_of[person] = number
            if person == row["person"] and row.get("overtime_managed"):
                self.overtime_managed.add(person)
            if person == row["person"] and row.get("erase_asked_ns") is not None:
                self.to_be_erased.add(person)
        self.accounts = self.histories(ACCOUNT, "account", lambda row: self.people.get(row.get("person")))
        if not self.people:  # nobody is registered: each account is a person
            self.imply_people()
        self.computers = self.histories(COMPUTER, "computer", lambda row: self.people.get(row.get("person")))
        self.patterns = self.histories(PATTERN, "pattern_id", lambda row: row)
        self.parents = {row["group_id"]: row.get("parent_id") for row in files.rows(GROUP)}
        self.holidays = {(row["calendar"], ordinal(row["date"])): row["kind"] for row in files.rows(HOLIDAY)}
        self.names = {row["origin"]: row["name"] for row in files.rows(DEVICE)}
        settings = {}
        for row in files.rows(SETTING):
            scope_id = self.people.get(row["scope_id"]) if row["scope"] == "person" else row["scope_id"]
            settings.setdefault((row["scope"], scope_id), {}).setdefault(row["name"], []).append(
                (ordinal(row["from_date"]), row["scope_id"], row["value"]))
        self.settings = {scope: {name: History(rows[name]) for name in rows} for scope, rows in settings.items()}
        self.binding = self.settings.get(("company", ""), {}).get("binding.by", NOTHING)
        self.assignments = {}
        for row in files.rows(ASSIGNMENT):
            self.assignments.setdefault(self.people.get(row["person"]), []).append(
                (ordinal(row["from_date"]), row["person"], row))
        self.index_logs()
        self.index_records()

    def imply_people(self):
        subjects = {subject for schema in (SESSION, INPUT, GAP, PUNCH) for _, subject, _, values in self.files.logs.get(schema, [])
                    if subject and values.get("person") is None}
        self.people = {subject: subject for subject in subjects}
        self.ids = {subject: [subject] for subject in subjects}
        self.number_of = dict(self.people)
        self.accounts = {subject: History([(ordinal("1971-01-01"), "", subject)]) for subject in subjects}

    def histories(self, schema, key, value):
        rows = {}
        for row in self.files.rows(schema):
            rows.setdefault(row[key], []).append((ordinal(row["from_date"]), "", value(row)))
        return {name: History(rows[name]) for name in rows}

    def index_logs(self):
        self.events = {}  # (origin, subject) -> [(schema, moment, values)]
        for schema in (SESSION, INPUT, GAP):
            for at, subject, origin, values in self.files.logs.get(schema, []):
                self.events.setdefault((origin, subject), []).append((schema, at, values))
        self.punches_named, self.punches_unnamed = {}, []  # by person
        for at, subject, origin, values in self.files.logs.get(PUNCH, []):
            if values.get("person") is None:
                self.punches_unnamed.append((subject, origin, at, values))
            else:
                self.punches_named.setdefault(self.people.get(values["person"]), []).append((subject, origin, at, values))

    def index_records(self):
        self.requests, self.tasks, self.attendance = {}, {}, {}  # by person, by person, by employee number
        requests = self.files.records.get(REQUEST, {}).values()
        for _, row in sorted(requests, key=lambda entry: (-FAR if entry[0] is None else entry[0], entry[1]["request_id"])):
            self.requests.setdefault(self.people.get(row["person"]), []).append(row)
        for row in self.files.rows(TASK):
            self.tasks.setdefault(self.people.get(row["person"]), []).append(row)
        self.schedules = {}  # by (person, day): of several ids the smallest one's
        for row in sorted(self.files.rows(SCHEDULE), key=lambda row: row["person"], reverse=True):
            self.schedules[self.people.get(row["person"]), ordinal(row["date"])] = row
        for row in self.files.rows(ATTENDANCE):
            self.attendance.setdefault(row["employee_no"], []).append(row)

    def accounts_of(self, person):
        return [account for account, rows in self.accounts.items() if person in rows.values]

    def computer(self, origin):
        return self.names.get(origin, origin)

    def binds_by_computer(self, day):
        return self.binding.at(day, PRESETS["binding.by"]) == "computer"

    def owner(self, subject, origin, day):
        if self.binds_by_computer(day):
            return self.computers.get(self.computer(origin), NOTHING).at(day)
        return self.accounts.get(subject, NOTHING).at(day)


# ------------------------------------------------------------------------------------------------------------ sessions

class On:
    """A stretch of time in which a session is on: from `begin` to `end` (FAR: still)."""

    def __init__(self, begin, kind, quality):
        self.begin, self.kind, self.quality = begin, kind, quality
        self.end, self.end_quality = FAR, None


class Life:
    """A session from where it was first seen to its end."""

    def __init__(self, login):
        self.login, self.ons, self.end, self.end_quality = login, [], FAR, None
        self.is_locked = self.is_away = False


class Login:
    """One account on one device as long as it is one person's: its sessions, input and idleness."""

    def __init__(self, origin, subject):
        self.origin, self.subject = origin, subject
        self.same = [self]  # the person's logins of this device and account, this one among them
        self.lives, self.open = [], {}
        self.labels = []  # minutes with an input minute, active or not
        self.idleness = []  # (moment, is idle, quality) as told by events
        self.boots = []  # (moment, quality)
        self.is_asleep = False

    def follow(self, events, closing):
        """events: (moment, values) in order; what is still open at `closing` is not followed further."""
        for at, values in events:
            if values.get("is_of_other"):
                self.is_asleep = False
                self.mark_all(at, values["kind"], values["quality"])
            else:
                self.change(at, values["kind"], values["quality"], values.get("session_id"))
        if closing < FAR:
            for life in self.open.values():
                for on in life.ons[-1:]:
                    on.end = min(on.end, closing)

    def change(self, at, kind, quality, session):
        if kind == "boot":
            self.boots.append((at, quality))
        if kind in ("boot", "shutdown"):
            for name in list(self.open):
                self.finish(name, at, quality)
            self.is_asleep = False
        elif kind == "logoff":
            if session in self.open:
                self.finish(session, at, quality)
        elif kind == "logon":
            life = self.begin(session)
            life.is_locked = life.is_away = False
        elif kind in ("unlock", "switch_connect") or kind == "active" and not self.open:
            life = self.open.get(session) or self.begin(session)
            if kind == "unlock":
                life.is_locked = False
            if kind == "switch_connect":
                life.is_away = False
        elif session in self.open and kind == "lock":
            self.open[session].is_locked = True
        elif session in self.open and kind == "switch_disconnect":
            self.open[session].is_away = True
        if kind in ("sleep", "resume") or kind in WAKING:
            self.is_asleep = kind == "sleep"
        if kind == "idle" or kind in BUSY:
            self.idleness.append((at, kind == "idle", quality))
        self.mark_all(at, kind, quality)

    def begin(self, session):
        if session not in self.open:
            self.open[session] = Life(self)
            self.lives.append(self.open[session])
        return self.open[session]

    def finish(self, session, at, quality):
        life = self.open.pop(session)
        life.end, life.end_quality = at, quality
        if life.ons and life.ons[-1].end == FAR:
            life.ons[-1].end, life.ons[-1].end_quality = at, quality

    def mark_all(self, at, kind, quality):
        for life in self.open.values():
            self.mark(life, at, kind, quality)

    def mark(self, life, at, kind, quality):
        should = not (life.is_locked or life.is_away or self.is_asleep)
        is_on = bool(life.ons) and life.ons[-1].end == FAR
        if should and not is_on:
            life.ons.append(On(at, kind, quality))
        elif is_on and not should:
            life.ons[-1].end, life.ons[-1].end_quality = at, quality


class Idleness:
    """When the person was not idle in an on stretch, as seen on one business day."""

    def __init__(self, login, idle_min, day_end, counts_input):
        self.login, self.idle_min = login, idle_min
        first, end = -(-(day_end - FORTY_DAYS) // MINUTE), day_end // MINUTE
        self.by_input = counts_input and any(any_between(one.labels, first, end) for one in login.same)

    def since(self, on, before):
        """(moment since when idle, quality) by what was before a moment, None if not idle then."""
        if self.by_input:
            touched = on.begin // MINUTE
            place = bisect.bisect_left(self.login.labels, -(-before // MINUTE))
            if place:
                touched = max(touched, self.login.labels[place - 1])
            idle = (touched + self.idle_min) * MINUTE
            return (idle, "estimated") if idle <= before else None
        told = [entry for entry in self.login.idleness if entry[0] < before]
        if told and told[-1][1]:
            first = len(told) - 1
            while first and told[first - 1][1]:
                first -= 1
            return told[first][0], told[first][2]
        return None

    def ends(self, on, start):
        """(moment, quality) of the first end of idleness from a moment on while the session is on."""
        if self.by_input:
            place = bisect.bisect_left(self.login.labels, -(-start // MINUTE))
            found = [(label * MINUTE, "exact") for label in self.login.labels[place:place + 1]]
        else:
            found = [(at, quality) for at, is_idle, quality in self.login.idleness if not is_idle and at >= start][:1]
        return [entry for entry in found if entry[0] < on.end]

    def busy_minutes(self, on, start, end):
        """Minutes on and not idle between two moments."""
        begin, end = max(on.begin, start), min(on.end, end)
        if self.by_input:
            stretches = [(label * MINUTE, (label + self.idle_min) * MINUTE)
                         for label in [on.begin // MINUTE] + [label for label in self.login.labels if label * MINUTE >= on.begin]]
        else:
            stretches, since = [], -FAR
            is_idle = False
            for at, idle, _ in self.login.idleness:
                if idle and not is_idle:
                    stretches.append((since, at))
                elif not idle and is_idle:
                    since = at
                is_idle = idle
            if not is_idle:
                stretches.append((since, FAR))
        touched = set()
        for first, last in stretches:
            first, last = max(first, begin), min(last, end)
            touched.update(range(first // MINUTE, last // MINUTE))
        return touched


def any_between(ordered, first, end):
    place = bisect.bisect_left(ordered, first)
    return place < len(ordered) and ordered[place] < end


# ---------------------------------------------------------------------------------------------------------------- days

class Span:
    def __init__(self, start, end=None, start_by="person", end_by=None):
        self.start, self.end, self.start_by, self.end_by = start, end, start_by, end_by
        self.breaks = []  # (minute, minute or None) by punches

    def minutes(self):
        return range(self.start, self.start if self.end is None else max(self.start, self.end))


class Day:
    """Everything computed of one business day; `values` is the row printed."""


class Person:
    def __init__(self, company, person):
        self.company, self.person, self.ids = company, person, company.ids[person]
        self.number = company.number_of[person]
        self.assignment = History(company.assignments.get(person, []))
        self.memory = {}
        self.collect_records()
        self.collect_events()
        self.collect_punches()

    # ---- what holds on a date

    def setting(self, name, day):
        key = (name, day)
        if key not in self.memory:
            self.memory[key] = self.look_up(name, day)
        return self.memory[key]

    def look_up(self, name, day):
        for scope in self.scopes(self.group(day)):
            value = scope[name].at(day) if name in scope else None
            if value is not None:
                return value
        return PRESETS[name]

    def scopes(self, group):
        """The settings of the person, of a group and those above it, of the company."""
        key = ("scopes", group)
        if key not in self.memory:
            names, above = [("person", self.person)], group
            while above and ("group", above) not in names:
                names.append(("group", above))
                above = self.company.parents.get(above)
            self.memory[key] = [self.company.settings.get(name, {}) for name in names + [("company", "")]]
        return self.memory[key]

    def number_setting(self, name, day):
        return int(self.setting(name, day))

    def list_setting(self, name, day):
        return [entry for entry in self.setting(name, day).split(";") if entry]

    def group(self, day):
        row = self.assignment.at(day)
        return (row["group_id"] or "") if row else ""

    def work_class(self, day):
        row = self.assignment.at(day)
        return row["work_class"] if row else "ordinary"

    def schedule(self, day):
        row = self.company.schedules.get((self.person, day))
        return row if row and row["state"] != "withdrawn" else None

    @staticmethod
    def shift_by(schedule):
        """ "clocks", "pattern", or None: no shift is planned. """
        if schedule is None or schedule["kind"] == "leave":
            return None
        if schedule.get("start_clock") is not None:
            return "clocks"
        return "pattern" if schedule.get("pattern_id") is not None else None

    def assigned_pattern(self, day):
        row = self.assignment.at(day)
        return self.company.patterns.get(row.get("pattern_id"), NOTHING).at(day) if row else None

    def pattern(self, day):
        """The pattern of the day as its rules see it; None = without a pattern. A schedule changes a copy of the usual one."""
        schedule, usual = self.schedule(day), self.assigned_pattern(day)
        if schedule is None:
            return usual
        by = self.shift_by(schedule)
        if by == "pattern":
            return self.company.patterns.get(schedule["pattern_id"], NOTHING).at(day)
        changed = dict(usual or {"breaks": None, "auto_end_clock": 300}, work_min=0, morning_min=None)
        if by == "clocks":
            pauses = set()
            for first, last in self.clocks_of_shift(schedule):
                pauses.update(range(first, last))
            shift = set(range(schedule["start_clock"], schedule["end_clock"]))
            changed.update(work_min=len(shift - pauses), breaks=schedule.get("breaks"))
        return changed

    @staticmethod
    def clocks_of_shift(schedule):
        """Breaks of a shift by clocks as pairs of clocks from its start on."""
        pairs = []
        for first, last in span_list(schedule.get("breaks")):
            first += 1440 if first < schedule["start_clock"] else 0
            while last <= first:
                last += 1440
            pairs.append((first, last))
        return pairs

    def planned(self, day):
        """The planned clocks (start, end) of a day, each None where there is none."""
        schedule = self.schedule(day)
        by = self.shift_by(schedule)
        source = schedule if by == "clocks" else self.pattern(day) if by == "pattern" else None
        return (source.get("start_clock"), source.get("end_clock")) if source else (None, None)

    def zone(self, day):
        return self.setting("day.zone", day)

    def boundary(self, day):
        return clock_of(self.setting("day.boundary", day))

    def start(self, day):
        key = ("start", day)
        if key not in self.memory:
            self.memory[key] = wall(self.zone(day), day, self.boundary(day))
        return self.memory[key]

    def business_day(self, minute):
        day = EPOCH.toordinal() + minute // 1440 + 1  # no day begins more than 14 hours before its date does in UTC
        while self.start(day) > minute:
            day -= 1
        return day

    def clock(self, day, minute):
        date, of_day, _ = local(self.zone(day), minute)
        return min((date - day) * 1440 + of_day, 2879)

    def kind(self, day):
        attendance = self.attendance.get(day)
        told = {"legal": "legal-holiday", "company": "company-holiday", "leave": "leave", "half-leave": "work"}.get(
            attendance["holiday"] if attendance else "none")
        if told:
            return told
        if any(row["kind"] == "leave" and row["state"] == "approved" for row in self.requests.get(day, [])):
            return "leave"
        if self.schedule(day):
            return {"legal": "legal-holiday", "company": "company-holiday"}.get(self.schedule(day)["kind"], self.schedule(day)["kind"])
        for name in self.list_setting("calendar", day):
            told = self.company.holidays.get((name, day))
            if told:
                return {"legal": "legal-holiday", "work": "work"}.get(told, "company-holiday")
        if weekday(day) in self.list_setting("week.legal_holiday", day):
            return "legal-holiday"
        return "company-holiday" if weekday(day) in self.list_setting("week.company_holiday", day) else "work"

    # ---- what is known of the person

    def collect_records(self):
        self.attendance, self.requests, self.tasks = {}, {}, {}
        for row in self.company.attendance.get(self.number, []) if self.number else []:
            self.attendance[ordinal(row["date"])] = row
        for row in self.company.requests.get(self.person, []):
            if row.get("date"):
                self.requests.setdefault(ordinal(row["date"]), []).append(row)
        for row in self.company.tasks.get(self.person, []):
            if row["state"] != "deleted":
                self.tasks.setdefault(ordinal(row["date"]), []).append(row)

    def newest(self, day, kinds, accepts=lambda row: True):
        rows = [row for row in self.requests.get(day, []) if row["kind"] in kinds and accepts(row)]
        return rows[-1] if rows else None

    def collect_events(self):
        """Logins, active minutes, days with something, and when devices told anything."""
        company = self.company
        self.logins, self.known_days, self.told, self.gaps = [], set(), {}, []
        self.active, self.has_input = set(), set()  # minutes, days
        computers = {computer for computer, rows in company.computers.items() if self.person in rows.values}
        accounts = set(company.accounts_of(self.person))
        pairs = [(origin, subject) for origin, subject in sorted(company.events)
                 if subject != "" and (subject in accounts or company.computer(origin) in computers)]
        for origin, subject in pairs:
            self.collect_pair(origin, subject, [other for on, other in pairs if on == origin and other != subject])
        for origin in {login.origin for login in self.logins}:
            self.gaps += [(origin, values) for schema, _, values in company.events.get((origin, ""), []) if schema == GAP]

    def collect_pair(self, origin, subject, others):
        company = self.company
        dates = set(company.binding.days)
        dates |= set(company.accounts.get(subject, NOTHING).days)
        dates |= set(company.computers.get(company.computer(origin), NOTHING).days)
        dates = [1] + sorted(dates) + [FAR]
        mine = [(first, end) for first, end in zip(dates, dates[1:]) if company.owner(subject, origin, first) == self.person]
        periods = []
        for first, end in mine:
            if periods and periods[-1][1] == first:
                periods[-1] = (periods[-1][0], end)
            else:
                periods.append((first, end))
        events, machine = ([(schema, at, values, self.business_day(at // MINUTE))
                            for schema, at, values in company.events.get((origin, of), [])] for of in (subject, ""))
        for other in others:  # what shows that the device is awake
            for schema, at, values in company.events[origin, other]:
                day = self.business_day(at // MINUTE)
                if schema == SESSION and values["kind"] in WAKING and company.owner(other, origin, day) == self.person:
                    machine.append((schema, at, {**values, "is_of_other": True}, day))
        for first, end in periods:
            self.collect_login(Login(origin, subject), [row for row in events if first <= row[3] < end],
                               [row for row in machine if first <= row[3] < end], FAR if end == FAR else self.start(end) * MINUTE)

    def collect_login(self, login, events, machine, closing):
        if not events:
            return
        labels = set()
        for schema, at, values, day in events:
            self.told.setdefault(login.origin, []).append(at)
            if schema != GAP:
                self.known_days.add(day)
            if schema == GAP:
                self.gaps.append((login.origin, values))
            if schema == INPUT:
                labels.add(at // MINUTE)
                self.has_input.add(day)
                if any((values.get(name) or 0) > 0 for name in COUNTS):
                    self.active.add(at // MINUTE)
        login.labels = sorted(labels)
        changes = [(at, values) for schema, at, values, _ in events + machine if schema == SESSION]
        login.follow(sorted(changes, key=lambda row: (row[0], ORDER.index(row[1]["kind"]), row[1]["quality"] != "exact")), closing)
        earlier = [one for one in self.logins if (one.origin, one.subject) == (login.origin, login.subject)]
        if earlier:
            login.same = earlier[0].same
            login.same.append(login)
        self.logins.append(login)

    def collect_punches(self):
        self.punches, self.forms_punched = {}, {}
        for subject, origin, at, values in self.company.punches_named.get(self.person, []) + self.company.punches_unnamed:
            day = self.business_day(at // MINUTE)
            if values.get("person") is not None or subject != "" and self.company.owner(subject, origin, day) == self.person:
                self.known_days.add(day)
                self.punches.setdefault(at // MINUTE, set()).add(values["kind"])
                self.forms_punched.setdefault(day, set()).add(values.get("work_form"))

    # ---- the PC

    def lives_in(self, start, end):
        """(life, its stretches on at a moment between two) of all sessions; what ends at the start was on before it only."""
        for login in self.logins:
            for life in login.lives:
                ons = [on for on in life.ons if on.begin < end and (on.end > start or on.begin >= start)]
                if ons:
                    yield life, ons

    def pc_by_sessions(self, day, start, end):
        """(start, quality, end, quality, active minutes) of profile miteras, None without a start."""
        idle_min = self.number_setting("pc.idle_min", day)
        if self.company.last is None or start > self.company.last:
            return None
        seen_end = min(end, self.company.until)
        starts, ends, busy, is_on_at_start = [], [], set(), False
        for life, ons in self.lives_in(start, end):
            idleness = Idleness(life.login, idle_min, end, self.counts_input(day))
            for on in ons:
                if on.begin >= start:
                    starts.append((on.begin, on.kind, on.quality, life.login))
                elif idleness.since(on, start) is None:
                    is_on_at_start = True
                else:
                    starts += [(at, "", quality, life.login) for at, quality in idleness.ends(on, start)]
                busy |= idleness.busy_minutes(on, start, seen_end)
            ends.append(self.life_end(life, ons[-1], idleness, end, seen_end))
        starts = [entry for entry in starts if entry[0] < end]
        if is_on_at_start:
            first, first_quality = start // MINUTE, "exact"
        elif starts:
            first, first_quality = self.first_of(starts, day, start)
        else:
            return None
        last = max(at for at, _ in ends) // MINUTE
        last_quality = "exact" if any(at // MINUTE == last and quality == "exact" for at, quality in ends) else "estimated"
        if self.counts_input(day) and day in self.has_input:
            busy = self.active_in(start, end)
        return first, first_quality, max(first, last), last_quality, busy

    def first_of(self, starts, day, start):
        at, _, quality, _ = min(starts, key=lambda entry: (entry[0], entry[2] != "exact"))
        if self.setting("pc.start", day) == "boot":
            boots = [[boot for boot in login.boots if start <= boot[0] <= at][-1:]
                     for moment, kind, _, login in starts if moment == at and kind == "logon"]
            if any(boots):
                return min((boot[0] // MINUTE, boot[1] != "exact", boot[1]) for last in boots for boot in last)[::2]
        is_exact = any(entry[0] // MINUTE == at // MINUTE and entry[2] == "exact" for entry in starts)
        return at // MINUTE, "exact" if is_exact else quality

    @staticmethod
    def life_end(life, on, idleness, end, seen_end):
        if min(life.end, on.end) < end:
            at, quality = (life.end, life.end_quality) if life.end < end else (on.end, on.end_quality)
            is_exact = any(other.end // MINUTE == at // MINUTE and other.end_quality == "exact" for other in life.ons)
            return at, "exact" if is_exact else quality
        idle = idleness.since(on, seen_end)
        if idle and idle[0] // MINUTE < seen_end // MINUTE:
            return idle
        return (seen_end // MINUTE - 1) * MINUTE, "exact"

    def active_in(self, start, end):
        return self.active.intersection(range(start // MINUTE, end // MINUTE))

    def pc(self, day):
        """(start, quality, end, quality, active minutes), None without PC operation."""
        key = ("pc", day)
        if key not in self.memory:
            self.memory[key] = self.find_pc(day, self.start(day) * MINUTE, self.start(day + 1) * MINUTE)
        return self.memory[key]

    def counts_input(self, day):
        return self.setting("company.plan", day) != "time-report"

    def find_pc(self, day, start, end):
        if self.setting("pc.profile", day) == "miteras" or not self.counts_input(day):
            return self.pc_by_sessions(day, start, end)
        active = self.active_in(start, end)
        return (min(active), "exact", max(active), "exact", active) if active else None

    def missing_min(self, start, end):
        told = {origin for origin, moments in self.told.items() if any(start <= at < end for at in moments)}
        spans = []
        for origin, values in self.gaps:
            if values["stream"] in ("input", "session") and origin in told:
                spans.append((max(start, moment(values["from_ns"])), min(end, moment(values["to_ns"]))))
        total, reached = 0, start
        for first, last in sorted(spans):
            total += max(0, last - max(first, reached))
            reached = max(reached, last)
        return total // MINUTE

    def locked_breaks(self, minimum):
        """Stretches of at least so many minutes between two moments with a session on in which none is."""
        stretches, reached = [], None
        for begin, end in sorted((on.begin, on.end) for login in self.logins for life in login.lives for on in life.ons):
            if reached is not None and begin > reached and begin // MINUTE - reached // MINUTE >= minimum:
                stretches.append((reached // MINUTE, begin // MINUTE))
            reached = end if reached is None else max(reached, end)
        return stretches

    # ---- work

    def automatic_end(self, day, start):
        pattern = self.pattern(day)
        clock = pattern["auto_end_clock"] if pattern else 300
        planned = self.planned(day)[1]
        held = -FAR if planned is None else wall(self.zone(day), day, planned)
        return min(at for at in (wall(self.zone(day), day + days, clock) for days in range(-2, 6)) if at > start and at >= held)

    def follow_punches(self):
        """{day: [Span]} and {day: last end without a start}."""
        spans, orphans, current, last_auto = [], [], None, None

        def close(span, end, by):
            span.end, span.end_by = end, by
            span.breaks = [(first, end if last is None else last) for first, last in span.breaks]

        for minute in sorted(self.punches):
            for kind in ("end", "resume", "break", "start"):
                if kind not in self.punches[minute]:
                    continue
                if current and (last_auto < minute or last_auto == minute and kind != "end"):
                    close(current, last_auto, "rule")
                    current = None
                is_on_break = bool(current) and bool(current.breaks) and current.breaks[-1][1] is None
                if kind == "start" and not current:
                    current = Span(minute)
                    spans.append(current)
                    last_auto = self.automatic_end(self.business_day(minute), minute)
                elif kind == "break" and current and not is_on_break:
                    current.breaks.append((minute, None))
                elif kind == "resume" and is_on_break:
                    current.breaks[-1] = (current.breaks[-1][0], minute)
                elif kind == "end" and current:
                    close(current, minute, "person")
                    current = None
                elif kind == "end" and spans and spans[-1].end < minute < last_auto:
                    spans[-1].end = minute
                elif kind == "end":
                    orphans.append(minute)
        if current and last_auto * MINUTE <= self.company.until:
            close(current, last_auto, "rule")
        by_day = {}
        for span in spans:
            by_day.setdefault(self.business_day(span.start), []).append(span)
        return by_day, {self.business_day(minute): minute for minute in orphans}

    def end_by_rule(self, day, span):
        if span.end is None:
            end = self.automatic_end(day, span.start)
            if end * MINUTE <= self.company.until:
                span.end, span.end_by = end, "rule"

    def declared(self, day):
        """(spans, end without a start, breaks by clock or None for the ordinary ones, sum of breaks or None)."""
        key = ("declared", day)
        if key not in self.memory:
            self.memory[key] = self.declare(day, self.pc(day))
        return self.memory[key]

    def declare(self, day, pc):
        attendance = self.attendance.get(day)
        clocks, total = None, None
        if attendance and (attendance.get("start_clock") is not None or attendance.get("end_clock") is not None):
            first, last = (None if attendance.get(name) is None else wall(self.zone(day), day, attendance[name])
                           for name in ("start_clock", "end_clock"))
            spans = [] if first is None else [Span(first, last, "person", None if last is None else "person")]
            orphan = last if first is None else None
            for span in spans:
                self.end_by_rule(day, span)
            if attendance.get("breaks") is not None:
                clocks = span_list(attendance["breaks"])
            elif attendance.get("break_min") is not None:
                total = attendance["break_min"]
        else:
            spans = [self.copy_of(span) for span in self.spans_punched.get(day, [])]
            orphan = None if spans else self.orphans.get(day)
        if self.setting("registration.auto", day) == "on" and pc:
            if spans and spans[-1].end_by == "rule" and pc[2] > spans[-1].start:
                spans[-1].end, spans[-1].end_by = pc[2], "pc"
            elif not spans and orphan is None:
                spans = [Span(pc[0], pc[2], "pc", "pc")]
            elif not spans and pc[0] < orphan:
                spans, orphan = [Span(pc[0], orphan, "pc", "person")], None
        return self.correct(day, spans, orphan, clocks, total)

    @staticmethod
    def copy_of(span):
        copy = Span(span.start, span.end, span.start_by, span.end_by)
        copy.breaks = list(span.breaks)
        return copy

    def correct(self, day, spans, orphan, clocks, total):
        request = self.newest(day, {"correction"}, lambda row: row["state"] == "approved")
        if request is None:
            return spans, orphan, clocks, total
        first, first_by = (spans[0].start, spans[0].start_by) if spans else (None, None)
        last, last_by = (spans[-1].end, spans[-1].end_by) if spans else (orphan, "person")
        if request.get("from_clock") is not None:
            first, first_by = wall(self.zone(day), day, request["from_clock"]), "person"
        if request.get("to_clock") is not None:
            last, last_by = wall(self.zone(day), day, request["to_clock"]), "person"
        if request.get("break_min") is not None:
            clocks, total = None, request["break_min"]
        if request.get("from_clock") is None and request.get("to_clock") is None:
            return spans, orphan, clocks, total
        if first is None:
            return [], last, clocks, total
        span = Span(first, last, first_by, last_by)
        span.breaks = [pause for old in spans for pause in old.breaks]
        self.end_by_rule(day, span)
        return [span], None, clocks, total

    def minutes_of_clocks(self, day, clocks):
        minutes = set()
        for first, last in clocks:
            first += 1440 if first < self.boundary(day) else 0
            while last <= first:
                last += 1440
            minutes.update(range(wall(self.zone(day), day, first), wall(self.zone(day), day, last)))
        return minutes

    def breaks_of(self, day, spans, clocks):
        if clocks is not None:
            return self.minutes_of_clocks(day, clocks)
        pattern = self.pattern(day)
        if self.shift_by(self.schedule(day)) == "clocks":
            minutes = set()
            for first, last in self.clocks_of_shift(self.schedule(day)):
                minutes.update(range(wall(self.zone(day), day, first), wall(self.zone(day), day, last)))
        else:
            minutes = self.minutes_of_clocks(day, span_list(pattern.get("breaks") if pattern else ""))
        for span in spans:
            for first, last in span.breaks:
                minutes.update(range(first, first if last is None else last))
        minimum = self.number_setting("break.lock_min", day)
        if minimum:
            for first, last in self.locked_breaks(minimum):
                if any(first in span.minutes() for span in spans):
                    minutes.update(range(first, last))
        return minutes

    def scheduled_min(self, day, kind, work_start):
        if kind == "leave":
            return 0
        request = self.newest(day, {"start", "end", "correction"},
                              lambda row: row["state"] == "approved" and row.get("scheduled_min") is not None)
        if request:
            return request["scheduled_min"]
        pattern = self.pattern(day)
        whole = pattern["work_min"] if pattern else 480
        attendance = self.attendance.get(day)
        if attendance and attendance["holiday"] == "half-leave":
            morning = pattern.get("morning_min") if pattern else None
            morning = whole // 2 if morning is None else morning
            return morning if work_start is not None and work_start < 720 else max(0, whole - morning)
        return whole

    def work_form(self, day, spans):
        if not spans:
            return None
        forms = {row["work_form"] for row in self.tasks.get(day, [])} | self.forms_punched.get(day, set())
        forms |= {row.get("work_form") for row in self.requests.get(day, [])
                  if row["kind"] == "start" and row["state"] == "approved"}
        if day in self.attendance:
            forms.add(self.attendance[day].get("work_form"))
        return next((form for form in self.list_setting("form.order", day) if form in forms), "ordinary")

    # ---- a whole day

    def compute_day(self, day):
        zone, start, end = self.zone(day), self.start(day) * MINUTE, self.start(day + 1) * MINUTE
        result = Day()
        result.day, result.zone = day, zone
        result.is_over = end <= self.company.until
        result.kind = self.kind(day)
        pc = self.pc(day)
        result.pc = pc
        pc_active = pc[4] if pc else set()
        spans, orphan, clocks, total = self.declared(day)
        result.spans = spans
        work = set()
        for span in spans:
            work.update(span.minutes())
        span_min = len(work)
        if total is None:
            breaks = work & self.breaks_of(day, spans, clocks)
            work -= breaks
            break_min = len(breaks)
        else:
            break_min = min(total, span_min)
        work_min = span_min - break_min

        def part(minutes):  # of work; breaks known as a sum come off the others first
            if total is None:
                return len(minutes)
            return max(0, len(minutes) - max(0, break_min - (span_min - len(minutes))))

        first = spans[0].start if spans else None
        last = spans[-1].end if spans else orphan
        result.first, result.last, result.work_min = first, last, work_min
        work_start = None if first is None else self.clock(day, first)
        work_end = None if last is None else self.clock(day, last)
        scheduled = self.scheduled_min(day, result.kind, work_start)
        pc_span = pc[2] - pc[0] if pc else 0
        pc_active_min = min(len(pc_active), pc_span)
        is_holiday_work = (self.setting("holiday.work", day) == "calendar" and result.kind in ("legal-holiday", "company-holiday")
                           or self.shift_by(self.schedule(day)) and self.schedule(day)["kind"] in ("legal", "company")
                           or any(row["kind"] == "holiday-work" and row["state"] == "approved" for row in self.requests.get(day, [])))
        result.is_holiday_work = is_holiday_work
        if is_holiday_work:
            overtime = 0
        elif self.setting("registration.auto", day) == "on":
            overtime = max(0, pc_active_min - scheduled)
        else:
            overtime = max(0, work_min - scheduled) if spans else 0
        night = minutes_where(work, zone, lambda date, of_day, fold: not 300 <= of_day < 1320)
        legal = minutes_where(work, zone, lambda date, of_day, fold: self.kind_cached(date) == "legal-holiday")
        result.legal_min = part(legal)
        result.statutory_min = max(0, work_min - result.legal_min - 480)
        result.ordinary_min = min(work_min - result.legal_min, 480)
        result.overtime_min = overtime
        result.missing = self.missing_min(start, min(end, self.company.until))
        quality, heard, is_heard = self.quality(result, start, end)
        result.quality = quality
        is_compared = self.setting("company.plan", day) != "job-report"
        divergence_start = None if first is None or pc is None or not is_compared else first - pc[0]
        divergence_end = None if last is None or pc is None or not is_compared else pc[2] - last
        undeclared = self.undeclared_min(day, start, spans, pc_active, pc_active_min)
        result.kinds = self.divergence_kinds(result, spans, orphan, divergence_start, divergence_end) if is_compared else []
        result.threshold = self.number_setting("divergence.threshold_min", day)
        figure = max(abs(value) for value in (divergence_start, divergence_end, 0) if value is not None)
        result.divergence = figure if figure >= result.threshold else undeclared
        result.is_owner = self.setting("divergence.owner", day) != "attendance"
        result.is_alert = (figure >= result.threshold or "undeclared" in result.kinds and undeclared >= result.threshold) \
            and quality != "partial" and result.is_owner
        reason = self.newest(day, {"divergence-reason"})
        reason = {"approved": "approved", "pending": "entered"}.get(reason["state"] if reason else "", "missing")
        confirmed = result.is_over and is_heard

        def clock(minute):
            return None if minute is None else self.clock(day, minute)

        def fold(minute):
            return None if minute is None else local(zone, minute)[2]

        pc_start, pc_end = (pc[0], pc[2]) if pc else (None, None)
        result.undeclared, result.night = undeclared, part(night)
        result.holiday_work = work_min if is_holiday_work else 0
        result.values = {
            "person": self.person, "date": date_text(day), "employee_no": self.number, "group_id": self.group(day),
            "state": "confirmed" if confirmed else "provisional", "day_kind": result.kind,
            "work_form": self.work_form(day, spans), "work_start": work_start, "work_end": work_end,
            "deemed_end": None if work_end is None else work_end - break_min, "break_min": break_min, "work_min": work_min,
            "scheduled_min": scheduled, "overtime_min": overtime, "holiday_work_min": result.holiday_work,
            "undeclared_min": undeclared, "night_min": result.night, "statutory_overtime_min": None,
            "legal_holiday_min": result.legal_min, "pc_start": clock(pc_start), "pc_end": clock(pc_end),
            "pc_start_quality": pc[1] if pc else None, "pc_end_quality": pc[3] if pc else None, "pc_span_min": pc_span,
            "pc_active_min": pc_active_min, "missing_min": result.missing, "divergence_start_min": divergence_start,
            "divergence_end_min": divergence_end, "divergence_kinds": ";".join(result.kinds), "divergence_alert": result.is_alert,
            "divergence_causes": None, "reason_state": reason if result.is_alert else "none-needed",
            "end_request": self.end_request(day, spans), "is_auto_ended": any(span.end_by == "rule" for span in spans),
            "fold_start": fold(first), "fold_end": fold(last), "zone": zone, "quality": quality, "heard_to_ns": heard,
            "computed_ns": self.computed(), "rule_version": rule_version(), "confirmed": confirmed,
            "pc_fold_start": fold(pc_start), "pc_fold_end": fold(pc_end),
        }
        planned = self.planned(day) if result.kind != "leave" else (None, None)
        by = self.shift_by(self.schedule(day)) if result.kind != "leave" else None
        result.values.update(scheduled_start=planned[0], scheduled_end=planned[1],
                             scheduled_by=None if self.schedule(day) is None else by or "off")
        return result

    def kind_cached(self, day):
        key = ("kind", day)
        if key not in self.memory:
            self.memory[key] = self.kind(day)
        return self.memory[key]

    def computed(self):
        return moment_text(self.company.last if self.company.last is not None else 0)

    def undeclared_min(self, day, start, spans, active, pc_active_min):
        before = [span for span in self.declared(day - 1)[0] if self.reach(span) > start // MINUTE]
        if not spans and not before:
            return pc_active_min
        return sum(not any(span.start <= minute < self.reach(span) for span in spans + before) for minute in active)

    @staticmethod
    def reach(span):
        """The first minute after a span, as far as use of the PC goes."""
        return FAR if span.end is None else span.end + (1 if span.end_by == "pc" else 0)

    def divergence_kinds(self, result, spans, orphan, divergence_start, divergence_end):
        attendance = self.attendance.get(result.day)
        has_clock = bool(attendance) and (attendance.get("start_clock") is not None or attendance.get("end_clock") is not None)
        lacks_end = bool(spans) and (spans[-1].end is None and result.is_over or any(span.end_by == "rule" for span in spans))
        holds = {
            "before-start": (divergence_start or 0) > 0,
            "after-end": (divergence_end or 0) > 0,
            "undeclared": bool(result.pc) and not spans and result.kind != "work",
            "no-pc": not result.pc and (bool(spans) or orphan is not None or has_clock),
            "no-attendance": bool(result.pc) and not spans and result.kind == "work" or lacks_end or orphan is not None,
        }
        return [kind for kind in holds if holds[kind]]

    def end_request(self, day, spans):
        request = self.newest(day, {"end"}, lambda row: row["state"] in ("pending", "approved", "denied", "returned"))
        if request:
            return "denied" if request["state"] == "returned" else request["state"]
        if spans and spans[0].start_by == "pc" and spans[-1].end_by == "pc":
            return "approved"
        return "missing" if spans and spans[0].start_by == "person" and spans[-1].end_by in ("pc", "rule") else "none"

    def quality(self, result, start, end):
        """(quality, heard_to, whether all devices were heard)."""
        devices = [origin for origin, moments in self.told.items() if any(end - FORTY_DAYS <= at < end for at in moments)]
        last_words = {origin: self.company.files.heard[origin] for origin in devices}
        speaking = {origin: at for origin, at in last_words.items()
                    if self.company.is_replayed_whole or at > self.company.until - FORTY_DAYS}
        is_heard = self.company.is_replayed_whole or all(at >= end for at in speaking.values())
        heard = None if self.company.is_replayed_whole or not speaking else moment_text(min(speaking.values()))
        if not result.pc and result.missing == 0:
            return "none", heard, is_heard
        is_partial = result.missing > 10 or result.is_over and not is_heard
        return "partial" if is_partial else "good", heard, is_heard

    # ---- all days, months and alerts

    def compute(self):
        self.spans_punched, self.orphans = self.follow_punches()
        days = self.known_days | set(self.attendance) | set(self.requests) | set(self.tasks)
        days |= {day for person, day in self.company.schedules if person == self.person and self.schedule(day)
                 and self.start(day) * MINUTE <= self.company.until and person not in self.company.to_be_erased}
        maybe = set()
        if self.company.last is not None:
            for login in self.logins:
                for life in login.lives:
                    for on in life.ons:
                        maybe.update(range(self.business_day(on.begin // MINUTE),
                                           self.business_day(min(on.end, self.company.last) // MINUTE) + 1))
        self.days = {}
        for day in sorted(days | maybe):
            result = self.compute_day(day)
            if day in days or result.pc:
                self.days[day] = result
        self.count_weeks()
        self.months = self.compute_months()
        return self.days, self.months

    def count_weeks(self):
        if not self.days:
            return
        week = 0
        for day in range(min(self.days), max(self.days) + 1):
            if weekday(day) == self.setting("week.start", day):
                week = 0
            if day in self.days:
                result = self.days[day]
                result.statutory_min += max(0, week + result.ordinary_min - 2400) - max(0, week - 2400)
                week += result.ordinary_min
                result.values["statutory_overtime_min"] = result.statutory_min

    def short_interval(self, day, before):
        """Minutes of rest between two days with work, None where they do not count."""
        if self.number_setting("interval.limit_min", day.day) == 0 or before is None or "partial" in (day.quality, before.quality):
            return None
        end, start = before.last, day.first
        if end is None or start is None:
            return None
        if self.setting("interval.by", day.day) == "evidence":
            end = max(end, before.pc[2]) if before.pc else end
            start = min(start, day.pc[0]) if day.pc else start
        rest = start - end
        return rest if rest < self.number_setting("interval.limit_min", day.day) else None

    def alerts_of_days(self):
        alerts, before, row = [], None, 0
        for number in sorted(self.days):
            day = self.days[number]
            period = date_text(number)
            day.is_short = False
            if day.is_alert:
                alerts.append(self.alert("divergence", period, 1, "warning", day.divergence, day.threshold, "min"))
            if "no-attendance" in day.kinds and day.is_over and day.quality != "partial" and day.is_owner:
                alerts.append(self.alert("no-attendance", period, 1, "warning", None, None, None))
            day.row = 0
            if day.work_min > 0:
                rest = self.short_interval(day, before)
                if rest is not None:
                    day.is_short = True
                    alerts.append(self.alert("interval", period, 1, "warning", rest,
                                             self.number_setting("interval.limit_min", number), "min"))
                row = row + 1 if before is not None and before.day == number - 1 else 1
                day.row = row
                for level, name, severity in ((1, "consecutive.warn_days", "warning"), (2, "consecutive.limit_days", "violation")):
                    if row == self.number_setting(name, number):
                        alerts.append(self.alert("consecutive", period, level, severity, row, row, "days"))
                before = day
        return alerts

    def compute_months(self):
        self.day_alerts = self.alerts_of_days()
        months = []
        if not self.days:
            return months
        first, last = (datetime.date.fromordinal(pick(self.days)) for pick in (min, max))
        for count in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            months.append(Month(self, count // 12, count % 12 + 1, months))
        return months

    def alert(self, rule, period, level, severity, value, limit, unit, forecast_date=None, audience="self;approvers", earliest=None):
        return {
            "rule": rule, "person": self.person, "period": period, "level": level, "group_id": None, "state": "open",
            "severity": severity, "is_forecast": forecast_date is not None, "value": value, "limit_value": limit, "unit": unit,
            "forecast_date": forecast_date, "text_key": "alert." + rule, "audience": audience,
            "rule_version": rule_version(), "earliest_ns": None if earliest is None else moment_text(earliest * MINUTE),
            "before": None, "after": None,
        }

    def alerts(self):
        found = list(self.day_alerts)
        for place, month in enumerate(self.months):
            found += month.alerts()
            is_last = all(later.year_name != month.year_name for later in self.months[place + 1:])
            if is_last:
                found += month.alerts_of_year()
        if self.company.until != FAR:
            today = self.business_day(self.company.until // MINUTE)
            for month in self.months:
                if month.first <= today <= month.last:
                    found += month.forecasts(today)
            if today in self.days:
                found += self.overtime_prompt(self.days[today]) + self.interval_forecast(self.days[today])
        return sorted(found, key=lambda row: (row["period"], row["rule"], row["level"]))


    # ---- what is told on the day itself

    def overtime_prompt(self, day):
        active = day.pc[4] if day.pc else set()
        last = day.spans[-1] if day.spans else None
        scheduled = day.values["scheduled_min"]
        asked = any(row["kind"] == "overtime" and row["state"] in ("pending", "approved") for row in self.requests.get(day.day, []))
        if (self.person not in self.company.overtime_managed or last is None or not (last.end is None or last.end_by == "pc")
                or scheduled == 0 or day.is_holiday_work or asked or not active or max(active) <= last.start or day.quality == "partial"):
            return []
        until, work = max(active), set()
        spans, orphan, clocks, total = self.declared(day.day)
        reaching = [self.copy_of(span) for span in spans]
        for span in reaching:
            span.end = until if span.end is None else min(span.end, until)
            span.breaks = [(first, until if end is None else end) for first, end in span.breaks]
            work.update(span.minutes())
        breaks = min(total, len(work)) if total is not None else len(work & self.breaks_of(day.day, reaching, clocks))
        value = len(work) - breaks
        if value < scheduled:
            return []
        return [self.alert("overtime.prompt", date_text(day.day), 1, "information", value, scheduled, "min", audience="self")]

    def interval_forecast(self, day):
        tomorrow = day.day + 1
        limit = self.number_setting("interval.limit_min", tomorrow)
        by_evidence = self.setting("interval.by", tomorrow) == "evidence"
        if not day.spans or day.quality == "partial" or limit == 0 or self.kind(tomorrow) != "work":
            return []
        worked = [one for number, one in sorted(self.days.items()) if number < day.day and one.work_min > 0][-5:]
        starts = sorted(self.clock(one.day, min(one.first, one.pc[0]) if by_evidence and one.pc else one.first) for one in worked)
        planned = self.planned(tomorrow)[0]
        usual = starts[(len(starts) - 1) // 2] if starts else None
        usual = usual if planned is None else planned
        if usual is None:
            return []
        if day.last is None:
            end = day.pc[2] if day.pc else self.company.until // MINUTE
        else:
            end = max(day.last, day.pc[2]) if by_evidence and day.pc else day.last
        rest = wall(self.zone(tomorrow), tomorrow, usual) - end
        if rest >= limit:
            return []
        date = date_text(tomorrow)
        return [self.alert("interval.forecast", date, 1, "warning", rest, limit, "min", date, earliest=end + limit)]


class Month:
    """The sums of a month and what the limits are held against; settings are those of its last day."""

    def __init__(self, person, year, month, before):
        self.person = person
        self.first = datetime.date(year, month, 1).toordinal()
        self.length = calendar.monthrange(year, month)[1]
        self.last = self.first + self.length - 1
        self.period = "%04d-%02d" % (year, month)
        self.days = [person.days[day] for day in range(self.first, self.last + 1) if day in person.days]
        self.statutory = sum(day.statutory_min for day in self.days)
        self.legal = sum(day.legal_min for day in self.days)
        self.work = sum(day.work_min for day in self.days)
        self.months = before + [self]
        begins = self.number("overtime.year_month")
        begin_year = year if month >= begins else year - 1
        self.year_name = "%04d" % begin_year
        begin = datetime.date(begin_year, begins, 1).toordinal()
        of_year = [other for other in self.months if other.first >= begin]
        self.year_overtime = sum(other.statutory for other in of_year)
        self.months_over = sum(other.statutory > other.number("overtime.month_min") for other in of_year)
        self.average = self.largest_average(self.statutory + self.legal)
        self.health = max(0, self.work - self.length * 2400 // 7)
        self.is_special = person.setting("overtime.special", self.last) == "on"
        self.work_class = person.work_class(self.last)

    def number(self, name):
        return self.person.number_setting(name, self.last)

    def sums(self, this):
        """(n, sum of the last n months) with a given figure for this one."""
        return [(count, this + sum(other.statutory + other.legal for other in self.months[-count:-1]))
                for count in range(2, min(6, len(self.months)) + 1)]

    def largest_average(self, this):
        return max((-(-total // count) for count, total in self.sums(this)), default=None)

    def row(self):
        def total(name):
            return sum(getattr(day, name) for day in self.days)
        return {
            "person": self.person.person, "month": self.period, "group_id": self.person.group(self.last), "state": "open",
            "days_worked": sum(day.work_min > 0 for day in self.days), "work_min": self.work,
            "overtime_min": total("overtime_min"), "holiday_work_min": total("holiday_work"),
            "undeclared_min": total("undeclared"), "night_min": total("night"), "statutory_overtime_min": self.statutory,
            "legal_holiday_min": self.legal, "over_60h_min": max(0, self.statutory - 3600), "health_min": self.health,
            "average_min": self.average, "year_overtime_min": self.year_overtime, "over_45h_months": self.months_over,
            "short_intervals": total("is_short"), "consecutive_days": max((day.row for day in self.days), default=0),
            "divergences": total("is_alert"), "rule_version": rule_version(),
        }

    def has_overtime_alerts(self):
        return self.work_class not in ("manager", "high-skill", "special")

    def two_levels(self, rule, period, figure, limit, reaches_limit, unit="min"):
        found = []
        if figure > 0 and 5 * figure >= 4 * limit:
            found.append(self.person.alert(rule, period, 1, "warning", figure, limit, unit))
        if figure > 0 and reaches_limit:
            found.append(self.person.alert(rule, period, 2, "violation", figure, limit, unit))
        return found

    def alerts(self):
        found, alert = [], self.person.alert
        if self.health > self.number("health.limit_min") and self.work_class != "high-skill":
            found.append(alert("health", self.period, 1, "warning", self.health, self.number("health.limit_min"), "min"))
        if not self.has_overtime_alerts():
            return found
        levels = [int(level) for level in self.person.list_setting("overtime.levels_min", self.last)]
        for level, limit in enumerate(levels, 1):
            if self.statutory >= limit and self.statutory > 0:
                found.append(alert("overtime.month", self.period, level, "warning", self.statutory, limit, "min"))
        limit = self.number("overtime.month_min")
        if self.statutory > limit:
            found.append(alert("overtime.month.limit", self.period, 1, "information" if self.is_special else "violation",
                               self.statutory, limit, "min"))
        if self.statutory > 3600:
            found.append(alert("overtime.sixty", self.period, 1, "information", self.statutory, 3600, "min"))
        both, limit = self.statutory + self.legal, self.number("overtime.special_month_min")
        found += self.two_levels("overtime.special", self.period, both, limit, both >= limit)
        if self.average is not None:
            limit = self.number("overtime.average_min")
            found += self.two_levels("overtime.average", self.period, self.average, limit, self.average > limit)
        return found

    def alerts_of_year(self):
        if not self.has_overtime_alerts():
            return []
        limit = self.number("overtime.special_year_min" if self.is_special else "overtime.year_min")
        found = self.two_levels("overtime.year", self.year_name, self.year_overtime, limit, self.year_overtime > limit)
        if self.is_special:
            limit, count = self.number("overtime.special_months"), self.months_over
            if count > 0 and count >= limit:
                found.append(self.person.alert("overtime.months", self.year_name, 1, "warning", count, limit, "count"))
            if count > limit:
                found.append(self.person.alert("overtime.months", self.year_name, 2, "violation", count, limit, "count"))
        return found

    def forecasts(self, today):
        so_far = [day for day in self.days if day.day <= today]
        worked = sum(day.work_min > 0 for day in so_far)
        if not self.has_overtime_alerts() or worked == 0:
            return []
        overtime = sum(day.statutory_min for day in so_far)
        both = overtime + sum(day.legal_min for day in so_far)
        coming = [day for day in range(today + 1, self.last + 1) if self.person.kind_cached(day) == "work"]
        month_limit, special_limit, average_limit = (
            self.number(name) for name in ("overtime.month_min", "overtime.special_month_min", "overtime.average_min"))

        def averages(scaled):  # figures are held as multiples of 1 / worked
            return [(total, count * worked) for count, total in
                    ((count, scaled + worked * past) for count, past in self.sums(0))]

        rules = [  # rule, figure so far, limit, whether a projected figure passes it, the projected figure as whole minutes
            ("overtime.month.limit", overtime, month_limit, lambda f: f > month_limit * worked, lambda f: f // worked),
            ("overtime.special", both, special_limit, lambda f: f >= special_limit * worked, lambda f: f // worked),
            ("overtime.average", both, average_limit, lambda f: any(total > average_limit * parts for total, parts in averages(f)),
             lambda f: max(total // parts for total, parts in averages(f))),
        ]
        found = []
        for rule, figure, limit, passes, whole in rules:
            if figure == 0 or passes(figure * worked):
                continue
            projected = [figure * worked + figure * count for count in range(1, len(coming) + 1)]
            day = next((day for day, at in zip(coming, projected) if passes(at)), None)
            if day is not None:
                found.append(self.person.alert(rule + ".forecast", self.period, 1, "warning", whole(projected[-1]), limit, "min",
                                               date_text(day)))
        return found


@functools.lru_cache(maxsize=None)
def rule_version():
    return "4/" + zone_data_version()


def replay(lines, until=None, with_months=False):
    """All rows [(schema, values)] in the order in which they are printed."""
    limit = FAR if until is None else moment(until)
    company = Company(Files(lines, limit), limit)
    days, months, alerts = [], [], []
    for name in sorted(company.ids):
        person = Person(company, name)
        of_days, of_months = person.compute()
        days += [("kinmu.work.day/1", of_days[day].values) for day in sorted(of_days)]
        if with_months:
            months += [("kinmu.work.month/1", month.row()) for month in of_months]
        alerts += [("kinmu.alert/1", row) for row in person.alerts()]
    return days + months + alerts


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--settings", required=True)
    options.add_argument("--events", required=True)
    options.add_argument("--until")
    options.add_argument("--months", action="store_true")
    chosen = options.parse_args()
    lines = []
    for path in (chosen.settings, chosen.events):
        with open(path, encoding="utf-8") as file:
            lines += [line for line in file if line.strip()]
    for schema, values in replay(lines, chosen.until, chosen.months):
        print(json.dumps({"schema": schema, "values": values}, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    sys.exit(main())
