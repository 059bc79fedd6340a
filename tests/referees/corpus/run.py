"""Checks the repositories of a list, and writes down what it cost and what came out. See README.md."""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SHOWN = 4


def run(command, environment, timeout):
    """Exit code, standard output, standard error, seconds and MiB of a program; the code is None after a timeout."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        deadline = started + timeout
        while True:
            done, status, usage = os.wait4(child.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > deadline:
                child.kill()
                _, _, usage = os.wait4(child.pid, 0)
                status = None
                break
            time.sleep(0.002)
        seconds = time.monotonic() - started
        child.returncode = 0
        out.seek(0)
        err.seek(0)
        code = None if status is None else os.waitstatus_to_exitcode(status)
        # Kilobytes on Linux, bytes on macOS.
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return code, out.read(), err.read(), seconds, usage.ru_maxrss / unit


class Checked:
    """One repository."""

    def __init__(self, program, repository, timeout):
        self.path = repository
        self.faults = []
        self.summary = {}
        self.rules = collections.Counter()
        command = [program, "check", "--format", "json", "--exit-zero", "--color", "never"]
        plain = {**os.environ, "SNELL_NO_CACHE": "1"}
        code, out, err, self.cold, self.memory = run([*command, repository], plain, timeout)
        self.look(code, out, err)
        alone = {**plain, "RAYON_NUM_THREADS": "1"}
        _, again, _, _, _ = run([*command, repository], alone, timeout * 2)
        if again != out:
            self.faults.append("the output depends on the number of threads")
        with tempfile.TemporaryDirectory() as cache:
            kept = {key: value for key, value in os.environ.items() if key != "SNELL_NO_CACHE"}
            cached = [*command, "--cache-dir", cache, repository]
            run(cached, kept, timeout)
            _, warm, _, self.warm, _ = run(cached, kept, timeout)
        if warm != out:
            self.faults.append("the output depends on the cache")

    def look(self, code, out, err):
        if code is None:
            self.faults.append("timeout")
        elif code not in (0, 1, 2):
            self.faults.append(f"exit code {code}")
        if b"internal error" in err:
            self.faults.append("panic")
        if code == 2 and not out:
            self.faults.append(err.decode(errors="replace").splitlines()[0])
            return
        try:
            report = json.loads(out)
        except ValueError:
            self.faults.append("no report")
            return
        self.summary = report["summary"]
        self.rules = collections.Counter(finding["rule"] for finding in report["findings"])

    def figures(self):
        return {
            "repository": os.path.basename(self.path.rstrip("/")),
            "seconds": round(self.cold, 2),
            "warmSeconds": round(self.warm, 2),
            "mebibytes": round(self.memory),
            "summary": {k: v for k, v in self.summary.items() if isinstance(v, int)},
            "rules": dict(sorted(self.rules.items())),
            "faults": self.faults,
        }


def row(figures):
    summary = collections.defaultdict(int, figures["summary"])
    owned = summary["ownedQueries"]
    unknown = f"{100 * summary['undecidedQueries'] / owned:.0f} %" if owned else "-"
    severities = "/".join(str(summary[name]) for name in ("critical", "high", "medium", "low"))
    rules = collections.Counter(figures["rules"]).most_common(SHOWN)
    most = ", ".join(f"{name} {count}" for name, count in rules)
    cells = [
        figures["repository"],
        summary["files"],
        summary["models"],
        summary["migrations"],
        summary["clientCalls"],
        summary["rawQueries"],
        unknown,
        figures["seconds"],
        figures["warmSeconds"],
        figures["mebibytes"],
        f"{severities}: {most}" if most else severities,
        "; ".join(figures["faults"]) or "none",
    ]
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


HEAD = """# Corpus

What `tests/referees/corpus/run.py` wrote, on {cores} cores. Times are those of one run on a machine that may have had other
work; docs/performance.md says how times are compared.

| repository | files | models | migrations | calls | raw | unknown | cold s | warm s | MiB | findings | faults |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/snell")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    lines = arguments.list.read_text().splitlines()
    paths = [line.split("#")[0].strip() for line in lines]
    print(HEAD.format(cores=os.cpu_count()), flush=True)
    all_figures = []
    for path in filter(None, paths):
        figures = Checked(arguments.program, path, arguments.timeout).figures()
        all_figures.append(figures)
        print(row(figures), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(all_figures, indent=1) + "\n")
    return 1 if any(figures["faults"] for figures in all_figures) else 0


if __name__ == "__main__":
    sys.exit(main())
