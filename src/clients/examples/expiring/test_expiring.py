"""The nightly job tells what ends, and nothing else, against a real service: `tests/clients/run examples` starts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import caseward
import pytest
from expiring import main


def test_whoever_granted_is_told_of_what_ends_within_a_week(capsys: pytest.CaptureFixture[str]) -> None:
    with caseward.Client.from_environment() as base:
        base.create_org("expiring")
        client = base.at("expiring")
        client.appoint_org_admin(user="judith")
        client.create_definition(definition="d", access_control=True, actor="user:judith")
        for case in ("1", "2"):
            client.open_case(case=case, definition="d", creator="judith")
        now = datetime.now(UTC)
        for case, subject, days in [("1", "user:ana", 3), ("1", "user:bob", 30), ("2", "group:night", 5)]:
            end = now + timedelta(days=days)
            client.grant(on=f"case:{case}", to=subject, access="write", valid_until=end, actor="user:judith", reason="holiday")
        client.grant(on="case:2", to="user:carl", actor="user:judith")
        client.add_member(group="night", member="user:carl")
    assert main(["--org", "expiring", "--domain", "example.com"]) == 0
    told = capsys.readouterr().out
    assert told.count("To: ") == 1
    assert "To: judith@example.com" in told
    assert "Subject: Access that ends: 2" in told
    assert "user:ana loses read, write, delete on case:1 (granted for: holiday)" in told
    assert "user:carl loses write, delete on case:2" in told
    assert "bob" not in told
