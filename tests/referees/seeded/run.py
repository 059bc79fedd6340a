"""Seeds faults one at a time and counts those that are found; see README.md."""

import argparse
import difflib
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from seeds import KINDS, HARMLESS, REAL

ROOT = pathlib.Path(__file__).resolve().parents[3]
CLEAN = ROOT / "examples" / "clean"
API = pathlib.Path("apps/api/src")
KEPT = (".ts", ".tsx", ".prisma", ".sql", ".json", ".jsonc", ".yaml", ".yml", ".toml")


def run(snell, *arguments):
    done = subprocess.run([snell, *arguments], capture_output=True, text=True, check=False)
    return done.stdout


def findings(snell, project, *only):
    return json.loads(run(snell, "check", *only, "--format", "json", "--exit-zero", str(project)))["findings"]


def told(found, category):
    """What is said of a category, without the lines: a seed may move those below it."""
    return {(f["rule"], f["message"], f["locations"][0]["file"]) for f in found if f["rule"].startswith(category)}


def changed_line(before, after):
    pairs = zip(before.splitlines(), after.splitlines())
    return next((new for old, new in pairs if old != new), "").strip()


class Tally:
    def __init__(self, snell, project, only, diffs=None):
        self.snell, self.project, self.only, self.diffs = snell, project, only, diffs
        self.before = {}
        self.tried, self.missed, self.checked = {}, [], 0

    def told(self, category):
        """What is said of a category now. The rules of the others need not run."""
        return told(findings(self.snell, self.project, "--only", f"{category}*"), category)

    def seed(self, path, original, kind, category, text, name, still_checked=None):
        if self.only not in (None, kind):
            return
        if category not in self.before:
            self.before[category] = self.told(category)
        path.write_text(text)
        new = self.told(category) - self.before[category]
        checked = not new and still_checked is not None and still_checked(self)
        path.write_text(original)
        if checked:
            self.checked += 1
            return
        found, tried = self.tried.get(kind, (0, 0))
        self.tried[kind] = (found + bool(new), tried + 1)
        if not new:
            self.missed.append(f"{name}: {kind}: {changed_line(original, text)}")
            self.show(path, original, text, self.missed[-1])

    def show(self, path, original, text, title):
        """The whole of a fault that is missed, for those who are to judge it."""
        if self.diffs:
            lines = difflib.unified_diff(original.splitlines(True), text.splitlines(True), n=6)
            self.diffs.write(f"## {title}\n{path.relative_to(self.project)}\n{''.join(list(lines)[2:])}\n")
            self.diffs.flush()

    def report(self, title):
        found, tried = (sum(counts) for counts in zip(*self.tried.values())) if self.tried else (0, 0)
        kinds = ", ".join(f"{kind} {found}/{tried}" for kind, (found, tried) in self.tried.items())
        print(f"{title}: {tried} faults, {found} found ({found / max(tried, 1):.1%}): {kinds}; {self.checked} left out: something else still checks")
        for line in self.missed:
            print(f"  missed {line}")
        return found, tried


def example(snell, folder, only):
    project = pathlib.Path(folder) / "clean"
    shutil.copytree(CLEAN, project)
    tally = Tally(snell, project, only)
    assert not findings(snell, project), "the clean example is clean"
    for path in sorted((project / API).rglob("*.ts")):
        original = path.read_text()
        file = str(path.relative_to(project / API))
        for kind, (seed, category) in KINDS.items():
            for function, text in seed(original):
                if (file, function, kind) not in HARMLESS:
                    tally.seed(path, original, kind, category, text, f"{file} {function}")
    return tally.report("examples/clean")


def copied(repository, folder):
    """The files of a repository that are read."""
    target = pathlib.Path(folder) / repository.name
    listed = subprocess.run(["git", "-C", str(repository), "ls-files"], capture_output=True, text=True, check=False).stdout.splitlines()
    for name in listed or [str(p.relative_to(repository)) for p in repository.rglob("*") if "node_modules" not in p.parts]:
        source = repository / name
        if name.endswith(KEPT) and source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
    return target


SETTLED = {"Scoped", "ScopedByParent", "CheckedBefore", "CheckedAfter", "NotOwned", "Admin", "Public", "System"}


def still_checked(file, lost, name):
    """Whether every way to the query that lost its condition has another check: no fault then."""

    def check(tally):
        if not name.split(" ")[0].isdigit():
            return False
        queries = map(json.loads, run(tally.snell, "facts", "queries", str(tally.project)).splitlines())
        line = int(name.split(" ")[0])
        at = [q for q in queries if q["file"] == file and q["line"] in (line, line - lost)]
        ways = {way["verdict"] for q in at for way in q["paths"]}
        return bool(ways) and ways <= SETTLED

    return check


def still_guarded(name):
    """Whether a guard has tied a key of the address to who asks, and every query of the endpoint goes by that: whoever the client
    then names reaches nothing else. What is written in somebody's name is a fault all the same."""

    def check(tally):
        endpoints = map(json.loads, run(tally.snell, "facts", "endpoints", str(tally.project)).splitlines())
        endpoint = next((e for e in endpoints if e["name"] == name), None)
        if endpoint is None or not endpoint["access"]["checked"]:
            return False
        queries = endpoint["queries"]
        writes = any(q["operation"].startswith(("create", "upsert")) for q in queries)
        return bool(queries) and not writes and {q["verdict"] for q in queries} <= SETTLED

    return check


def some(seeds, most):
    """As many of them as are wanted, from the whole way through."""
    seeds = list(seeds)
    every = max(1, -(-len(seeds) // most)) if most else 1
    return seeds[::every]


def repository(snell, path, folder, only, most, diffs):
    project = copied(path, folder)
    lines = lambda kind: [json.loads(line) for line in run(snell, "facts", kind, str(project)).splitlines()]
    queries, endpoints = lines("queries"), lines("endpoints")
    tally = Tally(snell, project, only, diffs)
    for kind, (seed, category) in REAL.items():
        if only not in (None, kind):
            continue
        for file, original, text, name in some(seed(project, queries, endpoints), most):
            lost = original.count("\n") - text.count("\n")
            still = still_guarded(name) if kind == "identity" else still_checked(file, lost, name)
            tally.seed(project / file, original, kind, category, text, f"{file} {name}", still)
    return tally.report(path.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("snell")
    parser.add_argument("repositories", nargs="*", help="repositories to seed instead of the clean example")
    parser.add_argument("--only", help="one kind of fault")
    parser.add_argument("--most", type=int, default=0, help="no more faults of each kind than this for each repository")
    parser.add_argument("--diffs", type=argparse.FileType("w"), help="where to write the faults of repositories that are missed, as differences")
    options = parser.parse_args()
    snell = str(pathlib.Path(options.snell).resolve())
    with tempfile.TemporaryDirectory() as folder:
        if options.repositories:
            counts = [repository(snell, pathlib.Path(path).resolve(), folder, options.only, options.most, options.diffs) for path in options.repositories]
        else:
            counts = [example(snell, folder, options.only)]
    found, tried = (sum(count) for count in zip(*counts))
    sys.exit(0 if found >= tried * 0.95 else 1)


main()
