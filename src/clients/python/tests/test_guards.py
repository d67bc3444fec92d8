"""Guards let in whoever may, and tell the others no more than they may learn."""

from __future__ import annotations

import asyncio
import uuid
from typing import Annotated, Any

import django
import httpx
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from fastapi import Depends, FastAPI, Header

import caseward
from caseward.forms import Decision
from caseward.guarding import resource_of
from caseward.integrations.django import Guard as DjangoGuard
from caseward.integrations.fastapi import Guard
from conftest import Service

#: Case 1 is read by ana alone; case 2 is restricted, so that mike, who could read it, must not learn that it is there.
EXPECTED = [("user:ana", "1", 200), ("user:mike", "2", 404), ("user:ana", "none", 404), ("user:ana", " ", 404), ("user:mike", "1", 403)]
DOWN = caseward.Retries(attempts=1)


@pytest.fixture(scope="module")
def org(service: Service) -> str:
    """Has both cases."""
    base = caseward.Client(service.url, token=service.token)
    name = f"guards-{uuid.uuid4().hex[:8]}"
    base.create_org(name)
    one = base.at(name)
    one.appoint_org_admin(user="judith")
    one.create_definition(definition="d", access_control=True, actor="user:judith")
    for case in ("1", "2"):
        one.open_case(case=case, definition="d", creator="judith")
    one.grant(on="case:1", to="user:ana", actor="user:judith")
    one.grant(on="case:2", to="user:mike", actor="user:judith")
    one.restrict_case(case="2", entries=[caseward.commands.Entry(to="user:ana")], actor="user:judith")
    return name


def who(authorization: Annotated[str, Header()]) -> str:
    return authorization


def app(client: caseward.AsyncClient) -> FastAPI:
    made, guard = FastAPI(), Guard(client, subject=who)

    @made.get("/cases/{case}")
    async def read(case: str, decision: Decision = Depends(guard("read", "case:{case}"))) -> dict[str, Any]:
        return {"case": case, "rule": decision.rule}

    return made


@pytest.mark.parametrize(("user", "case", "expected"), EXPECTED)
def test_fastapi(service: Service, org: str, user: str, case: str, expected: int) -> None:
    async def asked() -> httpx.Response:
        async with caseward.AsyncClient(service.url, token=service.token, org=org) as client:
            transport = httpx.ASGITransport(app(client))
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
                missing = await http.get("/nothing/here")
                answer = await http.get(f"/cases/{case}", headers={"Authorization": user})
                assert expected != 404 or answer.content == missing.content
                return answer

    assert asyncio.run(asked()).status_code == expected


def test_fastapi_lets_nobody_in_where_nothing_is_decided() -> None:
    async def asked() -> int:
        client = caseward.AsyncClient("http://127.0.0.1:9", retries=DOWN)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app(client)), base_url="http://app") as http:
            return (await http.get("/cases/1", headers={"Authorization": "user:ana"})).status_code

    assert asyncio.run(asked()) == 503


@pytest.fixture(scope="module", autouse=True)
def _settings() -> None:
    settings.configure()
    django.setup()


def by_header(request: HttpRequest) -> str:
    return str(request.headers["Authorization"])


def request_of(user: str) -> HttpRequest:
    request: HttpRequest = RequestFactory().get("/", headers={"Authorization": user})
    return request


def outcome(call: Any) -> int:
    try:
        return int(call().status_code)
    except Http404:
        return 404
    except PermissionDenied:
        return 403


@pytest.mark.parametrize(("user", "case", "expected"), EXPECTED)
def test_django(service: Service, org: str, user: str, case: str, expected: int) -> None:
    guard = DjangoGuard(caseward.Client(service.url, token=service.token, org=org), subject=by_header)

    @guard("read", lambda path: f"case:{path['case']}")
    def page(request: HttpRequest, case: str) -> HttpResponse:
        assert request.decision.decision
        return HttpResponse(case)

    assert outcome(lambda: page(request_of(user), case=case)) == expected


@pytest.mark.parametrize(("user", "case", "expected"), EXPECTED)
def test_django_with_views_that_do_not_wait(service: Service, org: str, user: str, case: str, expected: int) -> None:
    async def asked() -> Any:
        async with caseward.AsyncClient(service.url, token=service.token, org=org) as client:

            @DjangoGuard(client, subject=by_header)("read", "case:{case}")
            async def page(request: HttpRequest, case: str) -> HttpResponse:
                return HttpResponse(case)

            return await page(request_of(user), case=case)

    assert outcome(lambda: asyncio.run(asked())) == expected


def test_django_lets_nobody_in_where_nothing_is_decided() -> None:
    @DjangoGuard(caseward.Client("http://127.0.0.1:9", retries=DOWN), subject=by_header)("read", "case:{case}")
    def page(request: HttpRequest, case: str) -> HttpResponse:
        return HttpResponse(case)

    assert outcome(lambda: page(request_of("user:ana"), case="1")) == 503

    async def asked() -> Any:
        @DjangoGuard(caseward.AsyncClient("http://127.0.0.1:9", retries=DOWN), subject=by_header)("read", "case:{case}")
        async def other(request: HttpRequest, case: str) -> HttpResponse:
            return HttpResponse(case)

        return await other(request_of("user:ana"), case="1")

    assert outcome(lambda: asyncio.run(asked())) == 503


def test_a_resource_is_filled_with_the_parameters_of_the_path() -> None:
    assert resource_of("case:{case}", {"case": "{0}"}) == "case:{0}"
