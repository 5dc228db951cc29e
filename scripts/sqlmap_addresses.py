"""Addresses for sqlmap: each operation of the list of defects, of inspections and of the reports, with all its parameters.

    sqlmap_addresses.py BASE TOKEN FILE

sqlmap compares answers, so a filter has to let something through: each has the value of one row that is there. Where that row
has none (it is not closed, nobody knows it elsewhere), the filter stands in an address of its own with another value, and so
does the place where a page begins. Every address has to be answered by 200; one that is not ends the run, so that none is left
out. Writes the addresses to FILE, and prints how many parameters they have, each operation's counted once.
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE, TOKEN, FILE = sys.argv[1:]
API = "/api/v1"
DEFECTS, INSPECTIONS, CHART = API + "/defects", API + "/inspections", API + "/reports/control-chart"
PATHS = (DEFECTS, DEFECTS + "/export", DEFECTS + "/similar", INSPECTIONS, API + "/reports/")
# What is filtered by something that the row does not show.
BEYOND = {
    "assignee": ["!X-1"],
    "reported_by": ["!X-1"],
    "cost_total": ["-1000000..", "0"],
    "failed": ["true", "false"],
    "overdue": ["true", "false"],
    "voided": ["true", "false"],
}
# What is no filter.
OWN = {"days": "365", "interval": "month", "measure": "records", "top": "5", "limit": "5", "count": "true"}


def answer(path, body=None, method=None):
    """The status of an answer, and what it says."""
    headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
    try:
        with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers, method=method)) as found:
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def ask(path, body=None, method=None):
    """What an answer says that is in order."""
    status, said = answer(path, body, method)
    if status >= 300:
        sys.exit(f"sqlmap_addresses.py: {path}: {status} {said.decode()}")
    return said


def written(path, pairs):
    return path + "?" + urllib.parse.urlencode(pairs)


def values(name, row):
    """The values to filter by, the row's own first."""
    if name == "q":
        return [row["tag_number"]]
    if name == "filter":
        return ["status:" + row["status"]]
    if name.endswith("_after"):
        return ["2000-01-01T00:00:00Z"]
    if name.endswith("_before"):
        return ["2099-01-01T00:00:00Z"]
    if name in BEYOND:
        return BEYOND[name]
    found = row.get(name[:-3]) if name.endswith("_id") and name not in row else row.get(name)
    if isinstance(found, dict):
        found = found["id"] if name.endswith("_id") else found.get("number") or found["code"]
    if isinstance(found, bool):
        found = str(found).lower()
    return ["none", "X-1"] if found is None else [str(found)]


def chosen(path, names, row):
    """Filters that the row passes together, and those that it does not."""
    passed, others = [], []
    for name in names:
        for value in values(name, row):
            status, said = answer(written(path, passed + [(name, value)]))
            if status not in (200, 422):
                sys.exit(f"sqlmap_addresses.py: {name}={value}: {status} {said.decode()}")
            if status == 200 and any(one["id"] == row["id"] for one in json.loads(said)["items"]):
                passed.append((name, value))
                break
        else:
            others.append((name, values(name, row)[-1]))
    return passed, others


def first(parameter):
    schema = parameter["schema"]
    return schema.get("items", schema)["enum"][0]


def limits(scope):
    """Frozen limits of a chart, approved."""
    made = json.loads(ask(API + "/control-limits", scope))
    ask(f"{API}/control-limits/{made['id']}/approval", method="POST")
    return str(made["id"])


def chart(inspection):
    """What a control chart of the inspections of a part at a place is asked with."""
    kind = "u" if inspection["defective_units"] is None else "p"
    day = inspection["inspected_at"][:10]
    scope = {
        "chart": kind,
        "part_id": inspection["part"]["id"],
        "work_center_id": inspection["work_center"]["id"],
        "from": f"{int(day[:4]) - 1}{day[4:7]}-01",
        "to": day,
        "subgroup": "day",
    }
    return scope | {"rules": "1", "exclude": "1", "limits_id": limits(scope)}


def main():
    records = json.loads(ask(DEFECTS + "?limit=200&failure_code=any"))["items"]
    record = max(records, key=lambda one: sum(value is not None for value in one.values()))
    inspection = json.loads(ask(INSPECTIONS + "?limit=1"))["items"][0]
    operations = {}
    for path, item in json.loads(ask("/openapi.json"))["paths"].items():
        is_wanted = any(path == one or (one.endswith("/") and path.startswith(one)) for one in PATHS)
        if is_wanted and "get" in item and "{" not in path:
            operations[path] = {one["name"]: one for one in item["get"].get("parameters", []) if one["in"] == "query"}
    page = {"sort", "limit", "cursor", "count"}
    # The number on the tag first: then no other record is found, and none hides it behind the end of the page.
    of_defects = sorted(set(operations[DEFECTS]) - page, key=lambda name: name != "tag_number")
    passed, others = chosen(DEFECTS, of_defects, record)
    of_inspections = chosen(INSPECTIONS, sorted(set(operations[INSPECTIONS]) - page), inspection)
    case = {"part_id": record["part"]["id"], "failure_code": record["failure_code"]}
    asked = {CHART: chart(inspection), DEFECTS + "/similar": case}
    day = record["reported_at"][:10]
    own = OWN | {"from": day, "to": day}

    addresses, counted = [], set()
    for path, known in operations.items():
        special = asked.get(path, {})
        pairs, rest = of_inspections if path == INSPECTIONS else (passed, others)
        filters = {} if special else dict(pairs + rest)
        mine = [
            (name, str(special.get(name) or own.get(name) or first(one)))
            for name, one in known.items()
            if name not in filters and name != "cursor"
        ]
        sets = [mine + [pair for pair in pairs if pair[0] in filters]]
        if filters and rest:
            sets.append([pair for pair in mine if known[pair[0]].get("required")] + rest)
        if "cursor" in known:
            sets.append([("cursor", json.loads(ask(path + "?limit=1"))["next_cursor"])])
        for one in sets:
            ask(written(path, one))
            addresses.append(BASE + written(path, one))
            counted.update((path, name) for name, _ in one)
        missing = set(known) - {name for of, name in counted if of == path}
        if missing:
            sys.exit(f"sqlmap_addresses.py: {path} is not asked with {', '.join(sorted(missing))}")
    with open(FILE, "w", encoding="utf-8") as file:
        file.write("".join(address + "\n" for address in addresses))
    print(len(counted))


main()
