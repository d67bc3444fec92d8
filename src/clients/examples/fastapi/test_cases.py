"""The case system does what it says, against a real service: `tests/clients/run examples` starts it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import caseward
import pytest
from fastapi.testclient import TestClient


@pytest.fixture(scope="module")
def web() -> Iterator[TestClient]:
    os.environ["CASEWARD_ORG"] = "complaints"
    with caseward.Client.from_environment() as base:
        base.create_org("complaints")
        base.at("complaints").appoint_org_admin(user="admin")
    from cases import app

    with TestClient(app) as client:
        yield client


def as_user(name: str, **more: str) -> dict[str, str]:
    return {"X-User": name, **more}


def test_a_case_goes_from_hand_to_hand_and_the_auditor_sees_it(web: TestClient) -> None:
    assert web.post("/cases/c1", headers=as_user("ana")).status_code == 201
    assert web.post("/cases/c1", headers=as_user("bob")).status_code == 409
    assert web.post("/cases/c1/notes", headers=as_user("ana"), json={"text": "the lift is stuck"}).json() == {"notes": 1}
    missing = web.get("/nothing/here")
    assert web.get("/cases/c1", headers=as_user("bob")).status_code == 403
    assert web.get("/cases/none", headers=as_user("bob")).content == missing.content
    assert web.get("/cases", headers=as_user("ana")).json() == ["c1"]
    over = {"to": "bob", "reason": "ana is on leave"}
    assert web.post("/cases/c1/hand-over", headers=as_user("ana"), json=over).json() == {"rights_left": 0}
    assert web.get("/cases/c1", headers=as_user("ana")).status_code == 403
    assert web.get("/cases/c1", headers=as_user("bob")).json() == ["user:ana: the lift is stuck"]
    purpose = {"X-Purpose": "complaint 17"}
    assert web.get("/audit/c1", headers=as_user("bob", **purpose)).status_code == 404
    page = web.get("/audit/c1", headers=as_user("admin", **purpose))
    assert page.status_code == 200
    for told in ("user:ana", "user:bob", "case_grant", "still", "ana is on leave"):
        assert told in page.text
