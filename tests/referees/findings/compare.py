"""Compares what snell finds and understands with an audit by hand.

    compare.py --program SNELL --truth FINDINGS.json REPOSITORY

See README.md for what counts.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter

OWNERSHIP = [
    "isolation/missing-owner-filter",
    "isolation/unverified-owner",
    "isolation/ownership-check-after-use",
    "isolation/client-supplied-owner-id",
    "isolation/or-bypasses-owner",
    "isolation/undefined-filter",
    "isolation/raw-sql-missing-owner-filter",
]
# Which rules can mean a kind of the audit.
RULES = {
    "idor-read": OWNERSHIP,
    "idor-write": OWNERSHIP,
    "missing-owner-filter": OWNERSHIP,
    "fk-ref-unverified": ["isolation/nested-connect-unverified"],
    "missing-auth": ["isolation/unguarded-endpoint", "isolation/admin-endpoint-unguarded"],
    "auth-fail-open": ["security/guard-fails-open"],
    "webhook-unverified": ["security/webhook-unverified"],
    "error-leak": ["security/error-leak"],
    "config-missing": ["security/env-undeclared"],
    "sql-injection": ["raw-sql/unparameterized", "raw-sql/prisma-raw"],
    "n+1": ["query/n-plus-one", "query/loop-write"],
    "query-in-loop": ["query/n-plus-one", "query/loop-write"],
    "load-all-find-one": ["query/load-all-find-one"],
    "unbounded-read": ["query/unbounded-find-many", "query/load-all-find-one"],
    "missing-pagination": ["query/unbounded-find-many"],
    "overfetch": ["query/overfetch"],
    "noop-select": ["query/overfetch"],
    "missing-transaction": ["query/missing-transaction"],
    "long-transaction": ["query/external-io-in-transaction"],
    "check-then-act": ["query/find-then-write", "query/counter-race"],
    "wrong-where-scope": ["query/partial-key-delete"],
    "mass-delete": ["query/delete-many-without-where"],
    "error-swallow": ["query/swallowed-error"],
    "connection-pool": ["query/pool-config"],
}
AREAS = ("4", "5.6", "5.8")
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


def findings(truth, ours, known):
    """Findings of the audit whose rule exists: which are missed."""
    tally, missed = Counter(), []
    for row in truth["findings"]:
        rules = [rule for rule in RULES.get(row["kind"], []) if rule in known]
        wanted = row["area"].startswith(AREAS) and row["static_decidable"] == "yes"
        if not wanted or row["severity"] == "Low":
            continue
        if not rules:
            tally[row["severity"], "no rule yet"] += 1
            continue
        found = any(
            finding["rule"] in rules and any(inside(at, row["locations"]) for at in finding["locations"])
            for finding in ours
        )
        tally[row["severity"], "found" if found else "missed"] += 1
        if not found:
            missed.append(f"{row['severity']} {row['id']} ({row['kind']})")
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
    report = json.loads(run(options.program, "check", "--format", "json", "--exit-zero", options.repository))
    lines = lambda kind: [json.loads(line) for line in run(options.program, "facts", kind, options.repository).splitlines()]
    known = set(run(options.program, "rules").split())
    ours = report["findings"]

    tally, missed = findings(truth, ours, known)
    for (severity, what), count in sorted(tally.items()):
        print(f"findings {severity:8} {what:12} {count}")
    spoken = negatives(truth, ours)
    loop_faults = loops(truth, ours)
    agreed_calls, wrong_calls = calls(truth, lines("queries"))
    agreed_endpoints, wrong_endpoints = endpoints(truth, ours, lines("endpoints"))
    print(f"negatives {len(truth['negatives'])}, spoken of {len(spoken)}")
    print(f"loops {len(truth['loops'])}, wrong {len(loop_faults)}")
    print(f"calls agreed {agreed_calls} of {agreed_calls + len(wrong_calls)}")
    print(f"endpoints agreed {agreed_endpoints} of {len(truth['endpoints'])}")
    for title, rows in (("missed", missed), ("negative", spoken), ("loop", loop_faults), ("call", wrong_calls), ("endpoint", wrong_endpoints)):
        for row in rows:
            print(f"  {title} {row}")
    severe = [row for row in missed if not row.startswith("Medium")]
    return 1 if severe or spoken or loop_faults or wrong_endpoints else 0


if __name__ == "__main__":
    sys.exit(main())
