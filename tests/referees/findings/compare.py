"""Compares what snell finds and understands with an audit by hand.

    compare.py --program SNELL --truth FINDINGS.json REPOSITORY

See README.md for what counts.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter

from kinds import OWNERSHIP, RULES

# Areas of the audit that are read together: what each is about.
GROUPS = {
    "isolation and queries": ("4", "5.6", "5.8"),
    "contracts": ("5.1", "5.2", "5.3", "5.4", "5.5", "2.3"),
    "database": ("1", "2", "3", "5.7", "6", "7", "8", "9", "10"),
}
ENDPOINT_RULES = OWNERSHIP + ["isolation/nested-connect-unverified", "isolation/unguarded-endpoint", "isolation/admin-endpoint-unguarded"]
# What each owner scope of the audit allows as a verdict, on every way.
SCOPES = {
    "owner_direct": {"Scoped"},
    "self": {"Scoped"},
    "owner_prior_check": {"CheckedBefore"},
    "owner_post_check": {"CheckedAfter"},
    "owner_by_caller": {"Scoped", "ScopedByParent", "CheckedBefore", "CheckedAfter"},
    "admin": {"Admin"},
    "system": {"System"},
    "dead": {"Unreached"},
    "global": {"NotOwned"},
    "none": {"NotOwned"},
}
SEVERE = ("medium", "high", "critical")


def run(program, *arguments):
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=False).stdout


def inside(place, locations):
    return any(
        place["file"] == at["file"] and at["line"] <= place["line"] <= at["end_line"] for at in locations
    )


def group_of(area):
    """The group whose prefix of the area is the longest."""
    fits = [(len(prefix), group) for group, areas in GROUPS.items() for prefix in areas if (area + ".").startswith(prefix + ".")]
    return max(fits)[1]


def findings(truth, ours, known):
    """Findings of the audit that can be decided statically: which are found."""
    tally, missed = Counter(), []
    for row in truth["findings"]:
        if row["static_decidable"] != "yes":
            continue
        group, severity = group_of(row["area"]), row["severity"]
        rules = [rule for rule in RULES.get(row["kind"], []) if rule in known]
        found = any(
            finding["rule"] in rules and any(inside(at, row["locations"]) for at in finding["locations"])
            for finding in ours
        )
        tally[group, severity, "found" if found else "missed" if rules else "without a rule"] += 1
        if not found:
            missed.append(f"{severity} {row['id']} ({row['area']} {row['kind']}){'' if rules else ': no rule'}")
    return tally, missed


def negatives(truth, ours):
    """Entries that look like defects and are none: which are spoken of."""
    wrong = []
    for row in truth["negatives"]:
        rules = RULES.get(row["would_be_kind"], [])
        for finding in ours:
            if finding["rule"] in rules and finding["severity"] in SEVERE and inside(finding["locations"][0], row["locations"]):
                wrong.append(f"{row['id']}: {finding['rule']} {finding['message']}")
    return wrong


def loops(truth, ours):
    rules = ["query/n-plus-one", "query/loop-write"]
    wrong = []
    for row in truth["loops"]:
        at = [{"file": row["file"], "line": row["line"], "end_line": row["end_line"]}]
        speaks = [f for f in ours if f["rule"] in rules and any(inside(place, at) for place in f["locations"])]
        if row["is_n_plus_1"] and row["severity"] in ("Critical", "High", "Medium") and not speaks:
            wrong.append(f"{row['file']}:{row['line']} is not found")
        if not row["is_n_plus_1"] and speaks:
            wrong.append(f"{row['file']}:{row['line']} is none: {speaks[0]['message']}")
    return wrong


def calls(truth, queries):
    by_place = {}
    for query in queries:
        by_place.setdefault(query["file"], []).append(query)
    agreed, wrong = 0, []
    for row in truth["calls"]:
        if row["operation"] == "$transaction":
            continue
        candidates = [
            query
            for query in by_place.get(row["file"], [])
            if row["line"] <= query["line"] <= row["end_line"] and query["operation"] == row["operation"]
        ]
        verdicts = {way["verdict"] for query in candidates for way in query["paths"]} or {
            query["verdict"] for query in candidates
        }
        # Administrators come to what users have, too: what counts is how users come there.
        of_users = verdicts - {"Admin"} or verdicts
        if row["owner_scope"] == "owner_mixed":
            right = len(verdicts) > 1
        elif row["owner_scope"] == "none" and row["defect"]:
            right = bool(verdicts & {"ClientKeyOnly", "OwnerFromClient", "Unfiltered"})
        elif row["owner_scope"] != "admin":
            right = bool(of_users) and of_users <= SCOPES[row["owner_scope"]]
        else:
            right = bool(verdicts) and verdicts <= SCOPES[row["owner_scope"]]
        agreed += right
        if not right:
            wrong.append(f"{row['id']} {row['file'].rsplit('/', 1)[-1]}:{row['line']} {row['model']}.{row['operation']}: {row['owner_scope']}, ours {sorted(verdicts)}")
    return agreed, wrong


def endpoints(truth, ours, known_endpoints):
    agreed, wrong = 0, []
    places = {(row["file"], row["line"]) for row in known_endpoints}
    for row in truth["endpoints"]:
        at = [{"file": row["file"], "line": row["line"], "end_line": row["end_line"]}]
        speaks = [
            finding
            for finding in ours
            if finding["rule"] in ENDPOINT_RULES and finding["severity"] in SEVERE
            and any(inside(place, at) for place in finding["locations"])
        ]
        safe = row["verdict"].endswith("ok")
        known = any(file == row["file"] and row["line"] <= line <= row["handler_line"] for file, line in places)
        right = known and safe != bool(speaks)
        agreed += right
        if not right:
            why = "not known" if not known else speaks[0]["message"] if speaks else "nothing found"
            wrong.append(f"{row['id']} {row['verb']} {row['path']}: {row['verdict']}, {why}")
    return agreed, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/debug/snell")
    parser.add_argument("--truth", required=True)
    parser.add_argument("repository")
    options = parser.parse_args()

    with open(options.truth, encoding="utf-8") as file:
        truth = json.load(file)
    checked = lambda *more: json.loads(run(options.program, "check", "--format", "json", "--exit-zero", *more, options.repository))["findings"]
    lines = lambda kind: [json.loads(line) for line in run(options.program, "facts", kind, options.repository).splitlines()]
    known = set(run(options.program, "rules").split())
    ours = checked()
    # An audit tells what a check keeps to itself: mild findings, and migrations that have run.
    audited = checked("--preset", "all", "--min-severity", "info", "--all-migrations")

    tally, missed = findings(truth, audited, known)
    for group in GROUPS:
        for severity in ("Critical", "High", "Medium", "Low"):
            counts = {what: count for (of, at, what), count in tally.items() if (of, at) == (group, severity)}
            if counts:
                print(f"{group:22} {severity:8} {counts.get('found', 0)} of {sum(counts.values())}")
    spoken = negatives(truth, ours)
    # A write in a loop that no single call replaces is mild: a check tells it when mild findings are asked for.
    loop_faults = loops(truth, checked("--min-severity", "low"))
    agreed_calls, wrong_calls = calls(truth, lines("queries"))
    agreed_endpoints, wrong_endpoints = endpoints(truth, ours, lines("endpoints"))
    print(f"negatives {len(truth['negatives'])}, spoken of {len(spoken)}")
    print(f"loops {len(truth['loops'])}, wrong {len(loop_faults)}")
    print(f"calls agreed {agreed_calls} of {agreed_calls + len(wrong_calls)}")
    print(f"endpoints agreed {agreed_endpoints} of {len(truth['endpoints'])}")
    for title, rows in (("missed", missed), ("negative", spoken), ("loop", loop_faults), ("call", wrong_calls), ("endpoint", wrong_endpoints)):
        for row in rows:
            print(f"  {title} {row}")
    severe = [row for row in missed if row.startswith(("Critical", "High"))]
    return 1 if severe or spoken or loop_faults or wrong_endpoints else 0


if __name__ == "__main__":
    sys.exit(main())
