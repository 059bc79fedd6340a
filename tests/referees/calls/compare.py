"""Compares the client calls that snell finds with those that the TypeScript checker finds.

    compare.py OURS.jsonl TRUTH.jsonl[.gz] [--judged HAND.jsonl] [--leave-out FOLDER] [--show N]

OURS holds the lines of `snell facts calls REPOSITORY`. See README.md for what counts.
"""

import argparse
import gzip
import json
import sys
from collections import Counter

MIN_RECALL, MIN_PRECISION = 0.99, 0.995


def read(path):
    """The rows of a file of JSON Lines, packed or not."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def place(row):
    return row["file"], row["line"], row["column"]


def answer(row):
    """What has to be equal. The members of a union have no order."""
    model = row.get("model")
    return "|".join(sorted(model.split("|"))) if model else None, row["operation"]


def inside(file, roots):
    return any(file == root or file.startswith(root + "/") for root in roots)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours")
    parser.add_argument("truth")
    parser.add_argument("--judged", help="rows that were judged by hand, as in hand-judged.jsonl")
    parser.add_argument("--leave-out", action="append", default=[], help="a folder that the truth did not look into")
    parser.add_argument("--show", type=int, default=20, help="how many differences of each kind")
    options = parser.parse_args()

    meta, *truth = read(options.truth)
    roots = [root for unit in meta["units"] for root in unit["roots"]]
    judged = read(options.judged) if options.judged else []
    undecided = {place(row) for row in judged if row["repo"] == meta["repo"] and row["kind"] != "lookalike"}
    wanted = {place(row): row for row in truth if row["kind"] == "call"}
    other = {place(row): row["kind"] for row in truth if row["kind"] != "call"}
    found_rows = (row for row in read(options.ours) if inside(row["file"], roots))
    ours = {place(row): row for row in found_rows if not inside(row["file"], options.leave_out)}

    missed, wrong, extra = [], [], []
    for at, row in wanted.items():
        if at not in ours:
            missed.append(row)
        elif answer(ours[at]) != answer(row):
            wrong.append((row, ours[at]))
    for at, row in ours.items():
        if at not in wanted and at not in undecided:
            extra.append((row, other.get(at, "unlisted")))

    right = len(wanted) - len(missed) - len(wrong)
    found = right + len(wrong) + len(extra)
    recall = right / len(wanted) if wanted else 1.0
    precision = right / found if found else 1.0
    receivers = sum(1 for at, row in wanted.items() if at in ours and ours[at]["receiver"] != "".join(row["receiver"].split()))
    tests = sum(1 for at, row in wanted.items() if at in ours and ours[at]["test"] != row["test"])
    passed = recall >= MIN_RECALL and precision >= MIN_PRECISION
    print(
        f"{meta['repo']}: {len(wanted)} calls, recall {recall:.4f}, precision {precision:.4f}, "
        f"missed {len(missed)}, wrong {len(wrong)}, extra {len(extra)}, "
        f"receivers that differ {receivers}, test marks that differ {tests} {'ok' if passed else 'FAILED'}"
    )
    for row in missed[: options.show]:
        print(f"  missed {row['file']}:{row['line']}:{row['column']} {row['model']} {row['receiver']} {row['operation']}")
    for row, own in wrong[: options.show]:
        print(f"  wrong  {row['file']}:{row['line']}:{row['column']} {answer(row)} is not {answer(own)}")
    for row, kind in extra[: options.show]:
        print(f"  extra  {row['file']}:{row['line']}:{row['column']} {row['model']} {row['receiver']} {row['operation']} ({kind})")
    for key, rows in (("missed", missed), ("extra", [row for row, _ in extra])):
        folders = Counter(row["file"].rsplit("/", 1)[0] for row in rows)
        if len(rows) > options.show:
            print(f"  most {key}: {folders.most_common(5)}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
