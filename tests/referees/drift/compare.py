"""Compares the drift that snell finds with what a real server and Prisma's engine say.

    compare.py OURS.json TRUTH.json[.gz] [SCHEMA]

Both hold `drift` rows with `kind`, `table` and the object's name; of several documents, the
one whose schema's path contains SCHEMA is taken. Compared are the rows that a user must hear
of (not informational, not unrepresentable, not equivalent, and not a matter of the version of
Prisma), and, apart from them, those that a schema cannot express. The exit code is 1 when
anything differs.
"""

import gzip
import json
import sys
from collections import Counter

LEFT_OUT = ("informational", "unrepresentable", "equivalent", "uncertain", "not_drift_for_this_prisma")
OBJECTS = ("column", "index", "constraint", "enum", "trigger", "policy", "view", "function")


def load(path, schema=""):
    """The rows of the first document whose schema's path contains `schema`."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        text = file.read().lstrip()
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, end = decoder.raw_decode(text, at)
        if schema in document.get("schema", schema):
            return document["drift"]
        at = end + len(text[end:]) - len(text[end:].lstrip())
    sys.exit(f"{path}: no document for {schema}")


def counted(rows):
    found = Counter()
    for row in rows:
        name = next((row[key] for key in OBJECTS if row.get(key)), None)
        found[(row["kind"], row.get("table"), name)] += 1
    return found


def compare(what, ours, theirs):
    for key in sorted(ours - theirs, key=str):
        print(f"{what}, only ours:", *key)
    for key in sorted(theirs - ours, key=str):
        print(f"{what}, missed:", *key)
    extra, missed = sum((ours - theirs).values()), sum((theirs - ours).values())
    print(f"{what}: {sum(theirs.values())} rows, {extra} only ours, {missed} missed")
    return ours == theirs


def main():
    ours, theirs = load(sys.argv[1], *sys.argv[3:]), load(sys.argv[2])
    core = [counted(r for r in rows if not any(r.get(flag) for flag in LEFT_OUT)) for rows in (ours, theirs)]
    unmanaged = [counted(r for r in rows if r.get("unrepresentable")) for rows in (ours, theirs)]
    same = [compare("drift", *core), compare("unmanaged", *unmanaged)]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
