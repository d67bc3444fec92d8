"""Nothing of the interface lacks its method, argument or type, and what is generated does not lag."""

from __future__ import annotations

import dataclasses
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import caseward
from caseward import forms
from caseward.sending import Sending
from caseward.wire import Wired, to_json
from conftest import ROOT
from test_scenarios import DESCRIPTION, NOT_OURS

PACKAGE = Path(__file__).resolve().parent.parent

#: The method of each operation; commands have one each.
METHODS = {
    "GET /.well-known/authzen-configuration/orgs/{org}": "metadata",
    "GET /readyz": "ready",
    "GET /v1/backups": "backups",
    "POST /v1/backups": "back_up",
    "DELETE /v1/backups/{run}": "cancel_backup",
    "GET /v1/backups/{run}": "backing_up",
    "GET /v1/orgs": "orgs",
    "POST /v1/orgs": "create_org",
    "GET /v1/orgs/{org}/access": "access",
    "POST /v1/orgs/{org}/access/v1/evaluation": "evaluate",
    "POST /v1/orgs/{org}/access/v1/evaluations": "evaluations",
    "POST /v1/orgs/{org}/access/v1/search/action": "search",
    "POST /v1/orgs/{org}/access/v1/search/resource": "search",
    "POST /v1/orgs/{org}/access/v1/search/subject": "search",
    "GET /v1/orgs/{org}/changes": "changes",
    "POST /v1/orgs/{org}/check": "check",
    "POST /v1/orgs/{org}/checks": "checks",
    "POST /v1/orgs/{org}/commands": "submit",
    "GET /v1/orgs/{org}/diff": "diff",
    "GET /v1/orgs/{org}/events": "events",
    "GET /v1/orgs/{org}/explain": "explain",
    "DELETE /v1/orgs/{org}/generations": "drop_generations",
    "GET /v1/orgs/{org}/history": "history",
    "POST /v1/orgs/{org}/names": "names",
    "GET /v1/orgs/{org}/proofs/consistency": "prove_consistency",
    "GET /v1/orgs/{org}/proofs/decision": "prove_decision",
    "GET /v1/orgs/{org}/proofs/{position}": "prove_event",
    "GET /v1/orgs/{org}/reads": "reads",
    "DELETE /v1/orgs/{org}/rebuilds": "drop_rebuilds",
    "GET /v1/orgs/{org}/rebuilds": "rebuilds",
    "POST /v1/orgs/{org}/rebuilds": "rebuild",
    "DELETE /v1/orgs/{org}/rebuilds/{run}": "cancel_rebuild",
    "GET /v1/orgs/{org}/rebuilds/{run}": "rebuilding",
    "POST /v1/orgs/{org}/rebuilds/{run}/{step}": "steer_rebuild",
    "GET /v1/orgs/{org}/matrix": "matrix",
    "GET /v1/orgs/{org}/policy": "policy",
    "GET /v1/orgs/{org}/report": "report",
    "GET /v1/orgs/{org}/rights": "rights",
    "GET /v1/orgs/{org}/stranded": "stranded",
    "GET /v1/orgs/{org}/vocabulary": "vocabulary",
    "GET /v1/orgs/{org}/status": "status",
    "GET /v1/orgs/{org}/timeline": "timeline",
    "GET /v1/orgs/{org}/tree-head": "tree_head",
    "GET /v1/orgs/{org}/what": "what",
    "GET /v1/orgs/{org}/who": "who",
    "GET /v1/tokens": "tokens",
    "POST /v1/tokens": "issue_token",
    "DELETE /v1/tokens/{token}": "withdraw_token",
    "GET /v1/verification": "verifications",
    "POST /v1/verification": "verify",
    "DELETE /v1/verification/{run}": "cancel_verification",
    "GET /v1/verification/{run}": "verifying",
}

#: Parameters that are said otherwise: `org` by the client, `after` by pages and feeds, the purpose by `because`, the head by
#: `Last-Event-ID`, and the id of a command by `id`.
ELSEWHERE = {"org", "Last-Event-ID", "X-Purpose", "X-Request-ID", "Idempotency-Key"}
ARGUMENTS = {"from": "from_", "query": "matching"}


def operations() -> dict[str, Any]:
    return {f"{method.upper()} {path}": one for path, methods in DESCRIPTION["paths"].items() for method, one in methods.items()}


def resolved(form: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in form:
        return form
    kind, name = form["$ref"].split("/")[-2:]
    found: dict[str, Any] = DESCRIPTION["components"][kind][name]
    return found


def test_every_operation_has_a_method() -> None:
    assert set(METHODS) | NOT_OURS == set(operations())
    for name in METHODS.values():
        for kind in (caseward.Client, caseward.AsyncClient):
            assert callable(getattr(kind, name))


@pytest.mark.parametrize("name", METHODS)
def test_every_parameter_and_member_of_a_body_has_an_argument(name: str) -> None:
    method = METHODS[name]
    taken = set(inspect.signature(getattr(caseward.Client, method)).parameters)
    if method == "who":
        taken |= set(inspect.signature(caseward.Client.who_between).parameters)
    wanted = {resolved(one)["name"] for one in operations()[name].get("parameters", [])} - ELSEWHERE
    pages = {"who", "what", "access", "timeline", "diff", "history", "stranded"}
    wanted -= {"after"} if method in pages else set()
    older = {"from": "older"} if method == "prove_consistency" else {}
    assert {older.get(one) or ARGUMENTS.get(one, one) for one in wanted} <= taken
    if name in ("POST /v1/tokens", "POST /v1/orgs", "POST /v1/backups", "POST /v1/orgs/{org}/rebuilds", "POST /v1/orgs/{org}/names"):
        body = resolved(operations()[name]["requestBody"]["content"]["application/json"]["schema"])
        assert set(body["properties"]) <= taken


def test_every_command_has_a_class_and_a_method_with_all_its_fields() -> None:
    commands = DESCRIPTION["components"]["schemas"]["Command"]["properties"]
    classes = {one.NAME: one for one in get_args(caseward.commands.Command)}
    assert set(classes) == set(commands)
    for name, form in commands.items():
        fields = set(resolved(form)["properties"])
        kind = classes[name]
        assert {kind._wire.get(one.name, one.name) for one in dataclasses.fields(kind)} == fields
        taken = set(inspect.signature(getattr(caseward.Client, name)).parameters) - {"self", "sent"}
        assert {kind._wire.get(one, one) for one in taken} == fields


def test_what_goes_with_a_command_is_all_there_is() -> None:
    members = set(DESCRIPTION["components"]["schemas"]["Submission"]["properties"])
    # `time` is for imports, `dry_run` an option of the call.
    assert set(Sending.__annotations__) == members - {"command", "time"} | {"dry_run"}
    assert {one.name for one in dataclasses.fields(caseward.Submission)} == members - {"time"}
    question = DESCRIPTION["components"]["schemas"]["Question"]["properties"]
    assert {one.name for one in dataclasses.fields(caseward.Question)} == set(question) - {"id", "expect", "rule"}


def test_what_is_generated_does_not_lag() -> None:
    done = subprocess.run([sys.executable, "tools/generate.py", "--check"], cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


EXAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "tests/goldens/vocabulary").glob("*.json"))}


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_null(one) for name, one in value.items() if one is not None}
    return [without_null(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("stem", EXAMPLES)
def test_what_the_program_writes_is_read_and_written_alike(stem: str) -> None:
    name = "".join(word[:1].upper() + word[1:] for word in stem.split("_"))
    kind = getattr(forms, {"Warning": "CommandWarning"}.get(name, name), None)
    if not (isinstance(kind, type) and issubclass(kind, Wired)):
        pytest.skip("a word, or printed by the command line alone")
    for example in EXAMPLES[stem]:
        assert without_null(to_json(kind.from_json(example))) == without_null(example)
