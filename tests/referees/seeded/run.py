"""Seeds faults into examples/clean one at a time; see README.md."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
CLEAN = ROOT / "examples" / "clean"
API = pathlib.Path("apps/api/src")

# (file, function): what is left there is no fault, and why.
HARMLESS = {}


def enclosing(text, at):
    """The name of the method around a place."""
    names = re.findall(r"^  (?:private )?(?:async )?(\w+)\(.*$", text[:at], re.M)
    return names[-1] if names else ""


def owner_keys(text):
    """Each condition on the owner, taken out of its `where`."""
    for where in re.finditer(r"where: \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", text):
        body = where.group(0)
        for pattern in (r", userId\b(?!:)", r"\buserId, ", r", (?:\w+: \{ )+userId(?: \})+", r" userId (?=\})"):
            for hit in re.finditer(pattern, body):
                if "_" in body[: hit.start()].rsplit("{", 1)[0][-20:]:
                    continue  # A part of a compound key cannot be left out.
                changed = body[: hit.start()] + body[hit.end():]
                yield enclosing(text, where.start()), text[: where.start()] + changed + text[where.end():]


def raw_owner(text):
    """`AND user_id = ${userId}` and the like, taken out of raw SQL."""
    for hit in re.finditer(r" AND \w*\.?user_id = \$\{userId\}", text):
        yield enclosing(text, hit.start()), text[: hit.start()] + text[hit.end():]


def checks(text):
    """A check that throws, taken out."""
    for hit in re.finditer(r"^    if \((?:[^()]|\([^()]*\))*(?:!\w+|userId)(?:[^()]|\([^()]*\))*\) \{\n      throw new .*\n    \}\n", text, re.M):
        yield enclosing(text, hit.start()), text[: hit.start()] + text[hit.end():]
    for hit in re.finditer(r"^    await this\.assert\w+\(.*\);\n", text, re.M):
        yield enclosing(text, hit.start()), text[: hit.start()] + text[hit.end():]


def swapped(text):
    """Who asks, swapped for what the client sends."""
    for hit in re.finditer(r"@CurrentUser\(\) user: AuthUser", text):
        yield enclosing(text, hit.end()), text[: hit.start()] + "@Body() user: AuthUser" + text[hit.end():]


def interpolated(text):
    """A value of a tagged query, put into its text."""
    for hit in re.finditer(r"\$(queryRaw|executeRaw)(<[^`]*>)?`(.*?)`", text, re.S):
        if "${" in hit.group(3) and "Prisma." not in hit.group(3):
            called = f"${hit.group(1)}Unsafe{hit.group(2) or ''}(`{hit.group(3)}`)"
            yield enclosing(text, hit.start()), text[: hit.start()] + called + text[hit.end():]


KINDS = {
    "owner key": (owner_keys, "isolation/"),
    "owner of raw SQL": (raw_owner, "isolation/"),
    "check": (checks, "isolation/"),
    "identity": (swapped, "isolation/"),
    "interpolation": (interpolated, "raw-sql/"),
}


def findings(snell, project):
    done = subprocess.run([snell, "check", "--format", "json", str(project)], capture_output=True, check=False)
    return json.loads(done.stdout)["findings"]


def main():
    snell = str(pathlib.Path(sys.argv[1]).resolve())
    only = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        project = pathlib.Path(folder) / "project"
        shutil.copytree(CLEAN, project)
        assert not findings(snell, project), "the clean example is clean"
        tried, missed = 0, []
        for path in sorted((project / API).rglob("*.ts")):
            original = path.read_text()
            for kind, (seed, category) in KINDS.items():
                if only not in (None, kind):
                    continue
                for function, text in seed(original):
                    file = str(path.relative_to(project / API))
                    if (file, function, kind) in HARMLESS:
                        continue
                    path.write_text(text)
                    found = [f for f in findings(snell, project) if f["rule"].startswith(category)]
                    tried += 1
                    if not found:
                        missed.append(f"{file} {function}: {kind}")
            path.write_text(original)
    print(f"{tried} faults, {tried - len(missed)} found ({(tried - len(missed)) / max(tried, 1):.1%})")
    for line in missed:
        print(f"  missed {line}")
    sys.exit(0 if len(missed) <= tried * 0.05 else 1)


main()
