"""What the program proves is found to hold, and what it finds broken is found broken."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

import caseward
from caseward import proofs
from caseward.stored import envelope
from conftest import PROGRAM, ROOT, Service

JUNK: tuple[Any, ...] = (None, 7, -1, "", "x", "\ud800", [], {}, True, 2**70)


@pytest.fixture(scope="module")
def vectors() -> list[dict[str, Any]]:
    command = [sys.executable, str(ROOT / "tests/clients/vectors.py"), PROGRAM]
    made: list[dict[str, Any]] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return made


def test_what_the_program_finds_of_a_proof_is_found_here(vectors: list[dict[str, Any]]) -> None:
    assert sum(one["holds"] for one in vectors) >= 9
    for one in vectors:
        try:
            proofs.verify(one["bundle"], one["keys"])
            holds = True
        except caseward.NotProved:
            holds = False
        assert holds == one["holds"], one["name"]


def test_nothing_in_a_bundle_is_believed_for_its_type(vectors: list[dict[str, Any]]) -> None:
    """Whatever stands in the place of a member, it is `NotProved` and no other error."""
    for vector in (one for one in vectors if one["holds"]):
        for path in paths(vector["bundle"]):
            for junk in JUNK:
                broken = replaced(vector["bundle"], path, junk)
                if broken == vector["bundle"] or path[:3] == ("proves", "decision", "answer"):
                    continue
                try:
                    proofs.verify(broken, vector["keys"])
                except caseward.NotProved:
                    continue
                # What is stated is told as it is stated.
                assert path[:3] == ("proves", "decision", "question"), (vector["name"], path, junk)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of every member, and of the first of every list."""
    found = [at] if at else []
    if isinstance(value, dict):
        for name, one in value.items():
            found += paths(one, (*at, name))
    if isinstance(value, list) and value:
        found += paths(value[0], (*at, 0))
    return found


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    if isinstance(value, list):
        return [replaced(one, path[1:], junk) if index == path[0] else one for index, one in enumerate(value)]
    return {name: replaced(one, path[1:], junk) if name == path[0] else one for name, one in value.items()}


def test_what_the_service_proves_holds_and_says_what_it_is_about(service: Service) -> None:
    key = subprocess.run([service.program, "--data", service.data, "key", "show"], capture_output=True, text=True, check=True).stdout
    client = caseward.Client(service.url, token=service.token)
    event = proofs.verify(client.prove_event(328), [key])
    assert isinstance(event, proofs.ProvedEvent)
    (only,) = event.events
    assert (only.position, only.actor, only.command_id, only.via) == (328, "user:elif", "demo-330", None)
    told = next(iter(client.events(after=327))).events[0]
    assert (told.time, told.stream_version) == (only.time, only.stream_version)
    decision = proofs.verify(client.prove_decision("user:mike", "read", "case:4711", as_of=168), [key])
    assert isinstance(decision, proofs.ProvedDecision)
    assert decision.question["resource"] == "case:4711"
    assert decision.streams["case:4711"] > 0
    older = client.tree_head()
    client.add_member(group="proofs", member="user:ana")
    grown = proofs.verify(client.prove_consistency(older), [key])
    assert isinstance(grown, proofs.ProvedConsistency)
    assert grown.older.size < grown.head.size
    assert proofs.tree_head(older, [key]) == grown.older
    added = proofs.verify(client.prove_event(grown.head.size), [key])
    assert isinstance(added, proofs.ProvedEvent)
    via = added.events[0].via
    assert via is not None
    assert via.startswith("token:")


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\x03",
        b"\x01\x01",
        b"\x01" + b"\xff" * 12,
        b"\x02\x05ab",
        b"\x02\x02\xff\xff",
        b"\x01\x01\x01" + b"\xff" * 9 + b"\x01" + bytes(9),
    ],
)
def test_bytes_that_are_no_event_are_told(stored: bytes) -> None:
    with pytest.raises(caseward.NotProved):
        envelope(stored)
