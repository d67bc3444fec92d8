"""The shared cases, through HTTP: each has an organization of its own, with what it says is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import caseward
from caseward.wire import instant, to_json
from conftest import SHARED, Service

CASES = [json.loads(line) for line in Path(f"{SHARED}/spec/cases.jsonl").read_text().splitlines()] if SHARED else []
if not CASES:
    pytest.skip("SKIPPED: CASEWARD_SHARED is not set: no shared cases", allow_module_level=True)


@pytest.fixture(scope="module")
def client(cases: Service) -> caseward.Client:
    return caseward.Client(cases.url, token=cases.token)


@pytest.fixture(scope="module")
def of_case(cases: Service, client: caseward.Client) -> Callable[[str], caseward.Client]:
    return lambda case: client.at(cases.organizations[case]).session()


def given_now(case: dict[str, Any]) -> bool:
    """A command that is sent is given now; what an import says of times before or after cannot be said of it."""
    return case.get("expect_code") not in ("time_goes_back", "time_ahead")


def asked(client: caseward.Client, ask: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What is expected, and the whole answer."""
    names = {{"from": "from_"}.get(name, name): one for name, one in ask.items() if name != "verb"}
    verb = ask.get("verb", "check")
    if verb == "check":
        decision = client.check(**names)
        return decision.decision, to_json(decision)
    if verb == "rights":
        held = client.rights(**names)
        return held.rights, to_json(held)
    pages: Any = getattr(client, verb)(**names)
    first = to_json(pages.first())
    if verb == "access":
        return [{name: one[name] for name in ("from", "until", "rule")} for one in to_json(pages.all())], first
    return first["subjects" if verb == "who" else "resources"], first


def done(client: caseward.Client, do: dict[str, Any]) -> caseward.forms.Accepted:
    (name, fields), sent = next(iter(do["command"].items())), {key: one for key, one in do.items() if key not in ("command", "time")}
    # The own organization of the cases is `default`.
    fields = {key: client._org if (key, one) == ("organization", "default") else one for key, one in fields.items()}
    path = client._path("commands")
    command = {"command": {name: fields}, **sent}
    return caseward.forms.Accepted.from_json(client._door.ask("POST", path, body=command))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_comes_out_as_it_is_said(of_case: Callable[[str], caseward.Client], case: dict[str, Any]) -> None:
    client = of_case(case["id"])
    if not given_now(case):
        pytest.skip("of an import alone")
    refused = "expect_code" in case
    if "do" in case:
        if refused:
            with pytest.raises(caseward.Refused) as found:
                done(client, case["do"])
            assert found.value.code == case["expect_code"]
        else:
            accepted = done(client, case["do"])
            assert len(accepted.events) == case["expect"]["events"]
            if "warnings" in case["expect"]:
                assert [one.code for one in accepted.warnings] == case["expect"]["warnings"]
    elif refused:
        with pytest.raises(caseward.Refused) as found:
            asked(client, case["ask"])
        assert found.value.code == case["expect_code"]
    if "ask" in case and "expect" in case:
        expected, answer = asked(client, case["ask"])
        wanted = case["expect"]
        if case["ask"].get("verb") == "access":
            wanted = to_json([{**one, "from": instant(one["from"]), "until": one["until"] and instant(one["until"])} for one in wanted])
        assert expected == wanted
        assert answer.get("rule") == case.get("rule", answer.get("rule"))
        for name, one in case.get("answer", {}).items():
            assert answer[name] == one
