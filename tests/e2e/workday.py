"""workday.py events | late DAYS_AGO | compare EXPORT REPLAY: what workday.sh feeds, and whether two lists of days are equal."""
import json
import random
import sys
import time

DAY = 86400
TOKYO = 9 * 3600
ASIDE = {"computed_ns", "heard_to_ns"}


def at(days_ago, clock):
    """The moment of a clock in Tokyo, so many days ago."""
    today = int(time.time() + TOKYO) // DAY
    return (today - days_ago) * DAY - TOKYO + clock * 60


def meeting():
    """An afternoon of suzuki in a meeting, 33 days ago."""
    lines = [(at(33, minute), "suzuki", "input", 5) for minute in range(540, 900)]
    lines += [(at(33, 540), "suzuki", "punch", "start"), (at(33, 1080), "suzuki", "punch", "end")]
    return lines + [(at(33, 900), "suzuki", "presence", "busy"), (at(33, 1085), "suzuki", "presence", "available")]


def events():
    """Three weeks of two people, and of one now and then, on one PC, up to yesterday; a meeting before."""
    dice = random.Random(4)
    lines = meeting()
    last_month = time.gmtime(time.time() + TOKYO).tm_mday  # days since its last day
    for ago in sorted({*range(1, 25), last_month}, reverse=True):
        if (int(time.time() + TOKYO) // DAY - ago + 4) % 7 in (0, 6) and ago not in (9, last_month):
            continue
        for person in ("sato", "suzuki"):
            begin, end = 540 + dice.randrange(-40, 40), 1080 + dice.randrange(-90, 240)
            lines.append((at(ago, begin - 3), "-", "change", "boot"))
            lines.append((at(ago, begin - 1), person, "change", "logon"))
            lines.append((at(ago, begin), person, "punch", "start"))
            for minute in range(begin, end, 3):
                if not 720 <= minute < 780:
                    lines.append((at(ago, minute), person, "input", dice.randrange(0, 40)))
            if dice.random() < 0.2:
                lines.append((at(ago, 900), person, "gap", 1200))
            if dice.random() < 0.9:
                lines.append((at(ago, end - dice.randrange(0, 90)), person, "punch", "end"))
            lines.append((at(ago, end), person, "change", "logoff"))
        if dice.random() < 0.3:
            lines.append((at(ago, 1300), "tanaka", "change", "logon"))
            lines.append((at(ago, 1310), "tanaka", "input", 3))
            lines.append((at(ago, 1330), "tanaka", "change", "logoff"))
        lines.append((at(ago, 1500), "-", "change", "shutdown"))
    dice.shuffle(lines)
    return lines


def late(ago):
    """A day of sato goes on until midnight, as a PC that was away tells."""
    return [(at(ago, minute), "sato", "input", 5) for minute in range(1400, 1440)]


def rows(path, schemas):
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if event["schema"] in schemas:
                values = {k: v for k, v in event["values"].items() if k not in ASIDE}
                key = tuple(values[k] for k in schemas[event["schema"]])
                found[(event["schema"], *map(str, key))] = values
    return found


def compare(export, replay):
    schemas = {"kinmu.work.day/1": ["person", "date"], "kinmu.work.month/1": ["person", "month"],
               "kinmu.alert/1": ["rule", "person", "period", "level"]}
    live, again = rows(export, schemas), rows(replay, schemas)
    live = {k: v for k, v in live.items() if v.get("state") != "resolved"}
    for values in (*live.values(), *again.values()):
        if "rule" in values:
            values.pop("value")  # told once, with the figure of then
    faults = 0
    for key in sorted(live.keys() | again.keys()):
        a, b = live.get(key), again.get(key)
        if a != b:
            faults += 1
            differs = [k for k in (a or b) if (a or {}).get(k) != (b or {}).get(k)]
            print(key, "missing in", "store" if a is None else "replay" if b is None else
                  [(k, a[k], b.get(k)) for k in differs])
    days = sum(k[0] == "kinmu.work.day/1" for k in live)
    confirmed = sum(k[0] == "kinmu.work.day/1" and v["confirmed"] for k, v in live.items())
    print(f"{days} days, {confirmed} confirmed, {len(live)} rows")
    return faults > 0 or days == 0


if __name__ == "__main__":
    if sys.argv[1] == "compare":
        sys.exit(compare(sys.argv[2], sys.argv[3]))
    for line in events() if sys.argv[1] == "events" else late(int(sys.argv[2])):
        print(*line)
