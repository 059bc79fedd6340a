"""How long an editor waits from a keystroke to the diagnostics that follow it.

    python3 benches/keystroke.py --program target/release/snell REPO [--file PATH] [--keys 40]

Speaks to `snell lsp` as an editor does: opens a file, types at its end one character after another, and waits after
each for the diagnostics of that version. Tells the median and the slowest of the waits, and the processor's time for
one keystroke, which other programs on the machine change less.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time


class Editor:
    """The client's side of the language server protocol."""

    def __init__(self, program, root):
        self.server = subprocess.Popen(
            [program, "lsp"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.ids = 0

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def receive(self):
        length = None
        while True:
            line = self.server.stdout.readline()
            if not line:
                sys.exit("the server is gone")
            line = line.strip()
            if not line:
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message = json.loads(self.server.stdout.read(length))
        if "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        return message

    def ask(self, method, params):
        self.ids += 1
        self.send({"id": self.ids, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.ids and "method" not in message:
                return message["result"]

    def diagnostics(self, uri, version):
        """Waits for those of this version; returns how many there are."""
        while True:
            message = self.receive()
            params = message.get("params") or {}
            if (
                message.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == uri
                and params.get("version") == version
            ):
                return len(params["diagnostics"])

    def processor(self):
        """Seconds of the processor that the server has used."""
        fields = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def largest_service(root):
    """A file as people edit: the largest service of the repository."""
    found = [
        path
        for path in root.rglob("*.service.ts")
        if "node_modules" not in path.parts
    ]
    if not found:
        sys.exit(f"{root}: no *.service.ts; name a file with --file")
    return max(found, key=lambda path: (path.stat().st_size, str(path)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--file", type=pathlib.Path)
    parser.add_argument("--keys", type=int, default=40)
    options = parser.parse_args()
    root = options.root.resolve()
    path = (root / options.file) if options.file else largest_service(root)
    text = path.read_text()
    uri = path.as_uri()
    editor = Editor(str(pathlib.Path(options.program).resolve()), root)
    editor.ask(
        "initialize",
        {
            "processId": None,
            "rootUri": root.as_uri(),
            "capabilities": {
                "textDocument": {"publishDiagnostics": {"versionSupport": True}},
                "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}},
            },
        },
    )
    editor.tell("initialized", {})
    began = time.perf_counter()
    editor.tell(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "typescript", "version": 1, "text": text}},
    )
    found = editor.diagnostics(uri, 1)
    print(f"{path.relative_to(root)}: {len(text.splitlines())} lines, {found} diagnostics")
    print(f"first diagnostics after {1000 * (time.perf_counter() - began):.0f} ms")
    line = text.count("\n")
    waits, used = [], editor.processor()
    for key in range(options.keys):
        # A comment grows, as while somebody types: the file stays whole.
        typed = "\n// " if key == 0 else "a"
        at = {"line": line, "character": len(text.split("\n")[line])}
        text += typed
        line = text.count("\n")
        began = time.perf_counter()
        editor.tell(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": key + 2},
                "contentChanges": [{"range": {"start": at, "end": at}, "text": typed}],
            },
        )
        editor.diagnostics(uri, key + 2)
        waits.append(1000 * (time.perf_counter() - began))
    used = 1000 * (editor.processor() - used) / options.keys
    print(
        f"{options.keys} keystrokes: median {statistics.median(waits):.0f} ms, "
        f"slowest {max(waits):.0f} ms, processor {used:.0f} ms each"
    )
    editor.ask("shutdown", None)
    editor.tell("exit", None)
    sys.exit(editor.server.wait())


if __name__ == "__main__":
    main()
