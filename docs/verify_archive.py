#!/usr/bin/env python3
"""Recomputes what the manifest of a dmt archive says: python3 verify_archive.py FILE.dmt.zip (or its folder).

Needs nothing but Python's standard library. Exit code 0: every table has its rows and its hash, its keys ascend,
every reference leads somewhere, and every file of an attachment is there and has the hash that it is called by. docs/archive.md describes the format.
"""
import hashlib
import json
import pathlib
import sys
import zipfile

path = pathlib.Path(sys.argv[1])
archive = None if path.is_dir() else zipfile.ZipFile(path)


def opened(name):
    return archive.open(name) if archive else open(path / name, "rb")


manifest = json.load(opened("manifest.json"))
if (manifest["format"], manifest["format_version"]) != ("dmt archive", 1):
    sys.exit("this script reads format version 1 of dmt archives")
wrong, ids, files = 0, {}, set()
for table in manifest["tables"]:
    digest, rows, faults, last, later = hashlib.sha256(), 0, [], None, []
    references = [(c["name"], c["references"]) for c in table["columns"] if "references" in c]
    known = ids.setdefault(table["name"], set())
    for line in opened(table["file"]):
        digest.update(line)
        rows += 1
        row = json.loads(line)
        key = [row[column] for column in table["key"]]
        if last is not None and key <= last:
            faults.append(f"line {rows} is out of order")
        last = key
        known.add(row.get("id"))
        if table["name"] == "attachment":
            files |= {row["sha256"], row["thumbnail_sha256"]} - {None}
        later += [(rows, column, to, row[column]) for column, to in references if row[column] is not None]
    faults += [f"line {n}: {column} leads nowhere" for n, column, to, value in later if value not in ids[to]]
    if rows != table["rows"]:
        faults.append(f"has {rows} rows, not {table['rows']}")
    if digest.hexdigest() != table["sha256"]:
        faults.append(f"has the SHA-256 {digest.hexdigest()}, not {table['sha256']}")
    wrong += len(faults)
    print(f"{table['name']:18} {rows:>10}", "; ".join(faults[:5]) or "ok")
for name in sorted(files):
    try:
        content = opened(f"files/{name}").read()
    except (KeyError, FileNotFoundError):
        content = None
    if content is None or hashlib.sha256(content).hexdigest() != name:
        wrong += 1
        print(f"files/{name}", "is missing" if content is None else "was changed")
print(f"{'files':18} {len(files):>10}")
sys.exit(1 if wrong else 0)
