"""A real service for all tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = os.environ.get("CASEWARD_PROGRAM", str(ROOT / "target/debug/caseward"))
SHARED = os.environ.get("CASEWARD_SHARED", "")


@dataclass
class Service:
    """Where it is, and how to get in."""

    url: str
    token: str
    socket: str
    data: str
    program: str
    organizations: dict[str, str]


def serving(*arguments: str) -> Iterator[Service]:
    command = [sys.executable, str(ROOT / "tests/clients/serve.py"), PROGRAM, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        line = process.stdout.readline()
        assert line, "the service did not start"
        yield Service(**json.loads(line))
        process.stdin.close()


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """With the history of the demo."""
    yield from serving()


@pytest.fixture(scope="session")
def cases() -> Iterator[Service]:
    """With an organization for each of the shared cases."""
    yield from serving(f"{SHARED}/spec/cases.jsonl")
