"""Recall of the rules about client arguments on seeded edits.

Applies each edit to a checked-out repository in memory (the example `mutations` of
snell-engine) and asks whether the rules find something new. What `tsc` says of each edit is
part of the input. See README.md.
"""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys

# The place in a schema edit's diagnostics that the rules look at: arguments of client calls.
IN_ARGUMENTS = "args"

# The rules that say of arguments what the compiler says.
OF_ARGUMENTS = {
    f"consistency/{name}"
    for name in ("unknown-model", "unknown-field", "type-mismatch", "missing-required-field", "enum-value-unknown")
}


def edits(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["kind"] != "meta":
                yield row


def byte_offset(text, utf16):
    """The offset in UTF-8 of an offset in UTF-16 units."""
    return len(text.encode("utf-16-le")[: utf16 * 2].decode("utf-16-le").encode("utf-8"))


def run(program, root, rows, rules):
    requests = []
    texts = {}
    for row in rows:
        file = row["file"]
        if file not in texts:
            texts[file] = (root / file).read_bytes().decode("utf-8")
        start, end = (byte_offset(texts[file], row[key]) for key in ("pos", "end"))
        requests.append({"id": row["id"], "file": file, "start": start, "end": end, "text": row["to"]})
    answer = subprocess.run(
        [program, str(root), rules],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=True,
    )
    first, *others = [json.loads(line) for line in answer.stdout.splitlines()]
    return first["findings"], others


def lines_of(text, start, end):
    """The lines that an edit touches, from 1."""
    units = text.encode("utf-16-le")
    first = units[: start * 2].decode("utf-16-le").count("\n") + 1
    within = units[start * 2 : end * 2].decode("utf-16-le").count("\n")
    return range(first, first + within + 1)


def is_on(finding, lines):
    """Whether a label of a finding stands on one of some lines."""
    return any((file, line) in lines for file, line in map(tuple, finding["places"]))


def code(args, name, totals):
    root = args.repositories / name
    rows = [row for row in edits(args.truth / f"{name}.mutations.jsonl") if row["detected"] and row["inArgs"]]
    if args.sample:
        rows = random.Random(args.seed).sample(rows, min(args.sample, len(rows)))
    base, answers = run(args.program, root, rows, args.rules)
    untouched(name, base, totals)
    for row, answer in zip(rows, answers):
        text = (root / row["file"]).read_bytes().decode("utf-8")
        lines = {(row["file"], line) for line in lines_of(text, row["pos"], row["end"])}
        lines |= {(row["file"], diagnostic["line"]) for diagnostic in row["diagnostics"]}
        found = any(is_on(finding, lines) for finding in answer["findings"])
        totals[f"code {name}"].append(found)
        totals["code, by kind: " + row["mutation"]].append(found)
        if not found or args.verbose:
            words = [f'{f["file"]}:{f["line"]} {f["message"]}' for f in answer["findings"]]
            print("found " if found else "missed", row["id"], f'{row["file"]}:{row["line"]}', row["mutation"], row["path"],
                  row["operation"], row["from"][:40], words[:3])


def schema(args, name, totals):
    rows = list(edits(args.truth / f"{name}.schema-mutations.jsonl"))
    base, answers = run(args.program, args.repositories / name, rows, args.rules)
    for row, answer in zip(rows, answers):
        wanted = [d for d in row["diagnostics"] if d.get("where") == IN_ARGUMENTS]
        hits = []
        for diagnostic in wanted:
            place = {(diagnostic["file"], diagnostic["line"])}
            hit = any(is_on(finding, place) for finding in answer["findings"])
            hits.append(hit)
            if not hit:
                print("missed", row["id"], row["mutation"], row["from"], "->", row["to"],
                      f'{diagnostic["file"]}:{diagnostic["line"]}', diagnostic.get("path"), diagnostic["message"][:100])
        if wanted:
            totals[f"schema {name}"].append(any(hits))
            totals[f"schema, each diagnostic: {name}"].extend(hits)
        # Where the compiler says nothing at all of the file, a finding is suspicious.
        blamed = {diagnostic["file"] for diagnostic in row["diagnostics"]}
        for finding in answer["findings"]:
            if finding["rule"] in OF_ARGUMENTS and finding["file"] not in blamed:
                print("unconfirmed", row["id"], row["mutation"], f'{finding["file"]}:{finding["line"]}', finding["message"])


def untouched(name, base, totals):
    """What the rules about arguments say of code that the compiler accepts."""
    for finding in base:
        if finding["rule"] in OF_ARGUMENTS:
            print("untouched", name, finding["rule"], f'{finding["file"]}:{finding["line"]}', finding["message"])
            totals["untouched: findings in arguments (to be read)"].append(True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--truth", type=pathlib.Path, required=True)
    parser.add_argument("--repositories", type=pathlib.Path, required=True)
    parser.add_argument("--rules", default="consistency/*")
    parser.add_argument("--sample", type=int, help="how many edits of the code of each repository")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--kind", choices=["code", "schema", "both"], default="both")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("names", nargs="+")
    args = parser.parse_args()
    totals = collections.defaultdict(list)
    for name in args.names:
        if args.kind != "schema":
            code(args, name, totals)
        if args.kind != "code":
            schema(args, name, totals)
    for kind, hits in sorted(totals.items()):
        if hits:
            print(f"{kind:32} {sum(hits):4} of {len(hits):4}  {100 * sum(hits) / len(hits):5.1f} %")


if __name__ == "__main__":
    sys.exit(main())
