"""Starts a service for the tests of a client: a store on disk with the history of the demo, and a token that may everything.

    serve.py PROGRAM [CASES.jsonl]

Prints one line of JSON (`url`, `token`, `socket`, `data`, `program`; with cases their organizations) once it answers, and ends
with its standard input. With a file of cases each case has an organization of its own, with what it says is `given`.
Takes nothing but Python.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ["check", "audit", "produce", "directory", "operate", "admin"]


def post(url: str, body: dict, token: str | None = None) -> dict:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def run(program: str, data: Path, *arguments: str, stdin: str | None = None) -> None:
    done = subprocess.run([program, "--data", str(data), *arguments], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"caseward {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")


def prepare(program: str, data: Path, cases: list[dict]) -> dict[str, str]:
    """The organization of each case."""
    run(program, data, "import", str(ROOT / "replay-fixtures/demo/commands.jsonl"))
    organizations = {case["id"]: "case-" + re.sub("[^a-z0-9]", "-", case["id"].lower()) for case in cases}
    if not cases:
        return organizations
    # The process that has the store runs the others, so that it is opened once.
    with subprocess.Popen([program, "--data", str(data), "apply", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as holder:
        for case in cases:
            run(program, data, "org", "create", organizations[case["id"]])
            given = "".join(json.dumps(one) + "\n" for one in case["given"])
            run(program, data, "--org", organizations[case["id"]], "import", "-", stdin=given)
        holder.stdin.close()
    return organizations


def main(program: str, cases_file: str | None) -> None:
    work = Path(tempfile.mkdtemp(prefix="cw-"))
    cases = [json.loads(line) for line in Path(cases_file).read_text().splitlines()] if cases_file else []
    data = work / "data"
    served = None
    try:
        organizations = prepare(program, data, cases)
        (work / "backups").mkdir()
        command = [program, "--data", str(data), "serve", "--listen", "127.0.0.1:0", "--backup-directory", str(work / "backups")]
        command += ["--public-url", "https://caseward.example"]
        served = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in served.stderr:
            if found := re.search(r"at (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            raise SystemExit("the service did not start")
        url = found[1]
        allowed = {"name": "tests", "organizations": ["*"], "parts": PARTS, "may_name": ["user:*", "system:*"]}
        token = post(f"{url}/v1/tokens", allowed)["token"]
        told = {"url": url, "token": token, "socket": str(data / "SOCKET"), "data": str(data), "program": program, "organizations": organizations}
        print(json.dumps(told), flush=True)
        sys.stdin.read()
    finally:
        if served is not None:
            served.terminate()
            served.wait(30)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
