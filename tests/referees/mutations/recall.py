"""Recall of the rules about client arguments on seeded edits.

Applies each edit to a checked-out repository in memory (the example `mutations` of
snell-engine) and asks whether the rules find something new. What `tsc` says of each edit is
part of the input. See README.md.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

# The place in a schema edit's diagnostics that the rules look at: arguments of client calls.
IN_ARGUMENTS = "args"


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
    return [json.loads(line) for line in answer.stdout.splitlines()][1:]


def code(args, name, totals):
    rows = list(edits(args.truth / f"{name}.mutations.jsonl"))
    if args.sample:
        rows = rows[:: max(1, len(rows) // args.sample)]
    for row, answer in zip(rows, run(args.program, args.repositories / name, rows, args.rules)):
        # What a create lacks is reported where its data begins.
        near = {"drop-required": 30}.get(row["mutation"], 3)
        found = any(f["file"] == row["file"] and abs(f["line"] - row["line"]) <= near for f in answer["findings"])
        totals[row["mutation"]].append(found)
        if not found or args.verbose:
            words = [f'{f["file"]}:{f["line"]} {f["message"]}' for f in answer["findings"]]
            print("found " if found else "missed", row["id"], f'{row["file"]}:{row["line"]}', row["mutation"], row["path"],
                  row["operation"], row["from"][:40], words[:3])


def schema(args, name, totals):
    rows = [row for row in edits(args.truth / f"{name}.schema-mutations.jsonl")]
    for row, answer in zip(rows, run(args.program, args.repositories / name, rows, args.rules)):
        wanted = [d for d in row["diagnostics"] if d.get("where") == IN_ARGUMENTS]
        places = {(f["file"], f["line"]) for f in answer["findings"]}
        hits = [any(file == d["file"] and abs(line - d["line"]) <= 6 for file, line in places) for d in wanted]
        totals["schema " + row["mutation"]].extend(hits)
        # Where the compiler says nothing at all of the file, a finding is suspicious.
        blamed = {d["file"] for d in row["diagnostics"]}
        extra = [f for f in answer["findings"] if f["file"] not in blamed]
        for f in extra:
            print("unconfirmed", row["id"], row["mutation"], f'{f["file"]}:{f["line"]}', f["message"])
        for d, hit in zip(wanted, hits):
            if not hit:
                print("missed", row["id"], row["mutation"], row["from"], "->", row["to"], f'{d["file"]}:{d["line"]}', d.get("path"), d["message"][:100])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--truth", type=pathlib.Path, required=True)
    parser.add_argument("--repositories", type=pathlib.Path, required=True)
    parser.add_argument("--rules", default="consistency/*")
    parser.add_argument("--sample", type=int, help="about how many edits of each repository")
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
