#!/usr/bin/python3
"""compare.py KINMU PLUGINS [--weeks N] [--seed N]: `kinmu workday replay` against the model, on random weeks.

Weeks come in batches of 100 people (weeks.py), one batch per seed from --seed on (KINMU_TEST_SEED, else a random one): 10,000 of
them, with KINMU_TEST_LONG=1 a million. Both print rows, which are compared one by one, all fields but `divergence_causes`
(docs/replay.md). Of each kind of difference the first is told: the seed, both rows, and an input made small by leaving out
lines as long as the difference stays.
"""
import argparse
import gc
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile

import model
import weeks

BATCH = 100
KINDS_TOLD_MAX = 12
KEYS = {"kinmu.work.day/1": ("person", "date"), "kinmu.work.month/1": ("person", "month"),
        "kinmu.alert/1": ("person", "period", "rule", "level")}


def run_kinmu(program, folder, settings, events, until):
    """(rows, None), or (None, why not)."""
    paths = [os.path.join(folder, name) for name in ("settings.ndjson", "events.ndjson")]
    for path, lines in zip(paths, (settings, events)):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
    words = program + ["--settings", paths[0], "--events", paths[1], "--months"] + (["--until", until] if until else [])
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        return None, "exit code %d: %s" % (done.returncode, done.stderr[-2000:])
    return [(row["schema"], row["values"]) for row in map(json.loads, done.stdout.splitlines())], None


def comparable(values):
    """A row without what may differ; moments as numbers, since there are several ways to write one."""
    values = {name: value for name, value in values.items() if name != "divergence_causes"}
    for name in ("heard_to_ns", "computed_ns", "earliest_ns"):
        if values.get(name):
            values[name] = model.moment(values[name])
    return values


def keyed(rows):
    return {(schema,) + tuple(values[name] for name in KEYS[schema]): comparable(values) for schema, values in rows}


def differences(ours, theirs):
    """[(key, fields that differ, our row, their row)]; the fields of a row only one has are "missing" or "unexpected"."""
    ours_by_key, theirs_by_key = keyed(ours), keyed(theirs)
    found = []
    for key in sorted(set(ours_by_key) | set(theirs_by_key), key=str):
        one, other = ours_by_key.get(key), theirs_by_key.get(key)
        if one is None or other is None:
            found.append((key, ("unexpected" if one is None else "missing",), one, other))
        elif one != other:
            found.append((key, tuple(name for name in {**one, **other} if one.get(name, ...) != other.get(name, ...)), one, other))
    if not found and list(ours_by_key) != list(theirs_by_key):
        found.append((("order",), ("order",), None, None))
    if not found and len(ours) != len(theirs):
        found.append((("repetition",), ("repetition",), None, None))
    return found


def compare_lines(program, folder, settings, events, until):
    theirs, fault = run_kinmu(program, folder, settings, events, until)
    if fault:
        return [(("fault",), ("fault",), None, fault)]
    return differences(model.replay(settings + events, until, True), theirs)


def compare_batch(work):
    program, seed, people = work
    batch = weeks.Batch(seed, people)
    with tempfile.TemporaryDirectory() as folder:
        found = compare_lines(program, folder, batch.settings, batch.events, batch.until)
    return seed, people, found


def smallest(program, folder, settings, events, until, key, fields):
    """The lines that are left when no further one can go without the difference going too."""
    lines = [(0, line) for line in settings] + [(1, line) for line in events]

    def differs(chosen):
        try:
            found = compare_lines(program, folder, *([line for kind, line in chosen if kind == of] for of in (0, 1)), until)
        except KeyError:
            return False
        return any(entry[0] == key and entry[1][:1] == fields[:1] for entry in found)

    size = len(lines) // 2
    while size:
        place = 0
        while place < len(lines):
            fewer = lines[:place] + lines[place + size:]
            if differs(fewer):
                lines = fewer
            else:
                place += size
        size //= 2
    return [line for _, line in lines]


def brief(line):
    """A line without its nulls, which says the same."""
    line = json.loads(line)
    line["values"] = {name: value for name, value in line["values"].items() if value is not None}
    return json.dumps(line, ensure_ascii=False)


def tell(program, seed, people, entry):
    key, fields, ours, theirs = entry
    print("\nseed %d: %s: %s" % (seed, " ".join(map(str, key)), ", ".join(fields)))
    batch = weeks.Batch(seed, people)
    if key != ("fault",):
        with tempfile.TemporaryDirectory() as folder:
            lines = smallest(program, folder, batch.settings, batch.events, batch.until, key, fields)
            again = compare_lines(program, folder, lines, [], batch.until)
        key, fields, ours, theirs = next((found for found in again if found[0] == key), entry)
        print("input (--until %s):" % batch.until)
        print("\n".join(map(brief, lines)))
        for name in fields:
            print("  %-24s model %s, kinmu %s" % (name, json.dumps((ours or {}).get(name)), json.dumps((theirs or {}).get(name))))
    print("model: %s\nkinmu: %s" % (json.dumps(ours, ensure_ascii=False), json.dumps(theirs, ensure_ascii=False)), flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("kinmu")
    options.add_argument("plugins")
    options.add_argument("--weeks", type=int, default=1_000_000 if os.environ.get("KINMU_TEST_LONG") == "1" else 10_000)
    options.add_argument("--seed", type=int, default=os.environ.get("KINMU_TEST_SEED") or random.randrange(10**9))
    chosen = options.parse_args()
    program = [chosen.kinmu, "workday", "replay", "--plugins", chosen.plugins]
    work = [(program, chosen.seed + first // BATCH, min(BATCH, chosen.weeks - first)) for first in range(0, chosen.weeks, BATCH)]
    print("seed %d (repeat with KINMU_TEST_SEED)" % chosen.seed, flush=True)
    gc.disable()  # a worker serves few batches
    told, compared, different = set(), 0, 0
    with multiprocessing.Pool(os.cpu_count(), maxtasksperchild=8) as pool:
        for seed, people, found in pool.imap_unordered(compare_batch, work):
            compared += people
            different += len(found)
            for entry in found:
                kind = entry[1][0]  # the month's figure differs because the day's does
                if kind not in told and len(told) < KINDS_TOLD_MAX:
                    told.add(kind)
                    tell(program, seed, people, entry)
    print("%d weeks of people compared, seeds %d to %d: %d rows differ" % (compared, work[0][1], work[-1][1], different))
    return 1 if different or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
