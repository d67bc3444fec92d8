"""A cache answers what the service would, and nothing that is older than its bound."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import caseward
from caseward import forms
from caseward.cache import AsyncCache, Cache
from caseward.known import Known
from conftest import Service

BEAT = caseward.Heartbeat("5", 5)
READ = frozenset({"read"})
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def decision(position: int, rights: list[forms.Action], at: datetime = NOON) -> forms.Decision:
    return forms.Decision(
        at=at, decision=bool(rights), disclose=True, position=position, reasons=[], rights=rights, rule="case_grant", set_aside=[]
    )


def changes(position: int, at: datetime = NOON, **members: Any) -> forms.AccessChanges:
    place = {"position": position, "at": at.isoformat()}
    told = {"id": str(position), "from": place, "to": place, "gained": [], "lost": [], "changed": [], **members}
    return forms.AccessChanges.from_json(told)


def change(subject: str, resource: str, after: list[str]) -> dict[str, Any]:
    return {"subject": subject, "resource": resource, "before": [], "after": after, "events": [], "causes": []}


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock: Clock) -> Known:
    made = Known(20.0, 3, clock)
    made.begin(decision(5, ["read"]), made.now())
    made.keep("user:ana", "case:1", decision(5, ["read"]))
    return made


def test_it_knows_nothing_before_the_feed_and_nothing_after_it(clock: Clock, known: Known) -> None:
    fresh = Known(20.0, 3, clock)
    fresh.keep("user:ana", "case:1", decision(5, ["read"]))
    fresh.heard(BEAT)
    assert fresh.rights("user:ana", "case:1") is None
    assert known.rights("user:ana", "case:1") == READ
    known.lost()
    assert known.rights("user:ana", "case:1") is None


def test_silence_ends_what_is_known_and_a_heartbeat_goes_on_with_it(clock: Clock, known: Known) -> None:
    clock.now += 20.0
    assert known.rights("user:ana", "case:1") == READ
    clock.now += 0.1
    assert known.rights("user:ana", "case:1") is None
    known.heard(caseward.Heartbeat("4@2026-03-01T11:00:00Z", 5))
    assert known.rights("user:ana", "case:1") is None, "the feed is behind"
    known.heard(BEAT)
    assert known.rights("user:ana", "case:1") == READ


def test_a_feed_that_is_behind_ages_what_it_tells(clock: Clock, known: Known) -> None:
    clock.now += 30.0
    known.keep("user:bob", "case:1", decision(9, ["read"], NOON + timedelta(seconds=30)))
    known.changed(changes(6, NOON + timedelta(seconds=9)))
    assert known.rights("user:bob", "case:1") is None, "21 seconds behind"
    known.changed(changes(7, NOON + timedelta(seconds=11)))
    assert known.rights("user:bob", "case:1") == READ, "19 seconds behind"


def test_changes_are_taken_but_none_that_an_answer_has_overtaken(known: Known) -> None:
    known.keep("user:bob", "case:1", decision(8, ["read"]))
    known.changed(changes(6, lost=[change("user:ana", "case:1", [])], gained=[change("user:bob", "case:1", ["write"])]))
    assert known.rights("user:ana", "case:1") == frozenset()
    assert known.rights("user:bob", "case:1") == READ, "what is known never goes back"
    assert known.position == 6


def test_an_answer_that_a_change_has_overtaken_is_not_kept(known: Known) -> None:
    known.changed(changes(7, lost=[change("user:bob", "case:1", [])]))
    known.keep("user:bob", "case:1", decision(6, ["read"]))
    assert known.rights("user:bob", "case:1") is None
    known.keep("user:bob", "case:1", decision(7, ["read"], NOON - timedelta(seconds=1)))
    assert known.rights("user:bob", "case:1") is None


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"everyone": [{"resource": "case:1", "before": [], "after": ["read"], "causes": []}]}, {"user:ana on case:2"}),
        ({"ask_again": [{"resource": "case:1"}]}, {"user:ana on case:2"}),
        ({"ask_again": [{"subject": "user:ana"}]}, {"user:bob on case:1"}),
        ({"ask_again": ["everything"]}, set()),
        ({"named": [change("user:zed", "case:1", [])]}, {"user:ana on case:1", "user:ana on case:2", "user:bob on case:1"}),
    ],
)
def test_what_is_too_much_to_tell_is_forgotten(known: Known, told: dict[str, Any], left: set[str]) -> None:
    known.keep("user:ana", "case:2", decision(5, ["read"]))
    known.keep("user:bob", "case:1", decision(5, ["read"]))
    known.changed(changes(6, **told))
    pairs = [(user, case) for user in ("user:ana", "user:bob") for case in ("case:1", "case:2")]
    assert {f"{user} on {case}" for user, case in pairs if known.rights(user, case) is not None} == left


def test_it_keeps_so_many_and_forgets_what_was_not_asked_for_longest(known: Known) -> None:
    for number in range(2, 4):
        known.keep("user:ana", f"case:{number}", decision(5, ["read"]))
    known.rights("user:ana", "case:1")
    known.keep("user:ana", "case:4", decision(5, ["read"]))
    assert [known.rights("user:ana", f"case:{number}") is None for number in range(1, 5)] == [False, True, False, False]


@pytest.fixture
def client(service: Service) -> Iterator[caseward.Client]:
    with caseward.Client(service.url, token=service.token) as base:
        org = f"cache-{uuid.uuid4().hex[:8]}"
        base.create_org(org)
        one = base.at(org)
        one.appoint_org_admin(user="judith")
        one.create_definition(definition="d", access_control=True, actor="user:judith")
        for case in range(3):
            one.open_case(case=str(case), definition="d", creator="judith")
        yield one


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_comes_to_what_the_service_says_after_every_command(client: caseward.Client) -> None:
    chance = random.Random(7)
    users, cases, groups = ["user:ana", "user:bob", "user:judith"], [f"case:{one}" for one in range(3)], ["group:g"]
    with Cache(client) as cache:
        for _ in range(60):
            on = chance.choice([*cases, "definition:d"])
            to, end = chance.choice([*users, *groups]), datetime.now(UTC) + timedelta(milliseconds=chance.choice([50, 60_000]))
            drawn = [
                lambda: client.grant(
                    on=on, to=to, access=chance.choice(["read", "write"]), on_existing="update", valid_until=end, actor="user:judith"
                ),
                lambda: client.revoke(on=on, to=to, actor="user:judith"),
                lambda: client.add_member(group="g", member=chance.choice(users)),
                lambda: client.remove_member(group="g", member=chance.choice(users)),
                lambda: client.raise_wall(on=on, against=to, actor="user:judith"),
                lambda: client.lower_wall(on=on, against=to, actor="user:judith"),
                lambda: client.set_access_control(definition="d", enabled=chance.random() < 0.7, actor="user:judith"),
            ]
            try:
                chance.choice(drawn)()
            except caseward.Refused:
                continue
            for user in users:
                cache.allows(user, "read", chance.choice(cases))
            for user in users:
                for case in cases:
                    eventually(lambda: cache.allows(user, "read", case) == client.allows(user, "read", case))


def test_a_case_in_the_cache_is_not_asked_about_again_and_links_are(client: caseward.Client) -> None:
    with Cache(client) as cache:
        assert cache.allows("user:judith", "read", "case:1")
        asked: list[Any] = []

        def noted(*given: Any, **named: Any) -> forms.Decision:
            asked.append(given)
            return caseward.Client.check(client, *given, **named)

        client.check = noted  # type: ignore[method-assign]
        assert cache.allows("user:judith", "read", "case:1")
        assert cache.allows("user:judith", "write", "case:1")
        assert asked == []
        assert not cache.allows("link:x8", "read", "case:1")
        assert not cache.allows("link:x8", "read", "case:1")
        assert len(asked) == 2
    assert cache.allows("user:judith", "read", "case:1")
    assert len(asked) == 3, "a cache that was closed asks"


def test_a_token_that_is_withdrawn_ends_the_cache_and_not_the_answers(service: Service) -> None:
    base = caseward.Client(service.url, token=service.token)
    token = base.issue_token("cache", parts=["audit"], organizations=["default"])
    with Cache(caseward.Client(service.url, token=token.token)) as cache:
        cache.allows("user:david", "read", "case:4711")
        base.withdraw_token(token.id)
        eventually(lambda: cache.failure is not None)
        assert isinstance(cache.failure, caseward.UnknownCaller)
        with pytest.raises(caseward.UnknownCaller):
            cache.allows("user:david", "read", "case:4711")


def test_a_cache_that_does_not_wait_is_kept_right_too(client: caseward.Client, service: Service) -> None:
    async def asked() -> None:
        async with caseward.AsyncClient(service.url, token=service.token) as other:
            async with AsyncCache(other.at(client._org)) as cache:
                assert not await cache.allows("user:ana", "read", "case:1")
                await asyncio.sleep(0.05)
                accepted = await other.at(client._org).grant(on="case:1", to="user:ana", actor="user:judith")
                async with asyncio.timeout(10):
                    while cache.position < accepted.position:
                        await asyncio.sleep(0.005)
                assert await cache.allows("user:ana", "read", "case:1")
                assert not await cache.allows("link:x8", "read", "case:1")
            assert await cache.allows("user:ana", "read", "case:1"), "after it was closed the service is asked"
            failing = AsyncCache(caseward.AsyncClient(service.url, token=other_token))
            await failing.allows("user:david", "read", "case:4711")
            async with asyncio.timeout(10):
                while failing.failure is None:
                    await asyncio.sleep(0.005)
            assert isinstance(failing.failure, caseward.Forbidden)

    other_token = caseward.Client(service.url, token=service.token).issue_token("desk", parts=["check"], organizations=["default"]).token
    asyncio.run(asked())
