"""Compares the catalog that a replay gives with the one that a real PostgreSQL gave.

    compare.py OURS.json TRUTH.json[.gz] [SCHEMA]

Both files have the shape that `snell facts catalog` prints; of several documents, the one
whose schema's path contains SCHEMA is taken. Expressions are compared as trees (see
expressions.py).
"""

import gzip
import json
import sys
from collections import Counter

from expressions import tree

def load(path, schema=""):
    """The first document of a file whose schema's path contains `schema`."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        text = file.read().lstrip()
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, end = decoder.raw_decode(text, at)
        if schema in document.get("schema", schema):
            return document
        at = end + len(text[end:]) - len(text[end:].lstrip())
    sys.exit(f"{path}: no document for {schema}")


class Report:
    def __init__(self):
        self.lines, self.checked = [], Counter()

    def same(self, what, where, ours, theirs):
        self.checked[what] += 1
        if ours != theirs:
            self.lines.append(f"{what} {where}: ours {ours!r}, server {theirs!r}")

    def keys(self, what, ours, theirs):
        for name in sorted(set(ours) - set(theirs), key=str):
            self.lines.append(f"{what} {name}: only ours")
        for name in sorted(set(theirs) - set(ours), key=str):
            self.lines.append(f"{what} {name}: only the server's")
        return sorted(set(ours) & set(theirs), key=str)


def named(items):
    return {(i.get("schema"), i["name"]): i for i in items}


def compare_columns(report, where, ours, theirs, nullability=True):
    report.same("column order", where, [c["name"] for c in ours], [c["name"] for c in theirs])
    server = {c["name"]: c for c in theirs}
    for column in ours:
        other = server.get(column["name"])
        if not other:
            continue
        at = f"{where}.{column['name']}"
        report.same("type", at, column["type"], other["type"])
        if nullability:
            report.same("nullable", at, column["nullable"], other["nullable"])
        report.same("default", at, tree(column.get("default") or column.get("generated")), tree(other.get("default")))


def compare_constraints(report, where, ours, theirs):
    ours, theirs = ({c["name"]: c for c in side} for side in (ours, theirs))
    for name in report.keys(f"constraint {where}", ours, theirs):
        one, two, at = ours[name], theirs[name], f"{where}.{name}"
        for key in ("type", "columns", "ref_table", "ref_columns", "on_delete", "on_update", "deferrable"):
            left, right = one.get(key), two.get(key)
            if key == "columns" and one["type"] == "check":
                left, right = sorted(left), sorted(right)
            report.same(f"constraint {key}", at, left, right)
        if one["type"] == "check":
            plain = [side["definition"].removesuffix(" NOT VALID") for side in (one, two)]
            report.same("check", at, tree(plain[0]), tree(plain[1]))


def compare_indexes(report, where, ours, theirs):
    ours, theirs = ({i["name"]: i for i in side} for side in (ours, theirs))
    for name in report.keys(f"index {where}", ours, theirs):
        one, two, at = ours[name], theirs[name], f"{where}.{name}"
        for key in ("method", "unique", "primary", "include"):
            report.same(f"index {key}", at, one.get(key) or False, two.get(key) or False)
        report.same("index predicate", at, tree(one.get("predicate")), tree(two.get("predicate")))
        report.same("index keys", at, keys(one), keys(two))


def keys(index):
    return [(k.get("column"), tree(k.get("expr")), k.get("order"), k.get("nulls"), k["opclass"]) for k in index["keys"]]


def compare_tables(report, ours, theirs):
    ours, theirs = named(ours), named(theirs)
    for name in report.keys("table", ours, theirs):
        one, two, where = ours[name], theirs[name], name[1]
        compare_columns(report, where, one["columns"], two["columns"])
        compare_constraints(report, where, one["constraints"], two["constraints"])
        compare_indexes(report, where, one["indexes"], two["indexes"])
        report.same("row security", where, one["rls"], two["rls"])
        report.same("triggers", where, sorted(t["name"] for t in one["triggers"]), sorted(t["name"] for t in two["triggers"]))
        report.same("policies", where, sorted(p["name"] for p in one["policies"]), sorted(p["name"] for p in two["policies"]))


def compare_views(report, ours, theirs):
    ours, theirs = named(ours), named(theirs)
    for name in report.keys("view", ours, theirs):
        compare_columns(report, name[1], ours[name]["columns"], theirs[name]["columns"], nullability=False)
        compare_indexes(report, name[1], ours[name]["indexes"], theirs[name].get("indexes") or [])


def failures(document, whole_files):
    """Failing statements; of a file that is left out as a whole, its first error."""
    found = Counter()
    for migration in document["migrations"]["list"]:
        errors = migration.get("errors") or ([migration] if "sqlstate" in migration else [])
        for error in errors[:1] if whole_files else errors:
            statement = " ".join((error.get("statement") or "").split())[:80]
            found[(migration["name"], error["sqlstate"], "" if whole_files else statement)] += 1
    return found


def compare_failures(report, ours, theirs, whole_files):
    one, two = failures(ours, whole_files), failures(theirs, whole_files)
    report.checked["failures"] += len(two)
    for key in sorted((one - two), key=str):
        report.lines.append(f"failure only ours: {key}")
    for key in sorted((two - one), key=str):
        report.lines.append(f"failure only the server's: {key}")


def main():
    ours, theirs = load(sys.argv[1], *sys.argv[3:]), load(sys.argv[2])
    report = Report()
    one, two = ours["catalog"], theirs["catalog"]
    compare_tables(report, one["tables"], two["tables"])
    report.same("enums", "all", {k: v["values"] for k, v in named(one["enums"]).items()}, {k: v["values"] for k, v in named(two["enums"]).items()})
    report.same("extensions", "all", sorted(e["name"] for e in one["extensions"]), sorted(e["name"] for e in two["extensions"]))
    report.same("sequences", "all", sorted((s["name"], s.get("owned_by")) for s in one["sequences"]), sorted((s["name"], s.get("owned_by")) for s in two["sequences"]))
    report.same("functions", "all", sorted(f["name"] for f in one["functions"]), sorted(f["name"] for f in two["functions"]))
    compare_views(report, one["views"], two["views"])
    compare_failures(report, ours, theirs, ours["migrations"].get("policy", "statement") != "statement")
    for line in report.lines:
        print(line)
    print(f"{sum(report.checked.values())} facts compared, {len(report.lines)} differ")
    return 1 if report.lines else 0


if __name__ == "__main__":
    sys.exit(main())
