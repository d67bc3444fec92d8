"""What goes wrong on the way: what is tried again, what is not, and what is told."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

import caseward
from caseward import commands
from caseward._sync import following
from caseward.sending import new_id
from caseward.wire import UNSET, instant, to_json, written
from conftest import PROGRAM, Service

ACCEPTED = {"status": "accepted", "position": 7, "events": [], "warnings": []}
DECISION = {
    "decision": True,
    "rights": ["read"],
    "rule": "case_grant",
    "position": 9,
    "at": "2026-03-01T00:00:00Z",
    "disclose": True,
    "reasons": [],
    "set_aside": [],
}
QUICK = caseward.Retries(attempts=3, first_wait=0.001, longest_wait=0.002)
Answer = httpx.Response | Exception


def busy(code: str = "busy", status: int = 503, headers: dict[str, str] | None = None) -> httpx.Response:
    problem = {"type": f"/problems#{code}", "title": code, "status": status, "code": code, "detail": "not now", "hint": "later", "limit": 3}
    return httpx.Response(status, json=problem, headers=headers)


def client(answers: list[Answer], sent: list[httpx.Request] | None = None, **options: Any) -> caseward.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        one = answers.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return caseward.Client("http://caseward.test/", http=http, retries=QUICK, **options)


def body(request: httpx.Request) -> Any:
    return json.loads(request.content)


@pytest.mark.parametrize(
    "first", [httpx.ReadError("cut off"), httpx.ConnectError("nobody"), busy("in_doubt"), busy(headers={"Retry-After": "0"})]
)
def test_a_command_is_sent_again_under_the_id_that_it_had(first: Answer) -> None:
    sent: list[httpx.Request] = []
    accepted = client([first, httpx.Response(200, json=ACCEPTED)], sent).grant(on="case:1", to="user:ana")
    assert accepted.position == 7
    assert len(sent) == 2
    assert body(sent[0]) == body(sent[1])
    assert body(sent[0])["id"]


def test_what_would_make_something_new_is_sent_again_only_where_it_cannot_have_arrived() -> None:
    with pytest.raises(caseward.Unreachable):
        client([httpx.ReadError("cut off")]).create_org("acme")
    with pytest.raises(caseward.Unavailable):
        client([busy("timeout")]).create_org("acme")
    answers: list[Answer] = [httpx.ConnectError("nobody"), busy(), httpx.Response(200, json=ACCEPTED)]
    assert client(answers).create_org("acme").position == 7


def test_it_ends_after_so_many_attempts_and_says_why() -> None:
    with pytest.raises(caseward.Unreachable, match="does not answer: nobody"):
        client([httpx.ConnectError("nobody")] * 3).check("user:ana", "read", "case:1")
    with pytest.raises(caseward.Unavailable) as found:
        client([busy("behind")] * 3).check("user:ana", "read", "case:1")
    assert (found.value.code, found.value.status, found.value.hint, found.value.facts) == ("behind", 503, "later", {"limit": 3})
    assert str(found.value) == "not now (behind)\nhint: later"


def test_what_another_attempt_does_not_get_past_is_not_tried_again() -> None:
    for code in ("damaged", "clock_in_doubt"):
        with pytest.raises(caseward.Unavailable):
            client([busy(code)]).check("user:ana", "read", "case:1")


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (httpx.Response(502, text="<html>bad gateway"), caseward.Problem, "fault"),
        (httpx.Response(418, text=""), caseward.Problem, "status_418"),
        (httpx.Response(400, text="no subject"), caseward.Refused, "invalid"),
        (httpx.Response(401, json=["no", "problem"]), caseward.UnknownCaller, "unknown_caller"),
    ],
)
def test_what_is_no_problem_of_ours_is_told_as_well_as_can_be(answer: httpx.Response, kind: type[caseward.Problem], code: str) -> None:
    with pytest.raises(kind) as found:
        client([answer] * 3).status()
    assert found.value.code == code


def test_what_is_not_of_its_form_is_an_unexpected_answer() -> None:
    for answer in (httpx.Response(200, text="<html>"), httpx.Response(200, json={"decision": True}), httpx.Response(200, json=[])):
        with pytest.raises(caseward.UnexpectedAnswer):
            client([answer]).check("user:ana", "read", "case:1")


def test_a_list_or_a_message_that_is_not_of_its_form_is_an_unexpected_answer() -> None:
    ask = ("user:ana", "read", "case:1")
    for told in ({}, {"answers": [{"neither": 1}]}, {"answers": 1}):
        with pytest.raises(caseward.UnexpectedAnswer):
            client([httpx.Response(200, json=told)]).checks([ask])  # type: ignore[list-item]
        with pytest.raises(caseward.UnexpectedAnswer):
            client([httpx.Response(200, json=told)]).submit([commands.Revoke(on="case:1", to="user:ana")])
    for data in ("no JSON", '{"a":1}', '[{"data":{}}]'):
        with pytest.raises(caseward.UnexpectedAnswer):
            next(client([feed(f"event: changes\ndata: {data}\n\n")]).changes())
        with pytest.raises(caseward.UnexpectedAnswer):
            next(client([feed(f"event: commit\ndata: {data}\n\n")]).events())
        with pytest.raises(caseward.UnexpectedAnswer):
            next(client([feed(f"event: heartbeat\ndata: {data}\n\n")]).changes_and_heartbeats(0))


def test_what_a_later_release_adds_is_passed_over() -> None:
    answer = {**DECISION, "rule": "a_rule_to_come", "more": {"to": "come"}}
    assert client([httpx.Response(200, json=answer)]).allows("user:ana", "read", "case:1")


def test_a_session_waits_for_the_last_position_that_it_was_told() -> None:
    sent: list[httpx.Request] = []
    ok = httpx.Response(200, json=ACCEPTED)
    rights = httpx.Response(200, json={"rights": [], "position": 9})
    one = client([ok, httpx.Response(200, json=DECISION), rights, rights, httpx.Response(200, json={"decision": True})], sent)
    session = one.session()
    session.revoke(on="case:1", to="user:ana")
    session.check("user:ana", "read", "case:1")
    session.rights("user:ana", "case:1", at_least=3)
    session.at("acme").rights("user:ana", "case:1")
    session.evaluate({"type": "user", "id": "ana"}, {"name": "read"}, {"type": "case", "id": "1"})
    assert [dict(request.url.params).get("at_least") for request in sent[:4]] == [None, "7", "9", None]
    assert sent[3].url.path == "/v1/orgs/acme/rights"
    assert body(sent[4])["context"] == {"caseward": {"at_least": 9}}


def test_a_batch_has_an_id_for_each_and_answers_in_order() -> None:
    sent: list[httpx.Request] = []
    refused = {"status": "refused", "code": "cycle", "message": "it would contain itself"}
    answer = httpx.Response(200, json={"answers": [ACCEPTED, refused]})
    grant = commands.Grant(on="case:1", to="user:ana", valid_until=datetime(2030, 1, 1, tzinfo=UTC))
    inner = caseward.Submission(command=commands.AddMember(group="g", member="group:g"), id="mine", reason="why")
    one, other = client([answer, answer], sent).submit([grant, inner], atomic=True)
    assert isinstance(one, caseward.forms.Accepted)
    assert isinstance(other, caseward.forms.Refusal)
    assert body(sent[0])["atomic"] is True
    first, second = body(sent[0])["commands"]
    assert first["command"] == {"grant": {"on": "case:1", "to": "user:ana", "valid_until": "2030-01-01T00:00:00Z"}}
    assert second == {"id": "mine", "reason": "why", "command": {"add_member": {"group": "g", "member": "group:g"}}}


def test_any_number_is_sent_in_parts_and_no_part_before_the_one_before_it_is_answered(service: Service) -> None:
    with caseward.Client(service.url, token=service.token) as base:
        base.create_org("parts")
        one = base.at("parts").session()
        taken: list[int] = []

        def members() -> Iterator[commands.AddMember]:
            for number in range(25):
                taken.append(number)
                yield commands.AddMember(group="g", member=f"user:u{number}")

        answers = one.submit_all(members(), size=10)
        assert isinstance(next(answers), caseward.forms.Accepted)
        assert len(taken) == 10
        assert [answer.position for answer in answers if isinstance(answer, caseward.forms.Accepted)] == list(range(2, 26))
        asked: list[tuple[str, Any, str]] = [(f"user:u{number}", "administer", "organization") for number in range(25)]
        assert [isinstance(one, caseward.forms.Decision) for one in one.check_all(asked, size=10)] == [True] * 25
        with pytest.raises(ValueError, match="1 to 10,000"):
            next(one.check_all(asked, size=0))

    async def asynchronous() -> int:
        async with caseward.AsyncClient(service.url, token=service.token, org="parts") as other:
            found = [one async for one in other.submit_all([commands.AddMember(group="h", member="user:a")])]
            found += [one async for one in other.check_all([("user:a", "administer", "organization")])]  # type: ignore[misc]
            return len(found)

    assert asyncio.run(asynchronous()) == 2


def test_a_token_may_be_asked_for_with_every_request() -> None:
    sent: list[httpx.Request] = []
    tokens = iter(["one", "two"])
    one = client([httpx.Response(200, json=DECISION)] * 2, sent, token=lambda: next(tokens))
    one.check("user:ana", "read", "case:1")
    one.check("user:ana", "read", "case:1")
    assert [request.headers["Authorization"] for request in sent] == ["Bearer one", "Bearer two"]


def test_instants_have_an_offset_and_are_sent_in_utc() -> None:
    east = timezone(timedelta(hours=1))
    assert written(datetime(2026, 3, 1, 10, tzinfo=east)) == "2026-03-01T09:00:00Z"
    assert written(instant("2026-03-01T09:00:00.123456Z")) == "2026-03-01T09:00:00.123456Z"
    with pytest.raises(ValueError, match="no time zone"):
        written(datetime(2026, 3, 1))
    assert repr(UNSET) == "UNSET"
    assert to_json({"a": UNSET, "b": None, "c": (1, {2})}) == {"b": None, "c": [1, [2]]}


def test_ids_are_uuids_of_version_7_that_sort_by_when_they_were_made() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(len(one) == 36 and one[14] == "7" and one[19] in "89ab" for one in made)
    assert made[0][:12] <= made[-1][:12]


def feed(*parts: str) -> httpx.Response:
    return httpx.Response(200, text="".join(parts), headers={"Content-Type": "text/event-stream"})


def commit(position: int) -> str:
    entry = {
        "position": position,
        "time": "2026-03-01T00:00:00Z",
        "type": "grant_revoked",
        "stream": "case:1",
        "stream_version": 1,
        "data": {},
        "actor": "user:ana",
        "command_id": "x",
    }
    return f"id: {position}\nevent: commit\ndata: {json.dumps([{'data': entry}])}\n\n"


def test_a_feed_goes_on_behind_what_it_told_whatever_cut_it_off() -> None:
    sent: list[httpx.Request] = []
    failed = json.dumps({"status": 401, "code": "unknown_caller", "detail": "withdrawn"})
    answers: list[Answer] = [
        feed(": a comment\n\n", commit(4), 'event: heartbeat\ndata: {"head":4}\n\n'),
        httpx.ReadError("cut off"),
        busy(),
        feed(commit(5), 'event: stopping\ndata: {"after":5}\n\n'),
        feed(commit(6), f"event: failed\ndata: {failed}\n\n"),
    ]
    told = client(answers, sent).events(after=3)
    assert [next(told).position for _ in range(3)] == [4, 5, 6]
    with pytest.raises(caseward.UnknownCaller):
        next(told)
    assert [request.headers["Last-Event-ID"] for request in sent] == ["3", "4", "4", "4", "5"]


def test_a_feed_ends_with_its_client() -> None:
    one = client([feed(commit(4))])
    told = one.events()
    next(told)
    one._door._http.close()
    with pytest.raises(caseward.Unreachable, match="closed"):
        next(told)


def test_a_feed_that_may_not_be_followed_says_so_at_once() -> None:
    with pytest.raises(caseward.Forbidden):
        next(client([busy("forbidden", 403)]).changes())


def test_a_feed_goes_on_over_a_restart_of_the_service(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text("")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([PROGRAM, "--data", str(tmp_path / "d"), "serve", "--listen", address], stderr=subprocess.DEVNULL)

    running = start()
    patient = caseward.Retries(attempts=80, first_wait=0.05, longest_wait=0.1)
    one = caseward.Client(f"http://{address}", retries=patient)
    told = one.events()
    one.add_member(group="g", member="user:ana")
    assert next(told).position == 1
    running.terminate()
    running.wait()
    running = start()
    one.add_member(group="g", member="user:bob")
    assert next(told).position == 2
    running.terminate()
    running.wait()


def test_every_command_is_stored_once_however_often_the_service_is_killed(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [PROGRAM, "--data", str(tmp_path / "d"), "serve", "--listen", address]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    patient = caseward.Retries(attempts=1000, first_wait=0.02, longest_wait=0.1)
    one = caseward.Client(f"http://{address}", retries=patient)
    sent, positions, stop = [0] * 4, list[list[int]](), threading.Event()

    def produce(number: int) -> None:
        told: list[int] = []
        positions.append(told)
        while not stop.is_set():
            told.append(one.add_member(group=f"g{number}", member=f"user:u{sent[number]}").position)
            sent[number] += 1

    threads = [threading.Thread(target=produce, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = sum(sent)
        while sum(sent) < before + 40:
            time.sleep(0.01)
        running.kill()
        running.wait()
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    before = sum(sent)
    while sum(sent) < before + 20:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    told = sorted(position for some in positions for position in some)
    assert told == list(range(1, sum(sent) + 1)), "each has a position of its own, and none lies between"
    assert one.status().head == sum(sent)
    running.terminate()
    running.wait()


def test_a_service_whose_log_nobody_reads_any_more_answers_on(tmp_path: Path) -> None:
    command = [PROGRAM, "--data", str(tmp_path / "d"), "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        address = next(line for line in served.stderr if " at http://" in line).split(" at ")[1].split()[0]
        served.stderr.close()
        try:
            with caseward.Client(address, retries=QUICK) as one:
                for _ in range(2):
                    with pytest.raises(caseward.Refused, match="nothing is served"):
                        one.at("nowhere").status()
                assert one.status().head == 0
        finally:
            served.terminate()


def test_silence_is_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nothing comes, not even a heartbeat, is made anew."""
    monkeypatch.setattr(following, "SILENCE", 0.2)
    opened = threading.Semaphore(0)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def serve() -> None:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            kept = []
            for message in (b"", commit(1).encode()):
                connection, _ = listening.accept()
                kept.append(connection)
                connection.recv(65536)
                connection.sendall(head + (b"%x\r\n%s\r\n" % (len(message), message) if message else b""))
                opened.release()

        threading.Thread(target=serve, daemon=True).start()
        one = caseward.Client(f"http://127.0.0.1:{listening.getsockname()[1]}", retries=QUICK)
        assert next(one.events()).position == 1
        assert opened.acquire(timeout=1)
        assert opened.acquire(timeout=1)


def test_the_socket_in_the_data_directory_takes_no_token(service: Service) -> None:
    with caseward.Client(socket=service.socket) as one:
        assert one.ready().serves

    async def asked() -> bool:
        async with caseward.AsyncClient(socket=service.socket) as other:
            return (await other.ready()).serves

    assert asyncio.run(asked())


def test_an_address_must_be_given(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    with pytest.raises(ValueError, match="address"):
        caseward.Client()
    with pytest.raises(ValueError, match="begin it with"):
        caseward.Client("localhost:7557")
    monkeypatch.delenv("CASEWARD_SERVER", raising=False)
    with pytest.raises(ValueError, match="CASEWARD_SERVER"):
        caseward.Client.from_environment()
    monkeypatch.setenv("CASEWARD_SERVER", service.url)
    monkeypatch.setenv("CASEWARD_TOKEN", service.token)
    assert caseward.Client.from_environment().status().head >= 328
    assert caseward.AsyncClient.from_environment("acme")._org == "acme"


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A service with TLS: its address, and who signed its certificate."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    files = ["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")]
    command = [PROGRAM, "--data", str(tmp_path / "d"), "serve", "--listen", "127.0.0.1:0", *files]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        for line in served.stderr:
            if " at https://" in line:
                port = line.split("127.0.0.1:")[1].split()[0]
                break
        yield f"https://localhost:{port}", str(tmp_path / "cert.pem")
        served.terminate()


def test_tls_is_checked(certified: tuple[str, str]) -> None:
    url, ca = certified
    assert caseward.Client(url, ca=ca).ready().serves
    with pytest.raises(caseward.Unreachable, match="certificate"):
        caseward.Client(url, retries=QUICK).ready()
    with pytest.raises((ssl.SSLError, OSError)):
        caseward.Client(url, ca=ca, certificate=(ca, ca))
