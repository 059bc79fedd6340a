"""The faults that are seeded, each kind as a generator of changed texts."""

import re

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



def moved(text):
    """A check that stands before the last statement of its method, moved behind it."""
    one = r"    await this\.assert\w+\(.*\);\n"
    block = r"    if \((?:[^()]|\([^()]*\))*\) \{\n      throw new .*\n    \}\n"
    for hit in re.finditer(rf"^({one}|{block})((?:    .*\n)+?)  \}}\n", text, re.M):
        check, rest = hit.group(1), hit.group(2)
        used = re.sub(r"^    return (.*)", r"    const done = \1", rest, count=1, flags=re.M | re.S)
        back = "    return done;\n" if used != rest else ""
        if "prisma." in rest and rest.count("return") <= 1:
            yield enclosing(text, hit.start()), text[: hit.start()] + used + check + back + "  }\n" + text[hit.end():]


def named_by_client(text):
    """The owner that a handler passes on, swapped for a field of what the client sends."""
    for hit in re.finditer(r"@(?:Body|Query)\(\) (\w+): \w+[^{]*?\{\n.*?\b(user\.id)\b", text, re.S):
        yield enclosing(text, hit.start(2)), text[: hit.start(2)] + f"{hit.group(1)}.userId" + text[hit.end(2):]


def looped(text):
    """What a handler calls once, called for each element of what the client sends."""
    for hit in re.finditer(r"^    return (this\.\w+\.\w+)\((\w+), (.*)\);\n", text, re.M):
        if "@Controller" not in text or "@Param" not in text:
            continue
        head = text[: hit.start()]
        opened = head.rfind("@CurrentUser")
        if opened < 0 or "{\n" not in head[opened:]:
            continue
        loop = f"    const all = [];\n    for (const each of items) {{\n      all.push(await {hit.group(1)}(each, {hit.group(3)}));\n    }}\n    return all;\n"
        given = head[:opened] + "@Body('items') items: number[], " + head[opened:]
        yield enclosing(text, hit.start()), given + loop + text[hit.end():]


KINDS = {
    "owner key": (owner_keys, "isolation/"),
    "owner of raw SQL": (raw_owner, "isolation/"),
    "check": (checks, "isolation/"),
    "moved check": (moved, "isolation/"),
    "identity": (swapped, "isolation/"),
    "owner named by the client": (named_by_client, "isolation/"),
    "loop": (looped, "query/"),
    "interpolation": (interpolated, "raw-sql/"),
}

# Seeds of real repositories.

# Keys that may say whose a row is; what is no owner's key of a repository is seldom removed and then found to be harmless.
OWNER = re.compile(r"^(?:user|creator|owner|author|organi[sz]ation|org|workspace|team|account|tenant|profile)(?:Id|Uid|UID|ID|_id)?$", re.I)


# A query for the last place in a list: `findFirst({ where, orderBy: { position: 'desc' } })`. Nothing of the row is given back or
# decided by it, so whose it is lets nobody reach anything.
LAST = re.compile(r"orderBy:\s*\[?\{\s*(?:\w*order\w*|\w*position|\w*index)\s*:\s*['\"]desc['\"]", re.I)


def closing(text, at):
    """The position behind the bracket that closes the one at a position."""
    pairs, depth, quote = {"(": ")", "{": "}", "[": "]"}, 0, None
    for n in range(at, len(text)):
        c = text[n]
        if quote:
            quote = None if c == quote and text[n - 1] != "\\" else quote
        elif c in "'\"`":
            quote = c
        elif c in pairs:
            depth += 1
        elif c in pairs.values():
            depth -= 1
            if depth == 0:
                return n + 1
    return None


def entries(text, start, end):
    """The entries of an object literal: key, first byte, byte behind its comma."""
    at = start + 1
    for hit in re.finditer(r"[,}]", text[start + 1 : end]):
        stop = start + 1 + hit.start()
        inside = text[at:stop]
        if any(inside.count(a) != inside.count(b) for a, b in ("()", "{}", "[]")):
            continue
        key = re.match(r"\s*(\w+)\s*(?::|$)", inside)
        if key:
            yield key.group(1), at, stop + (text[stop] == ",")
        at = stop + 1


def line_start(text, line):
    at = 0
    for _ in range(line - 1):
        at = text.index("\n", at) + 1
    return at


def owner_keys_of(project, queries, _endpoints):
    """The owner's key of each query in scope of users, taken out of its `where`."""
    for query in queries:
        ways = {way["verdict"] for way in query["paths"]}
        if "Scoped" not in ways or query["test"] or not query["model"]:
            continue
        original = (project / query["file"]).read_text()
        at = line_start(original, query["line"]) + query["column"] - 1
        opened = original.find("(", at)
        stop = closing(original, opened)
        where = re.search(r"\bwhere:\s*\{", original[opened:stop]) if stop else None
        if not where or query["operation"] == "findFirst" and LAST.search(original[opened:stop]):
            continue
        start = opened + where.end() - 1
        end = closing(original, start)
        found = list(entries(original, start, end)) if end else []
        for key, first, behind in found:
            if OWNER.match(key) and (len(found) > 1 or query["operation"] == "findMany"):
                yield query["file"], original, original[:first] + original[behind:], f"{query['line']} {query['model']}.{query['operation']}"


def identities_of(project, _queries, endpoints):
    """Each parameter that hands over who asks, swapped for what the client sends."""
    for endpoint in endpoints:
        queries = {query["verdict"] for query in endpoint["queries"]}
        asked = [n for n, given in enumerate(endpoint["parameters"]) if given["given"] == "identity"]
        if "Scoped" not in queries or len(asked) != 1 or not endpoint["kind"] in ("http", "query", "mutation"):
            continue
        # An administrator may name whom it is about.
        if endpoint["access"]["exempt"] or endpoint["access"]["administrative"]:
            continue
        original = (project / endpoint["file"]).read_text()
        at = line_start(original, endpoint["line"])
        name = endpoint["handler"].rsplit(".", 1)[-1]
        opened = re.compile(rf"\b{name}\s*\(").search(original, at)
        stop = closing(original, opened.end() - 1) if opened else None
        if not stop:
            continue
        whole = original[opened.end() : stop]
        marks = list(re.finditer(r"@(\w+)\(", whole))
        others = ("Param", "Body", "Query", "Args", "Headers", "Req", "Res")
        marks = [mark for mark in marks if mark.group(1) not in others]
        if len(marks) != 1 or re.match(r"\s*_", whole[marks[0].end() :].split(")", 1)[-1]):
            continue
        first = opened.end() + marks[0].start()
        behind = closing(original, opened.end() + marks[0].end() - 1)
        # `@CurrentUser('id') id: string` stays the one field: a whole body in its place fails in the client.
        field = re.match(r"\(\s*'(\w+)'\s*\)", original[opened.end() + marks[0].end() - 1 : behind])
        part = f"'{field.group(1)}'" if field else ""
        sent = f"@Body({part})" if endpoint["kind"] == "http" else "@Args('asking')"
        text = original[:first] + sent + original[behind:]
        package = "@nestjs/common" if endpoint["kind"] == "http" else "@nestjs/graphql"
        word = sent[1:].split("(")[0]
        if not re.search(rf"import \{{[^}}]*\b{word}\b", original):
            text = f"import {{ {word} }} from '{package}';\n" + text
        yield endpoint["file"], original, text, endpoint["name"]


def checks_of(project, queries, _endpoints):
    """Each check that a query leans on: a condition that leaves the function, taken out of the lines before."""
    seen = set()
    for query in queries:
        ways = {way["verdict"] for way in query["paths"]}
        if not ways & {"CheckedBefore", "CheckedAfter"} or query["test"]:
            continue
        original = (project / query["file"]).read_text()
        at = line_start(original, query["line"])
        head = original[:at]
        begun = [hit.end() for hit in re.finditer(r"^  (?:\w+ )*\w+\([^;]*?\{\n", head, re.M)]
        if not begun:
            continue
        pattern = r"^ +if \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\) (?:\{\n +(?:throw|return) [^\n]*\n +\}\n|(?:throw|return) [^\n]*\n)"
        for hit in re.finditer(pattern, original[begun[-1] : at], re.M):
            first, behind = begun[-1] + hit.start(), begun[-1] + hit.end()
            if (query["file"], first) not in seen:
                seen.add((query["file"], first))
                yield query["file"], original, original[:first] + original[behind:], f"{query['line']} {query['model']}.{query['operation']}"




def function_before(text, at):
    """Where the body of the method around a place begins, by the way methods of classes are indented."""
    begun = [hit.end() for hit in re.finditer(r"^  (?:\w+ )*\w+\([^;]*?\{\n", text[:at], re.M)]
    return begun[-1] if begun else None


def statement(text, at):
    """The statement around a place: its first byte, and the byte behind its line."""
    start = text.rfind("\n", 0, at) + 1
    while start > 0 and not re.match(r"\s*(?:return|await|const|let)\b", text[start:]):
        before = text.rfind("\n", 0, start - 1) + 1
        if re.match(r"\s*[;}]|.*[;{]\s*$", text[before : start - 1]):
            return None
        start = before
    depth, quote = 0, None
    for n in range(start, len(text)):
        c = text[n]
        if quote:
            quote = None if c == quote and text[n - 1] != "\\" else quote
        elif c in "'\"`":
            quote = c
        elif c in "({[":
            depth += 1
        elif c in ")}]":
            depth -= 1
            if depth < 0:
                return None
        elif c == ";" and depth == 0:
            return start, n + 1
    return None


CHANGES = {"update", "updateMany", "delete", "deleteMany", "upsert"}


def moved_of(project, queries, _endpoints):
    """Each check before a change that leans on it, moved behind the change."""
    block = r"^( +)if \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\) \{\n +(?:throw|return) [^\n]*\n +\}\n"
    seen = set()
    for query in queries:
        ways = {way["verdict"] for way in query["paths"]}
        if "CheckedBefore" not in ways or query["test"] or query["operation"] not in CHANGES:
            continue
        original = (project / query["file"]).read_text()
        at = line_start(original, query["line"]) + query["column"] - 1
        begun, around = function_before(original, at), statement(original, at)
        if begun is None or around is None:
            continue
        start, end = around
        indent = re.match(r" *", original[start:]).group(0)
        for hit in re.finditer(block, original[begun:start], re.M):
            first, behind = begun + hit.start(), begun + hit.end()
            if hit.group(1) != indent or (query["file"], first) in seen:
                continue
            seen.add((query["file"], first))
            check, whole = hit.group(0), original[start:end]
            back = ""
            if whole.lstrip().startswith("return "):
                value = re.sub(r"^(\s*)return (?:await )?", "", whole, count=1)
                whole, back = f"{indent}const done = await {value}", f"{indent}return done;\n"
            text = original[:first] + original[behind:start] + whole + "\n" + check + back.rstrip("\n") + original[end:]
            line = query["line"] - check.count("\n")
            yield query["file"], original, text, f"{line} {query['model']}.{query['operation']}"


def looped_of(project, queries, _endpoints):
    """What an endpoint calls by a key of its path, called for each of a list of such keys, where the query is two calls away."""
    seen = set()
    for query in queries:
        if query["test"] or not query["model"] or not query["operation"].startswith(("find", "update", "delete")):
            continue
        # What is looked up by `findUnique` in one tick, Prisma sends together.
        if query["operation"].startswith("findUnique"):
            continue
        # One that runs in a loop already is told of before.
        if any(way["executions"] != "1" for way in query["paths"]):
            continue
        for way in query["paths"]:
            if len(way["calls"]) < 2:
                continue
            first = way["calls"][0]
            original = (project / first["file"]).read_text()
            at = line_start(original, first["line"]) + first["column"] - 1
            called = re.match(r"this(?:\.\w+)+\(", original[at:])
            stop = closing(original, at + called.end() - 1) if called else None
            begun = original.rfind("@Param(", 0, at)
            named = re.match(r"@Param\('\w+'[^)]*\) (\w+)", original[begun:]) if begun >= 0 else None
            if not stop or not named or (first["file"], at) in seen:
                continue
            key, call = named.group(1), original[at:stop]
            if not re.search(rf"[(\s]{key}[,)\s]", call) or "\n  }\n" in original[begun:at]:
                continue
            seen.add((first["file"], at))
            text = original[:at] + f"Promise.all(String({key}).split(',').map(({key}) => {call}))" + original[stop:]
            yield first["file"], original, text, f"{way['endpoint']} to {query['model']}.{query['operation']}"
            break


# What a variable is made of that can be nothing but a number or a point in time, whatever the client sends.
RECKONED = re.compile(r"(?:new Date\(|Date\.now\(|(?:sub|add|startOf|endOf)(?:Days|Hours|Weeks|Months|Years|Day|Hour|Week|Month|Year)\(|Math\.\w+\()")


def holds_numbers(head, sql):
    """Whether all that would be put into the text is a number or a point in time: no SQL comes in by that."""
    declared = lambda name: re.findall(rf"\b{name}\??: (\w+)", head[-3000:])[-1:]
    made = lambda name: re.findall(rf"\b(?:const|let) {name} = ([^;\n]+)", head[-3000:])[-1:]

    def plain(name, depth=3):
        if declared(name) in (["number"], ["Date"]):
            return True
        value = (made(name) or [""])[0].strip()
        if not value:
            return False
        if RECKONED.match(value):
            return True
        words = re.findall(r"[A-Za-z_]\w*", value)
        sums = re.fullmatch(r"[\w\s()+\-*/]+", value)
        return bool(sums) and depth > 0 and all(plain(word, depth - 1) for word in words)

    names = re.findall(r"\$\{([^{}]*)\}", sql)
    return all(re.fullmatch(r"\w+", name) and plain(name) for name in names)


def interpolated_of(project, queries, _endpoints):
    """A value of each tagged query that endpoints reach, put into its text."""
    for query in queries:
        if query["model"] or query["test"]:
            continue
        # What runs by itself, over keys of the database's own rows, is handed nothing by anybody.
        if all(way["verdict"] == "System" for way in query["paths"]):
            continue
        original = (project / query["file"]).read_text()
        at = line_start(original, query["line"]) + query["column"] - 1
        hit = re.compile(r"\$(queryRaw|executeRaw)(<[^`(]*>)?`([^`]*)`").match(original, original.find("$", at - 1))
        if hit and "${" in hit.group(3) and "Prisma." not in hit.group(3) and not holds_numbers(original[: hit.start()], hit.group(3)):
            called = f"${hit.group(1)}Unsafe{hit.group(2) or ''}(`{hit.group(3)}`)"
            yield query["file"], original, original[: hit.start()] + called + original[hit.end() :], f"raw query of line {query['line']}"


REAL = {
    "owner key": (owner_keys_of, "isolation/"),
    "identity": (identities_of, "isolation/"),
    "check": (checks_of, "isolation/"),
    "moved check": (moved_of, "isolation/"),
    "loop": (looped_of, "query/"),
    "interpolation": (interpolated_of, "raw-sql/"),
}
