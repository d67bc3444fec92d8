"""Proofs that the program makes, and what it says of them and of broken ones: what every client must say too.

    vectors.py PROGRAM

Prints JSON: a list of `name`, `bundle`, `keys`, `holds`. Takes nothing but Python.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
Bundle = dict[str, Any]
QUESTIONS = [("user:mike", "read", "case:4711", "168"), ("user:elif", "write", "case:4724", "328"), ("user:nobody", "read", "case:none", "20")]


def ask(program: str, *arguments: str) -> str:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


def flipped(text: str, at: int = 5) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def changed(change: Callable[[Bundle], Any]) -> Callable[[Bundle], Bundle]:
    def made(bundle: Bundle) -> Bundle:
        other = copy.deepcopy(bundle)
        change(other)
        return other

    return made


def log_of(bundle: Bundle) -> Bundle:
    proves = bundle["proves"]
    return proves["event"] if "event" in proves else proves["decision"]["log"]


def put(where: Any, key: Any, value: Any) -> None:
    where[key] = value


ALL = {
    "another form": changed(lambda b: put(b, "caseward_proof", 2)),
    "something unknown beside it": changed(lambda b: put(b, "more", 1)),
    "another size in the tree head": changed(lambda b: put(b, "tree_head", b["tree_head"].replace("\n328\n", "\n329\n"))),
    "another signature": changed(lambda b: put(b, "tree_head", b["tree_head"][:-12] + flipped(b["tree_head"][-12:], 3))),
    "no signature": changed(lambda b: put(b, "tree_head", b["tree_head"].split("\n\n")[0] + "\n\n")),
    "another name of the signer": changed(lambda b: put(b, "tree_head", b["tree_head"].replace("— caseward", "— kaseward"))),
    "nothing that is proved": changed(lambda b: put(b, "proves", {})),
}
OF_EVENTS = {
    "another byte of an event": changed(lambda b: put(log_of(b)["events"][0], "bytes", flipped(log_of(b)["events"][0]["bytes"], 30))),
    "another position": changed(lambda b: put(log_of(b)["events"][0], "position", log_of(b)["events"][0]["position"] + 1)),
    "a hash less": changed(lambda b: log_of(b)["nodes"].pop()),
    "a hash more": changed(lambda b: log_of(b)["nodes"].append(log_of(b)["nodes"][0])),
    "hashes in another order": changed(lambda b: log_of(b)["nodes"].reverse()),
    "a hash that is none": changed(lambda b: put(log_of(b)["nodes"], 0, "AAAA")),
    "no base64": changed(lambda b: put(log_of(b)["events"][0], "bytes", "?")),
    "an event that ends too soon": changed(lambda b: put(log_of(b)["events"][0], "bytes", log_of(b)["events"][0]["bytes"][:4])),
}
OF_DECISIONS = {
    "another count of a stream": changed(lambda b: put(b["proves"]["decision"]["streams"][0], "version", 999)),
    "another place of a stream": changed(lambda b: put(b["proves"]["decision"]["streams"][0], "index", 999)),
    "no streams": changed(lambda b: put(b["proves"]["decision"], "streams", [])),
    "a hash of the streams less": changed(lambda b: b["proves"]["decision"]["stream_nodes"].pop()),
    "a position above the head": changed(lambda b: put(b["proves"]["decision"]["question"], "position", 329)),
}
OF_CONSISTENCY = {
    "one of the kept less": changed(lambda b: b["proves"]["consistency"]["kept"].pop()),
    "another of the kept": changed(lambda b: put(b["proves"]["consistency"]["kept"], 0, flipped(b["proves"]["consistency"]["kept"][0]))),
    "another hash": changed(lambda b: put(b["proves"]["consistency"]["nodes"], 0, flipped(b["proves"]["consistency"]["nodes"][0]))),
    "the newer as the older": changed(lambda b: put(b["proves"]["consistency"], "older", b["tree_head"])),
}


def bundles(program: str, work: Path) -> Iterator[tuple[str, Bundle, str]]:
    """Those that hold, with the key."""
    data, lines = str(work / "data"), (ROOT / "replay-fixtures/demo/commands.jsonl").read_text().splitlines(keepends=True)
    for name, part in (("first", lines[:150]), ("second", lines)):
        (work / name).write_text("".join(part))
    ask(program, "--data", data, "import", str(work / "first"))
    (work / "older.note").write_text(ask(program, "--data", data, "tree-head"))
    ask(program, "--data", data, "import", str(work / "second"))
    key = ask(program, "--data", data, "key", "show").strip()
    for position in ("1", "2", "200", "257", "328"):
        yield f"event {position}", json.loads(ask(program, "--data", data, "prove", position)), key
    for subject, action, resource, position in QUESTIONS:
        made = ask(program, "--data", data, "--as-of", position, "prove", "--decision", subject, action, resource)
        yield f"{subject} {action} {resource} as of {position}", json.loads(made), key
    yield "consistency", json.loads(ask(program, "--data", data, "prove", "--consistency", str(work / "older.note"))), key


def vectors(program: str) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="cw-") as folder:
        work = Path(folder)

        def judged(name: str, bundle: Bundle, key: str) -> dict[str, Any]:
            (work / "bundle.json").write_text(json.dumps(bundle))
            checked = [program, "verify-proof", str(work / "bundle.json"), "--key", key]
            holds = subprocess.run(checked, capture_output=True, check=False).returncode == 0
            return {"name": name, "bundle": bundle, "keys": [key], "holds": holds}

        for name, bundle, key in bundles(program, work):
            yield judged(name, bundle, key)
            broken = ALL | (OF_CONSISTENCY if name == "consistency" else OF_EVENTS)
            broken |= OF_DECISIONS if "decision" in bundle["proves"] else {}
            for what, change in broken.items():
                yield judged(f"{name}: {what}", change(bundle), key)
        name_, _, rest = key.partition("+")
        for other in (f"other/{name_}+{rest}", f"{name_}+00000000+{rest.split('+', 1)[1]}", key[:-3], "no key"):
            yield judged(f"the key {other}", bundle, other)


if __name__ == "__main__":
    json.dump(list(vectors(sys.argv[1])), sys.stdout)
