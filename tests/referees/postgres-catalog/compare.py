"""Compares the catalog that a replay gives with the one that a real PostgreSQL gave.

    compare.py OURS.json TRUTH.json[.gz] [--views]

Both files have the shape that `facts catalog` prints. Expressions are compared as tokens:
casts that PostgreSQL adds, parentheses and the case of words are left out.
"""

import gzip
import json
import re
import sys
from collections import Counter

TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<number>\d+(?:\.\d+)?)|(?P<cast>::)|(?P<symbol>[<>=!~|@&?*+/%^#-]+|.)""",
    re.S,
)
TYPE_WORDS = {"character", "varying", "double", "precision", "timestamp", "time", "with", "without", "zone", "bit"}


def tokens(text):
    """The tokens of an expression, without casts, parentheses and spaces."""
    out, items = [], [(m.lastgroup, m.group()) for m in TOKEN.finditer(text or "")]
    items = [i for i in items if i[1].strip()]
    index = 0
    while index < len(items):
        kind, value = items[index]
        if kind == "cast":
            index = after_type(items, index + 1)
            continue
        index += 1
        if value in "()":
            continue
        if kind == "quoted":
            value = value[1:-1].replace('""', '"')
        elif kind == "word":
            value = value.lower()
        out.append(value)
    return canonical(out)


def after_type(items, index):
    """Skips a type's name, its modifiers and its brackets."""
    first = True
    while index < len(items):
        kind, value = items[index]
        if first or value == "." or (index and items[index - 1][1] == "."):
            first = False
        elif kind == "word" and value.lower() in TYPE_WORDS and items[index - 1][1].lower() in TYPE_WORDS | {")"}:
            pass
        elif value == "(" and index + 1 < len(items) and items[index + 1][0] == "number":
            while items[index][1] != ")":
                index += 1
        elif value == "[":
            index += 1
        else:
            break
        index += 1
    return index


def canonical(words):
    """Spellings that PostgreSQL changes when it prints an expression back."""
    text = "\x00".join(words)
    for ours, theirs in (("\x00in\x00", "\x00=\x00any\x00array\x00[\x00"), ("not\x00between", "not between")):
        if ours in text and theirs.split("\x00")[1] == "=":
            head, _, tail = text.partition(ours)
            text = head + theirs + tail + "\x00]"
    text = re.sub(r"([^\x00]+)\x00between\x00([^\x00]+)\x00and\x00([^\x00]+)", "\\1\x00>=\x00\\2\x00and\x00\\1\x00<=\x00\\3", text)
    text = text.replace("current_timestamp", "CURRENT_TIMESTAMP").replace("!=", "<>")
    return text.split("\x00")


def load(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt") as file:
        return json.load(file)


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
        report.same("default", at, tokens(column.get("default") or column.get("generated")), tokens(other.get("default")))


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
            report.same("check", at, tokens(one["definition"]), tokens(two["definition"]))


def compare_indexes(report, where, ours, theirs):
    ours, theirs = ({i["name"]: i for i in side} for side in (ours, theirs))
    for name in report.keys(f"index {where}", ours, theirs):
        one, two, at = ours[name], theirs[name], f"{where}.{name}"
        for key in ("method", "unique", "primary", "include"):
            report.same(f"index {key}", at, one.get(key) or False, two.get(key) or False)
        report.same("index predicate", at, tokens(one.get("predicate")), tokens(two.get("predicate")))
        report.same("index keys", at, keys(one), keys(two))


def keys(index):
    return [(k.get("column"), tokens(k.get("expr")), k.get("order"), k.get("nulls"), k["opclass"]) for k in index["keys"]]


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


def failures(document):
    found = Counter()
    for migration in document["migrations"]["list"]:
        for error in migration.get("errors") or []:
            statement = " ".join(error["statement"].split())[:80]
            found[(migration["name"], error["sqlstate"], statement)] += 1
    return found


def compare_failures(report, ours, theirs, whole_files):
    one, two = failures(ours), failures(theirs)
    if whole_files:
        # The server names the file's first error without its statement's start.
        one, two = (Counter({key[:2]: 1 for key in side}) for side in (one, two))
    report.checked["failures"] += len(two)
    for key in sorted((one - two), key=str):
        report.lines.append(f"failure only ours: {key}")
    for key in sorted((two - one), key=str):
        report.lines.append(f"failure only the server's: {key}")


def main():
    ours, theirs = load(sys.argv[1]), load(sys.argv[2])
    report = Report()
    one, two = ours["catalog"], theirs["catalog"]
    compare_tables(report, one["tables"], two["tables"])
    report.same("enums", "all", {k: v["values"] for k, v in named(one["enums"]).items()}, {k: v["values"] for k, v in named(two["enums"]).items()})
    report.same("extensions", "all", sorted(e["name"] for e in one["extensions"]), sorted(e["name"] for e in two["extensions"]))
    report.same("sequences", "all", sorted((s["name"], s.get("owned_by")) for s in one["sequences"]), sorted((s["name"], s.get("owned_by")) for s in two["sequences"]))
    report.same("functions", "all", sorted(f["name"] for f in one["functions"]), sorted(f["name"] for f in two["functions"]))
    compare_views(report, one["views"], two["views"])
    policy = theirs["migrations"].get("policy")
    compare_failures(report, ours, theirs, policy != "statement")
    for line in report.lines:
        print(line)
    print(f"{sum(report.checked.values())} facts compared, {len(report.lines)} differ")
    return 1 if report.lines else 0


if __name__ == "__main__":
    sys.exit(main())
