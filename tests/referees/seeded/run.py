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
HARMLESS = {
    # Without the check, the next line reads a property of null and fails.
    ("admin/admin-user.controller.ts", "get", "check"),
    ("agent/agent.service.ts", "findOwned", "check"),
    ("session/session.service.ts", "findOwned", "check"),
    ("message-translation/message-translation.service.ts", "words", "check"),
    ("user/user.controller.ts", "me", "check"),
    # A missing token is refused by what verifies it, too.
    ("auth/clerk.guard.ts", "canActivate", "check"),
    # The callers hand over the id of a row that was looked up in the user's scope.
    ("message/message.repository.ts", "saveTurn", "owner key"),
    ("message-translation/message-translation.repository.ts", "findWords", "owner key"),
    # The only caller hands over the id of an agent that it looked up in the user's scope.
    ("agent-memory/agent-memory.repository.ts", "create", "owner of raw SQL"),
    # What verifies the signature refuses a missing body, too.
    ("webhook/clerk-webhook.controller.ts", "verified", "check"),
    # A date, and nothing else, is put into the text.
    ("ai-request-log/ai-request-log.repository.ts", "usageSince", "interpolation"),
}


def enclosing(text, at):
    """The name of the method around a place."""
    names = re.findall(r"^  (?:private )?(?:async )?(\w+)\(.*$", text[:at], re.M)
    return names[-1] if names else ""


def owner_keys(text):
    """Each condition on the owner, taken out of its `where`."""
    for where in re.finditer(r"where: \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", text):
        body = where.group(0)
        related = [rf", (?:\w+: \{{ ){{{n}}}userId(?: \}}){{{n}}}" for n in (1, 2)]
        for pattern in (r", userId\b(?!:)", r"\buserId, ", *related, r" userId (?=\})"):
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
    if not re.search(r"import \{[^}]*\bBody\b", text):
        text = re.sub(r"import \{ (.*) \} from '@nestjs/common'", r"import { Body, \1 } from '@nestjs/common'", text)
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
                        line = next((new for old, new in zip(original.splitlines(), text.splitlines()) if old != new), "")
                        missed.append(f"{file} {function}: {kind}: {line.strip()}")
            path.write_text(original)
    print(f"{tried} faults, {tried - len(missed)} found ({(tried - len(missed)) / max(tried, 1):.1%})")
    for line in missed:
        print(f"  missed {line}")
    sys.exit(0 if len(missed) <= tried * 0.05 else 1)


main()
