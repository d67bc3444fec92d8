"""A check by the client, and the same by bare httpx, in turns over one service: medians, and how many times as long.

bench.py URL TOKEN
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import httpx

import caseward

ROUNDS, EACH, MOST = 12, 200, 1.5
BODY = {"subject": "user:elif", "action": "read", "resource": "case:4711"}


def took(call: Callable[[], bool]) -> float:
    """Microseconds that one takes, the median of many."""
    times = []
    for _ in range(EACH):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def main(url: str, token: str) -> int:
    client = caseward.Client(url, token=token)
    http = httpx.Client(headers={"Authorization": f"Bearer {token}"})
    path = f"{url}/v1/orgs/default/check"

    def bare() -> bool:
        answer = http.post(path, json=BODY)
        answer.raise_for_status()
        return bool(json.loads(answer.content)["decision"])

    def by_client() -> bool:
        return client.check("user:elif", "read", "case:4711").decision

    assert bare() == by_client()
    rows = [(took(bare), took(by_client)) for _ in range(ROUNDS)]
    floor, ours = (statistics.median(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(one / other for other, one in rows)
    print(f"Python: bare httpx {floor:.0f} us, the client {ours:.0f} us: {ratio:.2f} times as long (at most {MOST})")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
