#!/usr/bin/python3
"""examples.py [KINMU PLUGINS]: days computed by hand from the product specification, against the model and, when a
program is named, against `kinmu workday replay` too. So the two are not only compared with each other.

Person p (number 7, account a) in Tokyo; 2026-03-02 is a Monday. Times are local unless they say otherwise.
"""
import datetime
import json
import sys
import tempfile
import zoneinfo

import compare
import model

PC, OTHER_PC = "11" * 16, "22" * 16


class Case:
    def __init__(self, title, until=None, zone="Asia/Tokyo", **settings):
        self.title, self.until, self.zone = title, until, zone
        self.lines, self.expected = [], []
        self.line("kinmu.people.person", {"person": "p", "employee_no": "7", "name": "x", "state": "active"})
        self.line("kinmu.people.account", {"account": "a", "from_date": "2020-01-01", "person": "p", "source": "import"})
        for name, value in {"day_zone": zone, **settings}.items():
            self.line("kinmu.people.setting", {"scope": "company", "scope_id": "", "name": name.replace("_", ".", 1),
                                               "from_date": "2020-01-01", "value": value})

    def line(self, schema, values, time=None, subject="", origin="hub"):
        line = {"schema": schema + "/1", "values": values, "subject": subject, "origin": origin}
        if time:
            line["time"] = time
        self.lines.append(json.dumps(line))
        return self

    def at(self, day, clock):
        """Clock "27:00" of a day of March, or of a date, as a moment."""
        hours, minutes, *seconds = (int(part) for part in clock.split(":"))
        date = datetime.date.fromisoformat(day if isinstance(day, str) else "2026-03-%02d" % day)
        date += datetime.timedelta(days=hours // 24)
        local = datetime.datetime(date.year, date.month, date.day, hours % 24, minutes, *seconds, tzinfo=zoneinfo.ZoneInfo(self.zone))
        return local.astimezone(datetime.timezone.utc)

    def pattern(self, **values):
        self.line("kinmu.people.assignment", {"person": "p", "from_date": "2020-01-01", "group_id": "g", "pattern_id": "w",
                                              "work_class": "ordinary"})
        return self.line("kinmu.people.pattern", {"pattern_id": "w", "from_date": "2020-01-01", "name": "w", "breaks": None,
                                                  "work_min": 480, "auto_end_clock": 300, "state": "active", **values})

    def input(self, day, first, last, keys=1, origin=PC):
        """Input in every minute from the first to the last clock."""
        at, end = self.at(day, first), self.at(day, last)
        while at <= end:
            self.line("kinmu.input.minute", {"keys": keys, "clicks": 0}, at.isoformat(), "a", origin)
            at += datetime.timedelta(minutes=1)
        return self

    def session(self, day, **kinds):
        """lock="18:00": the machine's own changes have no subject."""
        for kind, clock in kinds.items():
            kind = kind.rstrip("_")
            machine = kind in ("boot", "shutdown", "sleep", "resume")
            self.line("kinmu.session.change", {"kind": kind, "quality": "exact", "source": "logind", "session_id": None if machine else "c1"},
                      self.at(day, clock).isoformat(), "" if machine else "a", PC)
        return self

    def punch(self, day, *punches):
        for text in punches:
            kind, clock = text.split()
            self.line("kinmu.attendance.punch", {"kind": kind, "source": "manual", "person": "p"}, self.at(day, clock).isoformat())
        return self

    def attendance(self, day, start, end, **values):
        return self.line("kinmu.attendance.day", {"employee_no": "7", "date": "2026-03-%02d" % day if isinstance(day, int) else day,
                                                  "source": "csv", "start_clock": start, "end_clock": end, "holiday": "none",
                                                  "state": "entered", "fetched_ns": "2026-03-31T00:00:00Z", **values})

    def request(self, day, kind, state="approved", **values):
        return self.line("kinmu.request.request", {"request_id": kind + state, "kind": kind, "person": "p", "date": "2026-03-%02d" % day,
                                                   "state": state, "group_id": "g", **values})

    def plan(self, day, kind, **values):
        return self.line("kinmu.people.schedule", {"person": "p", "date": "2026-03-%02d" % day, "kind": kind, "state": "planned", **values})

    def day(self, day, **values):
        self.expected.append(("kinmu.work.day/1", "date", day if isinstance(day, str) else "2026-03-%02d" % day, values))
        return self

    def no_day(self, day):
        self.expected.append(("kinmu.work.day/1", "date", "2026-03-%02d" % day, None))
        return self

    def month(self, month, **values):
        self.expected.append(("kinmu.work.month/1", "month", month, values))
        return self

    def alerts(self, *alerts):
        """All alerts there are: "rule period level value"."""
        self.expected.append(("kinmu.alert/1", None, None, sorted(alerts)))
        return self


CASES = [
    Case("SES-09: use before and after the declared time").punch(2, "start 9:00", "end 18:00").input(2, "8:30", "8:59")
    .input(2, "19:00", "19:19").day(2, undeclared_min=50, pc_start=510, pc_end=1159, pc_span_min=649, pc_active_min=50, work_min=540,
                                    overtime_min=60, divergence_start_min=30, divergence_end_min=79,
                                    divergence_kinds="before-start;after-end", divergence_alert=True, reason_state="missing"),
    Case("SES-09, WRK-09: nothing declared, registration off").input(2, "9:00", "12:06").day(
        2, undeclared_min=186, overtime_min=0, work_start=None, divergence_kinds="no-attendance", work_form=None),
    Case("WRK-01, WRK-02: nothing declared, registration on", registration_auto="on").input(2, "9:00", "19:01").day(
        2, work_start=540, work_end=1141, work_min=601, overtime_min=121, undeclared_min=0, end_request="approved",
        is_auto_ended=False, divergence_kinds=""),
    Case("WRK-03, TRAP-23: only the start punched, registration on", registration_auto="on").input(2, "9:00", "18:00")
    .punch(2, "start 9:30").day(2, work_start=570, work_end=1080, undeclared_min=30, end_request="missing", divergence_start_min=30),
    Case("WRK-01: only the end punched, registration off").input(2, "9:00", "18:00").punch(2, "end 18:00").day(
        2, work_start=None, work_end=1080, work_min=0, overtime_min=0, undeclared_min=540, divergence_kinds="no-attendance"),
    Case("WRK-01: only the end punched, registration on", registration_auto="on").input(2, "9:00", "18:00").punch(2, "end 18:00").day(
        2, work_start=540, work_end=1080, work_min=540, undeclared_min=1),
    Case("WRK-08: two spans, a pattern's break in the gap between them").pattern(breaks="12:00-13:00")
    .punch(2, "start 9:00", "end 12:00", "start 13:00", "end 18:00").day(2, work_min=480, break_min=0, work_start=540, work_end=1080),
    Case("WRK-10: a manual break inside the pattern's adds nothing").pattern(breaks="12:00-13:00;")
    .punch(2, "start 9:00", "break 12:10", "resume 12:40", "end 18:00").day(2, break_min=60, work_min=480),
    Case("TRAP-10: deemed end").attendance(2, 540, 1620, break_min=60).day(2, work_end=1620, deemed_end=1560, work_min=1020, night_min=300),
    Case("WRK-11: ten hours of holiday work").attendance(7, 540, 1140).request(7, "holiday-work").day(
        7, day_kind="company-holiday", holiday_work_min=600, overtime_min=0, statutory_overtime_min=120),
    Case("WRK-16: two ends, the later one holds").punch(2, "start 9:00", "end 18:00", "end 25:10").day(2, work_end=1510, work_min=970),
    Case("WRK-06, TRAP-12: a forgotten end").punch(2, "start 9:00").day(
        2, work_end=1740, is_auto_ended=True, divergence_kinds="no-pc;no-attendance", end_request="missing").no_day(3),
    Case("WRK-06: an end at the very automatic end").punch(2, "start 20:00", "end 29:00").day(2, work_end=1740, is_auto_ended=False).day(
        3, work_end=None, divergence_kinds="", undeclared_min=0),
    Case("WRK-06: still open", until="2026-03-02T12:00:00+09:00").punch(2, "start 9:00").day(
        2, work_start=540, work_end=None, work_min=0, state="provisional", is_auto_ended=False, divergence_kinds="no-pc"),
    Case("WRK-12: home before outside").punch(2, "start 9:00", "end 18:00")
    .line("kinmu.work.task", {"task_id": "1", "person": "p", "date": "2026-03-02", "work_form": "outside", "state": "done"})
    .line("kinmu.work.task", {"task_id": "2", "person": "p", "date": "2026-03-02", "work_form": "home", "state": "planned"})
    .line("kinmu.work.task", {"task_id": "3", "person": "p", "date": "2026-03-03", "work_form": "home", "state": "deleted"})
    .day(2, work_form="home").no_day(3),
    Case("SES-05: 27:00 and the boundary").input(2, "26:59", "27:00").input(3, "5:00", "5:00").day(2, pc_start=1619, pc_end=1620)
    .day(3, pc_start=300, pc_end=300, pc_span_min=0, pc_active_min=0),
    Case("SES-03: on across the boundary", pc_profile="miteras").session(2, logon="20:00").session(3, logoff="6:00")
    .day(2, pc_start=1200, pc_end=1739, pc_end_quality="exact", pc_active_min=539).day(3, pc_start=300, pc_end=360, pc_active_min=60),
    Case("SES-03: locked, then asleep over the boundary", pc_profile="miteras").session(2, logon="9:00", lock="18:00", sleep="18:10")
    .session(3, resume="8:00", unlock="8:05", logoff="17:00").day(2, pc_start=540, pc_end=1080).day(3, pc_start=485, pc_end=1020),
    Case("SES-03: five minutes after the last input", pc_profile="miteras").session(2, logon="9:00").input(2, "9:00", "18:00")
    .session(3, logoff="8:00").day(2, pc_end=1085, pc_end_quality="estimated", pc_active_min=541),
    Case("SES-03: an update at night is the end, without a session nothing", pc_profile="miteras").session(2, logon="9:00", lock="18:00", shutdown="27:00")
    .session(3, boot="5:10", shutdown="5:40").day(2, pc_end=1620).no_day(3),
    Case("SES-03: idle as the one who counts input tells it", pc_profile="miteras").session(2, logon="9:00", idle="17:30")
    .line("kinmu.session.change", {"kind": "active", "quality": "exact", "source": "input", "session_id": None},
          "2026-03-02T17:45:00+09:00", "a", PC).session(2, logoff="18:00").day(2, pc_start=540, pc_end=1080, pc_active_min=525).no_day(3),
    Case("COL-06: time-report has its hours from sessions, whatever the profile and what was counted before", company_plan="time-report")
    .session(2, logon="9:00", idle="12:00").session(2, active="13:00").input(2, "9:00", "9:01").session(2, logoff="18:00").punch(2, "start 9:30", "end 18:00")
    .day(2, pc_start=540, pc_end=1080, pc_span_min=540, pc_active_min=480, divergence_start_min=30, divergence_kinds="before-start"),
    Case("COL-06: standard again from the day after", company_plan="time-report")
    .line("kinmu.people.setting", {"scope": "company", "scope_id": "", "name": "company.plan", "from_date": "2026-03-03", "value": "standard"})
    .session(2, logon="9:00").input(2, "9:00", "9:05").session(2, logoff="18:00").input(3, "10:00", "10:09")
    .day(2, pc_start=540, pc_end=1080, pc_active_min=540).day(3, pc_start=600, pc_end=609, pc_active_min=9),
    Case("PLN-01: job-report compares nothing", company_plan="job-report").input(2, "8:00", "20:00").punch(2, "start 9:30", "end 18:00")
    .day(2, pc_start=480, divergence_start_min=None, divergence_end_min=None, divergence_kinds="", divergence_alert=False),
    Case("TRAP-15: start by boot", pc_profile="miteras", pc_start="boot").session(2, boot="8:50", logon="9:00", logoff="18:00").day(2, pc_start=530),
    Case("SES-11: a lock of 14 minutes, one of 15", break_lock_min="15").session(
        2, logon="9:00", lock="10:00", unlock="10:14", lock_="11:00", unlock_="11:15").punch(2, "start 9:00", "end 18:00").day(2, break_min=15),
    Case("COL-41: the union over two PCs").input(2, "9:00", "9:30").input(2, "9:20", "9:50", origin=OTHER_PC).day(2, pc_active_min=50, pc_span_min=50),
    Case("SES-14: a day of 23 hours", zone="America/New_York").punch("2026-03-07", "start 23:00", "end 28:00").day(
        "2026-03-07", work_min=240, work_end=1680, night_min=240),
    Case("SES-14: a day of 25 hours", zone="America/New_York", day_boundary="00:00").attendance("2026-11-01", 0, 1440).day(
        "2026-11-01", work_min=1500, work_end=1440).line(
            "kinmu.input.minute", {"keys": 1, "clicks": 0}, "2026-11-01T06:30:00Z", "a", PC).day("2026-11-01", pc_start=90, pc_fold_start=True),
    Case("ATT-04: 59 minutes").punch(2, "start 9:00", "end 18:00").input(2, "9:00", "18:59").day(2, divergence_alert=False, divergence_end_min=59)
    .alerts(),
    Case("ATT-04: 60 minutes, before").punch(2, "start 9:00", "end 18:00").input(2, "10:00", "18:00").day(2, divergence_start_min=-60, divergence_kinds="")
    .alerts("divergence 2026-03-02 1 60"),
    Case("R4: 10:59 and 11:00 of rest", interval_by="punch").punch(2, "start 14:00", "end 23:00").punch(3, "start 9:59", "end 23:00")
    .punch(4, "start 10:00", "end 11:00").month("2026-03", short_intervals=1).alerts("interval 2026-03-03 1 659"),
    Case("R1, L4: from Saturday into a legal holiday").attendance(7, 1200, 1680, break_min=60).day(
        7, work_min=420, legal_holiday_min=240, night_min=360, statutory_overtime_min=0),
    Case("R1: the week passes 40 hours on the sixth day").attendance(2, 540, 1020).attendance(3, 540, 1020).attendance(4, 540, 1080)
    .attendance(5, 540, 1020).attendance(6, 540, 1020).attendance(7, 540, 660).day(4, statutory_overtime_min=60).day(6, statutory_overtime_min=0)
    .day(7, statutory_overtime_min=120).month("2026-03", statutory_overtime_min=180, work_min=2580, average_min=None),
    Case("COL-36, U23: more than ten minutes not observed").input(2, "9:00", "12:00").line(
        "kinmu.observation.gap", {"stream": "input", "from_ns": "2026-03-02T12:00:30+09:00", "to_ns": "2026-03-02T12:11:31+09:00",
                                  "cause": "crashed"}, "2026-03-02T12:11:31+09:00", "", PC).day(2, missing_min=11, quality="partial").alerts(),
    Case("ATT-12: two ids, one number").line("kinmu.people.person", {"person": "b", "employee_no": "7", "name": "x", "state": "active"})
    .punch(2, "start 9:00", "end 18:00").day(2, person="b", employee_no="7", work_min=540),
    Case("APR-09: a correction in place of punches").punch(2, "start 9:00").request(2, "correction", to_clock=1080, break_min=60).day(
        2, work_start=540, work_end=1080, break_min=60, work_min=480, is_auto_ended=False),
    Case("WRK-19: half a day of leave").pattern(work_min=450, morning_min=180).attendance(2, 540, 720, holiday="half-leave")
    .attendance(3, 780, 1050, holiday="half-leave").attendance(4, None, None, holiday="leave").day(2, scheduled_min=180).day(3, scheduled_min=270)
    .day(4, scheduled_min=0, day_kind="leave"),
    Case("WRK-18: a night shift, its break at six, its end at seven ten").pattern(breaks="12:00-13:00")
    .plan(2, "work", start_clock=1320, end_clock=1860, breaks="06:00-06:30").punch(2, "start 22:00", "end 31:10").day(
        2, scheduled_by="clocks", scheduled_min=510, break_min=30, work_min=520, overtime_min=10, work_end=1870, is_auto_ended=False),
    Case("WRK-18: a day off, and holiday work by another pattern").pattern(breaks="12:00-13:00").plan(2, "company")
    .plan(7, "company", pattern_id="w").attendance(2, 540, 780).attendance(7, 540, 1140).day(
        2, scheduled_by="off", day_kind="company-holiday", scheduled_min=0, work_min=180, overtime_min=180).day(
        7, scheduled_by="pattern", scheduled_start=None, scheduled_min=480, holiday_work_min=540, overtime_min=0),
    Case("R2, R3: what a month of long days alerts").line(
        "kinmu.people.setting", {"scope": "company", "scope_id": "", "name": "week.legal_holiday", "from_date": "2020-01-01", "value": ""}),
]
# Thirty-one days of nine hours: a day's hour past eight, and in each of the four whole weeks 56 − 40 hours, in the first
# (Sunday 1st on) too; the last three days stay below 40 hours. 31 h + 4 · 16 h = 95 h. Health: 279 h − 177:08.
for date in range(1, 32):
    CASES[-1].attendance(date, 540, 1080)
CASES[-1].month("2026-03", days_worked=31, work_min=16740, statutory_overtime_min=5700, health_min=6112, over_60h_min=2100,
                consecutive_days=31, over_45h_months=1, average_min=None, year_overtime_min=5700).alerts(
    "consecutive 2026-03-12 1 12", "consecutive 2026-03-14 2 14", "health 2026-03 1 6112", "overtime.month 2026-03 1 5700",
    "overtime.month 2026-03 2 5700", "overtime.month 2026-03 3 5700", "overtime.month 2026-03 4 5700",
    "overtime.month.limit 2026-03 1 5700", "overtime.sixty 2026-03 1 5700", "overtime.special 2026-03 1 5700")


def faults(case, rows):
    for schema, name, key, expected in case.expected:
        if name is None:
            got = sorted("%(rule)s %(period)s %(level)s %(value)s" % values for of, values in rows if of == schema)
            if got != expected:
                yield "alerts: expected %s, got %s" % (expected, got)
            continue
        found = [values for of, values in rows if of == schema and values[name] == key]
        if len(found) != (expected is not None):
            yield "%s: %d rows" % (key, len(found))
        for values in found:
            for field, value in (expected or {}).items():
                if values[field] != value:
                    yield "%s %s: expected %s, got %s" % (key, field, value, values[field])


def main():
    program = [sys.argv[1], "workday", "replay", "--plugins", sys.argv[2]] if len(sys.argv) == 3 else None
    failed = 0
    for case in CASES:
        told = [("model", model.replay(case.lines, case.until, True))]
        if program:
            with tempfile.TemporaryDirectory() as folder:
                rows, fault = compare.run_kinmu(program, folder, [], case.lines, case.until)
            if fault:
                print("FAIL %s: %s" % (case.title, fault))
                failed += 1
            else:
                told.append(("kinmu", rows))
        for who, rows in told:
            for fault in faults(case, rows):
                print("FAIL %s: %s: %s" % (case.title, who, fault))
                failed += 1
    print("%d examples, %d faults" % (len(CASES), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
