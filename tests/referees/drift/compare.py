"""Compares the drift that snell finds with what a real server and Prisma's engine say.

    compare.py OURS.json TRUTH.json[.gz]

Both hold `drift` rows with `kind`, `table` and the object's name. Compared are the rows that
a user must hear of: not informational, not unrepresentable, not equivalent, and not a matter
of the version of Prisma. The exit code is 1 when anything differs.
"""

import gzip
import json
import sys
from collections import Counter

LEFT_OUT = ("informational", "unrepresentable", "equivalent", "uncertain", "not_drift_for_this_prisma")
OBJECTS = ("column", "index", "constraint", "enum", "trigger", "policy", "view", "function")


def core(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        rows = json.load(file)["drift"]
    found = Counter()
    for row in rows:
        if not any(row.get(flag) for flag in LEFT_OUT):
            name = next((row[key] for key in OBJECTS if row.get(key)), None)
            found[(row["kind"], row.get("table"), name)] += 1
    return found


def main():
    ours, theirs = core(sys.argv[1]), core(sys.argv[2])
    for key in sorted(ours - theirs, key=str):
        print("only ours:", *key)
    for key in sorted(theirs - ours, key=str):
        print("missed:", *key)
    print(f"{sum(theirs.values())} rows, {sum((ours - theirs).values())} only ours, {sum((theirs - ours).values())} missed")
    return 1 if ours != theirs else 0


if __name__ == "__main__":
    sys.exit(main())
