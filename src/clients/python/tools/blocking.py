"""Writes the client that blocks out of the one that does not."""

from __future__ import annotations

import re

#: In this order.
WORDS = [
    (r"\basync def\b", "def"),
    (r"\basync with\b", "with"),
    (r"\basync for\b", "for"),
    (r"\bawait ", ""),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAwaitable\[([^\]]+)\]", r"\1"),
    (r"\bAwaitable, ", ""),
    (r"\bAsyncGenerator\[(.+?), None\]", r"Generator[\1, None, None]"),
    (r"\bAsync([A-Z]\w*)", r"\1"),
    (r"\b__aenter__\b", "__enter__"),
    (r"\b__aexit__\b", "__exit__"),
    (r"\b__aiter__\b", "__iter__"),
    (r"\baclose\b", "close"),
    (r"\baiter_lines\b", "iter_lines"),
    (r"\baread\b", "read"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\bimport asyncio\b", "import time"),
    (r"\baclosing\b", "closing"),
    (r"\bcaseward\._async\b", "caseward._sync"),
]


def without_await(text: str, name: str) -> str:
    """The same, blocking."""
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    return f"# Made from `_async/{name}` by `tools/generate.py`: change it there.\n{text}"
