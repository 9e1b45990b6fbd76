#!/usr/bin/env python3
# office.py GOLDEN CSV XLSX - opens all files of the folders GOLDEN (CP932) and XLSX (workbooks, in folders) by LibreOffice,
# which writes them as CSV, and compares the cells with those of GOLDEN and of CSV (UTF-8), read by Python.
import csv
import pathlib
import subprocess
import sys

# Tokens of the filter: separator, quote, character set (60: CP932, 76: UTF-8), first line, columns. Read: all columns as
# texts. Written: cells as they are shown, all pages.
READ = "44,34,60,1," + "/".join(f"{column}/2" for column in range(1, 40))
WRITE = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"


def convert(files, into, infilter=None):
    command = ["soffice", f"-env:UserInstallation={pathlib.Path('profile').resolve().as_uri()}", "--headless", "--norestore"]
    command += [f"--infilter=Text - txt - csv (StarCalc):{infilter}"] if infilter else []
    command += ["--convert-to", WRITE, "--outdir", into, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        sys.exit(f"soffice: {done.stdout}{done.stderr}")


def cells(path, encoding):
    with open(path, newline="", encoding=encoding) as file:
        rows = list(csv.reader(file))
    while rows and not any(rows[-1]):
        rows.pop()
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def compare(name, ours, theirs):
    for number, (a, b) in enumerate(zip(ours, theirs), 1):
        if a != b:
            sys.exit(f"FAIL: {name}, row {number}: written {a}, LibreOffice has {b}")
    if len(ours) != len(theirs):
        sys.exit(f"FAIL: {name}: {len(ours)} rows written, LibreOffice has {len(theirs)}")
    return sum(map(len, ours))


golden, plain, books = map(pathlib.Path, sys.argv[1:])
count = 0
files = sorted(golden.glob("*.csv"))
convert(files, "from_csv", READ)
for file in files:
    (shown,) = pathlib.Path("from_csv").glob(f"{file.stem}*.csv")
    count += compare(file, cells(file, "cp932"), cells(shown, "utf-8"))
    shown.unlink()
print(f"ok: {len(files)} CSV files, {count} cells")

count = 0
files = sorted(books.rglob("*.xlsx"))
links = pathlib.Path("links")
links.mkdir()
for number, file in enumerate(files):  # names are unique within one folder only
    (links / f"{number:03}.xlsx").symlink_to(file.resolve())
convert(sorted(links.iterdir()), "from_xlsx")
for number, file in enumerate(files):
    twin = plain / file.relative_to(books).with_suffix(".csv")
    (shown,) = pathlib.Path("from_xlsx").glob(f"{number:03}*.csv")
    ours = [[cell.replace(".csv", ".xlsx") for cell in row] if twin.name == "index.csv" else row for row in cells(twin, "utf-8")]
    count += compare(file, ours, cells(shown, "utf-8"))
if len(files) != len(list(plain.rglob("*.csv"))) or len(files) < 20:
    sys.exit(f"FAIL: {len(files)} workbooks beside {len(list(plain.rglob('*.csv')))} CSV files")
print(f"ok: {len(files)} workbooks, {count} cells")
