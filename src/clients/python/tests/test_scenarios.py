"""Both clients do what the common scenarios say, against the real program; together they use the whole interface."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import caseward
from conftest import ROOT, Service
from scenario import Blocking, Runner

SCENARIOS: list[dict[str, Any]] = json.loads((ROOT / "tests/clients/scenarios.json").read_text())["scenarios"]
DESCRIPTION: dict[str, Any] = json.loads((ROOT / "tests/goldens/openapi.json").read_text())

#: Not for programs that use a client: pages for people, what monitors ask, what the program asks itself, and paths that
#: have a twin that names the organization.
NOT_OURS = {
    "GET /healthz",
    "GET /metrics",
    "GET /openapi",
    "GET /openapi.json",
    "GET /problems",
    "POST /v1/verbs",
    "GET /.well-known/authzen-configuration",
    "POST /access/v1/evaluation",
    "POST /access/v1/evaluations",
    "POST /access/v1/search/subject",
    "POST /access/v1/search/resource",
    "POST /access/v1/search/action",
}
#: A client that is passed in keeps no connections here: the service closes one on which it has refused what it did not read.
FRESH = httpx.Limits(max_keepalive_connections=0)
SEEN: set[str] = set()
CALLED: set[str] = set()


def noted(request: httpx.Request) -> None:
    SEEN.add(f"{request.method} {request.url.path}")


async def noted_too(request: httpx.Request) -> None:
    noted(request)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["name"])
def test_the_client_that_waits(service: Service, scenario: dict[str, Any]) -> None:
    with httpx.Client(event_hooks={"request": [noted]}, timeout=30, limits=FRESH) as http:
        Runner(lambda token: caseward.Client(service.url, token=token or service.token, http=http), scenario).run()
    CALLED.update(step["call"] for step in scenario["steps"])


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["name"])
def test_the_client_that_does_not_wait(service: Service, scenario: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
    http = httpx.AsyncClient(event_hooks={"request": [noted_too]}, timeout=30, limits=FRESH)
    Runner(lambda token: Blocking(caseward.AsyncClient(service.url, token=token or service.token, http=http), loop), scenario).run()
    loop.run_until_complete(http.aclose())


def test_the_scenarios_use_every_operation_and_every_command() -> None:
    wanted = {
        f"{method.upper()} {path}": re.compile(f"{method.upper()} " + re.sub(r"\{\w+\}", "[^/]+", path) + "$")
        for path, methods in DESCRIPTION["paths"].items()
        for method in methods
    }
    assert set(wanted) >= NOT_OURS
    lacking = [name for name, pattern in wanted.items() if name not in NOT_OURS and not any(pattern.match(one) for one in SEEN)]
    assert lacking == []
    assert set(DESCRIPTION["components"]["schemas"]["Command"]["properties"]) - CALLED == set()
