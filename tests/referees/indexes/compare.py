"""Compares the indexes that snell calls redundant, unused and missing with an expert's list.

    compare.py --program SNELL --truth FINDINGS.json REPOSITORY

See README.md for what counts.
"""

import argparse
import json
import subprocess
import sys

# Which of our words mean the same as one of the expert's.
MEANS = {
    "used": {"used", "partly"},
    "used but NULL hole": {"used"},
    "partly": {"partly", "used"},
    "unused": {"unused"},
    "ineffective": {"ineffective", "unused"},
    "redundant": {"redundant"},
}
MISSING = ("missing-index", "missing-fk-index", "index-order-mismatch")


def facts(program, kind, repository):
    output = subprocess.run([program, "facts", kind, repository], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/debug/snell")
    parser.add_argument("--truth", required=True)
    parser.add_argument("repository")
    options = parser.parse_args()

    with open(options.truth, encoding="utf-8") as file:
        truth = json.load(file)
    tables = {table["model"]: table for table in facts(options.program, "indexes", options.repository)}
    names = {
        (field["model"], field["nameInDatabase"]): field["field"]
        for field in facts(options.program, "fields", options.repository)
    }

    differ, agreed, told = [], 0, set()
    for row in truth["indexes"]:
        if row["line"] is None:
            continue
        ours = [
            index
            for index in tables.get(row["model"], {"indexes": []})["indexes"]
            if index["line"] == row["line"] and index["file"].endswith(".prisma")
        ]
        told.update((row["model"], index["name"]) for index in ours)
        words = [index["standing"] for index in ours]
        right = any(word in MEANS.get(row["status"], ()) for word in words)
        agreed += right
        if not right:
            differ.append(f"{row['model']} [{row['columns']}], line {row['line']}: {row['status']}, ours {words or 'not known'}")
    for model, table in tables.items():
        for index in table["indexes"]:
            if index["declared"] and index["kind"] != "primary key" and (model, index["name"]) not in told:
                differ.append(f"{model} {index['name']}: ours {index['standing']}, not in the list")

    found, missed, used = 0, [], set()
    for row in truth["findings"]:
        if row["kind"] not in MISSING:
            continue
        model = row["models"][0]
        proposed = tables.get(model, {"proposed": []})["proposed"]
        covered = set()
        for proposal in proposed:
            columns = {
                names.get((model, part.split('"')[1])) for part in proposal["columns"].split(", ")
            }
            if columns & set(row["fields"]):
                covered |= columns
                used.add((model, proposal["columns"]))
        if set(row["fields"]) <= covered:
            found += 1
        else:
            lacking = sorted(set(row["fields"]) - covered)
            missed.append(f"{row['severity']} {row['id']}: {model} without {', '.join(lacking)}")

    print(f"indexes agreed {agreed} of {sum(row['line'] is not None for row in truth['indexes'])}")
    print(f"missing found {found} of {found + len(missed)}")
    for title, lines in (("differs", differ), ("missed", missed)):
        for line in lines:
            print(f"  {title} {line}")
    for model, table in tables.items():
        for proposal in table["proposed"]:
            if (model, proposal["columns"]) not in used:
                print(f"  beyond the list: {proposal['sql']} ({proposal['lacks']})")
    return 1 if differ or missed else 0


if __name__ == "__main__":
    sys.exit(main())
