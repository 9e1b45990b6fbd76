#!/usr/bin/env python3
# export_rows.py STORE PEOPLE DAYS - fills the tables of a store with October 2026 of so many people, each row out of its
# numbers alone.
import sqlite3
import sys

LOGS = ("kinmu_input_minute_1", "kinmu_window_focus_1")
MINUTE = 60 * 10**9
NINE = "1790812800000000000"  # 2026-10-01 09:00 in Tokyo
BLOCK = "(p.i * 40 + d.i + 1)"
DATE = "printf('2026-10-%02d', d.i + 1)"


def insert(store, table, columns, values, *ranges):
    """One row for each combination of the ranges' numbers; `values` by column, the others 0 or null."""
    known = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
    fixed = dict(block="0", sequence="0", origin="1", unix_ns=NINE, mono_ns="0", utc_offset_s="32400", zone="1", boot_id="1",
                 subject="1", version="1")
    cells = {name: fixed[name] for name in known if name in fixed}
    cells.update(zip(columns.split(), values))
    numbers = ", ".join(f"{name}(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM {name} WHERE i < {count - 1})" for name, count in ranges)
    store.execute(f"WITH RECURSIVE {numbers} INSERT INTO {table}({', '.join(chr(34) + c + chr(34) for c in cells)}) "
                  f"SELECT {', '.join(cells.values())} FROM {' CROSS JOIN '.join(name for name, _ in ranges)}")


def fill(store, people, days):
    store.execute("INSERT OR IGNORE INTO kinmu_origin VALUES (1, zeroblob(16))")
    store.execute("INSERT OR IGNORE INTO kinmu_boot VALUES (1, zeroblob(16))")
    store.execute("INSERT OR IGNORE INTO kinmu_zone VALUES (1, 'Asia/Tokyo')")
    store.execute("INSERT OR IGNORE INTO kinmu_subject VALUES (1, '')")
    person, day = ("p", people), ("d", days)
    store.execute(f"WITH RECURSIVE p(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM p WHERE i < {people - 1}) "
                  "INSERT INTO kinmu_subject SELECT i + 2, printf('account%05d', i) FROM p")
    insert(store, "kinmu_people_person_1", "person employee_no name mail state",
           ["printf('U%05d', p.i)", "printf('%06d', p.i)", "'髙橋 一郎'", "printf('u%d@example.jp', p.i)", "'active'"], person)
    insert(store, "kinmu_people_account_1", "account from_date person source",
           ["printf('account%05d', p.i)", "'2026-04-01'", "printf('U%05d', p.i)", "'manual'"], person)
    insert(store, "kinmu_people_assignment_1", "person from_date group_id",
           ["printf('U%05d', p.i)", "'2026-04-01'", "printf('G%03d', p.i / 50)"], person)
    insert(store, "kinmu_people_site_1", "prefix name state",
           ["printf('https://app%d.example.jp/', p.i)", "printf('業務 %d', p.i)", "'active'"], ("p", 1000))
    insert(store, "kinmu_work_day_1", "person date employee_no group_id state work_form work_start work_end deemed_end break_min "
           "work_min overtime_min holiday_work_min undeclared_min pc_start pc_end pc_span_min pc_active_min is_auto_ended",
           ["printf('U%05d', p.i)", DATE, "printf('%06d', p.i)", "printf('G%03d', p.i / 50)", "'confirmed'", "'ordinary'", "540",
            "1110", "1050", "60", "510", "30", "0", "p.i % 90", "530", "1120", "590", "480", "0"], person, day)
    insert(store, "kinmu_work_task_1", "task_id person date title start_ns end_ns is_all_day work_form kind source state",
           ["p.i * 100 + d.i", "printf('U%05d', p.i)", DATE, "printf('設計書 %d', p.i % 7)", f"{NINE} + d.i * 1440 * {MINUTE}",
            f"{NINE} + (d.i * 1440 + 480) * {MINUTE}", "0", "'ordinary'", "'personal'", "'manual'", "'done'"], person, day)
    insert(store, LOGS[0], "block sequence unix_ns subject keys clicks key_alpha key_digit key_numpad key_symbol key_other mouse_left "
           "mouse_right mouse_wheel mouse_move observed_ms",
           [BLOCK, "m.i + 1", f"{NINE} + (d.i * 1440 + m.i) * {MINUTE}", "p.i + 2", "m.i % 90", "m.i % 7", "m.i % 60", "m.i % 9",
            "0", "m.i % 5", "m.i % 16", "m.i % 6", "m.i % 2", "m.i % 30", "m.i * 7 % 1000", "60000"], person, day, ("m", 480))
    insert(store, LOGS[1], "block sequence unix_ns subject process title url cause",
           [BLOCK, "m.i + 1001", f"{NINE} + (d.i * 1440 + m.i * 5) * {MINUTE} + m.i * 400000000", "p.i + 2",
            "CASE m.i % 3 WHEN 0 THEN 'chrome.exe' ELSE 'EXCEL.EXE' END", "printf('売上 %d - 表計算', m.i % 40)",
            "CASE m.i % 3 WHEN 0 THEN printf('app%d.example.jp/orders', m.i % 50) END", "'focus'"], person, day, ("m", 96))
    store.commit()


store = sqlite3.connect(sys.argv[1])
fill(store, int(sys.argv[2]), int(sys.argv[3]))
