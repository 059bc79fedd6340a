"""Compares what snell makes of raw queries with what a real server says when it prepares them.

    compare.py OURS.jsonl TRUTH.json[.gz] [GOLD.json REPOSITORY]

`OURS.jsonl` is what `snell facts raw-sql` prints. `TRUTH.json` is a list of rows, one for each
text: `file`, `line` of the method's name, `kind`, `static`, `verdict` (`ok`, `error`) and the
result's `columns` with `name`, `type` and `nullable`. Rows of `kind: sql-fragment` are no calls.
`GOLD.json` holds `defects` and `traps` that were read by hand and that win over the server.
The exit code is 1 when snell claims something that the server does not.
"""

import gzip
import json
import sys
from collections import defaultdict


def load(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        return json.load(file)


def ours_by_place(path):
    found = defaultdict(list)
    with open(path) as file:
        for line in file:
            row = json.loads(line)
            if row["static"]:
                found[(row["file"], row["line"])].append(row)
    return found


def key(columns):
    return tuple((column["name"], column["type"]) for column in columns)


def main():
    ours = ours_by_place(sys.argv[1])
    theirs = defaultdict(list)
    for row in load(sys.argv[2]):
        if row["kind"] != "sql-fragment" and row["static"] and row.get("verdict"):
            theirs[(row["file"], row["line"])].append(row)
    gold = load(sys.argv[3]) if len(sys.argv) > 4 else {"defects": [], "traps": []}
    mine = lambda rows: [row for row in rows if row["repo"] == sys.argv[4]] if len(sys.argv) > 4 else []
    traps = {(row["file"], row["line"]) for row in mine(gold["traps"])}
    counts = defaultdict(int)
    for place, rows in sorted(theirs.items()):
        where = f"{place[0]}:{place[1]}"
        if place not in ours:
            counts["not read"] += 1
            print("NOT READ", where, rows[0]["kind"], [row["verdict"] for row in rows])
            continue
        counts["read"] += 1
        refused = [row for row in ours[place] if row["errors"]]
        verdicts = {row["verdict"] for row in rows}
        if refused and (verdicts == {"ok"} or place in traps):
            counts["wrong error"] += 1
            error = refused[0]["errors"][0]
            print("WRONG ERROR", where, error["sqlstate"], error["message"])
        if not refused and "error" in verdicts and place not in traps:
            counts["missed error"] += 1
            row = next(row for row in rows if row["verdict"] == "error")
            print("MISSED ERROR", where, row["prepare"], row["prepare_typed"])
        compare_columns(where, rows, ours[place], counts)
    for defect in mine(gold["defects"]):
        if defect["class"] in ("error", "unknown_table", "unknown_column", "drift_column"):
            rows = ours.get((defect["file"], defect["line"]), [])
            counts["gold errors"] += 1
            if not any(row["errors"] for row in rows):
                counts["gold missed"] += 1
                print("GOLD MISSED", f"{defect['file']}:{defect['line']}", defect["says"])
    print(dict(counts))
    return 1 if counts["wrong error"] or counts["wrong type"] or counts["wrongly not null"] else 0


def compare_columns(where, rows, ours, counts):
    known = [row["columns"] for row in ours if row["columns"] is not None and not row["errors"]]
    for row in rows:
        if row["verdict"] != "ok" or not row["columns"]:
            continue
        names = [column["name"] for column in row["columns"]]
        fitting = [columns for columns in known if [c["name"] for c in columns] == names]
        if not fitting:
            counts["columns unknown"] += 1
            if known:
                counts["columns differ"] += 1
                print("COLUMNS", where, names, [c["name"] for c in known[0]])
            else:
                print("NO COLUMNS", where)
            continue
        for index, theirs in enumerate(row["columns"]):
            column = min((f[index] for f in fitting), key=lambda c: c["type"] != theirs["type"])
            counts["columns"] += 1
            if column["type"] is None:
                counts["type unknown"] += 1
                print("NO TYPE", where, theirs["name"], theirs["type"])
            elif column["type"] != theirs["type"]:
                counts["wrong type"] += 1
                print("TYPE", where, theirs["name"], "server", theirs["type"], "snell", column["type"])
            if column["not_null"] and theirs.get("nullable") is True:
                counts["wrongly not null"] += 1
                print("NOT NULL", where, theirs["name"])
            if not column["not_null"] and theirs.get("nullable") is False:
                counts["nullable though not"] += 1


if __name__ == "__main__":
    sys.exit(main())
